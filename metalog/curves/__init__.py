"""Values in the order of a run, to numbers: plain arrays in, no frame and no pandas."""
