"""Which of several differences between two ways of training matters: a fractional factorial study."""
