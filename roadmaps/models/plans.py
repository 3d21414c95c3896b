"""Roadmaps, their modules, and the notes that learners write."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from roadmaps.enums import (
    ModuleStatus,
    RoadmapStatus,
    Visibility,
)
from roadmaps.querysets import (
    ModuleQuerySet,
    NoteQuerySet,
    RoadmapQuerySet,
)
from skillbridge_backend.core.erasure import GONE
from skillbridge_backend.core.models import IdentifiedModel, TimestampedModel
from users.models import HIGHEST_LEVEL, Skill, Track

MOST_HOURS_PER_WEEK = 80
MOST_WEEKS = 104
LONGEST_GOAL = 500
LONGEST_DESCRIPTION = 4000
LONGEST_NOTE = 10_000
MOST_MODULE_MINUTES = 6000
MOST_WEIGHT = 1_000_000


class Roadmap(TimestampedModel):
    """A learner's plan. `progress` (0 to 100) and `completed_at` are written by the trigger on modules only."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="roadmaps",
        db_index=False,
        db_comment=GONE,
    )
    title = models.CharField(max_length=120)
    goal_text = models.CharField(max_length=LONGEST_GOAL, blank=True, help_text="the goal in the learner's words")
    track = models.ForeignKey(Track, on_delete=models.SET_NULL, null=True, blank=True, related_name="roadmaps")
    status = models.CharField(max_length=10, choices=RoadmapStatus.choices, default=RoadmapStatus.DRAFT)
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.PRIVATE)
    hours_per_week = models.PositiveSmallIntegerField()
    weeks = models.PositiveSmallIntegerField(help_text="the time wanted for the whole plan")
    deadline = models.DateField(null=True, blank=True, help_text="the last day, where weeks were counted to one")
    started_on = models.DateField(help_text="first day of week 1")
    progress = models.DecimalField(max_digits=5, decimal_places=2, default=0, editable=False, help_text="percent")
    completed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # DO_NOTHING: forks may be other people's, so a trigger lets them go (sql/0006_policies.sql).
    forked_from = models.ForeignKey("self", on_delete=models.DO_NOTHING, null=True, blank=True, related_name="forks")
    wishes = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        help_text="what was asked of the plan beside goal, hours and weeks",
    )
    understood = models.JSONField(default=dict, blank=True, help_text="what the goal was taken to mean")
    plan_summary = models.JSONField(default=dict, blank=True, help_text="total minutes, whether it fits, what to drop")
    owner_zone: str | None
    original_title: str | None
    original_shown: dict[str, Any] | None
    """Only there after `with_modules`: its owner's zone, and what it was copied from, as its reader may know it."""
    objects = RoadmapQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=RoadmapStatus.values), name="roadmap_status_known"),
            models.CheckConstraint(condition=Q(visibility__in=Visibility.values), name="roadmap_visibility_known"),
            models.CheckConstraint(condition=~Q(title=""), name="roadmap_title_given"),
            models.CheckConstraint(
                condition=Q(hours_per_week__gte=1, hours_per_week__lte=MOST_HOURS_PER_WEEK),
                name="roadmap_hours_1_to_80",
            ),
            models.CheckConstraint(condition=Q(weeks__gte=1, weeks__lte=MOST_WEEKS), name="roadmap_weeks_1_to_104"),
            models.CheckConstraint(condition=Q(progress__gte=0, progress__lte=100), name="roadmap_progress_0_to_100"),
            models.CheckConstraint(
                condition=Q(completed_at__isnull=True) | Q(progress=100), name="roadmap_completed_at_100"
            ),
            models.CheckConstraint(
                condition=Q(deadline__isnull=True) | Q(deadline__gt=F("started_on")),
                name="roadmap_deadline_after_start",
            ),
        ]
        indexes = [models.Index(fields=["owner", "-id"], name="roadmap_by_owner")]

    def __str__(self) -> str:
        return self.title


