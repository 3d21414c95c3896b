"""`manage.py prune_unverified`: erases accounts whose address was never confirmed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from users.services import LeavingService
from users.services.leaving import LEAST_AGE_DAYS


class Command(BaseCommand):
    """Runs with the worker's login or the admin's, in transactions of one account each. Harmless to repeat."""

    help = "Erases accounts that were opened some days ago and never confirmed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How old, and whether in earnest."""
        parser.add_argument("--older-than-days", type=float, required=True, metavar="N", help="1 or more")
        parser.add_argument("--dry-run", action="store_true", help="say how many there are, and leave them")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prune and say how many."""
        days = options["older_than_days"]
        if not days >= LEAST_AGE_DAYS:
            raise CommandError(f"--older-than-days is {LEAST_AGE_DAYS} or more, not {days:g}: mail may be on its way")
        count = LeavingService().prune_unverified(older_than_days=days, is_dry_run=options["dry_run"])
        self.stdout.write(f"{count} accounts {'would be' if options['dry_run'] else 'were'} erased")
