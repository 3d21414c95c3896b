"""Badges: who would get one, giving it to those who earned it before it was there, taking one back, how far one is.

Who has earned what is decided by `private.badges_due` in the database, here as in the triggers.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.utils import timezone

from badges.criteria import Step, best_group, share_of
from badges.exceptions import AwardAlreadyRevoked, BadgeInactive
from badges.models import Award, Badge, MetricTotal, PointsEntry
from skillbridge_backend.core.errors import InvalidInput, NotFound, PermissionDenied
from users.enums import Role
from users.models import User

SAMPLE = 10
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Preview:
    """How many people would get a badge now, and the handles of up to ten of them."""

    count: int
    sample: list[str]


@dataclass(frozen=True, slots=True)
class BadgeProgress:
    """How far a person is with a badge: the award they hold, or the steps of the nearest group of its criteria."""

    badge: Badge
    award: Award | None
    steps: tuple[Step, ...]

    @property
    def share(self) -> float:
        """From 0.0 to 1.0; 1.0 for a badge that is held."""
        return 1.0 if self.award else share_of(self.steps)


class BadgeService:
    """Badges and awards."""

    @staticmethod
    def preview(*, actor: User, badge: Badge) -> Preview:
        """Who would get `badge` if it were active now. Admins only; nothing is written."""
        _admins_only(actor)
        with connection.cursor() as cursor:
            cursor.execute("SELECT user_id FROM private.badges_due(%s, NULL)", [badge.pk])
            people = [row[0] for row in cursor.fetchall()]
        sample = User.objects.filter(pk__in=people[:SAMPLE]).order_by("handle")
        return Preview(len(people), [person.handle for person in sample])

    @staticmethod
    def back_fill(*, actor: User, badge: Badge) -> int:
        """Award `badge` to everybody who has earned it and does not hold it; returns how many. Harmless to repeat.

        Admins only. Raises BadgeInactive (409). The database tells each of them in the same transaction.
        """
        _admins_only(actor)
        if not badge.is_active:
            raise BadgeInactive("Activate it first.")
        with connection.cursor() as cursor:
            cursor.execute("SELECT private.badges_award_due(%s, NULL)", [badge.pk])
            row = cursor.fetchone()
        return int(row[0]) if row else 0

    @staticmethod
    def revoke(*, actor: User, award_id: UUID, reason: str) -> Award:
        """Take an award back; the row says who did and why. Admins only. Locks the award.

        Points stay: they are of the work, not of the badge. What was booked until now no longer counts for this badge
        and person. Raises AwardAlreadyRevoked (409), InvalidInput without a reason.
        """
        _admins_only(actor)
        reason = reason.strip()
        if not 1 <= len(reason) <= LONGEST_REASON:
            raise InvalidInput.of("reason", f"Write 1 to {LONGEST_REASON} characters that the person may read.")
        award = Award.objects.select_for_update().filter(pk=award_id).first()
        if award is None:
            raise NotFound("There is no such award.")
        if award.revoked_at:
            raise AwardAlreadyRevoked("Nothing is left to do.")
        award.revoked_at = timezone.now()
        award.revoked_by = actor
        award.revoke_reason = reason
        award.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])
        return award

    @classmethod
    def progress(cls, *, actor: User, badge: Badge) -> BadgeProgress:
        """How far the actor is with `badge`, with what is missing."""
        return cls.progress_of_many(actor=actor, badges=[badge])[0]

    @staticmethod
    def progress_of_many(
        *, actor: User, badges: list[Badge], amounts: dict[str, int] | None = None
    ) -> list[BadgeProgress]:
        """The same for many badges, and one more query for each badge that was revoked from the actor.

        `amounts` are the actor's by metric, where the caller has read them.
        """
        totals = MetricTotal.objects.amounts_of(actor) if amounts is None else amounts
        awards = Award.objects.owned_by(actor).filter(badge__in=badges).order_by("seq")
        latest = {award.badge_id: award for award in awards}
        answers = []
        for badge in badges:
            award = latest.get(badge.pk)
            counted = totals
            if award and award.revoked_at:
                counted = PointsEntry.objects.amounts_since(actor, award.revoked_at)
                award = None
            answers.append(BadgeProgress(badge, award, best_group(badge.criteria, counted)))
        return answers


def _admins_only(actor: User) -> None:
    if actor.role != Role.ADMIN:
        raise PermissionDenied("Only admins may do this.")
