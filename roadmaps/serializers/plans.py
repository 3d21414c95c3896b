"""The shape of roadmaps, modules, jobs, and what learners add of their own."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from roadmaps.enums import LinkState, ModuleStatus, ResourceKind, ResourceSource, Visibility
from roadmaps.models import (
    LONGEST_GOAL,
    MOST_HOURS_PER_WEEK,
    MOST_MODULE_MINUTES,
    MOST_WEEKS,
    MOST_WEIGHT,
    Module,
    Note,
    OwnResource,
    Resource,
    Roadmap,
)
from roadmaps.pace import LATEST_WEEK, pace
from roadmaps.querysets import best_resources
from roadmaps.serializers.generations import GenerationSerializer
from roadmaps.serializers.versions import OriginalSerializer
from roadmaps.serializers.wishes import PlanSummarySerializer, StartDateField, UnderstoodSerializer
from users.models import HIGHEST_LEVEL, LEAST_LEVEL
from users.zones import today_in

RESOURCES_SHOWN = 3
MODEL = "model"
"""The source of a page that a model named."""


class DraftInput(serializers.Serializer[Any]):
    """An empty roadmap, to be filled by hand."""

    title = serializers.CharField(max_length=120)
    goal_text = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_GOAL)
    hours_per_week = serializers.IntegerField(min_value=1, max_value=MOST_HOURS_PER_WEEK)
    weeks = serializers.IntegerField(min_value=1, max_value=MOST_WEEKS)
    started_on = StartDateField(required=False)


class RoadmapChanges(serializers.Serializer[Any]):
    """What may be changed of a roadmap. A deadline counts the weeks anew, weeks take it away."""

    title = serializers.CharField(max_length=120)
    hours_per_week = serializers.IntegerField(min_value=1, max_value=MOST_HOURS_PER_WEEK)
    weeks = serializers.IntegerField(min_value=1, max_value=MOST_WEEKS)
    deadline = serializers.DateField()
    started_on = StartDateField()
    visibility = serializers.ChoiceField(choices=Visibility.choices)


class ModuleInput(serializers.Serializer[Any]):
    """A module as it is written by hand."""

    title = serializers.CharField(max_length=120)
    description = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    skill = serializers.SlugField(required=False, allow_null=True, max_length=60)
    from_level = serializers.IntegerField(required=False, min_value=LEAST_LEVEL, max_value=HIGHEST_LEVEL)
    to_level = serializers.IntegerField(required=False, min_value=LEAST_LEVEL, max_value=HIGHEST_LEVEL)
    weight = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_WEIGHT, help_text="share in the progress; the minutes when absent"
    )
    estimated_minutes = serializers.IntegerField(min_value=1, max_value=MOST_MODULE_MINUTES)
    milestone = serializers.CharField(required=False, allow_blank=True, max_length=120)
    starts_week = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=LATEST_WEEK)
    ends_week = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=LATEST_WEEK)
    requires = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=50)


class NewModuleInput(ModuleInput):
    """The same, with its place."""

    position = serializers.IntegerField(required=False, min_value=1, max_value=10_000, help_text="the end when absent")


class MoveInput(serializers.Serializer[Any]):
    """Where a module goes."""

    position = serializers.IntegerField(min_value=1, max_value=10_000, help_text="from 1; beyond the end is the end")


class EvidenceSerializer(serializers.Serializer[Any]):
    """Something that shows the work: a repository, a page, a certificate."""

    title = serializers.CharField(max_length=200)
    url = serializers.URLField(max_length=500)


class CompleteInput(serializers.Serializer[Any]):
    """How a module is completed."""

    override = serializers.BooleanField(default=False, help_text="complete it although prerequisites are not")
    evidence = serializers.ListField(child=EvidenceSerializer(), required=False, max_length=10)


class NoteInput(serializers.Serializer[Any]):
    """The text of a note."""

    text = serializers.CharField(max_length=10_000)


class OwnResourceInput(serializers.Serializer[Any]):
    """An address of one's own."""

    title = serializers.CharField(max_length=200)
    url = serializers.URLField(max_length=500)


