"""DocumentService: roadmaps out of files. What a file holds, and what is wrong with one, is in `documents.py`."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from roadmaps.documents import problems_of
from roadmaps.enums import RoadmapStatus, Visibility
from roadmaps.models import Module, ModulePrerequisite, Note, OwnResource, Roadmap
from roadmaps.pace import whole_weeks
from roadmaps.services.locks import hold_addresses
from roadmaps.services.materials import refuse_too_many_addresses
from skillbridge_backend.core.errors import InvalidInput
from users.models import Skill, Track, User

_ROADMAP_FIELDS = ("title", "goal_text", "hours_per_week", "weeks", "started_on", "deadline")
_MODULE_FIELDS = (
    "title", "description", "from_level", "to_level", "estimated_minutes", "starts_week", "ends_week", "milestone",
)  # fmt: skip


class DocumentService:
    """Imports are private, and begin at nothing: progress is earned where it is shown."""

    @transaction.atomic
    def check(self, *, actor: User, document: Mapping[str, Any]) -> tuple[dict[str, Skill], Track | None]:
        """The skills of the document by slug, and its track.

        Raises InvalidInput with every fault of the whole, and TooManyAddresses naming the first module whose addresses
        the actor would have too many with. Locks the actor's addresses where there are any in the document.
        """
        named = {module["skill"] for module in document["modules"] if module["skill"] is not None}
        skills = {skill.slug: skill for skill in Skill.objects.filter(slug__in=named)}
        track = Track.objects.filter(slug=document["track"]).first() if document["track"] is not None else None
        problems = problems_of(document, skills=skills, tracks=[track.slug] if track else [])
        if problems:
            raise InvalidInput("Nothing was imported; see errors.", errors=problems)
        _refuse_too_many_addresses(actor, document["modules"])
        return skills, track

    @transaction.atomic
    def import_roadmap(self, *, actor: User, document: Mapping[str, Any]) -> Roadmap:
        """A private roadmap of the actor's with the document's modules, notes and addresses, none of them begun.

        All of it or nothing; a deadline says how many weeks there are. Raises InvalidInput and TooManyAddresses as
        `check` does.
        """
        skills, track = self.check(actor=actor, document=document)
        fields = {field: document[field] for field in _ROADMAP_FIELDS}
        if document["deadline"] is not None:
            fields["weeks"] = whole_weeks(document["started_on"], document["deadline"])
        roadmap = Roadmap.objects.create(
            owner=actor,
            track=track,
            status=RoadmapStatus.READY,
            visibility=Visibility.PRIVATE,
            **fields,
        )
        modules = Module.objects.bulk_create(
            Module(
                roadmap=roadmap,
                position=position,
                skill=skills.get(each["skill"] or ""),
                weight=each["weight"] or each["estimated_minutes"],
                **{field: each[field] for field in _MODULE_FIELDS},
            )
            for position, each in enumerate(document["modules"], start=1)
        )
        together = list(zip(modules, document["modules"], strict=True))
        ModulePrerequisite.objects.bulk_create(
            ModulePrerequisite(module=module, requires=modules[number - 1])
            for module, each in together
            for number in each["requires"]
        )
        Note.objects.bulk_create(
            Note(owner=actor, module=module, text=each["note"]) for module, each in together if each["note"]
        )
        OwnResource.objects.bulk_create(
            OwnResource(owner=actor, module=module, **resource)
            for module, each in together
            for resource in each["own_resources"]
        )
        return roadmap


def _refuse_too_many_addresses(actor: User, modules: Sequence[Mapping[str, Any]]) -> None:
    if not any(module["own_resources"] for module in modules):
        return
    hold_addresses(actor)
    has, more = OwnResource.objects.filter(owner=actor).count(), 0
    for place, module in enumerate(modules):
        more += len(module["own_resources"])
        refuse_too_many_addresses(has=has, more=more, field=f"modules[{place}].own_resources")
