"""Fuzzing of the compiled modules; README.md says how to run it."""
