"""`manage.py seed_scale --users N`: a plausible world of N people, for measurements."""

from argparse import ArgumentParser
from datetime import UTC, datetime, time
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from skillbridge_backend.core.errors import PermissionDenied
from skillbridge_backend.scale.seeding import Seeding


class Command(BaseCommand):
    """All or nothing. Connect with the login that owns the database (it loads as `sb_owner`)."""

    help = "Fills a database with N people and what they do, by COPY: the same for the same seed and day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Its size, its dice, its end."""
        parser.add_argument("--users", type=int, required=True, help="1 to 10,000,000")
        parser.add_argument("--seed", type=int, default=1, help="another number makes another world (default: 1)")
        parser.add_argument(
            "--until", type=datetime.fromisoformat, help="the day that it ends before (default: today, UTC)"
        )
        parser.add_argument("--replace", action="store_true", help="empty the tables of people and their doings first")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the catalogue and then the world; print rows and times."""
        if not 1 <= options["users"] <= 10_000_000:
            raise CommandError("--users takes a number from 1 to 10,000,000")
        day = (options["until"] or datetime.now(UTC)).date()
        seeding = Seeding(self.stdout.write)
        call_command("load_catalogue", stdout=self.stderr)
        try:
            seeding.run(
                users=options["users"],
                seed=options["seed"],
                until=datetime.combine(day, time(), UTC),
                is_replacing=options["replace"],
            )
        except PermissionDenied as error:
            raise CommandError(f"{error.detail} --replace empties it first.") from error
        for table, rows in sorted(seeding.rows.items()):
            self.stdout.write(f"{rows:>12,}  {table}")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
            self.stdout.write(f"{sum(seeding.rows.values()):>12,}  rows in all, {cursor.fetchone()[0]}")
