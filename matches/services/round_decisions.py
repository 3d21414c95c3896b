"""What is made of a round's answer: looked at, applied, discarded, undone; and a job that is called off.

Which step leads where is the database's (`sql/0020_rounds.sql`), and so are applying and undoing, which write other
people's matches: `private.matches_apply_round` checks each pair again, under lock, against what holds now.
"""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from matches.enums import UNDECIDED_ROUND, UNFINISHED, RoundStatus
from matches.exceptions import RoundAskedFor
from matches.models import MatchRound
from matches.services.people import REFUSAL_COUNTS_FOR
from skillbridge_backend.core.constraints import database_refusals
from skillbridge_backend.core.errors import IllegalTransition, InvalidInput, NotFound, PermissionDenied
from users.enums import Role
from users.models import User

PROPOSAL_LIFETIME = timedelta(days=14)
"""From when it is applied."""

VersionCheck = Callable[[MatchRound], None]
"""Called with the locked row; raises PreconditionFailed when the client has seen another version."""


def any_version(_round: MatchRound) -> None:
    """The check of a caller who takes the round as it is."""


class RoundService:
    """Decisions about rounds. Each locks the round, and repeated it changes nothing and returns the round as it is.

    Errors of each: `not_found`, `permission_denied`, `precondition_failed`, `illegal_transition`.
    """

    @staticmethod
    def cancel(*, actor: User, round_id: UUID, check: VersionCheck = any_version) -> MatchRound:
        """Call a round off: one that waits never runs, one that runs is stopped within seconds, its matcher too."""
        return _step(actor, round_id, check, UNFINISHED, RoundStatus.CANCELLED, finished_at=timezone.now())

    @staticmethod
    def review(*, actor: User, round_id: UUID, check: VersionCheck = any_version) -> MatchRound:
        """Note that somebody has looked at it. Who, says the audit trail."""
        return _step(actor, round_id, check, (RoundStatus.PROPOSED,), RoundStatus.REVIEWED)

    @staticmethod
    def discard(*, actor: User, round_id: UUID, check: VersionCheck = any_version) -> MatchRound:
        """Make nothing of it. For admins."""
        _demand_admin(actor)
        return _step(actor, round_id, check, UNDECIDED_ROUND, RoundStatus.DISCARDED)

    @staticmethod
    def apply(
        *,
        actor: User,
        round_id: UUID,
        learners: Collection[UUID] | None = None,
        without: Collection[UUID] = (),
        check: VersionCheck = any_version,
    ) -> MatchRound:
        """Propose to the learners whom the round gave a mentor, to `learners` of them alone, and not to `without`.

        A pair that does not hold any more is left out; `outcome` says which and why. The proposals last 14 days. For
        admins. Locks beside the round: accounts and profiles of both sides. Errors besides: `validation_failed` for
        somebody whom the round gives nobody; `illegal_transition` too for a repeat with other learners.
        """
        _demand_admin(actor)
        found = _locked(actor, round_id, check)
        assigned = {UUID(pair["learner"]) for pair in found.result.get("assignments", ())}
        chosen = (assigned if learners is None else set(learners)) - set(without)
        for field, named in (("learners", learners or ()), ("without", without)):
            if strangers := sorted(set(named) - assigned):
                raise InvalidInput.of(field, f"The round has no assignment of {strangers[0]}.")
        if found.status == RoundStatus.APPLIED and chosen == assigned - _not_chosen(found):
            return found
        if found.status not in UNDECIDED_ROUND:
            raise _illegal(found, UNDECIDED_ROUND)
        now = timezone.now()
        _call(
            "SELECT private.matches_apply_round(%s, %s::uuid[], %s, %s)",
            [found.pk, list(chosen), now + PROPOSAL_LIFETIME, now - REFUSAL_COUNTS_FOR],
        )
        found.refresh_from_db()
        return found

    @staticmethod
    def undo(*, actor: User, round_id: UUID, check: VersionCheck = any_version) -> MatchRound:
        """Withdraw the proposals, while no learner has asked for theirs. For admins. Locks the round, its matches.

        Mentors never heard of them, and learners see them as withdrawn. Error besides: `round_asked_for` with
        `asked_for`, how many stand in the way.
        """
        _demand_admin(actor)
        found = _locked(actor, round_id, check)
        if found.status == RoundStatus.UNDONE:
            return found
        if found.status != RoundStatus.APPLIED:
            raise _illegal(found, (RoundStatus.APPLIED,))
        if asked_for := _call("SELECT private.matches_undo_round(%s)", [found.pk]):
            raise RoundAskedFor(
                f"{asked_for} of its proposals were taken up by their learners, and stand.", asked_for=asked_for
            )
        found.refresh_from_db()
        return found


def _step(
    actor: User,
    round_id: UUID,
    check: VersionCheck,
    sources: Collection[RoundStatus],
    target: RoundStatus,
    **changes: Any,
) -> MatchRound:
    if not actor.is_moderating:
        raise PermissionDenied("Only moderators and admins decide about rounds.")
    found = _locked(actor, round_id, check)
    if found.status == target:
        return found
    if found.status not in sources:
        raise _illegal(found, sources)
    found.status = target
    for field, value in changes.items():
        setattr(found, field, value)
    with database_refusals():
        found.save(update_fields=["status", "updated_at", *changes])
    return found


def _demand_admin(actor: User) -> None:
    if actor.role != Role.ADMIN:
        raise PermissionDenied("Only admins apply, discard and undo rounds.")


def _locked(actor: User, round_id: UUID, check: VersionCheck) -> MatchRound:
    found = MatchRound.objects.visible_to(actor).select_for_update(no_key=True).filter(pk=round_id).first()
    if found is None:
        raise NotFound("This round does not exist.")
    check(found)
    return found


def _illegal(found: MatchRound, sources: Collection[RoundStatus]) -> IllegalTransition:
    return IllegalTransition(f"The round is {found.status}; this needs {' or '.join(sources)}.")


def _not_chosen(found: MatchRound) -> set[UUID]:
    return {UUID(pair["learner"]) for pair in found.outcome["left_out"] if pair["reason"] == "not_chosen"}


def _call(statement: str, parameters: list[Any]) -> int:
    with database_refusals(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    return int(row[0] or 0) if row and row[0] else 0
