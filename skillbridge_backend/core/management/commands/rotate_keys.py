"""`manage.py rotate_keys`: after a new key was put first in FIELD_ENCRYPTION_KEYS, so that the old ones can go."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from skillbridge_backend.core.key_rotation import rotate


class Command(BaseCommand):
    """Runs with the worker's login or the admin's, beside everything else. Exit code 1 when a value cannot be read."""

    help = "Encrypts every encrypted field anew with the first key of FIELD_ENCRYPTION_KEYS. Harmless to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        """A line for each column. CommandError names what no key opens: keep the keys until that is found."""
        unreadable = 0
        for done in rotate():
            self.stdout.write(
                f"{done.column}: {done.rotated} encrypted anew, {done.current} were,"
                f" {done.unreadable} cannot be read with any key"
            )
            unreadable += done.unreadable
        if unreadable:
            raise CommandError(
                f"{unreadable} values were encrypted with a key that FIELD_ENCRYPTION_KEYS does not name"
            )
        self.stdout.write("Every value is encrypted with the first key; the others can be removed.")
