"""What the roles of the account endpoints and of the webhooks may write: each refusal beside what is allowed."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from skillbridge_backend.core.models import OutboxMessage
from tests.policies.access import INSUFFICIENT_PRIVILEGE, as_role, columns_of
from tests.policies.world import World
from users.enums import Role
from users.models import User
from users.tests.factories import ProfileFactory, RefreshTokenFamilyFactory, UserFactory

pytestmark = pytest.mark.django_db


def insert(role: str, row: Any) -> int | str:
    columns = columns_of(row)
    places = ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO {row._meta.db_table} ({', '.join(columns)}) VALUES ({places})"
    return as_role(role, statement, list(columns.values()))


def unconfirmed(**fields: Any) -> User:
    """The account of somebody who signs up."""
    user: User = UserFactory.build(email_confirmed_at=None, **fields)
    return user


def message(topic: str, key: str | None) -> OutboxMessage:
    return OutboxMessage(topic=topic, key=key, available_at=timezone.now())


@pytest.mark.parametrize(
    "more",
    [
        {"role": Role.ADMIN},
        {"role": Role.MODERATOR},
        {"role": Role.MENTOR},
        {"is_staff": True},
        {"is_superuser": True},
        {"email_confirmed_at": timezone.now()},
    ],
    ids=lambda more: next(iter(more)),
)
def test_sign_up_makes_learners_without_rights_and_nobody_else(world: World, more: dict[str, Any]) -> None:
    assert insert("account_service", unconfirmed()) == 1
    assert (
        insert("account_service", UserFactory.build(**({"email_confirmed_at": None} | more))) == INSUFFICIENT_PRIVILEGE
    )


def test_account_service_opens_the_profiles_of_learners(world: World) -> None:
    user = UserFactory()
    assert insert("account_service", ProfileFactory.build(user=user)) == 1
    offering = ProfileFactory.build(user=user, is_offering_mentoring=True)
    assert insert("account_service", offering) == INSUFFICIENT_PRIVILEGE


def test_account_service_changes_passwords_of_open_accounts_only(world: World) -> None:
    user, closed = UserFactory(), UserFactory(is_active=False)
    statement = "UPDATE users_user SET password = 'x' WHERE id = %s"
    assert as_role("account_service", statement, [user.pk]) == 1
    assert as_role("account_service", statement, [closed.pk]) == 0
    promotion = "UPDATE users_user SET role = 'admin' WHERE id = %s"
    assert as_role("account_service", promotion, [user.pk]) == INSUFFICIENT_PRIVILEGE


@pytest.mark.parametrize("column", ["email", "password", "last_login"])
def test_account_service_changes_in_somebodys_name_their_account_alone(world: World, column: str) -> None:
    """A change of address has whose it is from the token, and from nowhere else."""
    one, other = UserFactory(), UserFactory()
    statement = f"UPDATE users_user SET {column} = {column} WHERE id = %s"
    assert as_role("account_service", statement, [one.pk], named=one.pk) == 1
    assert as_role("account_service", statement, [other.pk], named=one.pk) == 0
    assert as_role("account_service", statement, [other.pk]) == 1


def test_login_that_was_ended_stays_ended(world: World) -> None:
    alive = RefreshTokenFamilyFactory()
    ended = RefreshTokenFamilyFactory(revoked_at=timezone.now())
    statement = "UPDATE users_refreshtokenfamily SET revoked_at = NULL, rotations = 2 WHERE id = %s"
    assert as_role("account_service", statement, [alive.pk]) == 1
    assert as_role("account_service", statement, [ended.pk]) == 0


@pytest.mark.parametrize(
    ("role", "topic", "key"),
    [
        ("account_service", "notifications.send_account_email", "account-email:confirm_email:1"),
        ("webhook_service", "progress.process_delivery", "process_delivery:1"),
    ],
)
def test_service_publishes_its_own_topic_under_its_own_keys(world: World, role: str, topic: str, key: str) -> None:
    assert insert(role, message(topic, key)) == 1
    assert insert(role, message("matches.run_round", key)) == INSUFFICIENT_PRIVILEGE
    assert insert(role, message(topic, "delivery:1")) == INSUFFICIENT_PRIVILEGE
    assert insert(role, message(topic, None)) == INSUFFICIENT_PRIVILEGE


def test_ensure_roles_takes_from_a_role_what_it_no_longer_has(world: World) -> None:
    def bypasses(role: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolbypassrls FROM pg_roles WHERE rolname = %s", [role])
            return bool(cursor.fetchone()[0])

    with connection.cursor() as cursor:
        cursor.execute("ALTER ROLE account_service BYPASSRLS")
    assert bypasses("account_service")

    call_command("ensure_roles", verbosity=0)

    assert not bypasses("account_service")
    assert bypasses("service_role")


@pytest.mark.parametrize("role", ["anon", "authenticated", "account_service", "sb_web", "sb_worker"])
def test_no_request_makes_temporary_tables(world: World, role: str) -> None:
    """One of the name of a table of ours would come before it in the search path."""
    call_command("ensure_roles", verbosity=0)

    assert as_role(role, "CREATE TEMPORARY TABLE users_user (id uuid)", []) == INSUFFICIENT_PRIVILEGE
    assert as_role("sb_owner", "CREATE TEMPORARY TABLE users_user (id uuid)", []) == -1
