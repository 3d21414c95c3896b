"""Model fields that every app may use: text that is encrypted in the database."""

from functools import cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def cipher() -> MultiFernet:
    """Encrypts with the newest key of FIELD_ENCRYPTION_KEYS, decrypts with any."""
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS))


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # a type of the stubs only
    """Text that is readable in Python only; in the database, and in a dump of it, it is a Fernet token.

    It cannot be searched or compared in SQL. Keys are their own (`FIELD_ENCRYPTION_KEYS`), not derived from SECRET_KEY.
    """

    def get_prep_value(self, value: Any) -> Any:
        """The token."""
        value = super().get_prep_value(value)
        return value if value is None else cipher().encrypt(value.encode()).decode()

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        """The text."""
        return value if value is None else cipher().decrypt(value.encode()).decode()
