"""`manage.py audit_archive`: moves what is old out of the audit trail, to a file."""

from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from skillbridge_backend.core.errors import DomainError
from users.services.audit_archive import archive

LEAST_AGE = timedelta(days=366)


class Command(BaseCommand):
    """Verifies the chain first, and ends with exit code 1 when it is not whole. As the login that migrates."""

    help = "Copies the oldest sealed entries to a new file (gzip, a seal a line), then removes them from the database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What goes, and where to."""
        parser.add_argument("--before", required=True, help="a day a year ago or more, as 2025-11-01: older entries go")
        parser.add_argument("--to", required=True, type=Path, help="the file to make, which must not be there yet")

    def handle(self, *args: Any, **options: Any) -> None:
        """Archive and say how much."""
        try:
            before = datetime.strptime(options["before"], "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            raise CommandError(f"--before is a day as 2025-11-01, not {options['before']!r}") from None
        if before > timezone.now() - LEAST_AGE:
            raise CommandError(f"--before is a year ago or more, not {options['before']}: the last year is kept")
        try:
            done = archive(before=before, file=options["to"])
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from error
        if not done.entries:
            self.stdout.write(f"no whole seal is older than {before:%Y-%m-%d}: nothing was archived")
        else:
            self.stdout.write(f"{done.entries} entries up to seal {done.through_seal} are in {options['to']}")
