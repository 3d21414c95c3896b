"""What all apps share, a module per subject. Imports nothing from the apps."""
