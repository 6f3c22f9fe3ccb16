"""Runs that are followed while they go on: where they are, and how they do."""
