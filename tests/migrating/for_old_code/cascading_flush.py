"""A pytest plugin for the last release's tests: where they empty a table, the new tables that refer to it go along.

Those tests name the tables of their own time to TRUNCATE, and PostgreSQL refuses while another one refers to them.
"""


def pytest_sessionstart() -> None:
    """Let every flush cascade. Not earlier: the module wants Django to be set up."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    usual = DatabaseOperations.sql_flush

    def cascading(self: DatabaseOperations, *tables: object, allow_cascade: bool = True, **options: object) -> object:
        return usual(self, *tables, allow_cascade=True, **options)  # type: ignore[arg-type]  # handed on as it came

    DatabaseOperations.sql_flush = cascading  # type: ignore[method-assign, assignment]
