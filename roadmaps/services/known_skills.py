"""One skill graph: what was learned in one roadmap counts in all that a person follows, and new plans know it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from roadmaps.enums import ModuleStatus, RoadmapStatus
from roadmaps.models import Module, Roadmap
from skillbridge_backend.core.locks import hold
from users.models import ProfileSkill, Skill, User

LEFT = (ModuleStatus.PENDING, ModuleStatus.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Reached:
    """A level of a skill, and the module whose completion reached it."""

    level: int
    module_id: UUID


def hold_known_skills(owner_id: UUID) -> None:
    """One change at a time of what a person's roadmaps know of each other. Taken before any roadmap is locked."""
    hold(f"roadmaps.known_skills:{owner_id}")


def reached_levels(owner_id: UUID, *, skill_id: UUID | None = None) -> dict[UUID, Reached]:
    """The highest level of each skill that the person has completed in any roadmap, by the skill's id: one query.

    A level that a roadmap teaches in several modules is reached with the last of them.
    """
    rest = Module.objects.filter(
        roadmap=OuterRef("roadmap"), skill=OuterRef("skill"), to_level__lte=OuterRef("to_level"), status__in=LEFT
    )
    completed = Module.objects.filter(
        roadmap__owner_id=owner_id, status=ModuleStatus.COMPLETED, counted_from=None, skill__isnull=False
    ).exclude(Exists(rest))
    if skill_id is not None:
        completed = completed.filter(skill_id=skill_id)
    reached: dict[UUID, Reached] = {}
    for skill, level, module_id in completed.order_by("to_level", "-completed_at").values_list(
        "skill_id", "to_level", "pk"
    ):
        if skill not in reached or reached[skill].level < level:
            reached[skill] = Reached(level, module_id)
    return reached


def levels_by_skill(user_id: UUID) -> dict[UUID, int]:
    """What a person knows, by the skill's id: the levels of their profile, and those that they completed here."""
    known = dict(ProfileSkill.objects.filter(profile__user_id=user_id).values_list("skill_id", "level"))
    for skill, reached in reached_levels(user_id).items():
        known[skill] = max(known.get(skill, 0), reached.level)
    return known


def known_levels(user_id: UUID) -> dict[str, int]:
    """The same by the skill's slug."""
    known = levels_by_skill(user_id)
    slugs = Skill.objects.filter(pk__in=known).order_by("slug").values_list("pk", "slug")
    return {slug: known[skill] for skill, slug in slugs}


def known_of(user_id: UUID, modules: Iterable[tuple[str | None, int]]) -> tuple[int, int]:
    """Of how many modules, each a skill's id and the level it leads to, and how many a person knows already."""
    known = levels_by_skill(user_id)
    taught = [(UUID(skill), level) for skill, level in modules if skill]
    return sum(known.get(skill, 0) >= level > 0 for skill, level in taught), len(taught)


def count_elsewhere(module: Module, actor: User) -> None:
    """After its completion: the actor's other ready roadmaps have what it taught completed as well.

    Those roadmaps are locked; the caller holds the actor's known skills.
    """
    if module.skill_id is None:
        return
    reached = reached_levels(actor.pk, skill_id=module.skill_id)
    others = Roadmap.objects.owned_by(actor).filter(status=RoadmapStatus.READY).exclude(pk=module.roadmap_id)
    wanting = others.filter(modules__skill=module.skill_id, modules__status__in=LEFT).distinct()
    for roadmap_id in sorted(wanting.values_list("pk", flat=True)):
        _count(Roadmap.objects.select_for_update(no_key=True).get(pk=roadmap_id), reached)


def count_known(roadmap: Roadmap) -> None:
    """In a locked roadmap that its owner begins to follow: what they completed in others is completed here.

    The caller holds the owner's known skills.
    """
    _count(roadmap, reached_levels(roadmap.owner_id))


def uncount(module: Module, actor: User) -> None:
    """After it was opened again: what was counted from it elsewhere is pending again, unless another reaches it.

    Those roadmaps are locked; the caller holds the actor's known skills.
    """
    counted = Module.objects.filter(roadmap__owner=actor, counted_from=module.pk)
    roadmaps = sorted(set(counted.values_list("roadmap_id", flat=True)))
    reached = reached_levels(actor.pk) if roadmaps else {}
    for roadmap_id in roadmaps:
        roadmap = Roadmap.objects.select_for_update(no_key=True).get(pk=roadmap_id)
        counted.filter(roadmap=roadmap).update(
            status=ModuleStatus.PENDING, completed_at=None, counted_from=None, updated_at=timezone.now()
        )
        _count(roadmap, reached)


def _count(roadmap: Roadmap, reached: Mapping[UUID, Reached]) -> None:
    """Modules that lead to a level that was reached are completed; refreshers lead nowhere, and are for doing."""
    now = timezone.now()
    left = Module.objects.select_for_update().filter(roadmap=roadmap, status__in=LEFT, skill__in=reached)
    counted = [
        each for each in left if each.skill_id and each.from_level < each.to_level <= reached[each.skill_id].level
    ]
    for module in counted:
        module.status, module.completed_at = ModuleStatus.COMPLETED, now
        module.counted_from = reached[module.skill_id].module_id  # type: ignore[index]  # it has a skill
    Module.objects.write(counted, ["status", "completed_at", "counted_from"])
