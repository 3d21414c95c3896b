"""ModuleService: the modules of a roadmap added, changed, moved and removed by hand.

Ids and progress stay, and what the roadmap said before each change is kept as a version.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from roadmaps.enums import ModuleStatus, VersionReason
from roadmaps.exceptions import TooManyModules
from roadmaps.models import Module, ModulePrerequisite
from roadmaps.services.locks import VersionCheck, any_version, lock_editable, lock_module
from roadmaps.services.versions import keep_version
from skillbridge_backend.core.errors import IllegalTransition, InvalidInput
from users.models import Skill, User

MOST_MODULES = 1500
EDITABLE_FIELDS = frozenset(
    {
        "title",
        "description",
        "skill",
        "from_level",
        "to_level",
        "weight",
        "estimated_minutes",
        "starts_week",
        "ends_week",
        "milestone",
    }
)


class ModuleService:
    """Edits the modules of one's own roadmaps. The roadmap is locked, so one writer at a time renumbers positions."""

    @transaction.atomic
    def add(
        self,
        *,
        actor: User,
        roadmap_id: UUID,
        fields: Mapping[str, Any],
        position: int | None = None,
        requires: Sequence[UUID] = (),
        check: VersionCheck = any_version,
    ) -> Module:
        """A new module at `position` (from 1; at the end when None). `weight` is its minutes where none is given.

        Raises NotFound, RoadmapNotEditable, TooManyModules, InvalidInput naming the field, PreconditionFailed when the
        roadmap has changed.
        """
        roadmap = lock_editable(actor, roadmap_id)
        check(roadmap)
        modules = list(roadmap.modules.order_by("position"))
        if len(modules) >= MOST_MODULES:
            raise TooManyModules(f"A roadmap has at most {MOST_MODULES} modules, removed ones included.")
        values = {"weight": fields.get("estimated_minutes")} | self._checked(fields)
        module = Module(roadmap=roadmap, position=len(modules) + 1, is_own=True, **values)
        self._check_shape(module)
        keep_version(roadmap, VersionReason.ADDED)
        module.save(force_insert=True)
        self._set_requires(module, requires)
        if position is not None:
            self._place([*modules, module], module, position)
        return module

    @transaction.atomic
    def edit(
        self,
        *,
        actor: User,
        module_id: UUID,
        changes: Mapping[str, Any],
        requires: Sequence[UUID] | None = None,
        check: VersionCheck = any_version,
    ) -> Module:
        """The module with these fields changed, and with these prerequisites unless `requires` is None.

        Raises NotFound, RoadmapNotEditable, InvalidInput, PreconditionFailed.
        """
        module = lock_module(actor, module_id)
        check(module)
        values = self._checked(changes)
        for field, value in values.items():
            setattr(module, field, value)
        self._check_shape(module)
        keep_version(module.roadmap, VersionReason.CHANGED)
        if requires is not None:
            self._set_requires(module, requires)
        module.save(update_fields=[*values, "updated_at"])
        return module

    @transaction.atomic
    def move(self, *, actor: User, module_id: UUID, position: int, check: VersionCheck = any_version) -> Module:
        """The module at `position`, counted from 1 among those not removed; beyond the end is the end.

        Order is the learner's to choose: prerequisites are checked at completion, not here. Raises NotFound,
        RoadmapNotEditable, InvalidInput, PreconditionFailed.
        """
        module = lock_module(actor, module_id)
        check(module)
        keep_version(module.roadmap, VersionReason.MOVED)
        self._place(list(Module.objects.filter(roadmap=module.roadmap_id).order_by("position")), module, position)
        return module

    @transaction.atomic
    def remove(self, *, actor: User, module_id: UUID, check: VersionCheck = any_version) -> None:
        """The module is out of the plan and of the progress; its row and notes stay.

        Raises NotFound, RoadmapNotEditable, PreconditionFailed; IllegalTransition (409) for a completed one, which is
        reopened first.
        """
        module = lock_module(actor, module_id)
        check(module)
        if module.status == ModuleStatus.COMPLETED:
            raise IllegalTransition("It is completed. Reopen it first, then remove it.", current_status=module.status)
        keep_version(module.roadmap, VersionReason.REMOVED)
        module.status = ModuleStatus.REMOVED
        module.save(update_fields=["status", "updated_at"])

    def _checked(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The fields with the skill's slug replaced by its row."""
        if unknown := set(fields) - EDITABLE_FIELDS:
            raise InvalidInput.of(min(unknown), "This cannot be changed.")
        values = dict(fields)
        if values.get("skill") is not None:
            values["skill"] = Skill.objects.filter(slug=values["skill"]).first()
            if values["skill"] is None:
                raise InvalidInput.of("skill", "There is no such skill; GET /api/v1/skills/ lists them.")
        return values

    def _check_shape(self, module: Module) -> None:
        """Refuse what the table's constraints would, with the name of the field."""
        if module.to_level < module.from_level:
            raise InvalidInput.of("to_level", f"Write at least from_level, which is {module.from_level}.")
        if (module.starts_week is None) != (module.ends_week is None):
            raise InvalidInput.of("ends_week", "Give both starts_week and ends_week, or neither.")
        if module.starts_week is not None and module.ends_week is not None and module.ends_week < module.starts_week:
            raise InvalidInput.of("ends_week", f"Write at least starts_week, which is {module.starts_week}.")

    def _set_requires(self, module: Module, requires: Sequence[UUID]) -> None:
        """Replace the prerequisites; those must be in the same roadmap and must not rest on this module."""
        wanted = set(requires)
        known = set(
            Module.objects.present().filter(roadmap=module.roadmap_id, pk__in=wanted).values_list("pk", flat=True)
        )
        if wanted - known:
            raise InvalidInput.of("requires", f"There is no module {min(wanted - known)} in this roadmap.")
        edges = ModulePrerequisite.objects.filter(module__roadmap=module.roadmap_id).exclude(module=module)
        if module.pk in reachable(wanted, list(edges.values_list("module_id", "requires_id"))):
            raise InvalidInput.of("requires", "One of these builds on this module, so neither could ever be begun.")
        ModulePrerequisite.objects.filter(module=module).exclude(requires__in=wanted).delete()
        present = set(ModulePrerequisite.objects.filter(module=module).values_list("requires_id", flat=True))
        ModulePrerequisite.objects.bulk_create(
            ModulePrerequisite(module=module, requires_id=each) for each in sorted(wanted - present)
        )

    def _place(self, modules: list[Module], module: Module, position: int) -> None:
        """Renumber: the module at its place among those present, removed ones last."""
        if position < 1:
            raise InvalidInput.of("position", "Write a number from 1.")
        present = [each for each in modules if each.status != ModuleStatus.REMOVED and each.pk != module.pk]
        removed = [each for each in modules if each.status == ModuleStatus.REMOVED]
        present.insert(position - 1, module)
        changed = []
        for number, each in enumerate([*present, *removed], start=1):
            if each.position != number:
                each.position = number
                changed.append(each)
        # The order's uniqueness is checked at the end of the transaction, so one statement may pass through doubles.
        Module.objects.bulk_update(changed, ["position"])
        if changed:
            module.save(update_fields=["position", "updated_at"])


def reachable(start: set[UUID], edges: list[tuple[UUID, UUID]]) -> set[UUID]:
    """Everything that `start` rests on, itself included."""
    requires: dict[UUID, list[UUID]] = {}
    for module, required in edges:
        requires.setdefault(module, []).append(required)
    seen, waiting = set(start), list(start)
    while waiting:
        for required in requires.get(waiting.pop(), []):
            if required not in seen:
                seen.add(required)
                waiting.append(required)
    return seen
