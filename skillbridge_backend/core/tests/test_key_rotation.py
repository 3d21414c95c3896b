"""Every encrypted field: unreadable in a dump, in logs and in error reports, and encrypted anew with a new key."""

import logging
import os
import subprocess
from collections.abc import Iterator
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
import sentry_sdk
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Model
from django.test import override_settings
from factory.django import DjangoModelFactory

from skillbridge_backend.core import key_rotation
from skillbridge_backend.core.error_reporting import start_error_reporting
from skillbridge_backend.core.fields import EncryptedTextField, cipher
from skillbridge_backend.core.key_rotation import encrypted_fields
from skillbridge_backend.embedded.postgres import WHEEL_DIR

PLANTED = "planted-8f14e45fceea167a"
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()

pytestmark = pytest.mark.django_db(transaction=True)


def factory_of(model: type[Model]) -> type[DjangoModelFactory[Any]]:
    module = import_module(f"{model.__module__.split('.')[0]}.tests.factories")
    made = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, DjangoModelFactory)]
    return next(each for each in made if each.__module__ == module.__name__ and each._meta.model is model)  # type: ignore[attr-defined]  # narrowed above


def planted_rows() -> list[Model]:
    """A row of each table with encrypted fields, the secret in all of them."""
    fields_of: dict[type[Model], list[EncryptedTextField]] = {}
    for field in encrypted_fields():
        fields_of.setdefault(field.model, []).append(field)
    return [factory_of(model)(**{field.name: PLANTED for field in each}) for model, each in fields_of.items()]


def tokens() -> list[str]:
    found: list[str] = []
    with connection.cursor() as cursor:
        for field in encrypted_fields():
            cursor.execute(f"SELECT {field.column} FROM {field.model._meta.db_table}")
            found += [token for (token,) in cursor.fetchall() if token is not None]
    return found


@pytest.fixture
def reported() -> Iterator[list[str]]:
    """What leaves for Sentry, as text."""
    sent: list[str] = []

    class Transport(sentry_sdk.transport.Transport):
        def capture_envelope(self, envelope: Any) -> None:
            sent.append(envelope.serialize().decode())

    start_error_reporting("http://key@127.0.0.1:9/1", release="0")
    client = sentry_sdk.get_client()
    client.transport = Transport()
    yield sent
    sentry_sdk.get_global_scope().set_client(None)


def test_the_secrets_of_webhooks_are_among_the_fields() -> None:
    columns = {f"{field.model._meta.db_table}.{field.column}" for field in encrypted_fields()}

    assert {"progress_repository.webhook_secret", "progress_repository.previous_secret"} <= columns


def test_dump_of_the_database_holds_no_planted_secret() -> None:
    rows = planted_rows()
    settings = connection.settings_dict
    address = ["-h", settings["HOST"], "-p", str(settings["PORT"]), "-U", settings["USER"]]
    dump = subprocess.run(
        [WHEEL_DIR / "pginstall" / "bin" / "pg_dump", *address, "--data-only", settings["NAME"]],
        env=os.environ | {"PGPASSWORD": str(settings["PASSWORD"])},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert rows
    assert all(str(row.pk) in dump for row in rows), "the dump is of another database"
    assert PLANTED not in dump
    assert all(token in dump for token in tokens())


def test_log_and_error_report_hold_no_planted_secret(reported: list[str], caplog: pytest.LogCaptureFixture) -> None:
    """An error while the secret is in the hands of the code: in a local variable, in what is raised, in a log line."""
    row = next(row for row in planted_rows() if hasattr(row, "webhook_secret"))
    secret = type(row)._default_manager.get(pk=row.pk).webhook_secret

    def fail(in_hand: str) -> None:
        raise ValueError(len(in_hand))

    with caplog.at_level(logging.DEBUG):
        try:
            fail(secret)
        except ValueError as error:
            sentry_sdk.capture_exception(error)
            logging.getLogger("progress").exception("it failed for %s", row)
        logging.getLogger("progress").info("%r %s", row, vars(row).keys())

    assert secret == PLANTED
    assert "ValueError" in "".join(reported)
    assert PLANTED not in "".join(reported)
    assert PLANTED not in caplog.text


def test_after_rotation_the_old_key_can_go() -> None:
    with override_settings(FIELD_ENCRYPTION_KEYS=[OLD]):
        rows = planted_rows()
    before = tokens()
    output = StringIO()
    with override_settings(FIELD_ENCRYPTION_KEYS=[NEW, OLD]):
        call_command("rotate_keys", stdout=output)

    assert "progress_repository.webhook_secret: 1 encrypted anew, 0 were" in output.getvalue()
    assert not set(before) & set(tokens())
    with override_settings(FIELD_ENCRYPTION_KEYS=[NEW]):
        for row in rows:
            again = type(row)._default_manager.get(pk=row.pk)
            names = [field.name for field in encrypted_fields() if field.model is type(row)]
            assert [getattr(again, name) for name in names] == [PLANTED] * len(names)


@override_settings(FIELD_ENCRYPTION_KEYS=[NEW, OLD])
def test_rotation_repeats_harmlessly_and_goes_on_where_it_broke_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 2)
    factory = factory_of(encrypted_fields()[0].model)
    with override_settings(FIELD_ENCRYPTION_KEYS=[OLD]):
        factory.create_batch(5, **{encrypted_fields()[0].name: PLANTED})
    # As after a kill: the first batch of the first column is done, the rest is not.
    first = next(iter(tokens()))
    with connection.cursor() as cursor:
        field = encrypted_fields()[0]
        rotated = cipher().rotate(first.encode()).decode()
        table = field.model._meta.db_table
        cursor.execute(f"UPDATE {table} SET {field.column} = %s WHERE {field.column} = %s", [rotated, first])

    once = next(key_rotation.rotate())
    done = tokens()
    twice = next(key_rotation.rotate())

    assert (once.rotated, once.current, once.unreadable) == (4, 1, 0)
    assert (twice.rotated, twice.current, twice.unreadable) == (0, 5, 0)
    assert tokens() == done


@override_settings(FIELD_ENCRYPTION_KEYS=[NEW])
def test_value_of_a_key_that_is_gone_is_counted_and_ends_with_an_error() -> None:
    with override_settings(FIELD_ENCRYPTION_KEYS=[OLD]):
        planted_rows()

    with pytest.raises(CommandError, match="a key that FIELD_ENCRYPTION_KEYS does not name"):
        call_command("rotate_keys", stdout=StringIO())
