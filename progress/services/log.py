"""Appending to the log: by hand, and on news of modules. Deliveries append their own (`deliveries.py`)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from progress.enums import Evidence, LogKind
from progress.models import MINUTES_OF_A_DAY, ProgressLog
from roadmaps.models import Module
from skillbridge_backend.core.errors import InvalidInput
from skillbridge_backend.core.locks import hold
from users.models import Skill, User
from users.zones import zone_of

OLDEST_MANUAL = timedelta(days=30)
LONGEST_NOTE = 500


class ProgressService:
    """Writes the log."""

    @staticmethod
    def log_work(
        *,
        actor: User,
        minutes: int,
        occurred_at: datetime | None = None,
        skill: Skill | None = None,
        module_id: UUID | None = None,
        note: str = "",
    ) -> ProgressLog:
        """An entry by hand: `minutes` (1 to 1440) of the actor's own learning, now or up to 30 days ago.

        Raises InvalidInput for a time outside of that, for a module that is not the actor's, and when the day would
        have more than 24 hours. Holds the actor's log lock, so that two requests do not fill a day twice.
        """
        if not 1 <= minutes <= MINUTES_OF_A_DAY:
            raise InvalidInput.of("minutes", f"Write a number from 1 to {MINUTES_OF_A_DAY}.")
        if len(note) > LONGEST_NOTE:
            raise InvalidInput.of("note", f"Write at most {LONGEST_NOTE} characters.")
        now = timezone.now()
        occurred_at = occurred_at or now
        if not now - OLDEST_MANUAL <= occurred_at <= now:
            raise InvalidInput.of("occurred_at", f"Write a time in the last {OLDEST_MANUAL.days} days.")
        data: dict[str, Any] = {"note": note} if note else {}
        if module_id:
            module = _own_module(actor, module_id)
            skill = skill or module.skill
            data["title"] = module.title
        zone = zone_of(actor.pk)
        hold(f"progress_log:{actor.pk}")
        day = occurred_at.astimezone(ZoneInfo(zone)).date()
        left = MINUTES_OF_A_DAY - ProgressLog.objects.minutes_entered_on(actor, day)
        if minutes > left:
            raise InvalidInput.of("minutes", f"A day has 24 hours; {day} has {max(left, 0)} minutes left.")
        return ProgressLog.objects.create(
            user=actor,
            kind=LogKind.MANUAL,
            occurred_at=occurred_at,
            time_zone=zone,
            minutes=minutes,
            skill=skill,
            module_id=module_id,
            data=data,
        )

    @staticmethod
    def record_module(*, actor: User, module: Module, kind: LogKind) -> ProgressLog:
        """The entry that a module was completed or opened again, for the roadmap's owner, whoever did it.

        In the transaction of the fact. Completing a module says nothing about time, so there are no minutes.
        """
        owner = module.roadmap.owner
        return ProgressLog.objects.create(
            user=owner,
            kind=kind,
            evidence=Evidence.SELF,
            occurred_at=timezone.now(),
            time_zone=zone_of(owner.pk),
            skill_id=module.skill_id,
            module_id=module.pk,
            data={"title": module.title, "roadmap_id": str(module.roadmap_id)}
            | ({} if actor.pk == owner.pk else {"by": actor.handle}),
        )


def _own_module(actor: User, module_id: UUID) -> Module:
    module = Module.objects.owned_by(actor).select_related("skill").filter(pk=module_id).first()
    if module is None:
        raise InvalidInput.of("module", "You have no such module.")
    return module
