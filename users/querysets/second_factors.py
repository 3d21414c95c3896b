"""Reads of second factors, and `take`, which asks whether a code is good and uses it up in one statement."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from users.models import AuthenticatorApp, Passkey, RecoveryCode


class AuthenticatorAppQuerySet(models.QuerySet["AuthenticatorApp"]):
    """Authenticator apps; for the account service alone."""

    def confirmed(self) -> Self:
        """Those that count: a first code was right."""
        return self.filter(confirmed_at__isnull=False)

    def take(self, step: int) -> bool:
        """Use up the code of this step, and all before it; False when that was done before. Safe in a race."""
        return self.filter(last_step__lt=step).update(last_step=step, last_used_at=timezone.now()) > 0


class PasskeyQuerySet(models.QuerySet["Passkey"]):
    """Passkeys; for the account service alone."""


class RecoveryCodeQuerySet(models.QuerySet["RecoveryCode"]):
    """Recovery codes; for the account service alone."""

    def unused(self) -> Self:
        """Those that still work."""
        return self.filter(used_at=None)

    def take(self, code_hash: str) -> bool:
        """Use up the code with this hash; False when there is none, or it was used before. Safe in a race."""
        return self.unused().filter(code_hash=code_hash).update(used_at=timezone.now()) > 0
