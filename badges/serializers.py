"""The shape of this app's input and output."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from badges.enums import Metric, Period, Tier
from badges.models import Award, Badge, PointsEntry
from badges.services.gamification import DEFAULT_PLACES, MOST_PLACES


class BadgeSerializer(serializers.ModelSerializer[Badge]):
    """A badge of the catalogue."""

    tier = serializers.ChoiceField(Tier.choices, read_only=True)

    class Meta:
        model = Badge
        fields = ("id", "slug", "name", "description", "tier", "is_active")
        read_only_fields = fields


class StepSerializer(serializers.Serializer[Any]):
    """One condition and how far one is with it."""

    metric = serializers.ChoiceField(Metric.choices)
    at_least = serializers.IntegerField()
    amount = serializers.IntegerField()
    missing = serializers.IntegerField(help_text="what is left to do; 0 when it is met")


class BadgeProgressSerializer(serializers.Serializer[Any]):
    """A badge and how far the reader is with it: the steps of the nearest way to it."""

    id = serializers.UUIDField(source="badge.id")
    slug = serializers.SlugField(source="badge.slug")
    name = serializers.CharField(source="badge.name")
    description = serializers.CharField(source="badge.description")
    tier = serializers.ChoiceField(Tier.choices, source="badge.tier")
    is_active = serializers.BooleanField(source="badge.is_active", help_text="an inactive badge is given to nobody new")
    progress = serializers.FloatField(source="share", help_text="from 0.0 to 1.0; 1.0 when it is held")
    awarded_at = serializers.DateTimeField(source="award.awarded_at", default=None, allow_null=True)
    steps = StepSerializer(many=True)


class AwardSerializer(serializers.ModelSerializer[Award]):
    """A badge that somebody was given."""

    badge = BadgeSerializer(read_only=True)

    class Meta:
        model = Award
        fields = ("id", "badge", "seq", "awarded_at")
        read_only_fields = fields


class OwnAwardSerializer(AwardSerializer):
    """One's own award: with the reason, and with what became of it."""

    reason = serializers.DictField(read_only=True, help_text="the conditions that held, with the amounts at the time")

    class Meta:
        model = Award
        fields = ("id", "badge", "seq", "awarded_at", "reason", "revoked_at", "revoke_reason")
        read_only_fields = fields


class PointsEntrySerializer(serializers.ModelSerializer[PointsEntry]):
    """A booking."""

    metric = serializers.ChoiceField(Metric.choices, read_only=True)

    class Meta:
        model = PointsEntry
        fields = ("id", "metric", "amount", "points", "source_type", "source_id", "note", "created_at")
        read_only_fields = fields


class LevelSerializer(serializers.Serializer[Any]):
    """A level, and the points at which it and the next begin."""

    number = serializers.IntegerField()
    begins_at = serializers.IntegerField()
    next_at = serializers.IntegerField()


@extend_schema_serializer(many=False)
class LedgerPageSerializer(serializers.Serializer[Any]):
    """A page of the ledger under the standing that it adds up to."""

    total = serializers.IntegerField()
    level = LevelSerializer()
    metrics = serializers.DictField(child=serializers.IntegerField(), help_text="amount by metric")
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = PointsEntrySerializer(many=True)


class StandingSerializer(serializers.Serializer[Any]):
    """Points, level and amounts by metric."""

    total = serializers.IntegerField()
    level = LevelSerializer()
    metrics = serializers.DictField(child=serializers.IntegerField())


class LeaderboardQuerySerializer(serializers.Serializer[Any]):
    """Which leaderboard."""

    period = serializers.ChoiceField(Period.choices, default=Period.WEEK)
    track = serializers.SlugField(required=False, default="", help_text="only people with a roadmap of this track")
    limit = serializers.IntegerField(
        source="places", min_value=1, max_value=MOST_PLACES, default=DEFAULT_PLACES, help_text="places"
    )


class PlaceSerializer(serializers.Serializer[Any]):
    """A place; equal points share a rank."""

    rank = serializers.IntegerField(allow_null=True, help_text="null behind the first thousand")
    handle = serializers.CharField()
    display_name = serializers.CharField()
    points = serializers.IntegerField()
    is_me = serializers.BooleanField()


class LeaderboardSerializer(serializers.Serializer[Any]):
    """The first places and, wherever it is, one's own. Weeks begin on Monday, months on the 1st, midnight UTC."""

    period = serializers.ChoiceField(Period.choices)
    results = PlaceSerializer(many=True)
