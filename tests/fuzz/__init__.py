"""Fuzzing of the compiled scan engine; README.md says how to run it."""
