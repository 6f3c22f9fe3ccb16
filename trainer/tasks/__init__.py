"""What is learnt from: data sets, their splits, the tasks of each split, and checks of them."""
