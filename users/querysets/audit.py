"""Reads of the audit trail."""

from contextlib import suppress
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models.functions import Cast, JSONObject

from users.enums import Role

if TYPE_CHECKING:
    from users.models import AuditEntry, AuditSeal, User


def audit_subjects() -> models.Func:
    """What an audit entry can be found by, as an array of text: person, actor, row and request."""
    return models.Func(
        Cast("user_id", models.TextField()),
        Cast("actor_id", models.TextField()),
        "row_id",
        "request_id",
        template="(ARRAY[%(expressions)s]::text[])",
        output_field=ArrayField(models.TextField()),
    )


TOLD = ("method", "factor", "reason", "surface")
"""What of an entry's details a person reads: nothing that names somebody else or a row."""


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """The audit trail."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """All, to admins; to others what happened to their own account, such as a login. Nothing, to strangers."""
        if not actor.is_authenticated:
            return self.none()
        return self if actor.role == Role.ADMIN else self.events().filter(user_id=actor.pk)

    def events(self) -> Self:
        """What happened to accounts."""
        return self.filter(table_name="")

    def changes(self, table_name: str) -> Self:
        """What happened to the rows of a table."""
        return self.filter(table_name=table_name)

    def as_told(self) -> Self:
        """With `told`: of the details what the person reads whom the entry is about."""
        details = JSONObject(**{name: models.F(f"details__{name}") for name in TOLD})
        return self.annotate(
            told=models.Func(details, function="jsonb_strip_nulls", output_field=models.JSONField()),
        )

    def about(self, term: str) -> Self:
        """What concerns or was done by the person with this handle, address or id, or is of this row or request."""
        people = apps.get_model("users.User").objects.filter(models.Q(handle=term) | models.Q(email=term.lower()))
        wanted = [term, *map(str, people.values_list("pk", flat=True))]
        with suppress(ValueError):
            wanted.append(str(UUID(term)))  # however it was typed
        return self.alias(subjects=audit_subjects()).filter(subjects__overlap=wanted)

    def audited_tables(self) -> list[str]:
        """Names of the tables whose changes are recorded."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'audit_updated' ORDER BY 1")
            return [name for (name,) in cursor.fetchall()]


class AuditSealQuerySet(models.QuerySet["AuditSeal"]):
    """The chain over the audit trail."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """All, to admins."""
        return self if actor.is_authenticated and actor.role == Role.ADMIN else self.none()
