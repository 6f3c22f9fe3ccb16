"""What was read: tidy frames of one log or of many."""
