"""The endpoints of this app, a module per subject."""
