"""How a meta-batch is run: by one process, several, several ranks, or a GPU."""
