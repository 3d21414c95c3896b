"""The shape of versions and differences, of copies and their merges, and of modules that are split or joined."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from roadmaps.content import Difference
from roadmaps.enums import ChangeKind, Side
from roadmaps.merging import Merge
from roadmaps.models import MOST_MODULE_MINUTES, RoadmapVersion
from roadmaps.serializers.grants import GrantPersonSerializer


class VersionSerializer(serializers.ModelSerializer[RoadmapVersion]):
    """A version in a list: when it was replaced, and by which change."""

    title = serializers.CharField(source="content.roadmap.title", help_text="of the roadmap at that time")
    modules_count = serializers.SerializerMethodField()

    class Meta:
        model = RoadmapVersion
        fields = ["number", "reason", "title", "modules_count", "created_at"]

    def get_modules_count(self, version: RoadmapVersion) -> int:
        """How many it had."""
        return len(version.content["modules"])


class ModuleContentSerializer(serializers.Serializer[Any]):
    """A module as it read."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    description = serializers.CharField()
    skill = serializers.CharField(allow_null=True)
    from_level = serializers.IntegerField()
    to_level = serializers.IntegerField()
    weight = serializers.IntegerField()
    estimated_minutes = serializers.IntegerField()
    milestone = serializers.CharField()
    starts_week = serializers.IntegerField(allow_null=True)
    ends_week = serializers.IntegerField(allow_null=True)
    requires = serializers.ListField(child=serializers.UUIDField())


class WholeVersionSerializer(VersionSerializer):
    """A version with all that it said."""

    goal_text = serializers.CharField(source="content.roadmap.goal_text")
    track = serializers.CharField(source="content.roadmap.track", allow_null=True)
    hours_per_week = serializers.IntegerField(source="content.roadmap.hours_per_week")
    weeks = serializers.IntegerField(source="content.roadmap.weeks")
    deadline = serializers.DateField(source="content.roadmap.deadline", allow_null=True)
    started_on = serializers.DateField(source="content.roadmap.started_on")
    modules = ModuleContentSerializer(source="content.modules", many=True)

    class Meta(VersionSerializer.Meta):
        fields = [
            *VersionSerializer.Meta.fields, "goal_text", "track", "hours_per_week", "weeks", "deadline", "started_on",
            "modules",
        ]  # fmt: skip


class DiffQuery(serializers.Serializer[Any]):
    """What a version is compared with."""

    to = serializers.IntegerField(required=False, min_value=1, help_text="another version; the roadmap now when absent")


class FieldChangeSerializer(serializers.Serializer[Any]):
    """A field, or a part of a module, on both sides of a change."""

    name = serializers.CharField()
    before = serializers.JSONField()
    after = serializers.JSONField()


class ModuleChangeSerializer(serializers.Serializer[Any]):
    """What happened to a module. `is_moved`: it stands elsewhere among the others."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=ChangeKind.choices)
    is_moved = serializers.BooleanField()
    fields_changed = FieldChangeSerializer(many=True)


class DifferenceSerializer(serializers.Serializer[Any]):
    """What was done from one state of a roadmap to another."""

    roadmap = FieldChangeSerializer(many=True)
    modules = ModuleChangeSerializer(many=True)

    @classmethod
    def of(cls, found: Difference) -> "DifferenceSerializer":
        """For this difference."""
        modules = [
            {"id": each.id, "title": each.title, "kind": each.kind, "is_moved": each.is_moved}
            | {"fields_changed": _pairs(each.parts)}
            for each in found.modules
        ]
        return cls({"roadmap": _pairs(found.roadmap), "modules": modules})


def _pairs(changes: Any) -> list[dict[str, Any]]:
    return [{"name": name, "before": before, "after": after} for name, (before, after) in changes.items()]


class ForkInput(serializers.Serializer[Any]):
    """What a copy is called."""

    title = serializers.CharField(required=False, max_length=120, help_text="the original's when absent")


class OriginalSerializer(serializers.Serializer[Any]):
    """Where a copy comes from. `slug` and `author` are null where the reader may not know them, or not any more."""

    title = serializers.CharField(help_text="when it was copied, or last merged")
    slug = serializers.CharField(allow_null=True, help_text="in the gallery")
    author = GrantPersonSerializer(allow_null=True)


class PartOfferSerializer(serializers.Serializer[Any]):
    """A part of a module that the original changed: what it was, what it is on both sides, and which one is taken."""

    name = serializers.CharField()
    base = serializers.JSONField()
    mine = serializers.JSONField()
    upstream = serializers.JSONField()
    takes = serializers.ChoiceField(choices=Side.choices)


class OfferSerializer(serializers.Serializer[Any]):
    """A module that the original changed. `is_conflict`: you changed the same, and may choose."""

    id = serializers.UUIDField(help_text="the original's; what `choices` name")
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=ChangeKind.choices)
    takes = serializers.ChoiceField(choices=Side.choices)
    is_conflict = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True, help_text="why yours stays, where it does")
    parts = serializers.SerializerMethodField()

    @extend_schema_field(PartOfferSerializer(many=True))
    def get_parts(self, offer: Any) -> list[dict[str, Any]]:
        """For a changed one."""
        return [
            {"name": name, "base": part.base, "mine": part.mine, "upstream": part.upstream, "takes": part.takes}
            for name, part in (offer.parts or {}).items()
        ]


class UpstreamSerializer(serializers.Serializer[Any]):
    """What changed in the original since the copy was made or last brought up to date."""

    is_up_to_date = serializers.BooleanField()
    takes_order = serializers.BooleanField(help_text="the original's order is taken: you moved nothing")
    offers = OfferSerializer(many=True)

    @classmethod
    def of(cls, made: Merge) -> "UpstreamSerializer":
        """For this merge."""
        is_up_to_date = not made.offers and not made.takes_order
        return cls({"is_up_to_date": is_up_to_date, "takes_order": made.takes_order, "offers": made.offers})


class ChoiceInput(serializers.Serializer[Any]):
    """Whose state of a module is wanted."""

    module = serializers.UUIDField(help_text="the id of its offer")
    take = serializers.ChoiceField(choices=Side.choices)


class LinkQuery(serializers.Serializer[Any]):
    """The link by which an unlisted roadmap is read."""

    k = serializers.CharField(required=False, max_length=100, help_text="the token of a link; for an unlisted one")


class MergeInput(serializers.Serializer[Any]):
    """What is chosen where the offer is not taken as it stands."""

    choices = ChoiceInput(many=True, required=False)


class PartInput(serializers.Serializer[Any]):
    """One of the modules that a module becomes."""

    title = serializers.CharField(max_length=120)
    estimated_minutes = serializers.IntegerField(min_value=1, max_value=MOST_MODULE_MINUTES)
    description = serializers.CharField(
        required=False, allow_blank=True, max_length=4000, help_text="of the first: as it was, when absent"
    )


class SplitInput(serializers.Serializer[Any]):
    """What a module becomes, in order."""

    parts = serializers.ListField(child=PartInput(), min_length=2, max_length=10)


class JoinInput(serializers.Serializer[Any]):
    """What is joined with a module."""

    modules = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=20)
    title = serializers.CharField(required=False, max_length=120, help_text="the module's own when absent")
