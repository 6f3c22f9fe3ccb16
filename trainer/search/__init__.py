"""Which settings learn best: a search with Optuna whose trials are ordinary logs."""
