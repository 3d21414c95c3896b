"""The jobs that plan, their receipts, and what a model was paid."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from roadmaps.enums import GenerationEventKind, GenerationKind, GenerationSource, GenerationStatus
from roadmaps.models.plans import Module, Roadmap
from roadmaps.querysets import GenerationEventQuerySet, GenerationQuerySet, ModelSpendingQuerySet
from skillbridge_backend.core.erasure import UNNAMED
from skillbridge_backend.core.models import SHA_256, IdentifiedModel, TimestampedModel

LONGEST_COMMENT = 500
ENDED = (GenerationStatus.SUCCEEDED, GenerationStatus.FAILED, GenerationStatus.CANCELLED)


class Generation(TimestampedModel):
    """The job that plans a roadmap, and its receipt: who planned, what it cost, why a model's plan was not taken."""

    roadmap = models.ForeignKey(Roadmap, on_delete=models.CASCADE, related_name="generations", db_index=False)
    kind = models.CharField(
        max_length=7,
        choices=GenerationKind.choices,
        default=GenerationKind.ROADMAP,
        db_default=GenerationKind.ROADMAP,
    )
    module = models.ForeignKey(
        Module,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="generations",
        db_index=False,
        help_text="the one module that is planned anew",
    )
    comment = models.CharField(
        max_length=LONGEST_COMMENT, blank=True, default="", db_default="", help_text="what the learner wants changed"
    )
    status = models.CharField(max_length=10, choices=GenerationStatus.choices, default=GenerationStatus.QUEUED)
    source = models.CharField(max_length=10, choices=GenerationSource.choices, blank=True)
    input = models.JSONField(default=dict, help_text="goal, targets, known levels, hours and weeks it was planned from")
    model = models.CharField(max_length=100, blank=True, help_text="the model that was asked, if one was")
    prompt_version = models.CharField(max_length=20, blank=True, default="", db_default="")
    prompt_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the prompt, in hexadecimal")
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="how often the model was asked")
    is_cached = models.BooleanField(
        default=False,
        db_default=False,
        help_text="the model's answer to an equal request was taken, which cost nothing",
    )
    prompt_tokens = models.PositiveIntegerField(null=True, blank=True)
    completion_tokens = models.PositiveIntegerField(null=True, blank=True)
    cost = models.DecimalField(max_digits=10, decimal_places=6, null=True, blank=True, help_text="US dollars")
    fallback_reason = models.CharField(
        max_length=300, blank=True, help_text="why the built-in planner's words were taken and not the model's"
    )
    faults = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
        help_text="modules that have built-in words in a model's plan, and why",
    )
    error = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    objects = GenerationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=GenerationStatus.values), name="generation_status_known"),
            models.CheckConstraint(
                condition=Q(source="") | Q(source__in=GenerationSource.values), name="generation_source_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[GenerationStatus.QUEUED, GenerationStatus.RUNNING], finished_at__isnull=True)
                | Q(status__in=ENDED, finished_at__isnull=False),
                name="generation_ended_has_time",
            ),
            models.CheckConstraint(
                condition=Q(prompt_hash="") | Q(prompt_hash__regex=SHA_256), name="generation_prompt_hash_is_sha_256"
            ),
            models.CheckConstraint(condition=Q(cost=None) | Q(cost__gte=0), name="generation_cost_not_negative"),
            models.CheckConstraint(condition=Q(kind__in=GenerationKind.values), name="generation_kind_known"),
            models.CheckConstraint(
                condition=Q(kind=GenerationKind.MODULE, module__isnull=False)
                | (~Q(kind=GenerationKind.MODULE) & Q(module__isnull=True)),
                name="generation_of_module_names_it",
            ),
            models.CheckConstraint(
                condition=Q(started_at=None) | Q(finished_at=None) | Q(finished_at__gte=F("started_at")),
                name="generation_ends_after_start",
            ),
            models.UniqueConstraint(
                fields=["roadmap"],
                condition=Q(status__in=[GenerationStatus.QUEUED, GenerationStatus.RUNNING]),
                name="generation_one_active",
            ),
        ]
        indexes = [
            models.Index(fields=["roadmap", "-id"], name="generation_by_roadmap"),
            models.Index(fields=["module"], name="generation_by_module"),
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()}: {self.roadmap_id}"


class GenerationEvent(IdentifiedModel):
    """Something that a job tells while it goes on, numbered from 1: what a client that comes back has missed."""

    # The database cascades: a job's owner may delete the job, and may not touch what it told.
    generation = models.ForeignKey(
        Generation, on_delete=models.DO_NOTHING, related_name="events", db_index=False, db_constraint=False
    )
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=GenerationEventKind.choices)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    objects = GenerationEventQuerySet.as_manager()

    class Meta:
        ordering = ["generation", "number"]
        constraints = [
            models.UniqueConstraint(fields=["generation", "number"], name="generation_event_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="generation_event_from_1"),
            models.CheckConstraint(
                condition=Q(kind__in=GenerationEventKind.values), name="generation_event_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.kind}"


class ModelSpending(IdentifiedModel):
    """What one job may cost, reserved before the model is asked, and what it did cost once that is known.

    It outlives the roadmap and the person: the day's money was spent all the same. Written with the rights of the
    service only.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_comment=UNNAMED,
    )
    generation_id = models.UUIDField(help_text="the job, which may be gone")
    kind = models.CharField(max_length=7, choices=GenerationKind.choices)
    day = models.DateField(help_text="of UTC")
    microdollars = models.PositiveBigIntegerField(help_text="reserved, and after `settled_at` what it cost")
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    objects = ModelSpendingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["generation_id", "day"], name="model_spending_once_a_day"),
            models.CheckConstraint(condition=Q(kind__in=GenerationKind.values), name="model_spending_kind_known"),
        ]
        indexes = [
            models.Index(fields=["day"], name="model_spending_by_day"),
            models.Index(fields=["owner", "day"], name="model_spending_by_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.microdollars}"


class ModelAnswer(TimestampedModel):
    """A model's checked answer, for equal requests; or, while `answer` is empty, the claim of the job that asks for it.

    Nothing in it says who asked: equal requests have the same goal in the same words. Rights of the service only.
    """

    input_hash = models.CharField(max_length=64, help_text="SHA-256 of prompt version, model and prompt")
    answer = models.JSONField(null=True, blank=True)
    claimed_until = models.DateTimeField(help_text="when another job may ask, should no answer have come")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["input_hash"], name="model_answer_once"),
            models.CheckConstraint(condition=Q(input_hash__regex=SHA_256), name="model_answer_hash_is_sha_256"),
        ]

    def __str__(self) -> str:
        return self.input_hash
