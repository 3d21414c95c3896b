"""Work that was done, the repositories it comes from, the deliveries that told of it, and daily sums of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower

from progress.enums import DeliveryStatus, Evidence, LogKind
from progress.querysets import (
    DailyActivityQuerySet,
    ProgressLogQuerySet,
    RepositoryQuerySet,
    WebhookDeliveryQuerySet,
)
from skillbridge_backend.core.erasure import GONE
from skillbridge_backend.core.fields import EncryptedTextField
from skillbridge_backend.core.models import SHA_256, IdentifiedModel, TimestampedModel
from users.models import Skill

MINUTES_OF_A_DAY = 24 * 60


class Repository(TimestampedModel):
    """A GitHub repository that a learner connected. It is disconnected, never deleted: the log refers to it.

    After a rotation the previous secret signs deliveries until `previous_secret_expires_at`. `last_delivery_at` is
    written by the trigger on deliveries.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="repositories", db_comment=GONE
    )
    full_name = models.CharField(max_length=140, help_text="owner/name, as GitHub writes it")
    webhook_secret = EncryptedTextField()
    previous_secret = EncryptedTextField(blank=True, default="")
    previous_secret_expires_at = models.DateTimeField(null=True, blank=True)
    last_delivery_at = models.DateTimeField(null=True, blank=True, editable=False)
    disconnected_at = models.DateTimeField(null=True, blank=True)
    objects = RepositoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "repositories"
        constraints = [
            models.UniqueConstraint(
                "owner", Lower("full_name"), condition=Q(disconnected_at=None), name="repository_connected_once"
            ),
            models.CheckConstraint(
                condition=Q(full_name__regex=r"^[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}$"),
                name="repository_owner_slash_name",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name


class WebhookDelivery(IdentifiedModel):
    """A signed delivery from GitHub, as it came, and what became of it."""

    repository = models.ForeignKey(Repository, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    delivery_guid = models.CharField(max_length=100, help_text="X-GitHub-Delivery")
    event = models.CharField(max_length=60, help_text="X-GitHub-Event")
    action = models.CharField(max_length=60, blank=True)
    body_hash = models.CharField(max_length=64, help_text="SHA-256 of the body, in hexadecimal")
    payload = models.JSONField()
    status = models.CharField(max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.RECEIVED)
    reason = models.CharField(max_length=60, blank=True, help_text="why it was ignored or could not be read")
    entries_recorded = models.PositiveIntegerField(default=0, help_text="entries of the log that came of it")
    received_at = models.DateTimeField(auto_now_add=True)
    processed_at = models.DateTimeField(null=True, blank=True)
    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(fields=["repository", "delivery_guid"], name="webhook_guid_once"),
            models.CheckConstraint(condition=Q(status__in=DeliveryStatus.values), name="webhook_status_known"),
            models.CheckConstraint(condition=~Q(delivery_guid="") & ~Q(event=""), name="webhook_is_named"),
            models.CheckConstraint(condition=Q(body_hash__regex=SHA_256), name="webhook_body_hash_is_sha_256"),
            models.CheckConstraint(
                condition=Q(status=DeliveryStatus.RECEIVED, processed_at=None)
                | (~Q(status=DeliveryStatus.RECEIVED) & Q(processed_at__isnull=False)),
                name="webhook_ended_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["repository", "event", "body_hash"], name="webhook_by_body"),
            models.Index(fields=["repository", "-id"], name="webhook_by_repository"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.delivery_guid}"


class ProgressLog(IdentifiedModel):
    """One piece of work, append-only: no role may change or remove an entry, a correction is another entry.

    `occurred_on` is the day in the zone the learner lived in then; streaks and daily sums count by it.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="progress_log",
        db_index=False,
        db_comment=GONE,
    )
    kind = models.CharField(max_length=20, choices=LogKind.choices)
    evidence = models.CharField(max_length=12, choices=Evidence.choices, default=Evidence.SELF)
    occurred_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64, default="UTC", help_text="IANA name of the learner's zone at the time")
    occurred_on = models.GeneratedField(
        # timezone() is immutable in PostgreSQL, so the day is stored and can be indexed.
        expression=Func(F("time_zone"), F("occurred_at"), template="(timezone(%(expressions)s))::date"),
        output_field=models.DateField(),
        db_persist=True,
    )
    minutes = models.PositiveIntegerField(null=True, blank=True)
    commits = models.PositiveIntegerField(default=0)
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    module_id = models.UUIDField(
        null=True, blank=True, help_text="no foreign key: the entry outlives the module it tells of"
    )
    # Both are of the learner whose the entry is, and an entry is deleted rather than changed.
    repository = models.ForeignKey(
        Repository,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_comment=GONE,
    )
    delivery = models.ForeignKey(
        WebhookDelivery, on_delete=models.PROTECT, null=True, blank=True, related_name="entries", db_comment=GONE
    )
    external_id = models.CharField(  # NULLs are distinct for the unique constraint, empty strings are not
        max_length=250, null=True, blank=True, unique=True, help_text="counts once ever, such as github:owner/name:sha"
    )
    data = models.JSONField(default=dict, blank=True, help_text="what the entry shows: title, address, note")
    created_at = models.DateTimeField(auto_now_add=True)
    objects = ProgressLogQuerySet.as_manager()

    class Meta:
        verbose_name = "progress log entry"
        verbose_name_plural = "progress log"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=LogKind.values), name="log_kind_known"),
            models.CheckConstraint(condition=Q(evidence__in=Evidence.values), name="log_evidence_known"),
            models.CheckConstraint(condition=Q(external_id=None) | ~Q(external_id=""), name="log_external_id_given"),
            models.CheckConstraint(
                condition=Q(minutes=None) | Q(minutes__gte=1, minutes__lte=MINUTES_OF_A_DAY),
                name="log_minutes_1_to_1440",
            ),
            models.CheckConstraint(
                condition=~Q(kind=LogKind.MANUAL) | Q(evidence__in=[Evidence.SELF, Evidence.MENTOR]),
                name="log_manual_is_somebodys_word",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-occurred_at", "-id"], name="log_by_user"),
            models.Index(fields=["user", "occurred_on"], name="log_by_day"),
            models.Index(fields=["skill"], condition=Q(skill__isnull=False), name="log_by_skill"),
            models.Index(fields=["repository"], condition=Q(repository__isnull=False), name="log_by_repository"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.user_id} at {self.occurred_at:%Y-%m-%d %H:%M}"


class DailyActivity(IdentifiedModel):
    """The sums of one learner's day, recomputed from the log by the trigger on it and by the hourly roll-up."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="daily_activity",
        db_index=False,
        db_comment=GONE,
    )
    day = models.DateField(help_text="in the learner's zone")
    entries = models.PositiveIntegerField(default=0)
    minutes = models.PositiveIntegerField(default=0)
    commits = models.PositiveIntegerField(default=0)
    pull_requests = models.PositiveIntegerField(default=0)
    modules_completed = models.PositiveIntegerField(default=0)
    objects = DailyActivityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "daily activity"
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="activity_once_a_day")]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.day}"
