"""Whose eyes the database sees through: the PostgreSQL role and claims of the current transaction.

One statement sets both, for the transaction only, as PostgREST does it on Supabase; from there `auth.uid()` answers in
SQL. The roles are created by `manage.py ensure_roles`; the reasons are in
docs/decisions/0001-row-level-security-and-roles.md. What belongs here is only *who is asking*; what they may see is
said by policies and by each queryset's `visible_to(actor)`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
import structlog
from django.db import connection, transaction

from skillbridge_backend.core import context


class DatabaseRole(StrEnum):
    """The roles that a connection may take on for a transaction."""

    ANONYMOUS = "anon"
    AUTHENTICATED = "authenticated"
    ACCOUNT_SERVICE = "account_service"
    """Login, refresh, confirmation: account tables only."""
    WEBHOOK_SERVICE = "webhook_service"
    """Takes in signed deliveries: reads the secret they are signed with, appends the delivery and its outbox row."""
    SERVICE = "service_role"
    """Work that is nobody's, in workers and admin; no web process can take it on."""


def enter_role(role: DatabaseRole, *, user_id: UUID | None = None, user_role: str = "") -> None:
    """Act as `role`, for `user_id`, until the current transaction ends: one round trip.

    Raises RuntimeError outside a transaction, where the setting would be lost before the next statement.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a database role is set for a transaction, and there is none")
    claims = _claims(str(role), user_id, user_role)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('role', %s, true), set_config('request.jwt.claims', %s, true)",
            [str(role), claims],
        )


def name_actor(user_id: UUID | None, *, user_role: str = "") -> None:
    """Let `auth.uid()` and the audit trail know who works, until the transaction ends; the login's rights stay."""
    if not connection.in_atomic_block:
        raise RuntimeError("an actor is named for a transaction, and there is none")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('request.jwt.claims', %s, true)", [_claims("", user_id, user_role)])


def _claims(role: str, user_id: UUID | None, user_role: str) -> str:
    claims = {"role": role, "request_id": context.request_id.get(), **context.client.get()}
    if user_id:
        claims |= {"sub": str(user_id), "user_role": user_role}
    return orjson.dumps(claims).decode()


@contextmanager
def acting_as(user_id: UUID, *, user_role: str = "") -> Iterator[None]:
    """A transaction with the rights of this person, and no more."""
    token = context.actor_id.set(user_id)
    try:
        with _role_for_block(DatabaseRole.AUTHENTICATED, user_id=user_id, user_role=user_role):
            yield
    finally:
        context.actor_id.reset(token)


@contextmanager
def acting_as_service() -> Iterator[None]:
    """A transaction for work that is nobody's: periodic jobs, deliveries. Workers and admin only."""
    with _role_for_block(DatabaseRole.SERVICE):
        yield


@contextmanager
def account_service(*, user_id: UUID | None = None) -> Iterator[None]:
    """A transaction that sees account tables only; of their sessions only this person's, where one is named.

    Account endpoints have no request transaction: each step commits by itself, so that a failed login's counter or a
    revoked family survives the `4xx` that follows it.
    """
    with _role_for_block(DatabaseRole.ACCOUNT_SERVICE, user_id=user_id):
        yield


@contextmanager
def webhook_service() -> Iterator[None]:
    """A transaction that takes in a signed delivery."""
    with _role_for_block(DatabaseRole.WEBHOOK_SERVICE):
        yield


@contextmanager
def _role_for_block(role: DatabaseRole, **claims: Any) -> Iterator[None]:
    """Take on `role` in an atomic block; inside an outer transaction give the former role back at its end.

    After an exception nothing needs giving back: the rollback, of the transaction or the savepoint, undoes the setting.
    """
    is_nested = connection.in_atomic_block
    with transaction.atomic():
        former = _current_settings() if is_nested else None
        enter_role(role, **claims)
        with structlog.contextvars.bound_contextvars(database_role=str(role)):
            yield
        if former:
            _restore(former)


def _current_settings() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role'), coalesce(current_setting('request.jwt.claims', true), '')")
        row = cursor.fetchone()
    return (str(row[0]), str(row[1])) if row else ("none", "")


def _restore(former: tuple[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('role', %s, true), set_config('request.jwt.claims', %s, true)", list(former))
