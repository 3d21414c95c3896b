"""How long a password must be: 15 characters, or 8 beside a second factor (NIST SP 800-63B-4, 3.1.1.2)."""

from typing import Any

from django.core.exceptions import ValidationError

LEAST_LENGTH = 15
LEAST_LENGTH_WITH_SECOND_FACTOR = 8


class PasswordLengthValidator:
    """For AUTH_PASSWORD_VALIDATORS. Whether there is a second factor is asked of the account's rows."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError with the code `password_too_short`."""
        least = LEAST_LENGTH_WITH_SECOND_FACTOR if user and user.has_second_factor() else LEAST_LENGTH
        if len(password) < least:
            raise ValidationError(
                f"Use at least {least} characters; a short sentence is easy to remember.", code="password_too_short"
            )

    def get_help_text(self) -> str:
        """For forms."""
        return f"At least {LEAST_LENGTH} characters, or {LEAST_LENGTH_WITH_SECOND_FACTOR} with a second factor."
