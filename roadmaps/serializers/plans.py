"""The shape of roadmaps, modules, jobs, and what learners add of their own."""

from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from roadmaps.enums import ModuleStatus, Visibility
from roadmaps.models import (
    LONGEST_GOAL,
    MOST_HOURS_PER_WEEK,
    MOST_MODULE_MINUTES,
    MOST_WEEKS,
    MOST_WEIGHT,
    Generation,
    Module,
    Note,
    OwnResource,
    Resource,
    Roadmap,
)
from roadmaps.querysets import best_resources
from users.models import HIGHEST_LEVEL, LEAST_LEVEL

RESOURCES_SHOWN = 3
LATEST_WEEK = 1040
_EARLIEST_START, _LATEST_START = date(2000, 1, 1), date(2100, 12, 31)


class StartDateField(serializers.DateField):
    """The first day of week 1."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """The date, when it is one that weeks can be counted from."""
        value = super().run_validation(data)
        if isinstance(value, date) and not _EARLIEST_START <= value <= _LATEST_START:
            raise serializers.ValidationError(f"Write a day from {_EARLIEST_START} to {_LATEST_START}.")
        return value


class GenerateInput(serializers.Serializer[Any]):
    """What a roadmap is planned from."""

    goal = serializers.CharField(
        min_length=2, max_length=LONGEST_GOAL, help_text="in your own words: a kind of work, skills, or both"
    )
    hours_per_week = serializers.IntegerField(min_value=1, max_value=MOST_HOURS_PER_WEEK)
    weeks = serializers.IntegerField(min_value=1, max_value=MOST_WEEKS, help_text="the time wanted for all of it")
    track = serializers.SlugField(
        required=False, max_length=60, help_text="chosen from /api/v1/tracks/; wins over goal"
    )
    title = serializers.CharField(required=False, max_length=120)
    started_on = StartDateField(required=False, help_text="first day of week 1; today when absent")


class DraftInput(serializers.Serializer[Any]):
    """An empty roadmap, to be filled by hand."""

    title = serializers.CharField(max_length=120)
    goal_text = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_GOAL)
    hours_per_week = serializers.IntegerField(min_value=1, max_value=MOST_HOURS_PER_WEEK)
    weeks = serializers.IntegerField(min_value=1, max_value=MOST_WEEKS)
    started_on = StartDateField(required=False)


class RoadmapChanges(serializers.Serializer[Any]):
    """What may be changed of a roadmap."""

    title = serializers.CharField(max_length=120)
    hours_per_week = serializers.IntegerField(min_value=1, max_value=MOST_HOURS_PER_WEEK)
    weeks = serializers.IntegerField(min_value=1, max_value=MOST_WEEKS)
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
    starts_week = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=LATEST_WEEK)
    ends_week = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=LATEST_WEEK)
    requires = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=50)


class NewModuleInput(ModuleInput):
    """The same, with its place."""

    position = serializers.IntegerField(required=False, min_value=1, max_value=10_000, help_text="the end when absent")


class MoveInput(serializers.Serializer[Any]):
    """Where a module goes."""

    position = serializers.IntegerField(min_value=1, max_value=10_000, help_text="from 1; beyond the end is the end")


class CompleteInput(serializers.Serializer[Any]):
    """How a module is completed."""

    override = serializers.BooleanField(default=False, help_text="complete it although prerequisites are not")


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
    """An address that the reader has added."""

    class Meta:
        model = OwnResource
        fields = ["id", "module", "title", "url", "created_at"]


class ResourceSerializer(serializers.ModelSerializer[Resource]):
    """Something to learn from. `checked_at` is when the address answered last; null: never checked."""

    class Meta:
        model = Resource
        fields = ["id", "title", "url", "kind", "provider", "language", "minutes", "is_free", "checked_at"]


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
    requires = serializers.SerializerMethodField(help_text="modules to complete before")
    resources = serializers.SerializerMethodField()

    class Meta:
        model = Module
        fields = [
            "id", "roadmap", "position", "title", "description", "skill", "from_level", "to_level", "weight",
            "estimated_minutes", "starts_week", "ends_week", "starts_on", "ends_on", "status", "completed_at",
            "is_override", "requires", "resources", "updated_at",
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
        """The best few of the module's skill."""
        if module.skill is None:
            return []
        best = best_resources(module.skill.resources.all(), languages=self.context["languages"], most=RESOURCES_SHOWN)
        return ResourceSerializer(best, many=True).data


