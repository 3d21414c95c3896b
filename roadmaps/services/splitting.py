"""SplittingService: one module of a roadmap made to several, or several to one. Notes and progress stay."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import TextChoices
from django.utils import timezone

from roadmaps.enums import ModuleStatus, VersionReason
from roadmaps.exceptions import TooManyModules
from roadmaps.models import (
    LONGEST_DESCRIPTION,
    LONGEST_NOTE,
    MOST_MODULE_MINUTES,
    MOST_WEIGHT,
    Module,
    ModulePrerequisite,
    Note,
    OwnResource,
)
from roadmaps.services.locks import VersionCheck, any_version, hold_addresses, lock_module
from roadmaps.services.materials import refuse_too_many_addresses
from roadmaps.services.module_links import copy_links
from roadmaps.services.modules import MOST_MODULES, reachable
from roadmaps.services.versions import keep_version
from skillbridge_backend.core.errors import IllegalTransition, InvalidInput
from users.models import User

MOST_PARTS = 10
OPEN: tuple[TextChoices, ...] = (ModuleStatus.PENDING, ModuleStatus.IN_PROGRESS)


class SplittingService:
    """Splits and joins modules that are not completed and not skipped; the roadmap is locked meanwhile."""

    @transaction.atomic
    def split(
        self, *, actor: User, module_id: UUID, parts: Sequence[Mapping[str, Any]], check: VersionCheck = any_version
    ) -> list[Module]:
        """The module as several, in order, each building on the one before.

        `parts` (2 to 10) have `title`, `estimated_minutes` and perhaps `description`. The first keeps the module's id,
        status, notes and prerequisites; what built on the module builds on the last. Levels rise in even steps, and the
        weight is shared by minutes. Raises NotFound, RoadmapNotEditable, PreconditionFailed, TooManyModules,
        IllegalTransition (409), InvalidInput.
        """
        module = lock_module(actor, module_id)
        check(module)
        _refuse_ended(module)
        if not 2 <= len(parts) <= MOST_PARTS:
            raise InvalidInput.of("parts", f"Write 2 to {MOST_PARTS} parts.")
        if module.weight < len(parts):
            raise InvalidInput.of("parts", f"Its weight is {module.weight}: too little to be shared by {len(parts)}.")
        others = list(Module.objects.filter(roadmap=module.roadmap_id).exclude(pk=module.pk).order_by("position"))
        if len(others) + len(parts) > MOST_MODULES:
            raise TooManyModules(f"A roadmap has at most {MOST_MODULES} modules, removed ones included.")
        keep_version(module.roadmap, VersionReason.SPLIT)
        made = _parts(module, parts)
        behind = len([each for each in others if each.position < module.position])
        _renumber([*others[:behind], *made, *others[behind:]])
        module.save()
        Module.objects.bulk_create(made[1:])
        Module.objects.bulk_update(others, ["position"])
        _hand_over(made[:1], made[-1])
        ModulePrerequisite.objects.bulk_create(
            ModulePrerequisite(module=later, requires=former) for former, later in pairwise(made)
        )
        return made

    @transaction.atomic
    def join(
        self,
        *,
        actor: User,
        module_id: UUID,
        others: Sequence[UUID],
        title: str = "",
        check: VersionCheck = any_version,
    ) -> Module:
        """The module with all that the others have: minutes, weights, levels, texts, notes, links, prerequisites.

        They are of the same roadmap and about the same skill, and are taken out; their rows keep what they had, so that
        a former version can be restored. Raises NotFound, RoadmapNotEditable, PreconditionFailed, IllegalTransition
        (409) where one is completed or skipped, InvalidInput, TooManyAddresses.
        """
        module = lock_module(actor, module_id)
        check(module)
        found = Module.objects.present().filter(roadmap=module.roadmap_id, pk__in=set(others) - {module.pk})
        joining = list(found.select_for_update().order_by("position"))
        if not others or len(joining) != len(set(others)):
            raise InvalidInput.of("modules", "Name other modules of this roadmap, each once.")
        for each in (module, *joining):
            _refuse_ended(each)
        if strange := [each for each in joining if each.skill_id != module.skill_id]:
            raise InvalidInput.of("modules", f"“{strange[0].title}” is about another skill.")
        required = self._required_from_outside([module, *joining])
        keep_version(module.roadmap, VersionReason.JOINED)
        _take_over(module, joining, title)
        self._join_materials(actor, module, joining)
        module.save()
        copy_links((each.pk, module.pk) for each in joining)
        gone = [each.pk for each in joining]
        Module.objects.filter(joined_into__in=gone).update(joined_into=module.pk)
        Module.objects.filter(pk__in=gone).update(
            status=ModuleStatus.REMOVED, joined_into=module.pk, updated_at=timezone.now()
        )
        _hand_over(joining, module)
        has = set(ModulePrerequisite.objects.filter(module=module).values_list("requires_id", flat=True))
        ModulePrerequisite.objects.bulk_create(
            ModulePrerequisite(module=module, requires_id=each) for each in sorted(required - has)
        )
        return module

    def _required_from_outside(self, modules: list[Module]) -> set[UUID]:
        """What they build on beside each other; refused where that builds on one of them."""
        joined = {each.pk for each in modules}
        edges = ModulePrerequisite.objects.filter(module__roadmap=modules[0].roadmap_id)
        pairs = list(edges.exclude(requires__status=ModuleStatus.REMOVED).values_list("module_id", "requires_id"))
        outside = {required for each, required in pairs if each in joined} - joined
        if reachable(outside, pairs) & joined:
            raise InvalidInput.of(
                "modules", "A module that stands between them builds on one and is needed by another."
            )
        return outside

    def _join_materials(self, actor: User, module: Module, joining: list[Module]) -> None:
        notes = {note.module_id: note for note in Note.objects.filter(owner=actor, module__in=[module, *joining])}
        texts = [notes[each.pk].text for each in (module, *joining) if each.pk in notes]
        if texts:
            text = "\n\n".join(texts)
            if len(text) > LONGEST_NOTE:
                raise InvalidInput.of(
                    "modules", f"Your notes on them have more than {LONGEST_NOTE} characters together."
                )
            Note.objects.update_or_create(owner=actor, module=module, defaults={"text": text})
        mine, titles = OwnResource.objects.filter(owner=actor), dict[str, str]()
        there = set(mine.filter(module=module).values_list("url", flat=True))
        for own in mine.filter(module__in=joining).order_by("id"):
            if own.url not in there:
                titles.setdefault(own.url, own.title)
        if titles:
            hold_addresses(actor)
            refuse_too_many_addresses(has=mine.count(), more=len(titles), field="modules")
            OwnResource.objects.bulk_create(
                OwnResource(owner=actor, module=module, title=title, url=url) for url, title in titles.items()
            )


def _refuse_ended(module: Module) -> None:
    if module.status not in OPEN:
        raise IllegalTransition(f"“{module.title}” is {module.status}. Reopen it first.", current_status=module.status)


def _parts(module: Module, parts: Sequence[Mapping[str, Any]]) -> list[Module]:
    """The module and the new ones, unsaved."""
    first_level, rise, milestone, weight = (
        module.from_level, module.to_level - module.from_level, module.milestone, module.weight,
    )  # fmt: skip
    total = sum(part["estimated_minutes"] for part in parts)
    made: list[Module] = []
    minutes, weighed = 0, 0
    for number, part in enumerate(parts, start=1):
        each = module if number == 1 else Module(roadmap=module.roadmap, skill=module.skill)
        each.title, each.estimated_minutes = part["title"], part["estimated_minutes"]
        each.description = part.get("description", module.description if number == 1 else "")
        each.from_level = first_level + rise * (number - 1) // len(parts)
        each.to_level = first_level + rise * number // len(parts)
        each.starts_week, each.ends_week = module.starts_week, module.ends_week
        each.milestone = milestone if number == len(parts) else ""
        minutes += each.estimated_minutes
        # At least 1 for this part, and for each that is still to come.
        upto = min(max(weight * minutes // total, weighed + 1), weight - (len(parts) - number))
        each.weight, weighed = upto - weighed, upto
        made.append(each)
    return made


def _take_over(module: Module, joining: list[Module], title: str) -> None:
    """Set the module's fields to what it has together with the others. Raises InvalidInput where that is too much."""
    together = [module, *joining]
    module.title = title or module.title
    module.description = "\n\n".join(each.description for each in together if each.description)
    module.estimated_minutes = sum(each.estimated_minutes for each in together)
    module.weight = sum(each.weight for each in together)
    if len(module.description) > LONGEST_DESCRIPTION:
        raise InvalidInput.of("modules", f"Their texts have more than {LONGEST_DESCRIPTION} characters together.")
    if module.estimated_minutes > MOST_MODULE_MINUTES:
        raise InvalidInput.of("modules", f"They take more than {MOST_MODULE_MINUTES} minutes together.")
    if module.weight > MOST_WEIGHT:
        raise InvalidInput.of("modules", f"They weigh more than {MOST_WEIGHT} together.")
    module.from_level = min(each.from_level for each in together)
    module.to_level = max(each.to_level for each in together)
    module.starts_week = min((each.starts_week for each in together if each.starts_week), default=None)
    module.ends_week = max((each.ends_week for each in together if each.ends_week), default=None)
    module.milestone = next((each.milestone for each in together if each.milestone), "")
    if any(each.status == ModuleStatus.IN_PROGRESS for each in together):
        module.status = ModuleStatus.IN_PROGRESS


def _hand_over(former: list[Module], module: Module) -> None:
    """What builds on the former modules builds on this one instead."""
    edges = ModulePrerequisite.objects.filter(requires__in=former).exclude(module__in=[*former, module])
    builders = set(edges.values_list("module_id", flat=True))
    edges.delete()
    has = set(ModulePrerequisite.objects.filter(requires=module).values_list("module_id", flat=True))
    ModulePrerequisite.objects.bulk_create(
        ModulePrerequisite(module_id=each, requires=module) for each in sorted(builders - has)
    )


def _renumber(modules: list[Module]) -> None:
    for position, each in enumerate(modules, start=1):
        each.position = position
