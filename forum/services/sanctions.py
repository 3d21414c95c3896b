"""Imposing and lifting sanctions. What follows from one (who may not write, who is told) is the database's."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from forum.enums import SanctionKind
from forum.exceptions import SanctionOver
from forum.models import LONGEST_REASON, Sanction
from skillbridge_backend.core.constraints import database_refusals
from skillbridge_backend.core.errors import InvalidInput, NotFound, PermissionDenied
from users.enums import Role
from users.models import User


class SanctionService:
    """For moderators and admins."""

    @transaction.atomic
    def impose(
        self, *, actor: User, person: User, kind: SanctionKind, reason: str, ends_at: datetime | None = None
    ) -> Sanction:
        """A sanction from now on; the person is told. Those who moderate are an admin's to sanction.

        Raises PermissionDenied, InvalidInput, AlreadySanctioned (409) while one of the kind is active.
        """
        _moderators_only(actor)
        _may_decide_about(actor, person)
        reason = " ".join(reason.split())
        if not 1 <= len(reason) <= LONGEST_REASON:
            raise InvalidInput.of("reason", f"Write 1 to {LONGEST_REASON} characters that the person will read.")
        now = timezone.now()
        if ends_at is not None and ends_at <= now:
            raise InvalidInput.of("ends_at", "Name a time to come.")
        if ends_at is None and kind == SanctionKind.MUTED:
            raise InvalidInput.of("ends_at", "Say until when; suspend who is not to write until further notice.")
        sanction = Sanction(person=person, kind=kind, reason=reason, imposed_by=actor, starts_at=now, ends_at=ends_at)
        with database_refusals():
            sanction.save(force_insert=True)
        return sanction

    @transaction.atomic
    def lift(self, *, actor: User, sanction_id: UUID) -> Sanction:
        """The sanction counts no longer. Locks it. Those who moderate are an admin's to let off.

        Raises PermissionDenied, NotFound, SanctionOver (409).
        """
        _moderators_only(actor)
        sanctions = Sanction.objects.visible_to(actor).filter(pk=sanction_id)
        sanction = sanctions.with_people().first()
        if sanction is None:
            raise NotFound("There is no sanction with this id.")
        _may_decide_about(actor, sanction.person)
        sanction = sanctions.select_for_update().get()
        now = timezone.now()
        if sanction.lifted_at or (sanction.ends_at and sanction.ends_at <= now):
            raise SanctionOver("Nothing is left to lift.")
        sanction.lifted_at, sanction.lifted_by = now, actor
        sanction.save(update_fields=["lifted_at", "lifted_by", "updated_at"])
        return sanction


def _moderators_only(actor: User) -> None:
    if not actor.is_moderating:
        raise PermissionDenied("Only moderators decide about people.")


def _may_decide_about(actor: User, person: User) -> None:
    if person.pk == actor.pk or (person.is_moderating and actor.role != Role.ADMIN):
        raise PermissionDenied("Only admins decide about those who moderate, and nobody about themselves.")