class JobLinksSerializer(serializers.Serializer[Any]):
    """Where to look next."""

    self = serializers.CharField(help_text="the job; ask again until it has ended")
    roadmap = serializers.CharField()


class GenerationSerializer(serializers.ModelSerializer[Generation]):
    """The job that plans a roadmap, and its receipt once it has ended."""

    links = serializers.SerializerMethodField()

    class Meta:
        model = Generation
        fields = [
            "id", "status", "roadmap", "source", "model", "prompt_hash", "prompt_tokens", "completion_tokens", "cost",
            "fallback_reason", "error", "created_at", "started_at", "finished_at", "links",
        ]  # fmt: skip

    @extend_schema_field(JobLinksSerializer)
    def get_links(self, generation: Generation) -> dict[str, str]:
        """Paths on this host."""
        return {"self": generation_path(generation), "roadmap": reverse("roadmap-detail", args=[generation.roadmap_id])}


class UnderstoodPhraseSerializer(serializers.Serializer[Any]):
    """Words of the goal and what they were taken for."""

    text = serializers.CharField()
    skill = serializers.CharField(allow_blank=True)
    tracks = serializers.ListField(child=serializers.CharField())


class TargetSerializer(serializers.Serializer[Any]):
    """A skill to reach."""

    skill = serializers.CharField()
    level = serializers.IntegerField()
    is_named = serializers.BooleanField(help_text="named in the goal, not only part of its track")


class UnderstoodSerializer(serializers.Serializer[Any]):
    """What the goal was taken to mean; empty for a roadmap made by hand."""

    track = serializers.CharField(allow_blank=True, required=False)
    skills = serializers.ListField(child=serializers.CharField(), required=False)
    phrases = UnderstoodPhraseSerializer(many=True, required=False)
    targets = TargetSerializer(many=True, required=False)


class DroppableSerializer(serializers.Serializer[Any]):
    """A skill to leave out, and the minutes that saves."""

    skill = serializers.CharField()
    minutes = serializers.IntegerField()


class PlanSummarySerializer(serializers.Serializer[Any]):
    """How the plan fits the hours and weeks asked for; empty until it is planned."""

    total_minutes = serializers.IntegerField(required=False)
    weeks_needed = serializers.IntegerField(required=False)
    fits = serializers.BooleanField(required=False)
    shortfall_minutes = serializers.IntegerField(required=False)
    shortfall_weeks = serializers.IntegerField(required=False)
    hours_per_week_needed = serializers.IntegerField(required=False, help_text="to make it in the weeks asked for")
    could_drop = DroppableSerializer(many=True, required=False, help_text="skills of the track that were not named")
    fits_after_dropping = serializers.BooleanField(required=False)


class RoadmapSummarySerializer(serializers.ModelSerializer[Roadmap]):
    """A roadmap in a list."""

    track = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
    progress = serializers.FloatField(read_only=True, help_text="percent of the weight that is completed")

    class Meta:
        model = Roadmap
        fields = [
            "id", "title", "goal_text", "track", "status", "visibility", "hours_per_week", "weeks", "started_on",
            "progress", "completed_at", "created_at", "updated_at",
        ]  # fmt: skip


class RoadmapSerializer(RoadmapSummarySerializer):
    """A roadmap with its modules."""

    understood = UnderstoodSerializer()
    plan_summary = PlanSummarySerializer()
    generation = serializers.SerializerMethodField(help_text="the latest job that planned it")
    modules = ModuleSerializer(many=True)

    class Meta(RoadmapSummarySerializer.Meta):
        fields = [*RoadmapSummarySerializer.Meta.fields, "understood", "plan_summary", "generation", "modules"]

    @extend_schema_field(GenerationSerializer(allow_null=True))
    def get_generation(self, roadmap: Roadmap) -> Any:
        """The newest, null for a roadmap made by hand."""
        generations = roadmap.generations.all()
        return GenerationSerializer(generations[0]).data if generations else None


def generation_path(generation: Generation) -> str:
    """Where a job is watched."""
    return reverse("roadmap-generation-detail", args=[generation.pk])
