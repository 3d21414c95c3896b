"""The shapes of this app's input and output, a module per subject."""
