"""Columns that no request reads, of whomever, their owner included."""

import pytest
from django.db import connection

from skillbridge_backend.core.ids import new_id
from tests.policies.access import IDENTITIES, INSUFFICIENT_PRIVILEGE, LEARNER, acting, rows_hit
from tests.policies.world import World
from users.models import User
from users.querysets import HIDDEN

SECRETS = {
    "users_user": set(HIDDEN),
    "users_refreshtokenfamily": {"current_hash"},
    "users_mentorlisting": {"changes_at"},
    "progress_repository": {"webhook_secret", "previous_secret"},
}


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table in SECRETS for column in sorted(SECRETS[table])]
)
def test_nobody_reads_a_secret_column(world: World, table: str, column: str) -> None:
    row = world.rows[table]
    statement, parameters = f"SELECT {column} FROM {table} WHERE {row._meta.pk.column} = %s", [row.pk]

    outcomes = {identity: rows_hit(world, identity, statement, parameters) for identity in IDENTITIES}

    assert set(outcomes.values()) == {INSUFFICIENT_PRIVILEGE}, outcomes
    assert rows_hit(world, "superuser", statement, parameters) == 1


def test_all_other_columns_of_an_account_are_read_by_requests(world: World) -> None:
    """What `HIDDEN` leaves in a query is granted, or every request would fail."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.column_privileges"
            " WHERE table_name = 'users_user' AND grantee = 'authenticated' AND privilege_type = 'SELECT'"
        )
        granted = {name for (name,) in cursor.fetchall()}
    assert granted == {field.column for field in User._meta.concrete_fields} - set(HIDDEN)


@pytest.mark.parametrize("identity", [identity for identity in IDENTITIES if identity != "anonymous"])
def test_everybody_is_told_their_own_address_and_no_other(world: World, identity: str) -> None:
    with acting(world, identity):
        account = User.objects.all().of_whoever_asks(session_id=new_id())

    assert account is not None
    assert (account.pk, account.email) == (world.people[identity].pk, world.people[identity].email)


def test_account_that_was_closed_is_nobody(world: World) -> None:
    User.objects.filter(pk=world.learner.pk).update(is_active=False)
    with acting(world, LEARNER):
        assert User.objects.all().of_whoever_asks(session_id=new_id()) is None
    User.objects.filter(pk=world.learner.pk).update(is_active=True)
