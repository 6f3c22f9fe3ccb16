"""One file a figure, named as the command line names it."""
