"""The passes through the write-up's network, written by hand; they serve that network alone."""
