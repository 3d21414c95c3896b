"""`manage.py seed_logins`: one login for each role, for development only."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from skillbridge_backend.core.errors import PermissionDenied
from users.services.development_logins import seed_logins


class Command(BaseCommand):
    """Harmless to repeat."""

    help = "Makes learner@, mentor@, moderator@ and admin@skillbridge.test with the password DEV_LOGIN_PASSWORD."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing and set the password."""
        password, secret = os.environ.get("DEV_LOGIN_PASSWORD", ""), os.environ.get("DEV_LOGIN_TOTP_SECRET", "")
        if not password:
            raise CommandError("DEV_LOGIN_PASSWORD is missing: set it to the password of the development logins")
        if not secret:
            raise CommandError("DEV_LOGIN_TOTP_SECRET is missing: set it to a secret in base32 for the admin's codes")
        try:
            logins = seed_logins(password=password, totp_secret=secret)
        except PermissionDenied as error:
            raise CommandError(error.detail) from error
        for login in logins:
            self.stdout.write(f"{login.role:<10} {login.email} {'made' if login.is_new else 'already there'}")
