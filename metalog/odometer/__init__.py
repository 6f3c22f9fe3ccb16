"""Tokens to rows: a log is an odometer, and each line turns some of its wheels."""
