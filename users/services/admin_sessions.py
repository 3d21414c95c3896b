"""Sessions of the admin, beside the API's: seen among a person's own, and ended with them.

Django's session says that a browser is somebody's; a row here, without a refresh token, says that it still is. For the
admin process, with its rights.
"""

import hashlib
import secrets
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from users.clients import Client
from users.enums import AuditAction
from users.models import RefreshTokenFamily, User
from users.services import audit
from users.services.account_mail import ask_for_mail_about
from users.services.sessions import is_new_device


class AdminSessionService:
    """Begin, end, and whether it goes on."""

    def begin(self, user: User, *, client: Client) -> UUID:
        """The session of somebody who has just shown password and second factor: 8 hours, however much they do.

        They get a mail where the device is new. `user.last_login` is still that of their login before.
        """
        now = timezone.now()
        new = {"new_device": "yes"} if is_new_device(user, client) else {}
        family: RefreshTokenFamily = RefreshTokenFamily.objects.create(
            user=user,
            # Of a token that nobody ever sees.
            current_hash=hashlib.sha256(secrets.token_bytes(32)).hexdigest(),
            user_agent=client.user_agent,
            ip_address=client.ip_address,
            rotated_at=now,
            proved_at=now,
            expires_at=now + settings.ADMIN_SESSION_LIFETIME,
        )
        if new:
            ask_for_mail_about(family.pk, user, "new_device")
        audit.record(AuditAction.LOGGED_IN, user=user, client=client, surface="admin", **new)
        return family.pk

    def end(self, *, session_id: UUID) -> None:
        """It is over. Harmless to repeat."""
        RefreshTokenFamily.objects.filter(pk=session_id, revoked_at=None).update(revoked_at=timezone.now())

    def refusal_of(self, actor: User, *, session_id: UUID | None, is_change: bool) -> str:
        """Why a request is not answered, in a sentence; '' when it is. A change takes a login of the last hour."""
        own = RefreshTokenFamily.objects.alive().filter(user=actor)
        proved_at = own.filter(pk=session_id).values_list("proved_at", flat=True).first() if session_id else None
        if proved_at is None:
            return "Your session is over."
        if is_change and proved_at <= timezone.now() - settings.ADMIN_PROOF_LIFETIME:
            return "You logged in more than an hour ago. Log in again, and then make the change once more."
        return ""
