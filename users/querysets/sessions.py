"""Reads of logins and of personal tokens."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone

from users.querysets.people import hidden_of

if TYPE_CHECKING:
    from users.models import PersonalToken, RefreshTokenFamily, User


class RefreshTokenFamilyQuerySet(models.QuerySet["RefreshTokenFamily"]):
    """Logins."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(user_id=actor.pk) if actor.is_authenticated else self.none()

    def alive(self) -> Self:
        """Those that a refresh token still continues: not ended, not idle for too long, not at their absolute end."""
        now = timezone.now()
        return self.filter(revoked_at=None, expires_at__gt=now, rotated_at__gt=now - settings.REFRESH_TOKEN_IDLE)

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
