"""Tables and frames to text and files."""