class NoteSerializer(serializers.ModelSerializer[Note]):
    """A private note."""

    class Meta:
        model = Note
        fields = ["id", "module", "text", "created_at", "updated_at"]


class OwnResourceSerializer(serializers.ModelSerializer[OwnResource]):
    """An address that the reader has added. `checked_at` is when it answered last; null: never."""

    is_verified = serializers.BooleanField(
        read_only=True, help_text="whether the address answered when it was checked last"
    )

    class Meta:
        model = OwnResource
        fields = ["id", "module", "title", "url", "is_verified", "checked_at", "created_at"]


class ResourceSerializer(serializers.ModelSerializer[Resource]):
    """Something to learn from. `checked_at` is when the address answered last; null: never.

    Of a page that a model named, kind, language, minutes and price are not known, and null.
    """

    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field's own attribute has this name too
        choices=[*ResourceSource.choices, (MODEL, "A language model")]
    )
    kind = serializers.ChoiceField(choices=ResourceKind.choices, allow_null=True)
    language = serializers.CharField(allow_null=True, help_text="ISO 639")
    minutes = serializers.IntegerField(allow_null=True, help_text="time to work through it")
    is_free = serializers.BooleanField(allow_null=True)
    is_verified = serializers.BooleanField(
        read_only=True, help_text="whether the address answered when it was checked last"
    )

    class Meta:
        model = Resource
        fields = [
            "id", "source", "title", "url", "kind", "provider", "language", "minutes", "is_free", "is_verified",
            "checked_at",
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Named:
    """A page that a model named, as a resource."""

    id: UUID
    title: str
    url: str
    is_verified: bool
    checked_at: datetime | None
    source: str = MODEL
    provider: str = ""
    kind: None = None
    language: None = None
    minutes: None = None
    is_free: None = None


class SkillNameSerializer(serializers.Serializer[Any]):
    """A skill by its name."""

    slug = serializers.CharField()
    name = serializers.CharField()


class ModuleSerializer(serializers.ModelSerializer[Module]):
    """A module with its dates and what to learn from, in the reader's languages where there is something."""

    skill = SkillNameSerializer(allow_null=True)
    status = serializers.ChoiceField(choices=ModuleStatus.choices)
    starts_on = serializers.SerializerMethodField(help_text="first day of starts_week")
    ends_on = serializers.SerializerMethodField(help_text="last day of ends_week")
    evidence = EvidenceSerializer(many=True)
    requires = serializers.SerializerMethodField(help_text="modules to complete before")
    resources = serializers.SerializerMethodField()

    class Meta:
        model = Module
        fields = [
            "id", "roadmap", "position", "title", "description", "skill", "from_level", "to_level", "weight",
            "estimated_minutes", "starts_week", "ends_week", "starts_on", "ends_on", "milestone", "status",
            "completed_at", "is_override", "counted_from", "evidence", "requires", "resources", "updated_at",
        ]  # fmt: skip

    def get_starts_on(self, module: Module) -> date | None:
        """The Monday, or whichever day the roadmap began on."""
        if module.starts_week is None:
            return None
        return module.roadmap.started_on + timedelta(weeks=module.starts_week - 1)

    def get_ends_on(self, module: Module) -> date | None:
        """The day before the next week begins."""
        if module.ends_week is None:
            return None
        return module.roadmap.started_on + timedelta(weeks=module.ends_week, days=-1)

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_requires(self, module: Module) -> list[str]:
        """Ids, in the order in which they were named."""
        return [str(required) for required in module.required_ids]

    @extend_schema_field(ResourceSerializer(many=True))
    def get_resources(self, module: Module) -> Any:
        """The best few of the module's skill, then what a model named for the module itself."""
        wishes = module.roadmap.wishes
        best = best_resources(
            module.skill.resources.all() if module.skill else (),
            languages=wishes.get("languages") or self.context["languages"],
            kinds=wishes.get("resource_kinds", ()),
            most=RESOURCES_SHOWN,
        )
        there = {resource.url for resource in best}
        named: list[Any] = [
            _Named(
                UUID(link["id"]),
                link["title"],
                link["url"],
                link["state"] == LinkState.VERIFIED,
                parse_datetime(link["checked_at"] or ""),
            )
            for link in module.named_links
            if link["url"] not in there
        ]
        return ResourceSerializer([*best, *named], many=True).data


class PaceSerializer(serializers.Serializer[Any]):
    """How fast a learner goes, in estimated minutes of what was completed, and the day that this leads to."""

    minutes_done = serializers.IntegerField()
    minutes_left = serializers.IntegerField()
    minutes_per_week = serializers.IntegerField()
    is_measured = serializers.BooleanField(help_text="false in the first week, when the plan's hours are assumed")
    expected_on = serializers.DateField(allow_null=True)
    due_on = serializers.DateField(help_text="the deadline, or the last day of the last week")
    days_late = serializers.IntegerField()
    in_words = serializers.CharField()


class RoadmapSummarySerializer(serializers.ModelSerializer[Roadmap]):
    """A roadmap in a list."""

    track = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
    progress = serializers.FloatField(read_only=True, help_text="percent of the weight that is completed")

    class Meta:
        model = Roadmap
        fields = [
            "id", "title", "goal_text", "track", "status", "visibility", "hours_per_week", "weeks", "deadline",
            "started_on", "progress", "completed_at", "created_at", "updated_at",
        ]  # fmt: skip


class RoadmapSerializer(RoadmapSummarySerializer):
    """A roadmap with its modules."""

    understood = UnderstoodSerializer()
    plan_summary = PlanSummarySerializer()
    copied_from = serializers.SerializerMethodField(help_text="null for a roadmap that is no copy")
    pace = serializers.SerializerMethodField(help_text="how fast it goes, and when it is done if it goes on like that")
    generation = serializers.SerializerMethodField(help_text="the latest job that planned it")
    modules = ModuleSerializer(many=True)

    class Meta(RoadmapSummarySerializer.Meta):
        fields = [
            *RoadmapSummarySerializer.Meta.fields, "copied_from", "understood", "plan_summary", "pace", "generation",
            "modules",
        ]  # fmt: skip

    @extend_schema_field(OriginalSerializer(allow_null=True))
    def get_copied_from(self, roadmap: Roadmap) -> Any:
        """The title stays when the original is gone."""
        if roadmap.original_title is None:
            return None
        shown = roadmap.original_shown or {"slug": None, "author": None}
        return OriginalSerializer({"title": roadmap.original_title, **shown}).data

    @extend_schema_field(PaceSerializer)
    def get_pace(self, roadmap: Roadmap) -> Any:
        """As of today."""
        minutes = dict.fromkeys(ModuleStatus, 0)
        for module in roadmap.modules.all():
            minutes[ModuleStatus(module.status)] += module.estimated_minutes
        measured = pace(
            minutes_done=minutes[ModuleStatus.COMPLETED],
            minutes_left=minutes[ModuleStatus.PENDING] + minutes[ModuleStatus.IN_PROGRESS],
            started_on=roadmap.started_on,
            today=today_in(roadmap.owner_zone),
            due_on=roadmap.deadline or roadmap.started_on + timedelta(weeks=roadmap.weeks, days=-1),
            planned_minutes_per_week=roadmap.hours_per_week * 60,
        )
        return PaceSerializer(measured).data

    @extend_schema_field(GenerationSerializer(allow_null=True))
    def get_generation(self, roadmap: Roadmap) -> Any:
        """The newest, null for a roadmap made by hand."""
        generations = roadmap.generations.all()
        return GenerationSerializer(generations[0]).data if generations else None
