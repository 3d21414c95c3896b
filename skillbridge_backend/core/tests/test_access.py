"""Whose eyes the database sees through: set for the transaction, restored after a nested block, refused outside."""

from collections.abc import Callable

import pytest
from django.db import ProgrammingError, connection, transaction

from skillbridge_backend.core import access
from skillbridge_backend.core.access import DatabaseRole
from skillbridge_backend.core.ids import new_id


def current() -> tuple[str, str | None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user::text, auth.uid()::text")
        role, uid = cursor.fetchone()
    return role, uid


@pytest.mark.django_db(transaction=True)
def test_enter_role_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="there is none"):
        access.enter_role(DatabaseRole.ANONYMOUS)


@pytest.mark.django_db(transaction=True)
def test_acting_as_is_seen_by_the_database_and_ends_with_the_block() -> None:
    before = current()
    user_id = new_id()
    with access.acting_as(user_id):
        assert current() == ("authenticated", str(user_id))
    assert current() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("block", "role"),
    [
        (access.acting_as_service, "service_role"),
        (access.account_service, "account_service"),
        (access.webhook_service, "webhook_service"),
    ],
)
def test_nested_block_gives_the_former_role_back(block: Callable, role: str) -> None:
    user_id = new_id()
    with access.acting_as(user_id):
        with block():
            assert current() == (role, None)
        assert current() == ("authenticated", str(user_id))


@pytest.mark.django_db
def test_nested_block_that_fails_gives_the_former_role_back() -> None:
    user_id = new_id()

    def fail_inside() -> None:
        with access.acting_as_service():
            raise ZeroDivisionError

    with access.acting_as(user_id):
        with pytest.raises(ZeroDivisionError):
            fail_inside()
        assert current() == ("authenticated", str(user_id))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "statement", "is_allowed"),
    [
        ("authenticated", "SELECT count(*) FROM core_idempotency", True),
        ("authenticated", "SELECT payload FROM core_outbox", False),
        ("authenticated", "DELETE FROM core_inbox", False),
        ("anon", "SELECT count(*) FROM core_idempotency", False),
        ("anon", "SELECT auth.uid()", True),
        ("account_service", "SELECT payload FROM core_outbox", False),
        ("sb_web", "SELECT topic FROM private.outbox_status()", True),
        ("sb_web", "SELECT payload FROM core_outbox", False),
        ("sb_web", "SELECT * FROM core_idempotency", False),
        ("sb_worker", "SELECT payload FROM core_outbox", True),
        ("sb_worker", "SELECT * FROM core_idempotency", False),
        ("service_role", "SELECT * FROM core_idempotency", True),
    ],
)
def test_roles_of_the_web_may_append_to_the_outbox_and_read_nothing_of_it(
    role: str, statement: str, is_allowed: bool
) -> None:
    def run() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('role', %s, true)", [role])
            cursor.execute(statement)

    if is_allowed:
        run()
    else:
        with pytest.raises(ProgrammingError, match="permission denied"):
            run()


@pytest.mark.django_db
def test_login_roles_cannot_take_on_more_than_their_own() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_has_role('sb_web', 'service_role', 'MEMBER'),"
            " pg_has_role('sb_worker', 'account_service', 'MEMBER'),"
            " (SELECT bool_or(rolsuper) FROM pg_roles WHERE rolname LIKE 'sb\\_%%'),"
            " (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'sb_web')"
        )
        assert cursor.fetchone() == (False, False, False, False)


@pytest.mark.django_db
def test_ids_made_by_the_database_are_uuid7_in_order() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT private.new_id(), pg_sleep(0.003), private.new_id()")
        first, _, second = cursor.fetchone()
    assert first.version == second.version == 7
    assert first < second
