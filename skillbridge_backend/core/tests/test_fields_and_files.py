"""Encrypted text is unreadable in the database; a migration's SQL file says how to go back; reports are scrubbed."""

from pathlib import Path

import pytest
import sentry_sdk
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.test import override_settings

from skillbridge_backend.core import sql
from skillbridge_backend.core.error_reporting import start_error_reporting
from skillbridge_backend.core.fields import EncryptedTextField
from skillbridge_backend.core.rendering import to_json

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_encrypted_text_comes_back_and_is_never_the_same_twice() -> None:
    field = EncryptedTextField()
    first, second = field.get_prep_value("secret"), field.get_prep_value("secret")
    assert "secret" not in first
    assert first != second
    assert field.from_db_value(first) == field.from_db_value(second) == "secret"
    assert field.get_prep_value(None) is None
    assert field.from_db_value(None) is None


def test_old_key_reads_and_new_key_writes() -> None:
    field = EncryptedTextField()
    with override_settings(FIELD_ENCRYPTION_KEYS=[OLD]):
        token = field.get_prep_value("secret")
    with override_settings(FIELD_ENCRYPTION_KEYS=[NEW, OLD]):
        assert field.from_db_value(token) == "secret"
        assert MultiFernet([Fernet(NEW)]).decrypt(field.get_prep_value("x")) == b"x"
    with override_settings(FIELD_ENCRYPTION_KEYS=[NEW]), pytest.raises(InvalidToken):
        field.from_db_value(token)


def test_every_sql_file_says_how_to_go_back() -> None:
    operation = sql.sql_file("core", "0001_access")
    assert "CREATE FUNCTION private.new_id()" in str(operation.sql)
    assert "DROP FUNCTION private.new_id()" in str(operation.reverse_sql)
    for path in Path(sql.__file__).parents[2].glob("*/sql/*.sql"):
        assert sql.DIVIDER in path.read_text(), path


def test_json_writes_what_orjson_does_not_know() -> None:
    from decimal import Decimal

    from django.utils.translation import gettext_lazy

    assert to_json({"a": Decimal("1.10"), "b": gettext_lazy("Yes"), 3: None}) == b'{"a":"1.10","b":"Yes","3":null}'
    with pytest.raises(TypeError):
        to_json({"a": object()})


def test_error_report_carries_no_secret() -> None:
    events: list[dict[str, object]] = []
    start_error_reporting("", release="0")
    assert not sentry_sdk.get_client().is_active()
    start_error_reporting("http://key@127.0.0.1:9/1", release="0")
    client = sentry_sdk.get_client()
    before_send = client.options["before_send"]
    assert before_send
    events.append(before_send({"message": "Bearer abc", "extra": {"deep": [{"password": "abc"}]}}, {}))
    sentry_sdk.init(dsn="")
    assert "abc" not in str(events)
