"""The shape of the jobs that plan, and of their receipts."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from roadmaps.models import LONGEST_COMMENT, LONGEST_GOAL, Generation
from users.models import HIGHEST_LEVEL


class JobLinksSerializer(serializers.Serializer[Any]):
    """Where to look next."""

    self = serializers.CharField(help_text="the job; ask again until it has ended")
    events = serializers.CharField(help_text="the same as server-sent events")
    roadmap = serializers.CharField()


class UseSerializer(serializers.Serializer[Any]):
    """Times of today."""

    used = serializers.IntegerField()
    limit = serializers.IntegerField()


class FaultSerializer(serializers.Serializer[Any]):
    """A module whose words are not the model's."""

    title = serializers.CharField()
    reason = serializers.CharField()


class RegenerateModuleInput(serializers.Serializer[Any]):
    """What to change of a module."""

    comment = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_COMMENT)


class RegenerateInput(RegenerateModuleInput):
    """What to change of the rest of a roadmap; nothing of it need be given."""

    goal = serializers.CharField(required=False, min_length=2, max_length=LONGEST_GOAL, help_text="another one")
    track = serializers.SlugField(required=False, max_length=60)
    level = serializers.IntegerField(required=False, min_value=1, max_value=HIGHEST_LEVEL)


class ModelUseSerializer(serializers.Serializer[Any]):
    """How often one's plans were worded by a model today, and how often they may be."""

    is_model_set_up = serializers.BooleanField(help_text="false: the built-in planner words all plans")
    roadmaps = UseSerializer(help_text="whole roadmaps and their rests")
    modules = UseSerializer(help_text="single modules")
    resets_at = serializers.DateTimeField()


class GenerationSerializer(serializers.ModelSerializer[Generation]):
    """The job that plans a roadmap, and its receipt once it has ended."""

    faults = FaultSerializer(many=True, help_text="what of a model's plan is built-in or left out")
    links = serializers.SerializerMethodField()

    class Meta:
        model = Generation
        fields = [
            "id", "kind", "status", "roadmap", "module", "comment", "source", "model", "prompt_version", "prompt_hash",
            "attempts", "is_cached", "prompt_tokens", "completion_tokens", "cost", "faults", "fallback_reason", "error",
            "created_at", "started_at", "finished_at", "links",
        ]  # fmt: skip

    @extend_schema_field(JobLinksSerializer)
    def get_links(self, generation: Generation) -> dict[str, str]:
        """Paths on this host."""
        return {
            "self": generation_path(generation),
            "events": reverse("roadmap-generation-events", args=[generation.pk]),
            "roadmap": reverse("roadmap-detail", args=[generation.roadmap_id]),
        }


def generation_path(generation: Generation) -> str:
    """Where a job is watched."""
    return reverse("roadmap-generation-detail", args=[generation.pk])
