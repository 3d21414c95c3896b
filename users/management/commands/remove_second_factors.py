"""`manage.py remove_second_factors EMAIL`: for somebody who has lost theirs, or whom an intruder's keep out."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from skillbridge_backend.core.access import acting_as_service
from users.models import User
from users.services import SecondFactorService


class Command(BaseCommand):
    """For whoever has a shell on the server, and has made sure who asks. Harmless to repeat."""

    help = (
        "Removes second factors, recovery codes and password, logs everybody out, and mails a link for a new password."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The account."""
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove and say how many."""
        email = options["email"]
        with acting_as_service():
            user = User.objects.by_email(email).active().first()
        if user is None:
            raise CommandError(f"no active account has the address {email!r}")
        count = SecondFactorService().remove_all(user)
        self.stdout.write(f"{count} second factors were removed, and a link for a new password is on its way")
