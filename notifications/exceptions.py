"""What this app refuses, one stable code each."""

from skillbridge_backend.core.errors import DomainError


class PreferenceMandatory(DomainError):
    """Security news of the account cannot be switched off."""

    code, status, title = "preference_mandatory", 409, "This kind of notification cannot be switched off"


class EmailNotSent(Exception):  # not a refusal to a client: it makes the outbox try again later
    """The mail server did not take the message."""
