"""Roadmaps for the tests of every app. Each factory makes a row that passes every constraint and trigger."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from roadmaps.enums import (
    GenerationEventKind,
    GenerationKind,
    GenerationStatus,
    LinkState,
    ModuleStatus,
    ResourceKind,
    ResourceReportReason,
    RoadmapStatus,
    VersionReason,
    Visibility,
)
from roadmaps.models import (
    ForkBase,
    Generation,
    GenerationEvent,
    GrantedRead,
    ModelAnswer,
    ModelSpending,
    Module,
    ModuleLink,
    ModulePrerequisite,
    Note,
    OwnResource,
    Publication,
    Resource,
    ResourceReport,
    Roadmap,
    RoadmapGrant,
    RoadmapListing,
    RoadmapRating,
    RoadmapVersion,
    ShareLink,
    VideoSearch,
    YouTubeDay,
)
from roadmaps.services.contents import content_of
from skillbridge_backend.core.ids import new_id
from users.enums import Role
from users.tests.factories import SkillFactory, UserFactory


def _by_steps(create: Any, model: Any, fields: dict[str, Any], before: Mapping[Any, str]) -> Any:
    """The row, made in the state before the wanted one where none begins in that."""
    wanted = fields["status"]
    row = create(model, **fields | {"status": before.get(wanted, wanted)})
    if row.status != wanted:
        row.status = wanted
        row.save(update_fields=["status"])
    return row


class RoadmapFactory(DjangoModelFactory[Roadmap]):
    """A roadmap that can be worked on, without modules; in another status, by the step that leads there."""

    class Meta:
        model = Roadmap

    owner = factory.SubFactory(UserFactory)
    title = factory.Sequence(lambda n: f"Roadmap {n}")
    goal_text = "learn Python"
    status = RoadmapStatus.READY
    hours_per_week = 6
    weeks = 20
    started_on = date(2026, 1, 5)

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        before = {RoadmapStatus.FAILED: RoadmapStatus.GENERATING, RoadmapStatus.ARCHIVED: RoadmapStatus.READY}
        return _by_steps(super()._create, model_class, kwargs, before)


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
    requires = factory.SubFactory(ModuleFactory, roadmap=factory.SelfAttribute("..module.roadmap"))


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
    """A job that waits, or that runs by now; its roadmap is being planned."""

    class Meta:
        model = Generation

    roadmap = factory.SubFactory(RoadmapFactory, status=RoadmapStatus.GENERATING)
    status = GenerationStatus.QUEUED
    input = factory.LazyFunction(
        lambda: {"goal": "x", "targets": [], "known": {}, "hours_per_week": 6, "weeks": 20, "languages": []}
    )

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        return _by_steps(super()._create, model_class, kwargs, {GenerationStatus.RUNNING: GenerationStatus.QUEUED})


class GenerationEventFactory(DjangoModelFactory[GenerationEvent]):
    """The first thing that a job tells."""

    class Meta:
        model = GenerationEvent

    generation = factory.SubFactory(GenerationFactory)
    number = 1
    kind = GenerationEventKind.STARTED


class ModelSpendingFactory(DjangoModelFactory[ModelSpending]):
    """What a job has set aside."""

    class Meta:
        model = ModelSpending

    owner = factory.SubFactory(UserFactory)
    generation_id = factory.LazyFunction(new_id)
    kind = GenerationKind.ROADMAP
    day = date(2026, 1, 5)
    microdollars = 20_000


class ModelAnswerFactory(DjangoModelFactory[ModelAnswer]):
    """The claim of a job that asks a model."""

    class Meta:
        model = ModelAnswer

    input_hash = factory.Sequence(lambda n: f"{n:064x}")
    claimed_until = factory.LazyFunction(timezone.now)


class RoadmapVersionFactory(DjangoModelFactory[RoadmapVersion]):
    """A roadmap as it read before its title was changed."""

    class Meta:
        model = RoadmapVersion

    roadmap = factory.SubFactory(RoadmapFactory)
    number = factory.LazyAttribute(lambda version: version.roadmap.versions.count() + 1)
    reason = VersionReason.EDITED
    content = factory.LazyAttribute(lambda version: content_of(version.roadmap).to_json())


class ForkBaseFactory(DjangoModelFactory[ForkBase]):
    """What a copy was made from: the same as it says itself."""

    class Meta:
        model = ForkBase

    roadmap = factory.SubFactory(RoadmapFactory)
    content = factory.LazyAttribute(lambda base: content_of(base.roadmap).to_json())


class NoteFactory(DjangoModelFactory[Note]):
    """The owner's note on a module."""

    class Meta:
        model = Note

    module = factory.SubFactory(ModuleFactory)
    owner = factory.SelfAttribute("module.roadmap.owner")
    text = "Remember this."


