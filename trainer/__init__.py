"""A MAML trainer that writes the logs that metalog reads."""
