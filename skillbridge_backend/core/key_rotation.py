"""Encrypts anew, with the newest key, what an older key of FIELD_ENCRYPTION_KEYS encrypted.

The encrypted fields are found in the models, so a new one is part of it without a change here. Works while everything
else runs: a value that somebody changes meanwhile is theirs, and was written with the newest key.
"""

# ruff: noqa: SLF001  # `_meta` is Django's own name for what it says of a model

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.db.models.functions import Cast

from skillbridge_backend.core.access import acting_as_service
from skillbridge_backend.core.fields import EncryptedTextField, cipher

BATCH = 500


@dataclass(slots=True)
class Rotation:
    """What became of one column: values of the newest key already, encrypted anew, and of no key that we have."""

    column: str
    current: int = 0
    rotated: int = 0
    unreadable: int = 0


def encrypted_fields() -> list[EncryptedTextField]:
    """Every encrypted field of every table."""
    tables = (model for model in apps.get_models() if model._meta.managed and not model._meta.proxy)
    return [field for model in tables for field in model._meta.local_fields if isinstance(field, EncryptedTextField)]


def rotate() -> Iterator[Rotation]:
    """Rotate each encrypted column, in batches that commit one by one. Harmless to break off and to repeat."""
    for field in encrypted_fields():
        yield _rotate_column(field)


def _rotate_column(field: EncryptedTextField) -> Rotation:
    model = field.model
    done = Rotation(f"{model._meta.db_table}.{field.column}")
    newest = Fernet(settings.FIELD_ENCRYPTION_KEYS[0])
    # Cast, or the field would decrypt what it reads.
    tokens = model._base_manager.annotate(token=Cast(field.name, models.TextField())).exclude(token=None)
    rows: models.QuerySet[Any, tuple[Any, str]] = tokens.order_by("pk").values_list("pk", "token")
    last: Any = None
    while True:
        with acting_as_service():
            batch = list((rows if last is None else rows.filter(pk__gt=last))[:BATCH])
            for pk, token in batch:
                _rotate_value(field, pk, token, newest, done)
        if len(batch) < BATCH:
            return done
        last = batch[-1][0]


def _rotate_value(field: EncryptedTextField, pk: Any, token: str, newest: Fernet, done: Rotation) -> None:
    try:
        newest.decrypt(token.encode())
    except InvalidToken:
        pass
    else:
        done.current += 1
        return
    try:
        rotated = cipher().rotate(token.encode()).decode()
    except InvalidToken:
        done.unreadable += 1
        return
    quote = connection.ops.quote_name
    names = (field.model._meta.db_table, str(field.column), str(field.model._meta.pk.column))
    table, column, key = (quote(name) for name in names)
    with connection.cursor() as cursor:
        # Only while it is what was read. By hand, for the field would encrypt the token once more.
        cursor.execute(
            f"UPDATE {table} SET {column} = %s WHERE {key} = %s AND {column} = %s",  # noqa: S608  # names of our models
            [rotated, pk, token],
        )
        done.rotated += cursor.rowcount
