"""Badges and who holds them, the points ledger, and the totals that follow from it.

Awards, totals and most of the ledger are written by the database (`sql/0002_ledger.sql`), in the transaction of the
fact that they follow from.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from badges.criteria import validate_criteria
from badges.enums import Metric, Tier
from badges.querysets import AwardQuerySet, BadgeQuerySet, MetricTotalQuerySet, PointsEntryQuerySet
from skillbridge_backend.core.erasure import GHOST, GONE
from skillbridge_backend.core.models import IdentifiedModel, TimestampedModel

RANKED = Q(metric=Metric.POINTS, is_ranked=True)


class Badge(TimestampedModel):
    """A badge and what it takes: `criteria` is a list of groups, one of which must hold with all its conditions."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=300)
    tier = models.CharField(max_length=6, choices=Tier.choices)
    criteria = models.JSONField(
        validators=[validate_criteria], help_text='groups, one is enough: [[{"metric": "points", "at_least": 100}]]'
    )
    is_active = models.BooleanField(default=True, help_text="an inactive badge is awarded to nobody new")
    objects = BadgeQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        constraints = [models.CheckConstraint(condition=Q(tier__in=Tier.values), name="badge_tier_known")]

    def __str__(self) -> str:
        return self.name


class Award(IdentifiedModel):
    """A badge given to a person, and why. One that was revoked stays; earning it again is the next `seq`."""

    badge = models.ForeignKey(Badge, on_delete=models.PROTECT, related_name="awards", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="awards", db_index=False, db_comment=GONE
    )
    seq = models.PositiveIntegerField(help_text="1 for the first time")
    awarded_at = models.DateTimeField()
    reason = models.JSONField(help_text="the conditions that held, with the amounts at the time")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_comment=GHOST,
    )
    revoke_reason = models.CharField(max_length=300, blank=True)
    objects = AwardQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["badge", "user", "seq"], name="award_seq_once"),
            models.UniqueConstraint(fields=["badge", "user"], condition=Q(revoked_at=None), name="award_held_once"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="award_seq_from_1"),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(revoked_at__gte=F("awarded_at")), name="award_revoked_after_awarded"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None, revoke_reason="")
                | (Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoke_reason="")),
                name="award_revoked_by_somebody_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="award_by_user"),
            models.Index(fields=["revoked_by"], condition=Q(revoked_by__isnull=False), name="award_by_revoker"),
        ]

    def __str__(self) -> str:
        return f"{self.badge_id} to {self.user_id} ({self.seq})"


class PointsRule(TimestampedModel):
    """What one unit of a metric is worth, for bookings from now on."""

    metric = models.CharField(max_length=30, choices=Metric.choices, unique=True)
    points = models.PositiveIntegerField(help_text="for each unit")

    class Meta:
        ordering = ["metric"]
        constraints = [models.CheckConstraint(condition=Q(metric__in=Metric.values), name="rule_metric_known")]

    def __str__(self) -> str:
        return f"{self.metric}: {self.points}"


class PointsEntry(IdentifiedModel):
    """One booking of the ledger, append-only: what is taken back is another booking with a negative amount."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="points_entries",
        db_index=False,
        db_comment=GONE,
    )
    metric = models.CharField(max_length=30, choices=Metric.choices)
    amount = models.IntegerField(help_text="units of the metric")
    points = models.IntegerField()
    source_type = models.CharField(max_length=40, help_text="what it was booked for, such as module")
    source_id = models.UUIDField(null=True, blank=True)
    key = models.CharField(max_length=200, unique=True, help_text="a fact is booked once")
    note = models.CharField(max_length=300, blank=True, help_text="the reason of a booking by hand")
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_comment=GHOST,
    )
    created_at = models.DateTimeField()
    objects = PointsEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "points entries"
        constraints = [
            models.CheckConstraint(condition=Q(metric__in=Metric.values), name="entry_metric_known"),
            models.CheckConstraint(condition=~Q(amount=0), name="entry_amount_not_0"),
            models.CheckConstraint(condition=~Q(key=""), name="entry_key_given"),
            models.CheckConstraint(condition=Q(booked_by=None) | ~Q(note=""), name="entry_by_hand_has_note"),
        ]
        indexes = [
            models.Index(fields=["user", "metric"], include=["amount", "points", "created_at"], name="entry_of_user"),
            models.Index(fields=["user", "-id"], name="entry_newest"),
            models.Index(fields=["metric", "source_id"], name="entry_by_source"),
            models.Index(fields=["booked_by"], condition=Q(booked_by__isnull=False), name="entry_by_booker"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.amount:+} for {self.user_id}"


class MetricTotal(IdentifiedModel):
    """The sum of a person's ledger for one metric; `points` among them sums the points of all.

    The sums of a week and a month are those of the row of `points`, for leaderboards.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="metric_totals",
        db_index=False,
        db_comment=GONE,
    )
    metric = models.CharField(max_length=30, choices=Metric.choices)
    amount = models.BigIntegerField(default=0)
    points = models.BigIntegerField(default=0, help_text="what this metric brought")
    week_starts_on = models.DateField(null=True, editable=False, help_text="of `points`: the week of the last booking")
    week_points = models.BigIntegerField(default=0, db_default=0, editable=False)
    month_starts_on = models.DateField(null=True, editable=False)
    month_points = models.BigIntegerField(default=0, db_default=0, editable=False)
    is_ranked = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="of `points`: the account is open"
    )
    updated_at = models.DateTimeField()
    objects = MetricTotalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "metric"], name="total_once"),
            models.CheckConstraint(condition=Q(metric__in=Metric.values), name="total_metric_known"),
        ]
        # One for each leaderboard; with the person, so that ranks are counted without the table.
        indexes = [
            models.Index(fields=["-points"], include=["user"], condition=RANKED, name="ranked_by_points"),
            models.Index(
                fields=["week_starts_on", "-week_points"],
                include=["user"],
                condition=RANKED,
                name="ranked_by_week",
            ),
            models.Index(
                fields=["month_starts_on", "-month_points"],
                include=["user"],
                condition=RANKED,
                name="ranked_by_month",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} of {self.user_id}: {self.amount}"
