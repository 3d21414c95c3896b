"""What a request asked the database."""

from django.test.utils import CaptureQueriesContext


def statements_of(queries: CaptureQueriesContext) -> list[str]:
    """The request's own: without savepoints, and without what the tests' client does to leave the role."""
    return [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"] and "'none'" not in query["sql"]]
