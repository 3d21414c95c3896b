"""`manage.py slow_queries`: where the time of PostgreSQL goes, statement by statement (pg_stat_statements)."""

import re
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection, transaction

COLUMNS = {"total": "total_exec_time", "mean": "mean_exec_time", "max": "max_exec_time", "calls": "calls"}
LONGEST_TEXT = 160
_STATEMENTS = """
    SELECT calls, total_exec_time, mean_exec_time, max_exec_time, rows,
           100.0 * shared_blks_hit / nullif(shared_blks_hit + shared_blks_read, 0), pg_get_userbyid(userid), query
    FROM pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND calls >= %s
    ORDER BY {column} DESC LIMIT %s
"""
_NOT_LOADED = (
    "PostgreSQL does not count statements: add pg_stat_statements to shared_preload_libraries and restart it"
    " (docs/operations.md)."
)


class Command(BaseCommand):
    """Needs a login that may read all statistics: a superuser, or a member of pg_read_all_stats."""

    help = (
        "Lists the statements that take PostgreSQL's time. Constants are not shown: PostgreSQL keeps $1 in their place."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to sort by, and how many."""
        parser.add_argument("--by", choices=COLUMNS, default="total", help="what to sort by (%(default)s)")
        parser.add_argument("--limit", type=int, default=20)
        parser.add_argument("--least-calls", type=int, default=1, help="leave out what ran more seldom")
        parser.add_argument("--full", action="store_true", help="the statements' whole text")
        parser.add_argument("--reset", action="store_true", help="count anew from here on, after printing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line a statement, the most expensive first."""
        self._ensure_extension()
        with connection.cursor() as cursor:
            statement = _STATEMENTS.format(column=COLUMNS[options["by"]])
            try:
                cursor.execute(statement, [options["least_calls"], options["limit"]])
            except DatabaseError as error:
                raise CommandError(_NOT_LOADED) from error
            rows = cursor.fetchall()
            self.stdout.write(
                f"{'calls':>10} {'total s':>9} {'mean ms':>9} {'max ms':>9} {'rows':>9} {'hit %':>6}  role"
            )
            for calls, total, mean, most, count, hit, role, text in rows:
                shown = re.sub(r"\s+", " ", text).strip()
                if not options["full"] and len(shown) > LONGEST_TEXT:
                    shown = shown[:LONGEST_TEXT] + "…"
                self.stdout.write(
                    f"{calls:>10} {total / 1000:>9.2f} {mean:>9.2f} {most:>9.1f} {count / calls:>9.1f}"
                    f" {'' if hit is None else f'{hit:.1f}':>6}  {role}\n{'':>11}{shown}"
                )
            if options["reset"]:
                cursor.execute("SELECT pg_stat_statements_reset()")
                self.stdout.write("counting anew")

    @staticmethod
    def _ensure_extension() -> None:
        """Make the view if it is not there; PostgreSQL counts from its start on, with or without it."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'")
            if cursor.fetchone():
                return
            try:
                with transaction.atomic():
                    cursor.execute("CREATE EXTENSION pg_stat_statements")
            except DatabaseError as error:
                raise CommandError(
                    "This database has no pg_stat_statements, and this login may not make it. As a superuser, once:"
                    " CREATE EXTENSION pg_stat_statements (docs/operations.md)."
                ) from error