class ModuleLinkFactory(DjangoModelFactory[ModuleLink]):
    """A page that a model named for a module, and that has just answered."""

    class Meta:
        model = ModuleLink

    module = factory.SubFactory(ModuleFactory)
    title = factory.Sequence(lambda n: f"Named {n}")
    url = factory.Sequence(lambda n: f"https://named.test/{n}")
    state = LinkState.VERIFIED
    checked_at = factory.LazyFunction(timezone.now)
    next_check_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))


class OwnResourceFactory(DjangoModelFactory[OwnResource]):
    """The owner's address on a module."""

    class Meta:
        model = OwnResource

    module = factory.SubFactory(ModuleFactory)
    owner = factory.SelfAttribute("module.roadmap.owner")
    title = "My link"
    url = factory.Sequence(lambda n: f"https://mine.test/{n}")


class ResourceReportFactory(DjangoModelFactory[ResourceReport]):
    """A report that nobody has looked at."""

    class Meta:
        model = ResourceReport

    resource = factory.SubFactory(ResourceFactory)
    reporter = factory.SubFactory(UserFactory)
    reason = ResourceReportReason.PAID
    text = "It asks for a card."


class VideoSearchFactory(DjangoModelFactory[VideoSearch]):
    """A search that is still to be made."""

    class Meta:
        model = VideoSearch

    skill = factory.SubFactory(SkillFactory)
    language = "en"


class YouTubeDayFactory(DjangoModelFactory[YouTubeDay]):
    """A day on which some units were spent."""

    class Meta:
        model = YouTubeDay

    day = factory.Sequence(lambda n: date(2026, 1, 1) + timedelta(days=n))
    used = 101


class RoadmapGrantFactory(DjangoModelFactory[RoadmapGrant]):
    """A mentor may read a roadmap for a month."""

    class Meta:
        model = RoadmapGrant

    roadmap = factory.SubFactory(RoadmapFactory)
    owner = factory.SelfAttribute("roadmap.owner")
    mentor = factory.SubFactory(UserFactory, role=Role.MENTOR)
    title = factory.SelfAttribute("roadmap.title")
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))


class GrantedReadFactory(DjangoModelFactory[GrantedRead]):
    """A mentor read a roadmap that is gone by now."""

    class Meta:
        model = GrantedRead

    owner = factory.SubFactory(UserFactory)
    mentor = factory.SubFactory(UserFactory, role=Role.MENTOR)
    roadmap_id = factory.LazyFunction(new_id)
    grant_id = factory.LazyFunction(new_id)
    read_at = factory.LazyFunction(timezone.now)
    transaction_id = 3


class SharedRoadmapFactory(RoadmapFactory):
    """A roadmap that everybody may read; with `visibility="unlisted"`, whoever has a link."""

    visibility = Visibility.PUBLIC


class PublicationFactory(DjangoModelFactory[Publication]):
    """How a public roadmap is shown: the database has made the row, and gets what is wanted of it."""

    class Meta:
        model = Publication

    roadmap = factory.SubFactory(SharedRoadmapFactory)
    slug = factory.Sequence(lambda n: f"roadmap-{n}")

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        publication = Publication.objects.get(roadmap=kwargs["roadmap"])
        for field, value in kwargs.items():
            setattr(publication, field, value)
        publication.save()
        return publication


class ShareLinkFactory(DjangoModelFactory[ShareLink]):
    """A link to an unlisted roadmap; its token is `token`."""

    class Meta:
        model = ShareLink

    class Params:
        token = factory.Sequence(lambda n: f"token-{n:037}")

    roadmap = factory.SubFactory(SharedRoadmapFactory, visibility=Visibility.UNLISTED)
    token_hash = factory.LazyAttribute(lambda link: ShareLink.hash_of(link.token))
    hint = factory.LazyAttribute(lambda link: link.token[-4:])


class RoadmapRatingFactory(DjangoModelFactory[RoadmapRating]):
    """Somebody likes somebody's public roadmap."""

    class Meta:
        model = RoadmapRating

    roadmap = factory.SubFactory(SharedRoadmapFactory)
    rater = factory.SubFactory(UserFactory)
    value = 4


class RoadmapListingFactory(DjangoModelFactory[RoadmapListing]):
    """The row of a public roadmap in the gallery, which the database has made."""

    class Meta:
        model = RoadmapListing

    roadmap = factory.SubFactory(SharedRoadmapFactory)

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        return RoadmapListing.objects.get(roadmap=kwargs["roadmap"])
