"""Bytes to tokens: cut into blocks of whole lines, matched with the templates of a format."""
