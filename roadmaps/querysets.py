"""Every read of this app. `visible_to(actor)` comes first; what an actor may not see does not exist for them."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Self, TypeAlias
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Prefetch

from roadmaps.enums import GenerationStatus, ModuleStatus

if TYPE_CHECKING:
    from roadmaps.models import Generation, Module, Note, OwnResource, Resource, Roadmap
    from users.models import User

    Actor: TypeAlias = User | AnonymousUser


class RoadmapQuerySet(models.QuerySet["Roadmap"]):
    """Roadmaps."""

    def visible_to(self, actor: "Actor") -> Self:
        """One's own; all, to admins and moderators."""
        if not actor.is_authenticated:
            return self.none()
        return self if actor.is_moderating else self.filter(owner_id=actor.pk)

    def owned_by(self, actor: "Actor") -> Self:
        """One's own: what one may change."""
        return self.filter(owner_id=actor.pk) if actor.is_authenticated else self.none()

    def with_latest_generation(self) -> Self:
        """With the track, and the jobs newest first as `generations`."""
        generations = apps.get_model("roadmaps", "Generation").objects.order_by("-id")
        return self.select_related("track").prefetch_related(Prefetch("generations", queryset=generations))

    def with_modules(self) -> Self:
        """With the modules that were not removed, in order, and all that they show."""
        modules = apps.get_model("roadmaps", "Module").objects.present().with_details()
        return self.with_latest_generation().prefetch_related(Prefetch("modules", queryset=modules))


class ModuleQuerySet(models.QuerySet["Module"]):
    """Modules."""

    def visible_to(self, actor: "Actor") -> Self:
        """Those of visible roadmaps, without removed ones."""
        if not actor.is_authenticated:
            return self.none()
        return self.present() if actor.is_moderating else self.present().filter(roadmap__owner_id=actor.pk)

    def owned_by(self, actor: "Actor") -> Self:
        """Those of one's own roadmaps: what one may change."""
        return self.present().filter(roadmap__owner_id=actor.pk) if actor.is_authenticated else self.none()

    def present(self) -> Self:
        """Without removed ones."""
        return self.exclude(status=ModuleStatus.REMOVED)

    def with_details(self) -> Self:
        """In order, with skill, prerequisites and the skill's resources, in a fixed number of queries."""
        prerequisites = apps.get_model("roadmaps", "ModulePrerequisite").objects
        requirements = prerequisites.exclude(requires__status=ModuleStatus.REMOVED).order_by("id")
        return (
            self.select_related("skill", "roadmap")
            .prefetch_related(Prefetch("requirements", queryset=requirements), "skill__resources")
            .order_by("roadmap_id", "position")
        )

    def missing_for(self, module_id: UUID) -> Self:
        """The prerequisites of this module that are neither completed nor out of the plan."""
        return self.filter(
            required_by__module_id=module_id, status__in=[ModuleStatus.PENDING, ModuleStatus.IN_PROGRESS]
        ).order_by("position")


class ResourceQuerySet(models.QuerySet["Resource"]):
    """The catalogue's resources."""

    def visible_to(self, actor: "Actor") -> Self:
        """Everything, to everybody."""
        return self


def best_resources(resources: Iterable["Resource"], *, languages: Sequence[str], most: int) -> list["Resource"]:
    """At most `most` of `resources`, those in the learner's languages first (their order), then free, then shorter."""
    rank = {language: place for place, language in enumerate(languages)}
    return sorted(resources, key=lambda r: (rank.get(r.language, len(rank)), not r.is_free, r.minutes, r.title, r.url))[
        :most
    ]


class GenerationQuerySet(models.QuerySet["Generation"]):
    """Jobs."""

    def visible_to(self, actor: "Actor") -> Self:
        """Those of visible roadmaps."""
        if not actor.is_authenticated:
            return self.none()
        return self if actor.is_moderating else self.filter(roadmap__owner_id=actor.pk)

    def active(self) -> Self:
        """Waiting or being worked on."""
        return self.filter(status__in=[GenerationStatus.QUEUED, GenerationStatus.RUNNING])


class NoteQuerySet(models.QuerySet["Note"]):
    """Private notes."""

    def visible_to(self, actor: "Actor") -> Self:
        """One's own, whoever asks."""
        return self.filter(owner_id=actor.pk) if actor.is_authenticated else self.none()


class OwnResourceQuerySet(models.QuerySet["OwnResource"]):
    """Addresses that people added for themselves."""

    def visible_to(self, actor: "Actor") -> Self:
        """One's own, whoever asks."""
        return self.filter(owner_id=actor.pk) if actor.is_authenticated else self.none()
