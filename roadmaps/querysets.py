"""Every read of this app. `visible_to(actor)` comes first; what an actor may not see does not exist for them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Self, TypeAlias
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery
from django.db import models
from django.db.models import Count, F, Func, OuterRef, Prefetch, Q, Subquery, Sum
from django.db.models.functions import JSONObject, Now
from django.utils import timezone

from roadmaps.enums import (
    GenerationKind,
    GenerationStatus,
    LinkState,
    ModuleStatus,
    ResourceReportState,
    RoadmapStatus,
)
from users.enums import Role

if TYPE_CHECKING:
    from roadmaps.models import (
        Generation,
        GenerationEvent,
        GrantedRead,
        ModelSpending,
        Module,
        ModuleLink,
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
    )
    from users.models import User

    Actor: TypeAlias = User | AnonymousUser

SEARCH_CONFIGURATION = "simple"
"""Of the gallery's full text, which is in many languages; `private.roadmaps_refresh_listings` writes with it."""


def _opened(roadmap: str) -> Q:
    """Whether the roadmap named by this column was opened in this transaction, by a grant that still holds."""
    # Not IN: as an array that is computed once, it can be looked up in an index.
    template = "%(expressions)s = ANY (ARRAY(SELECT private.roadmaps_opened()))"
    return Q(Func(F(roadmap), template=template, output_field=models.BooleanField()))


def _shown(person: str) -> Subquery:
    """Handle and name of whom this column refers to: what a request may read of an account."""
    people = apps.get_model("users", "User").objects.filter(pk=OuterRef(person))
    return Subquery(people.values(shown=JSONObject(handle="handle", display_name="display_name")))


class RoadmapQuerySet(models.QuerySet["Roadmap"]):
    """Roadmaps."""

    def visible_to(self, actor: "Actor") -> Self:
        """One's own; all, to admins and moderators; to mentors those that they have opened by a grant just now."""
        if not actor.is_authenticated:
            return self.none()
        if actor.is_moderating:
            return self
        own = Q(owner_id=actor.pk)
        return self.filter(own | _opened("pk") if actor.role == Role.MENTOR else own)

    def owned_by(self, actor: "Actor") -> Self:
        """One's own: what one may change."""
        return self.filter(owner_id=actor.pk) if actor.is_authenticated else self.none()

    def counts(self) -> dict[str, int]:
        """How many are being followed (`open`), and how many were ever completed."""
        return self.aggregate(
            open=Count("pk", filter=Q(status=RoadmapStatus.READY, completed_at=None)),
            completed=Count("pk", filter=Q(completed_at__isnull=False)),
        )

    def with_latest_generation(self) -> Self:
        """With the track, and the jobs newest first as `generations`."""
        generations = apps.get_model("roadmaps", "Generation").objects.order_by("-id")
        return self.select_related("track").prefetch_related(Prefetch("generations", queryset=generations))

    def with_modules(self) -> Self:
        """With the modules that were not removed, in order, all that they show, and the roadmap it was copied from."""
        zones = apps.get_model("users", "Profile").objects.filter(user_id=OuterRef("owner_id"))
        source = Func(F("forked_from_id"), function="private.roadmaps_source", output_field=models.JSONField())
        modules = apps.get_model("roadmaps", "Module").objects.present().with_details()
        shown = self.annotate(
            owner_zone=Subquery(zones.values("time_zone")),
            original_title=F("fork_base__content__roadmap__title"),
            original_shown=source,
        )
        return shown.with_latest_generation().prefetch_related(Prefetch("modules", queryset=modules))

    def with_export(self, actor: "Actor") -> Self:
        """With all that a document holds: track, modules in order, the actor's notes and addresses. Seven queries."""
        notes = apps.get_model("roadmaps", "Note").objects.visible_to(actor)
        own = apps.get_model("roadmaps", "OwnResource").objects.visible_to(actor).order_by("id")
        modules = apps.get_model("roadmaps", "Module").objects.present().with_details()
        modules = modules.prefetch_related(Prefetch("notes", notes), Prefetch("own_resources", own))
        return self.select_related("track").prefetch_related(Prefetch("modules", queryset=modules))


