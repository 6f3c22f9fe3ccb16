"""Rows to frames: what one line alone can't tell of a row is put together."""
