"""A plausible world of any size, for measurements: `manage.py seed_scale`. Never for production (`seeding.py`)."""
