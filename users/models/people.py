"""Accounts: who somebody is here, and how they are called.

All other modules about people build on this one; a method that asks them imports them when it is called.
"""

import re
from typing import Any, ClassVar, cast
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac

from skillbridge_backend.core.models import TimestampedModel
from users.enums import Role
from users.querysets.people import HIDDEN, UserQuerySet

PLAIN_HANDLE = r"^[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?\Z"
RESERVED_HANDLE = (
    r"^(?:"
    r"abuse|accounts?|admins?|administrators?|all|anonymous|api|billing|bot|channel|contact|deleted|"
    r"everybody|everyone|help|helpdesk|here|hostmaster|info|legal|mail|mods?|moderation|moderators?|nobody|"
    r"no[-_]?reply|null|official|operators?|postmaster|privacy|root|security|service|staff|status|"
    r"superuser|support|sysadmin|system|team|undefined|webmaster"
    r")(?:[-_]?(?:team|staff|bot))?[-_0-9]*\Z|skill[-_]*bridge"
)
"""Handles that read as if the platform itself spoke, or called everybody: for those who moderate and administer it."""
# Without line breaks, other control characters, and the marks that turn the direction of writing: a name puts no lines
# of its own into e-mails and logs, and does not show itself as another one.
ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]*"
LAST_OWN_ID = UUID("00000000-0000-7000-8000-0000000000ff")
"""As far as this are the house's own accounts: whom the erased leave their posts to, whose the templates are."""


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]  # a class made at run time
    """Creates accounts; reads are in UserQuerySet. What requests may not read is left out until it is asked for."""

    def get_queryset(self) -> UserQuerySet:
        """Everybody, without the hidden columns: a relation that is followed must not ask for them either."""
        return cast(UserQuerySet, super().get_queryset()).defer(*HIDDEN)

    def get_by_natural_key(self, username: str | None) -> "User":
        """The account with this address, whatever its case, for Django's login."""
        return self.get_queryset().by_email(username or "").get()

    def create_user(self, *, email: str, password: str | None, **fields: Any) -> "User":
        """A new account with a hashed password (unusable when None). The address is kept in lower case."""
        user: User = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, *, email: str, password: str, **fields: Any) -> "User":
        """An admin, for `manage.py createsuperuser`; who may type that is believed about the address."""
        rights = {"role": Role.ADMIN, "is_staff": True, "is_superuser": True}
        return self.create_user(email=email, password=password, **fields, **rights, email_confirmed_at=timezone.now())


class User(AbstractBaseUser, PermissionsMixin, TimestampedModel):
    """A person's account. They log in with their e-mail address; `handle` is how others see and mention them."""

    email = models.EmailField(max_length=254, unique=True)
    handle = models.SlugField(max_length=40, unique=True)
    display_name = models.CharField(max_length=80)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.LEARNER)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="may log in to the admin")
    email_confirmed_at = models.DateTimeField(null=True, blank=True)
    token_version = models.PositiveIntegerField(
        default=1, help_text="raised by whatever must end all access tokens at once"
    )
    has_short_password = models.BooleanField(
        default=False, db_default=False, help_text="long enough only as long as there is a second factor"
    )
    links_ended_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="links for a new password that were mailed before are over"
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["handle", "display_name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower_case"),
            models.CheckConstraint(condition=Q(handle=Lower("handle")), name="user_handle_lower_case"),
            # The house's own accounts have names that nobody can take.
            models.CheckConstraint(
                condition=Q(handle__regex=PLAIN_HANDLE) | Q(pk__lte=LAST_OWN_ID), name="user_handle_plain"
            ),
            models.CheckConstraint(
                condition=~Q(handle__regex=RESERVED_HANDLE)
                | Q(role__in=[Role.MODERATOR, Role.ADMIN])
                | Q(pk__lte=LAST_OWN_ID),
                name="user_handle_reserved",
                violation_error_message="This handle is for those who run the platform.",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(condition=~Q(display_name=""), name="user_display_name_given"),
            models.CheckConstraint(
                condition=Q(display_name__regex=ONE_LINE + r"\Z"), name="user_display_name_one_line"
            ),
            models.CheckConstraint(
                condition=Q(is_superuser=False) | Q(role=Role.ADMIN), name="user_superuser_is_admin"
            ),
        ]
        indexes = [
            models.Index(fields=["role"], name="user_role"),
        ]

    def __str__(self) -> str:
        return self.handle

    @property
    def is_moderating(self) -> bool:
        """True for moderators and admins."""
        return self.role in {Role.MODERATOR, Role.ADMIN}

    @property
    def response_rate(self) -> int | None:
        """Per cent of the requests to this mentor that were answered; None for who is no mentor, or had too few."""
        from users.models.mentor_listings import MentorListing

        listing = MentorListing.objects.filter(profile__user=self).first()
        return listing.response_rate if listing else None

    def may_be_called(self, handle: str) -> bool:
        """Whether the role allows this handle; that it is free, or has the right form, is another question."""
        return self.is_moderating or not re.search(RESERVED_HANDLE, handle)

    def has_second_factor(self) -> bool:
        """Whether a login asks for more than its first factor. For the account service."""
        from users.models.second_factors import AuthenticatorApp, Passkey

        return not self._state.adding and (
            AuthenticatorApp.objects.confirmed().filter(user=self).exists()
            or Passkey.objects.filter(user=self).exists()
        )

    def get_session_auth_hash(self) -> str:
        """What the admin's sessions hang on, which are Django's: password, role, and second factors.

        A session ends with the first request after one of them has changed, as those of the API do.
        """
        from users.models.second_factors import AuthenticatorApp, Passkey

        factors = [
            *AuthenticatorApp.objects.confirmed().filter(user=self).values_list("pk", "confirmed_at"),
            *Passkey.objects.filter(user=self).order_by("pk").values_list("pk", "created_at"),
        ]
        state = f"{super().get_session_auth_hash()} {self.token_version} {factors}"
        return salted_hmac("users.admin-session", state, algorithm="sha256").hexdigest()

    def refresh_from_db(self, using: str | None = None, fields: Any = None, from_queryset: Any = None) -> None:
        """As Django's; the whole row is the whole row, hidden columns included, where they were there before."""
        if fields is None and from_queryset is None and not self.get_deferred_fields():
            from_queryset = type(self).objects.with_hidden()
        super().refresh_from_db(using, fields, from_queryset)
