"""Pages about the database as it is, written from its catalogue: `manage.py schema_pages`, `make schema`."""
