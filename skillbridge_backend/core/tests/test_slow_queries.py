"""`manage.py slow_queries`, on the tests' own PostgreSQL, which counts statements as the embedded one does."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

pytestmark = pytest.mark.django_db


def run(**options: object) -> str:
    output = StringIO()
    call_command("slow_queries", stdout=output, **options)
    return output.getvalue()


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_statements_are_listed_without_their_constants() -> None:
    run(reset=True)
    for number in range(3):
        execute(f"SELECT 'a secret of {number}' AS planted_statement")

    (line, text) = run(by="calls", least_calls=3, limit=1).splitlines()[1:]
    assert line.split()[0] == "3"
    assert text.strip() == "SELECT $1 AS planted_statement"


def test_most_expensive_comes_first() -> None:
    run(reset=True)
    execute("SELECT pg_sleep(0.2) AS slow_one")
    execute("SELECT 1 AS quick_one")

    assert "slow_one" in run(by="max").splitlines()[2]


def test_login_without_the_right_is_told_what_to_do() -> None:
    execute("DROP EXTENSION IF EXISTS pg_stat_statements")
    execute("SET LOCAL ROLE sb_web")

    with pytest.raises(CommandError, match="As a superuser, once"):
        run()
