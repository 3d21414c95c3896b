"""Roadmaps for the tests of every app. Each factory makes a row that passes every constraint and trigger."""

from datetime import date

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from roadmaps.enums import GenerationStatus, ModuleStatus, ResourceKind, RoadmapStatus
from roadmaps.models import Generation, Module, ModulePrerequisite, Note, OwnResource, Resource, Roadmap
from users.tests.factories import SkillFactory, UserFactory


class RoadmapFactory(DjangoModelFactory[Roadmap]):
    """A roadmap that can be worked on, without modules."""

    class Meta:
        model = Roadmap

    owner = factory.SubFactory(UserFactory)
    title = factory.Sequence(lambda n: f"Roadmap {n}")
    goal_text = "learn Python"
    status = RoadmapStatus.READY
    hours_per_week = 6
    weeks = 20
    started_on = date(2026, 1, 5)


class ModuleFactory(DjangoModelFactory[Module]):
    """A pending module at the end of its roadmap; `status=completed` gives it a time of completion."""

    class Meta:
        model = Module

    roadmap = factory.SubFactory(RoadmapFactory)
    position = factory.LazyAttribute(lambda module: module.roadmap.modules.count() + 1)
    title = factory.Sequence(lambda n: f"Module {n}")
    description = "What one does in it."
    skill = factory.SubFactory(SkillFactory)
    from_level = 0
    to_level = 1
    weight = 100
    estimated_minutes = 300
    starts_week = 1
    ends_week = 1
    completed_at = factory.LazyAttribute(
        lambda module: timezone.now() if module.status == ModuleStatus.COMPLETED else None
    )
    status = ModuleStatus.PENDING


class ModulePrerequisiteFactory(DjangoModelFactory[ModulePrerequisite]):
    """`module` builds on `requires`."""

    class Meta:
        model = ModulePrerequisite

    module = factory.SubFactory(ModuleFactory)
    requires = factory.SubFactory(ModuleFactory)


class ResourceFactory(DjangoModelFactory[Resource]):
    """A free tutorial in English."""

    class Meta:
        model = Resource

    skill = factory.SubFactory(SkillFactory)
    title = factory.Sequence(lambda n: f"Resource {n}")
    url = factory.Sequence(lambda n: f"https://resources.test/{n}")
    kind = ResourceKind.TUTORIAL
    provider = "Somebody"
    language = "en"
    minutes = 60


class GenerationFactory(DjangoModelFactory[Generation]):
    """A job that waits; its roadmap is being planned."""

    class Meta:
        model = Generation

    roadmap = factory.SubFactory(RoadmapFactory, status=RoadmapStatus.GENERATING)
    status = GenerationStatus.QUEUED
    input = factory.LazyFunction(
        lambda: {"goal": "x", "targets": [], "known": {}, "hours_per_week": 6, "weeks": 20, "languages": []}
    )


class NoteFactory(DjangoModelFactory[Note]):
    """The owner's note on a module."""

    class Meta:
        model = Note

    module = factory.SubFactory(ModuleFactory)
    owner = factory.SelfAttribute("module.roadmap.owner")
    text = "Remember this."


class OwnResourceFactory(DjangoModelFactory[OwnResource]):
    """The owner's address on a module."""

    class Meta:
        model = OwnResource

    module = factory.SubFactory(ModuleFactory)
    owner = factory.SelfAttribute("module.roadmap.owner")
    title = "My link"
    url = factory.Sequence(lambda n: f"https://mine.test/{n}")
