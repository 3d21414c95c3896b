"""Reads of accounts, and which of their columns are hidden from requests."""

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.apps import apps
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AnonymousUser
from django.db import models

from users.enums import Role

if TYPE_CHECKING:
    from users.models import User

HIDDEN = ("password", "email", "last_login", "email_confirmed_at", "has_short_password", "links_ended_at")
"""Columns of an account that no request may read, of whomever; one's own address is told by `private.my_email()`."""

_OWN_ACCOUNT = """
    SELECT id, handle, display_name, role, is_active, is_staff, is_superuser, token_version, created_at, updated_at,
           private.my_email() AS email
    FROM users_user WHERE id = auth.uid() AND is_active AND NOT private.is_session_over(%s)
"""


def hidden_of(*relations: str) -> list[str]:
    """For `defer()` beside a `select_related()` of accounts: their hidden columns."""
    return [f"{relation}__{column}" for relation in relations for column in HIDDEN]


class UserQuerySet(models.QuerySet["User"]):
    """People."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """Everybody's names, to those who are logged in: what people wrote outlives their accounts."""
        return self if actor.is_authenticated else self.none()

    def active(self) -> Self:
        """People whose account is open."""
        return self.filter(is_active=True)

    def mentors(self) -> Self:
        """People who offer mentoring and have said for how many learners."""
        return self.filter(
            is_active=True,
            role=Role.MENTOR,
            profile__is_offering_mentoring=True,
            profile__mentoring_capacity__gt=0,
        )

    def with_capacity(self) -> Self:
        """Mentors who can take one more learner now."""
        return self.filter(profile__listing__open_places__gt=0)

    def available_at(self, moment: datetime) -> Self:
        """People whose clock stands in one of their weekly slots at this instant, and who are not on leave that day."""
        profiles = apps.get_model("users", "Profile").objects.available_at(moment)
        return self.filter(profile__in=profiles)

    def with_hidden(self) -> Self:
        """With the columns that requests may not read; for the account service, workers and the admin."""
        return self.defer(None)

    def of_whoever_asks(self, *, session_id: UUID | None) -> "User | None":
        """The account of the person whose rights the transaction has, with their address.

        None when it is closed, or when the session that they came with is over; a personal token has no session.
        """
        return next(iter(self.raw(_OWN_ACCOUNT, [session_id])), None)

    def by_email(self, email: str) -> Self:
        """The account with this address, whatever its case."""
        return self.with_hidden().filter(email=email.strip().lower())

    def unverified(self) -> Self:
        """Accounts whose address was never confirmed; no operators, who need no confirmation to log in to the admin."""
        return self.filter(email_confirmed_at=None, is_staff=False, is_superuser=False)

    def unverified_since(self, moment: datetime) -> Self:
        """Those of them that are open and from before this moment; not the ghost, which is closed."""
        return self.unverified().filter(created_at__lt=moment, is_active=True)

    def with_password(self) -> Self:
        """Accounts whose password somebody may know."""
        return self.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)

    def without_password(self) -> Self:
        """Accounts that nobody can log in to."""
        return self.filter(password__startswith=UNUSABLE_PASSWORD_PREFIX)
