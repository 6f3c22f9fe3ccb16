"""Tokens to rows: the state machine, what it makes of a broken log, and the tables that it fills."""
