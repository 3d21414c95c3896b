"""`manage.py enrol_second_factor EMAIL`: an authenticator app for somebody who cannot log in without one, an admin."""

import sys
from typing import Any

import segno
from django.core.management.base import BaseCommand, CommandError, CommandParser

from skillbridge_backend.core.access import acting_as_service
from skillbridge_backend.core.errors import DomainError
from users import totp
from users.models import User
from users.services import SecondFactorService


class Command(BaseCommand):
    """For whoever has a shell on the server; people add theirs in an application."""

    help = "Shows a QR code for an authenticator app, asks for its code, and prints recovery codes."

    def add_arguments(self, parser: CommandParser) -> None:
        """The account."""
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        """Show, ask, store. Nothing is stored when the code is wrong."""
        email = options["email"]
        with acting_as_service():
            user = User.objects.by_email(email).active().first()
        if user is None:
            raise CommandError(f"no active account has the address {email!r}")
        secret = totp.new_secret()
        segno.make(totp.provisioning_uri(secret, email=user.email), error="m").terminal(out=sys.stdout, compact=True)
        self.stdout.write(f"Scan it with an authenticator app, or type {secret}")
        try:
            codes = SecondFactorService().enrol_for(user, secret=secret, code=input("Code: ").strip())
        except DomainError as problem:
            raise CommandError(problem.detail) from problem
        self.stdout.write("Recovery codes, each for once:\n  " + "\n  ".join(codes))
