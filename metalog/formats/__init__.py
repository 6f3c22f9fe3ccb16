"""What a log looks like."""