class ModuleQuerySet(models.QuerySet["Module"]):
    """Modules."""

    def visible_to(self, actor: "Actor") -> Self:
        """Those of visible roadmaps, without removed ones."""
        if not actor.is_authenticated:
            return self.none()
        if actor.is_moderating:
            return self.present()
        own = Q(roadmap__owner_id=actor.pk)
        return self.present().filter(own | _opened("roadmap_id") if actor.role == Role.MENTOR else own)

    def owned_by(self, actor: "Actor") -> Self:
        """Those of one's own roadmaps: what one may change."""
        return self.present().filter(roadmap__owner_id=actor.pk) if actor.is_authenticated else self.none()

    def write(self, modules: Iterable["Module"], fields: Iterable[str]) -> None:
        """`bulk_update` that marks them as changed, for whoever has seen a former version (`If-Match`)."""
        changed, now = list(modules), timezone.now()
        for module in changed:
            module.updated_at = now
        self.bulk_update(changed, [*fields, "updated_at"])

    def present(self) -> Self:
        """Without removed ones."""
        return self.exclude(status=ModuleStatus.REMOVED)

    def with_details(self) -> Self:
        """In order, with skill and its resources, `required_ids`, and `named_links` of a model, in two queries."""
        prerequisites = apps.get_model("roadmaps", "ModulePrerequisite").objects.filter(module=OuterRef("pk"))
        resources = apps.get_model("roadmaps", "Resource").objects
        links = apps.get_model("roadmaps", "ModuleLink").objects.shown().filter(module=OuterRef("pk")).order_by("id")
        link = JSONObject(id="id", title="title", url="url", state="state", checked_at="checked_at")
        required = prerequisites.exclude(requires__status=ModuleStatus.REMOVED).order_by("id")
        return (
            self.select_related("skill", "roadmap")
            .prefetch_related(Prefetch("skill__resources", queryset=resources.shown()))
            .annotate(
                required_ids=ArraySubquery(required.values("requires_id")),
                named_links=ArraySubquery(links.values(shown=link)),
            )
            .order_by("roadmap_id", "position")
        )

    def with_languages_of(self, actor: "User") -> Self:
        """With `reader_languages`: those of the actor, best first; None without a profile."""
        profiles = apps.get_model("users", "Profile").objects.filter(user_id=actor.pk)
        return self.annotate(reader_languages=Subquery(profiles.values("languages")))

    def missing_for(self, module_id: UUID) -> Self:
        """The prerequisites of this module that are neither completed nor out of the plan."""
        return self.filter(
            required_by__module_id=module_id, status__in=[ModuleStatus.PENDING, ModuleStatus.IN_PROGRESS]
        ).order_by("position")


class RoadmapVersionQuerySet(models.QuerySet["RoadmapVersion"]):
    """What roadmaps said before."""

    def visible_to(self, actor: "Actor") -> Self:
        """Of one's own roadmaps; everything, to admins and moderators."""
        if not actor.is_authenticated:
            return self.none()
        return self if actor.is_moderating else self.filter(roadmap__owner_id=actor.pk)


class ResourceQuerySet(models.QuerySet["Resource"]):
    """The catalogue's resources, and what was found elsewhere."""

    def visible_to(self, actor: "Actor") -> Self:
        """Everything, to everybody."""
        return self

    def shown(self) -> Self:
        """Without quarantined ones: of what is left the best take their places."""
        return self.exclude(state=LinkState.QUARANTINED)


class ModuleLinkQuerySet(models.QuerySet["ModuleLink"]):
    """Pages that a model named for modules."""

    def visible_to(self, actor: "Actor") -> Self:
        """Those of visible modules."""
        modules = apps.get_model("roadmaps", "Module").objects.visible_to(actor)
        return self.filter(module__in=modules)

    def shown(self) -> Self:
        """Without quarantined ones."""
        return self.exclude(state=LinkState.QUARANTINED)


class ResourceReportQuerySet(models.QuerySet["ResourceReport"]):
    """Reports on resources."""

    def visible_to(self, actor: "Actor") -> Self:
        """One's own; all, to admins and moderators."""
        if not actor.is_authenticated:
            return self.none()
        return self if actor.is_moderating else self.filter(reporter_id=actor.pk)

    def open(self) -> Self:
        """Those that nobody has looked at."""
        return self.filter(state=ResourceReportState.OPEN)


def best_resources(
    resources: Iterable["Resource"], *, languages: Sequence[str], most: int, kinds: Sequence[str] = ()
) -> list["Resource"]:
    """At most `most` of `resources`: the learner's languages first (their order), liked kinds, free, shorter."""
    languages_rank = {language: place for place, language in enumerate(languages)}
    kinds_rank = {kind: place for place, kind in enumerate(kinds)}

    def rank(resource: "Resource") -> tuple[int, int, bool, int, str, str]:
        return (
            languages_rank.get(resource.language, len(languages_rank)),
            kinds_rank.get(resource.kind, len(kinds_rank)),
            not resource.is_free,
            resource.minutes,
            resource.title,
            resource.url,
        )

    return sorted(resources, key=rank)[:most]


class GenerationQuerySet(models.QuerySet["Generation"]):
    """Jobs."""

    def visible_to(self, actor: "Actor") -> Self:
        """Those of one's own roadmaps; all, to admins and moderators."""
        if not actor.is_authenticated:
            return self.none()
        return self if actor.is_moderating else self.filter(roadmap__owner_id=actor.pk)

    def active(self) -> Self:
        """Waiting or being worked on."""
        return self.filter(status__in=[GenerationStatus.QUEUED, GenerationStatus.RUNNING])


class GenerationEventQuerySet(models.QuerySet["GenerationEvent"]):
    """What jobs tell."""

    def visible_to(self, actor: "Actor") -> Self:
        """Of the jobs of one's own roadmaps; everything, to admins and moderators."""
        if not actor.is_authenticated:
            return self.none()
        return self if actor.is_moderating else self.filter(generation__roadmap__owner_id=actor.pk)

    def after(self, generation_id: UUID, number: int) -> Self:
        """Those of one job that came after the one with this number, in order."""
        return self.filter(generation_id=generation_id, number__gt=number).order_by("number")


