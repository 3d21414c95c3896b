"""Proves once more who somebody is, before something dangerous: with a second factor, or the password without one.

A login proves it too. A proof belongs to its session and holds for ten minutes (STEP_UP_LIFETIME). What is dangerous
calls `demand_proof`: second factors, the address, the password beside a second factor, tokens, export, deletion.
"""

from uuid import UUID

from django.conf import settings
from django.utils import timezone

from skillbridge_backend.core.access import account_service
from users.clients import Client
from users.enums import AuditAction, ChallengePurpose
from users.exceptions import StepUpRequired
from users.models import RefreshTokenFamily, User
from users.services import audit, challenges
from users.services.challenges import Answer, Asked
from users.services.sessions import refusal_of


class StepUpService:
    """Question and answer."""

    def ask(self, actor: User) -> Asked:
        """What the person can prove it with, and the ticket for the answer. Raises NothingToProveWith."""
        with account_service(user_id=actor.pk):
            return challenges.ask(User.objects.with_hidden().get(pk=actor.pk), ChallengePurpose.STEP_UP)

    def prove(self, actor: User, *, session_id: UUID, ticket: str, answer: Answer, client: Client) -> None:
        """Note the proof in this session. Raises ChallengeOver, SecondFactorInvalid."""
        with account_service(user_id=actor.pk):
            challenge = challenges.locked(ticket, ChallengePurpose.STEP_UP)
            user = User.objects.with_hidden().get(pk=actor.pk)
            is_proven = challenge is not None and challenges.is_right(challenge, user, answer, client)
            if is_proven:
                RefreshTokenFamily.objects.alive().filter(pk=session_id, user=actor).update(proved_at=timezone.now())
                audit.record(
                    AuditAction.STEPPED_UP, user=actor, client=client, factor=answer.factor, family=str(session_id)
                )
        if not is_proven:
            raise refusal_of(challenge)

    def demand(self, actor: User, *, session_id: UUID) -> None:
        """Raise StepUpRequired unless this session has a recent proof."""
        with account_service(user_id=actor.pk):
            demand_proof(actor, session_id)


def demand_proof(actor: User, session_id: UUID) -> None:
    """Raise StepUpRequired unless the session has a recent proof. Within `account_service(user_id=actor.pk)`."""
    since = timezone.now() - settings.STEP_UP_LIFETIME
    if not RefreshTokenFamily.objects.alive().filter(pk=session_id, user=actor, proved_at__gt=since).exists():
        minutes = int(settings.STEP_UP_LIFETIME.total_seconds() // 60)
        raise StepUpRequired(
            f"This needs a proof of the last {minutes} minutes: POST /api/v1/auth/step-up/ begins one.",
        )
