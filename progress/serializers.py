"""The shape of this app's input and output."""

from typing import Any

from rest_framework import serializers

from progress.enums import DeliveryStatus, LogKind
from progress.models import MINUTES_OF_A_DAY, DailyActivity, ProgressLog, Repository, WebhookDelivery
from progress.services.log import LONGEST_NOTE
from roadmaps.enums import ModuleStatus
from users.models import Skill


class ProgressLogSerializer(serializers.ModelSerializer[ProgressLog]):
    """An entry of the log."""

    skill = serializers.SlugRelatedField[Skill](slug_field="slug", read_only=True, allow_null=True)
    repository = serializers.CharField(source="repository.full_name", read_only=True, default=None, allow_null=True)
    module = serializers.UUIDField(source="module_id", read_only=True, allow_null=True)
    kind = serializers.ChoiceField(LogKind.choices, read_only=True)
    data = serializers.DictField(read_only=True)  # type: ignore[assignment]  # hides nothing that is used here

    class Meta:
        model = ProgressLog
        fields = (
            "id",
            "kind",
            "evidence",
            "occurred_at",
            "occurred_on",
            "time_zone",
            "minutes",
            "commits",
            "skill",
            "module",
            "repository",
            "data",
            "created_at",
        )
        read_only_fields = fields


class ManualEntrySerializer(serializers.Serializer[Any]):
    """Work entered by hand."""

    minutes = serializers.IntegerField(min_value=1, max_value=MINUTES_OF_A_DAY)
    occurred_at = serializers.DateTimeField(required=False, help_text="in the last 30 days; now when left out")
    skill = serializers.SlugRelatedField[Skill](
        slug_field="slug", queryset=Skill.objects.all(), required=False, allow_null=True
    )
    module = serializers.UUIDField(
        source="module_id", required=False, allow_null=True, help_text="of one of your roadmaps"
    )
    note = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_NOTE)


class RepositorySerializer(serializers.ModelSerializer[Repository]):
    """A connected repository; its secret is shown by connecting and rotating only."""

    class Meta:
        model = Repository
        fields = ("id", "full_name", "last_delivery_at", "previous_secret_expires_at", "created_at")
        read_only_fields = fields


class ConnectRepositorySerializer(serializers.Serializer[Any]):
    """Which repository."""

    full_name = serializers.RegexField(
        r"^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}/[A-Za-z0-9._-]{1,100}$",
        max_length=140,
        help_text="owner/name",
        error_messages={"invalid": "Write owner/name as in the repository's address, such as octo/hello."},
    )


class ConnectionSerializer(serializers.Serializer[Any]):
    """A repository and what to enter at GitHub under Settings, Webhooks. The secret is shown this once."""

    repository = RepositorySerializer()
    webhook_url = serializers.URLField()
    webhook_secret = serializers.CharField()


class WebhookDeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    """A delivery and what became of it."""

    repository = serializers.CharField(source="repository.full_name", read_only=True)
    status = serializers.ChoiceField(DeliveryStatus.choices, read_only=True)

    class Meta:
        model = WebhookDelivery
        fields = (
            "id",
            "repository",
            "delivery_guid",
            "event",
            "action",
            "status",
            "reason",
            "entries_recorded",
            "received_at",
            "processed_at",
        )
        read_only_fields = fields


class IntakeAnswerSerializer(serializers.Serializer[Any]):
    """What was done with a delivery."""

    status = serializers.ChoiceField(["accepted", "duplicate", "pong"])


class StreakSerializer(serializers.Serializer[Any]):
    """Days in a row with work. Today does not break it while it has nothing yet."""

    current = serializers.IntegerField()
    longest = serializers.IntegerField()
    last_day = serializers.DateField(allow_null=True)
    is_today_done = serializers.BooleanField()


class ModuleEffortSerializer(serializers.Serializer[Any]):
    """Minutes of one module."""

    module = serializers.UUIDField()
    title = serializers.CharField()
    status = serializers.ChoiceField(choices=ModuleStatus.choices)
    estimated_minutes = serializers.IntegerField()
    logged_minutes = serializers.IntegerField(help_text="of the entries that name it")


class EffortSerializer(serializers.Serializer[Any]):
    """What a roadmap took so far, against the estimates."""

    estimated_minutes = serializers.IntegerField()
    logged_minutes = serializers.IntegerField()
    ratio = serializers.FloatField(
        allow_null=True, help_text="logged to estimated, over completed modules with logged minutes"
    )
    modules = ModuleEffortSerializer(many=True)


class DaySerializer(serializers.ModelSerializer[DailyActivity]):
    """The sums of a day in the learner's zone."""

    class Meta:
        model = DailyActivity
        fields = ("day", "entries", "minutes", "commits", "pull_requests", "modules_completed")
        read_only_fields = fields


class SumsSerializer(serializers.Serializer[Any]):
    """Sums over many days."""

    entries = serializers.IntegerField()
    minutes = serializers.IntegerField()
    commits = serializers.IntegerField()
    pull_requests = serializers.IntegerField()
    modules_completed = serializers.IntegerField()


class TotalsSerializer(SumsSerializer):
    """Sums over all time."""

    active_days = serializers.IntegerField()


class WeekSerializer(SumsSerializer):
    """The sums of a week, named by its Monday."""

    monday = serializers.DateField()


class HeatmapSerializer(serializers.Serializer[Any]):
    """Days with work; a day that is missing had none."""

    first = serializers.DateField()
    last = serializers.DateField()
    days = DaySerializer(many=True)


class StatisticsSerializer(serializers.Serializer[Any]):
    """A learner's figures."""

    totals = TotalsSerializer()
    weeks = WeekSerializer(many=True)
    heatmap = HeatmapSerializer()


class RangeSerializer(serializers.Serializer[Any]):
    """Which days; the last half year when left out."""

    since = serializers.DateField(required=False, source="first")
    until = serializers.DateField(required=False, source="last")
