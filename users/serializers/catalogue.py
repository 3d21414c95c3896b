"""Shapes of skills and tracks."""

from typing import Any

from rest_framework import serializers

from users.enums import SuggestionStatus
from users.models import Skill, Track, TrackSkill
from users.normalisation import LONGEST_SKILL_TEXT
from users.serializers.accounts import one_line


class SkillSerializer(serializers.ModelSerializer[Skill]):
    """A skill of the catalogue."""

    aliases = serializers.SlugRelatedField(many=True, slug_field="text", read_only=True)  # type: ignore[var-annotated]  # the stubs want the related model

    class Meta:
        model = Skill
        fields = ["id", "slug", "name", "description", "minutes_per_level", "aliases"]


class SkillDetailSerializer(SkillSerializer):
    """A skill with its neighbours in the graph, by slug."""

    prerequisites = serializers.SlugRelatedField(many=True, slug_field="slug", read_only=True)  # type: ignore[var-annotated]  # the stubs want the related model
    unlocks = serializers.SlugRelatedField(many=True, slug_field="slug", read_only=True)  # type: ignore[var-annotated]  # the stubs want the related model

    class Meta(SkillSerializer.Meta):
        fields = [*SkillSerializer.Meta.fields, "prerequisites", "unlocks"]


class SkillSuggestionSerializer(serializers.Serializer[Any]):
    """A skill that the catalogue should have, and what has become of the suggestion."""

    skill = serializers.CharField(max_length=LONGEST_SKILL_TEXT, validators=[one_line], help_text="its usual name")
    status = serializers.ChoiceField(choices=SuggestionStatus.choices, read_only=True)


class TrackSkillSerializer(serializers.ModelSerializer[TrackSkill]):
    """A skill of a track and the level to reach."""

    skill = serializers.SlugRelatedField(slug_field="slug", read_only=True)  # type: ignore[var-annotated]  # the stubs want the related model
    name = serializers.CharField(source="skill.name", read_only=True)

    class Meta:
        model = TrackSkill
        fields = ["skill", "name", "level"]


class TrackSerializer(serializers.ModelSerializer[Track]):
    """A direction one can take."""

    skills = TrackSkillSerializer(many=True, read_only=True, source="track_skills")

    class Meta:
        model = Track
        fields = ["id", "slug", "name", "description", "keywords", "skills"]
