"""What a roadmap took so far, against what it was estimated to take."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from progress.models import ProgressLog
from roadmaps.enums import ModuleStatus
from roadmaps.models import Module, Roadmap
from skillbridge_backend.core.errors import NotFound
from users.models import User


@dataclass(frozen=True, slots=True)
class ModuleEffort:
    """Minutes of one module. `logged_minutes` are those of entries that name it, 0 where there are none."""

    module: UUID
    title: str
    status: str
    estimated_minutes: int
    logged_minutes: int


@dataclass(frozen=True, slots=True)
class Effort:
    """Minutes of a roadmap by module, in order, and their sums.

    `ratio` is logged to estimated over completed modules with logged minutes: 1.5 where they took half as long again;
    None where there are none.
    """

    estimated_minutes: int
    logged_minutes: int
    ratio: float | None
    modules: list[ModuleEffort]


def effort_of(actor: User, roadmap_id: UUID) -> Effort:
    """The effort of one of the actor's roadmaps, removed modules left out. Raises NotFound."""
    if not Roadmap.objects.owned_by(actor).filter(pk=roadmap_id).exists():
        raise NotFound("There is no such roadmap among yours.")
    modules = list(Module.objects.owned_by(actor).filter(roadmap=roadmap_id).order_by("position"))
    # What was logged for a module counts for the one that took it over.
    taken_over = Module.objects.filter(roadmap=roadmap_id, joined_into__isnull=False, status=ModuleStatus.REMOVED)
    counts_for = {module.pk: module.pk for module in modules}
    counts_for |= {each.pk: each.joined_into for each in taken_over if each.joined_into}
    logged: Counter[UUID] = Counter()
    for module_id, minutes in ProgressLog.objects.owned_by(actor).minutes_by_module(list(counts_for)).items():
        logged[counts_for[module_id]] += minutes
    efforts = [
        ModuleEffort(module.pk, module.title, module.status, module.estimated_minutes, logged[module.pk])
        for module in modules
    ]
    measured = [each for each in efforts if each.status == ModuleStatus.COMPLETED and each.logged_minutes]
    took, estimated = (
        sum(each.logged_minutes for each in measured),
        sum(each.estimated_minutes for each in measured),
    )
    return Effort(
        estimated_minutes=sum(each.estimated_minutes for each in efforts),
        logged_minutes=sum(each.logged_minutes for each in efforts),
        ratio=round(took / estimated, 2) if measured else None,
        modules=efforts,
    )
