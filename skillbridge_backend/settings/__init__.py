"""Settings: `environment` reads and checks the variables, `base` holds what is common, the others what differs."""