class ModelSpendingQuerySet(models.QuerySet["ModelSpending"]):
    """What jobs cost."""

    def visible_to(self, actor: "Actor") -> Self:
        """One's own; everything, to admins and moderators."""
        if not actor.is_authenticated:
            return self.none()
        return self if actor.is_moderating else self.filter(owner_id=actor.pk)

    def total_of(self, day: date) -> int:
        """Microdollars reserved or spent on this day."""
        return self.filter(day=day).aggregate(total=Sum("microdollars"))["total"] or 0

    def of_job(self, generation_id: UUID) -> int:
        """Microdollars reserved or spent for this job."""
        return self.filter(generation_id=generation_id).aggregate(total=Sum("microdollars"))["total"] or 0

    def counts_of(self, owner_id: UUID, day: date) -> dict[str, int]:
        """How many `roadmaps` (their rests included) and how many single `modules` a model was asked for."""
        single = Q(kind=GenerationKind.MODULE)
        return self.filter(owner_id=owner_id, day=day).aggregate(
            roadmaps=Count("pk", filter=~single), modules=Count("pk", filter=single)
        )


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


class RoadmapGrantQuerySet(models.QuerySet["RoadmapGrant"]):
    """Grants."""

    def visible_to(self, actor: "Actor") -> Self:
        """Those that one gave; to mentors those that they hold; all, to admins and moderators."""
        if not actor.is_authenticated:
            return self.none()
        if actor.is_moderating:
            return self
        return self.filter(Q(owner_id=actor.pk) | Q(mentor_id=actor.pk, revoked_at=None, expires_at__gt=Now()))

    def owned_by(self, actor: "Actor") -> Self:
        """Those that one gave: what one may revoke."""
        return self.filter(owner_id=actor.pk) if actor.is_authenticated else self.none()

    def held_by(self, actor: "Actor") -> Self:
        """Those by which this mentor may read now."""
        return self.open().filter(mentor_id=actor.pk, expires_at__gt=Now()) if actor.is_authenticated else self.none()

    def open(self) -> Self:
        """Those that were not revoked; they may have expired."""
        return self.filter(revoked_at=None)

    def with_people(self) -> Self:
        """With the learner as `owner_shown` and the mentor as `mentor_shown`."""
        return self.annotate(owner_shown=_shown("owner_id"), mentor_shown=_shown("mentor_id"))


class GrantedReadQuerySet(models.QuerySet["GrantedRead"]):
    """The log of what mentors read."""

    def visible_to(self, actor: "Actor") -> Self:
        """Of one's own roadmaps; everything, to admins and moderators."""
        if not actor.is_authenticated:
            return self.none()
        return self if actor.is_moderating else self.filter(owner_id=actor.pk)

    def with_people(self) -> Self:
        """With the mentor as `mentor_shown`."""
        return self.annotate(mentor_shown=_shown("mentor_id"))


class PublicationQuerySet(models.QuerySet["Publication"]):
    """How roadmaps are shown."""

    def visible_to(self, actor: "Actor") -> Self:
        """Those of one's own roadmaps; all, to admins and moderators."""
        if not actor.is_authenticated:
            return self.none()
        return self if actor.is_moderating else self.filter(roadmap__owner_id=actor.pk)

    def owned_by(self, actor: "Actor") -> Self:
        """Those of one's own roadmaps: what one may change."""
        return self.filter(roadmap__owner_id=actor.pk) if actor.is_authenticated else self.none()


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    """Links to unlisted roadmaps."""

    def visible_to(self, actor: "Actor") -> Self:
        """Those to one's own roadmaps."""
        return self.owned_by(actor)

    def owned_by(self, actor: "Actor") -> Self:
        """Those to one's own roadmaps: what one may revoke."""
        return self.filter(roadmap__owner_id=actor.pk) if actor.is_authenticated else self.none()

    def usable(self) -> Self:
        """Those that one may read by now."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=Now()), revoked_at=None)


class RatingQuerySet(models.QuerySet["RoadmapRating"]):
    """Ratings."""

    def visible_to(self, actor: "Actor") -> Self:
        """One's own. What all of them come to is in the gallery."""
        return self.filter(rater_id=actor.pk) if actor.is_authenticated else self.none()


class RoadmapListingQuerySet(models.QuerySet["RoadmapListing"]):
    """The gallery."""

    def visible_to(self, actor: "Actor") -> Self:
        """Everything, to everybody."""
        return self

    def matching(self, words: str) -> Self:
        """Those with these words in title or goal, in web-search syntax (`"a b" or c -d`)."""
        query = SearchQuery(words, config=SEARCH_CONFIGURATION, search_type="websearch")
        return self.filter(search=query)

    def with_details(self) -> Self:
        """With the track, and the author as `author_shown` where their profile is everybody's to see."""
        template = "private.roadmaps_author(%(expressions)s)"
        author = Func(F("roadmap_id"), template=template, output_field=models.JSONField())
        return self.defer("search").select_related("track").annotate(author_shown=author)
