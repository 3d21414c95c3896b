"""What to learn from: links of the catalogue, of learners and of models, and what is known of each; reports on them."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from roadmaps.enums import LinkState, ResourceKind, ResourceReportReason, ResourceReportState, ResourceSource
from roadmaps.models.plans import Module
from roadmaps.querysets import ModuleLinkQuerySet, OwnResourceQuerySet, ResourceQuerySet, ResourceReportQuerySet
from skillbridge_backend.core.erasure import GONE, UNNAMED
from skillbridge_backend.core.models import IdentifiedModel, TimestampedModel
from users.models import Skill

LONGEST_LINK = 500
LONGEST_REPORT = 1000
NOT_ANSWERING = [LinkState.FAILING, LinkState.QUARANTINED]


class CheckedLink(TimestampedModel):
    """An address that is checked when it comes and again from time to time (`services/links.py`).

    A trigger forgets all of it when the address changes.
    """

    url = models.URLField(max_length=LONGEST_LINK)
    state = models.CharField(
        max_length=11,
        choices=LinkState.choices,
        default=LinkState.UNVERIFIED,
        db_default=LinkState.UNVERIFIED,
        editable=False,
    )
    checked_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="when the address answered last; empty: never"
    )
    next_check_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)
    failures = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False, help_text="in a row")
    final_url = models.CharField(
        max_length=LONGEST_LINK, blank=True, default="", db_default="", editable=False, help_text="after its redirects"
    )
    last_error = models.CharField(max_length=200, blank=True, default="", db_default="", editable=False)

    class Meta:
        abstract = True

    @property
    def is_verified(self) -> bool:
        """Whether it answered when it was checked last."""
        return self.state == LinkState.VERIFIED


def link_constraints(name: str, *, has_always_answered: bool = False) -> list[Any]:
    """The checks that every table of links has, named after it."""
    answered = Q(checked_at__isnull=False)
    return [
        models.CheckConstraint(condition=Q(state__in=LinkState.values), name=f"{name}_state_known"),
        models.CheckConstraint(
            condition=answered if has_always_answered else ~Q(state=LinkState.VERIFIED) | answered,
            name=f"{name}_verified_has_answered",
        ),
        models.CheckConstraint(
            condition=Q(state__in=NOT_ANSWERING, failures__gte=1) | (~Q(state__in=NOT_ANSWERING) & Q(failures=0)),
            name=f"{name}_failures_counted",
        ),
    ]


def link_indexes(name: str) -> list[models.Index]:
    """The indexes that every table of links has, named after it: what is due, and what operators look at."""
    return [
        models.Index(fields=["next_check_at"], name=f"{name}_due"),
        models.Index(fields=["state"], condition=Q(state__in=NOT_ANSWERING), name=f"{name}_not_answering"),
    ]


class Resource(CheckedLink):
    """Something of the catalogue to learn a skill from. Only `https` addresses."""

    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="resources", db_index=False)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=15, choices=ResourceKind.choices)
    provider = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=3, help_text="ISO 639")
    minutes = models.PositiveIntegerField(help_text="time to work through it")
    is_free = models.BooleanField(default=True)
    source = models.CharField(
        max_length=9,
        choices=ResourceSource.choices,
        default=ResourceSource.CATALOGUE,
        db_default=ResourceSource.CATALOGUE,
        editable=False,
    )
    objects = ResourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["skill", "url"], name="resource_once"),
            models.CheckConstraint(condition=Q(url__startswith="https://"), name="resource_https"),
            models.CheckConstraint(condition=Q(kind__in=ResourceKind.values), name="resource_kind_known"),
            models.CheckConstraint(condition=Q(minutes__gte=1), name="resource_minutes_positive"),
            models.CheckConstraint(condition=~Q(title=""), name="resource_title_given"),
            models.CheckConstraint(condition=Q(language__regex=r"^[a-z]{2,3}$"), name="resource_language_iso_639"),
            models.CheckConstraint(condition=Q(source__in=ResourceSource.values), name="resource_source_known"),
            *link_constraints("resource"),
        ]
        indexes = link_indexes("resource")

    def __str__(self) -> str:
        return self.title


class OwnResource(CheckedLink):
    """An address that somebody adds to a module for themselves."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="own_resources",
        db_index=False,
        db_comment=GONE,
    )
    module = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="own_resources")
    title = models.CharField(max_length=200)
    objects = OwnResourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "module", "url"], name="own_resource_once"),
            models.CheckConstraint(condition=Q(url__regex=r"^https?://"), name="own_resource_http"),
            models.CheckConstraint(condition=~Q(title=""), name="own_resource_title_given"),
            *link_constraints("own_resource"),
        ]
        indexes = link_indexes("own_resource")

    def __str__(self) -> str:
        return self.title


class ModuleLink(CheckedLink):
    """A page that a model named for a module. There is none that has never answered."""

    # The database deletes them with the module (sql/0029_model_links.sql).
    module = models.ForeignKey(
        Module, on_delete=models.DO_NOTHING, related_name="links", db_index=False, db_constraint=False
    )
    title = models.CharField(max_length=200)
    objects = ModuleLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["module", "url"], name="module_link_once"),
            models.CheckConstraint(condition=Q(url__regex=r"^https?://"), name="module_link_http"),
            models.CheckConstraint(condition=~Q(title=""), name="module_link_title_given"),
            *link_constraints("module_link", has_always_answered=True),
        ]
        indexes = link_indexes("module_link")

    def __str__(self) -> str:
        return self.title


class ResourceReport(TimestampedModel):
    """Somebody says that something is wrong with a resource: once while the report is open."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="resource_reports", db_comment=GONE
    )
    reason = models.CharField(max_length=6, choices=ResourceReportReason.choices)
    text = models.CharField(max_length=LONGEST_REPORT, blank=True)
    state = models.CharField(
        max_length=8, choices=ResourceReportState.choices, default=ResourceReportState.OPEN, editable=False
    )
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        db_comment=UNNAMED,
    )
    resolved_at = models.DateTimeField(null=True, blank=True, editable=False)
    objects = ResourceReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=ResourceReportReason.values), name="resource_report_reason_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ResourceReportState.values), name="resource_report_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=ResourceReportState.OPEN, resolved_at=None)
                | (~Q(state=ResourceReportState.OPEN) & Q(resolved_at__isnull=False)),
                name="resource_report_closed_has_time",
            ),
            models.UniqueConstraint(
                fields=["resource", "reporter"],
                condition=Q(state=ResourceReportState.OPEN),
                name="resource_report_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} ({self.state})"


class VideoSearch(TimestampedModel):
    """YouTube was searched for a skill in a language, or is about to be; once in 30 days."""

    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="video_searches", db_index=False)
    language = models.CharField(max_length=2, help_text="ISO 639-1")
    searched_at = models.DateTimeField(null=True, blank=True, help_text="empty: the last search came to nothing")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["skill", "language"], name="video_search_once"),
            models.CheckConstraint(condition=Q(language__regex=r"^[a-z]{2}$"), name="video_search_language_iso_639_1"),
        ]

    def __str__(self) -> str:
        return f"{self.skill_id} in {self.language}"


class YouTubeDay(IdentifiedModel):
    """How many units of YouTube's API were set aside on a day of California's."""

    day = models.DateField(unique=True)
    used = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.day}: {self.used}"
