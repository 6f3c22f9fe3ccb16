"""Where drawings come from: fonts, Omniglot, or a folder or zip in Omniglot's layout."""