class Module(TimestampedModel):
    """One step of a roadmap. Its id stays through edits, regeneration and forks, so progress survives them."""

    roadmap = models.ForeignKey(Roadmap, on_delete=models.CASCADE, related_name="modules", db_index=False)
    position = models.PositiveSmallIntegerField(help_text="from 1; removed modules keep theirs")
    title = models.CharField(max_length=120)
    description = models.TextField(max_length=LONGEST_DESCRIPTION, blank=True)
    skill = models.ForeignKey(
        Skill, on_delete=models.PROTECT, null=True, blank=True, related_name="modules", db_index=False
    )
    from_level = models.PositiveSmallIntegerField(default=0)
    to_level = models.PositiveSmallIntegerField(default=0, help_text="0 when the module is about no catalogue skill")
    weight = models.PositiveIntegerField(help_text="share in the progress of the roadmap")
    estimated_minutes = models.PositiveIntegerField()
    starts_week = models.PositiveSmallIntegerField(null=True, blank=True, help_text="from 1; empty when not scheduled")
    ends_week = models.PositiveSmallIntegerField(null=True, blank=True)
    milestone = models.CharField(
        max_length=120, blank=True, default="", db_default="", help_text="what is reached with this module"
    )
    status = models.CharField(max_length=11, choices=ModuleStatus.choices, default=ModuleStatus.PENDING)
    completed_at = models.DateTimeField(null=True, blank=True)
    is_override = models.BooleanField(
        default=False, help_text="completed although prerequisites were not, by the learner's explicit wish"
    )
    evidence = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
        help_text="what the learner showed for it: title and address of each",
    )
    counted_from = models.UUIDField(
        null=True,
        blank=True,
        help_text="the module of another roadmap, perhaps gone by now, whose completion counted here as well",
    )
    upstream_id = models.UUIDField(
        null=True, blank=True, help_text="the module of another roadmap that this one was copied from"
    )
    joined_into = models.UUIDField(
        null=True, blank=True, help_text="the module of this roadmap that took this one over when it was removed"
    )
    is_own = models.BooleanField(
        default=False, db_default=False, help_text="added by hand: a plan that is made anew leaves it as it is"
    )
    requires: "models.ManyToManyField[Module, ModulePrerequisite]" = models.ManyToManyField(
        "self", through="ModulePrerequisite", symmetrical=False, related_name="unlocks"
    )
    required_ids: list[UUID]
    named_links: list[dict[str, Any]]
    """Both only there after `with_details`."""
    reader_languages: list[str] | None
    """Only there after `with_languages_of`."""
    objects = ModuleQuerySet.as_manager()

    class Meta:
        ordering = ["roadmap", "position"]
        constraints = [
            # Deferrable, so that one statement after the other can renumber.
            models.UniqueConstraint(
                fields=["roadmap", "position"], name="module_position_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(condition=Q(position__gte=1), name="module_position_from_1"),
            models.CheckConstraint(condition=~Q(title=""), name="module_title_given"),
            models.CheckConstraint(
                condition=Q(description__length__lte=LONGEST_DESCRIPTION), name="module_description_length"
            ),
            models.CheckConstraint(condition=Q(status__in=ModuleStatus.values), name="module_status_known"),
            models.CheckConstraint(condition=Q(weight__gte=1, weight__lte=MOST_WEIGHT), name="module_weight_positive"),
            models.CheckConstraint(
                condition=Q(estimated_minutes__gte=1, estimated_minutes__lte=MOST_MODULE_MINUTES),
                name="module_minutes_1_to_6000",
            ),
            models.CheckConstraint(
                condition=Q(from_level__gte=0, to_level__gte=F("from_level"), to_level__lte=HIGHEST_LEVEL),
                name="module_levels_rise_to_5",
            ),
            models.CheckConstraint(
                condition=Q(starts_week__isnull=True, ends_week__isnull=True)
                # Both named: a comparison with NULL is neither true nor false, and a check lets that pass.
                | Q(starts_week__isnull=False, ends_week__isnull=False, starts_week__gte=1)
                & Q(ends_week__gte=F("starts_week")),
                name="module_weeks_in_order",
            ),
            models.CheckConstraint(
                condition=Q(status=ModuleStatus.COMPLETED, completed_at__isnull=False)
                | (~Q(status=ModuleStatus.COMPLETED) & Q(completed_at__isnull=True)),
                name="module_completed_has_time",
            ),
            models.CheckConstraint(
                condition=Q(is_override=False) | Q(status=ModuleStatus.COMPLETED), name="module_override_completed"
            ),
            models.CheckConstraint(
                condition=Q(counted_from__isnull=True) | Q(status=ModuleStatus.COMPLETED),
                name="module_counted_completed",
            ),
        ]
        indexes = [models.Index(fields=["skill", "status"], name="module_by_skill")]

    def __str__(self) -> str:
        return self.title


class ModulePrerequisite(IdentifiedModel):
    """`module` builds on `requires`, a module of the same roadmap."""

    module = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="requirements", db_index=False)
    requires = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="required_by")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["module", "requires"], name="module_prerequisite_once"),
            models.CheckConstraint(condition=~Q(module=F("requires")), name="module_prerequisite_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.module_id} requires {self.requires_id}"


class Note(TimestampedModel):
    """What somebody writes to themselves about a module; nobody else ever sees it."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="module_notes",
        db_index=False,
        db_comment=GONE,
    )
    module = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(max_length=LONGEST_NOTE)
    objects = NoteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "module"], name="note_one_per_module"),
            models.CheckConstraint(
                condition=Q(text__length__gte=1, text__length__lte=LONGEST_NOTE), name="note_text_length"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]
