"""Reads of logins and of personal tokens."""

from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models.functions import Least
from django.utils import timezone

from users.querysets.people import hidden_of

if TYPE_CHECKING:
    from users.models import PersonalToken, RefreshTokenFamily, User

KEPT, REMEMBERED = timedelta(days=30), timedelta(days=365)
"""How long a login is known after its end, and the latest of its kind."""


class RefreshTokenFamilyQuerySet(models.QuerySet["RefreshTokenFamily"]):
    """Logins."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(user_id=actor.pk) if actor.is_authenticated else self.none()

    def alive(self) -> Self:
        """Those that a refresh token still continues: not ended, not idle for too long, not at their absolute end."""
        now = timezone.now()
        return self.filter(revoked_at=None, expires_at__gt=now, rotated_at__gt=now - settings.REFRESH_TOKEN_IDLE)

    def forgettable(self) -> Self:
        """Those that ended a month ago, but for what tells a new device from a known one: see `SessionService`.

        Of these the latest from each address and program stays for a year.
        """
        now = timezone.now()
        idle_at = models.F("rotated_at") + settings.REFRESH_TOKEN_IDLE
        later = type(self)(self.model).filter(
            user=models.OuterRef("user"),
            user_agent=models.OuterRef("user_agent"),
            ip_address=models.OuterRef("ip_address"),
            impersonated_by=None,
            pk__gt=models.OuterRef("pk"),
        )
        ended = self.alias(ended_at=Least("revoked_at", "expires_at", idle_at, output_field=models.DateTimeField()))
        return ended.filter(ended_at__lt=now - KEPT).filter(
            models.Q(ended_at__lt=now - REMEMBERED) | models.Q(impersonated_by__isnull=False) | models.Exists(later)
        )

    def without_tokens(self) -> Self:
        """Without the columns that no request may read."""
        return self.defer("current_hash", "rotations", "recent_rotations", "proved_at")


class PersonalTokenQuerySet(models.QuerySet["PersonalToken"]):
    """Personal tokens; for the account service alone."""

    def alive(self) -> Self:
        """Those that have not expired."""
        return self.filter(expires_at__gt=timezone.now())

    def with_owner(self) -> Self:
        """With whose they are, without the columns that no request may read."""
        return self.select_related("user").defer(*hidden_of("user"))
