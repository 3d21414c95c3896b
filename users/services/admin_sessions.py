"""Sessions of the admin, beside the API's: seen among a person's own, and ended with them.

Django's session says that a browser is somebody's; a row here, without a refresh token, says that it still is. For the
admin process, with its rights, but where it says otherwise.
"""

import hashlib
import secrets
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from skillbridge_backend.core.retention import delete_in_batches
from users.clients import Client
from users.enums import AuditAction
from users.models import RefreshTokenFamily, User
from users.querysets import RefreshTokenFamilyQuerySet
from users.services import audit
from users.services.account_mail import ask_for_mail_about
from users.services.challenges import Answer, shows_factor
from users.services.sessions import is_new_device


class AdminSessionService:
    """Begin, prove, end, and whether it goes on."""

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

    def is_over(self, actor: User, *, session_id: UUID | None) -> bool:
        """Whether the browser is nobody's any more, whatever Django's session says."""
        return not _own(actor, session_id).exists()

    def is_proven(self, actor: User, *, session_id: UUID | None) -> bool:
        """Whether they showed a second factor lately enough for a change, as in the API."""
        return _own(actor, session_id).filter(proved_at__gt=timezone.now() - settings.STEP_UP_LIFETIME).exists()

    def remove_old(self) -> int:
        """Forget Django's sessions whose hour is over; for workers. How many there were.

        They hold who was logged in where. Nobody gets in with one, and nothing else removes those that were left open.
        """
        return delete_in_batches(Session.objects.filter(expire_date__lt=timezone.now()).order_by("expire_date"))

    def prove(self, actor: User, *, session_id: UUID | None, answer: Answer, client: Client) -> bool:
        """Whether the answer shows one of their factors; it is used up, and noted in this session."""
        user = User.objects.with_hidden().get(pk=actor.pk)
        if not shows_factor(user, answer, client):
            return False
        _own(actor, session_id).update(proved_at=timezone.now())
        audit.record(
            AuditAction.STEPPED_UP,
            user=actor,
            client=client,
            factor=answer.factor,
            family=str(session_id),
            surface="admin",
        )
        return True


def _own(actor: User, session_id: UUID | None) -> RefreshTokenFamilyQuerySet:
    own: RefreshTokenFamilyQuerySet = RefreshTokenFamily.objects.alive().filter(user=actor)
    return own.filter(pk=session_id) if session_id else own.none()
