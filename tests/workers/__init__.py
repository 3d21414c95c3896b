"""Real Celery workers, as processes, against the tests' PostgreSQL and Redis."""
