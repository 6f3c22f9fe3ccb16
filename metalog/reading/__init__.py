"""Bytes to runs: the stages joined."""
