"""Lets an admin see the platform as a person sees it: read-only, for half an hour, logged, and told to the person.

It is a session of the person's without a refresh token, so they see it among their own and may end it. Neither it nor
what they are told has the admin's address: that is the admin's. For the admin process. Lock order: the session's row.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from skillbridge_backend.core.access import DatabaseRole, acting_as_service, enter_role
from skillbridge_backend.core.errors import InvalidInput, NotFound, PermissionDenied
from users.clients import Client
from users.enums import AuditAction, Role
from users.models import RefreshTokenFamily, User
from users.services import audit
from users.services.account_mail import ask_for_mail
from users.tokens import issue_access_token

LIFETIME = timedelta(minutes=30)
SHORTEST_REASON = 10


@dataclass(frozen=True, slots=True)
class Eyes:
    """An access token of the person's that only reads; another one is had by asking again until `ends_at`."""

    access: str
    ends_at: datetime


class ImpersonationService:
    """Look through somebody's eyes."""

    def look(self, actor: User, *, person_id: UUID, reason: str) -> Eyes:
        """A token for the admin. Asked again within half an hour it goes on, and nobody is told anew.

        Raises PermissionDenied (not an admin; the person is one, or a moderator), NotFound, InvalidInput for `reason`.
        """
        if actor.role != Role.ADMIN:
            raise PermissionDenied("Only admins look through the eyes of others.")
        if len(reason.strip()) < SHORTEST_REASON:
            raise InvalidInput.of("reason", f"Say why in {SHORTEST_REASON} characters or more; the person reads it.")
        with acting_as_service():
            # The same role with a name in it: the trail's entry is the admin's doing.
            enter_role(DatabaseRole.SERVICE, user_id=actor.pk, user_role=actor.role)
            person = User.objects.active().filter(pk=person_id).first()
            if person is None:
                raise NotFound
            if person.is_moderating:
                raise PermissionDenied("Nobody looks through the eyes of moderators and admins.")
            looks = RefreshTokenFamily.objects.alive().filter(user=person, impersonated_by=actor.pk)
            family = looks.select_for_update().first() or self._begin(actor, person, reason.strip())
        return Eyes(issue_access_token(person, family_id=family.pk, impersonated_by=actor.pk), family.expires_at)

    def _begin(self, actor: User, person: User, reason: str) -> RefreshTokenFamily:
        now = timezone.now()
        family: RefreshTokenFamily = RefreshTokenFamily.objects.create(
            user=person,
            # Of a token that nobody ever sees.
            current_hash=hashlib.sha256(secrets.token_bytes(32)).hexdigest(),
            rotated_at=now,
            expires_at=now + LIFETIME,
            impersonated_by=actor.pk,
        )
        details = {"by": str(actor.pk), "reason": reason, "family": str(family.pk)}
        audit.record(AuditAction.IMPERSONATED, user=person, client=Client(), **details)
        ask_for_mail(person.pk, "impersonated")
        return family
