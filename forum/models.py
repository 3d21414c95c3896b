"""Categories, posts (threads and replies), votes, mentions, subscriptions, reports and sanctions.

Counters, depth and the rules that hold for every writer are kept by triggers (`sql/`).
"""

from uuid import UUID

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from forum.enums import ReportReason, ReportState, SanctionKind, VoteValue
from forum.querysets import (
    SEARCH_CONFIGURATION,
    CategoryQuerySet,
    ForumPostQuerySet,
    MentionQuerySet,
    RemovedTextQuerySet,
    ReportQuerySet,
    SanctionQuerySet,
    SubscriptionQuerySet,
    VoteQuerySet,
)
from skillbridge_backend.core.erasure import GHOST, GONE, UNNAMED
from skillbridge_backend.core.models import IdentifiedModel, TimestampedModel

LEAST_TITLE, LONGEST_TITLE = 8, 150
LONGEST_BODY = 20_000
LONGEST_REASON = 500


class Category(TimestampedModel):
    """A part of the forum."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=400, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    objects = CategoryQuerySet.as_manager()

    class Meta:
        ordering = ["position", "slug"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class ForumPost(TimestampedModel):
    """A thread's opening post, or a reply to the post `parent` in the thread `thread`, to any depth.

    `updated_at` is the time of the last edit: counters that triggers keep do not move it.
    """

    thread = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="posts", db_index=False
    )
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="replies")
    depth = models.PositiveIntegerField(default=0, editable=False, help_text="0 for the opening post; set by a trigger")
    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="threads",
        db_index=False,
        help_text="of threads; a reply is where its thread is",
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="forum_posts",
        db_comment=UNNAMED,
    )
    title = models.CharField(max_length=LONGEST_TITLE, blank=True, help_text="of threads")
    body_markdown = models.TextField(max_length=LONGEST_BODY)
    body_html = models.TextField(editable=False, help_text="rendered and sanitised, ready to show")
    is_solution = models.BooleanField(default=False, help_text="this reply solved the thread's question")
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_comment=UNNAMED,
    )
    reply_count = models.PositiveIntegerField(
        default=0, editable=False, help_text="living replies: in the thread, or directly below this reply"
    )
    last_reply_at = models.DateTimeField(null=True, blank=True, editable=False)
    vote_score = models.IntegerField(default=0, editable=False)
    report_count = models.PositiveIntegerField(default=0, editable=False, help_text="open reports")
    active_at = models.GeneratedField(
        expression=Coalesce("last_reply_at", "created_at"), output_field=models.DateTimeField(), db_persist=True
    )
    search = models.GeneratedField(
        expression=SearchVector("title", config=SEARCH_CONFIGURATION, weight="A")
        + SearchVector("body_markdown", config=SEARCH_CONFIGURATION, weight="B"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    author_handle: str | None
    """Only there after `with_names`, like the next."""
    author_name: str | None
    solution_id: UUID | None
    """Only there after `with_solution`."""
    own_vote: int | None
    """Only there after `with_vote_of`."""
    objects = ForumPostQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(thread=None, parent=None, category__isnull=False, is_solution=False)
                | Q(thread__isnull=False, parent__isnull=False, category=None, title=""),
                name="post_is_thread_or_reply",
            ),
            models.CheckConstraint(
                condition=Q(thread__isnull=False) | Q(removed_at__isnull=False) | Q(title__length__gte=LEAST_TITLE),
                name="post_title_length",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=False)
                | Q(body_markdown__length__gte=1, body_markdown__length__lte=LONGEST_BODY),
                name="post_body_length",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(title="", body_markdown="", body_html=""), name="post_removed_is_empty"
            ),
            models.CheckConstraint(condition=~Q(is_solution=True) | Q(removed_at=None), name="post_solution_is_living"),
            models.CheckConstraint(
                condition=Q(removed_by=None) | Q(removed_at__isnull=False), name="post_removed_by_has_time"
            ),
            models.UniqueConstraint(fields=["thread"], condition=Q(is_solution=True), name="post_one_solution"),
        ]
        indexes = [
            models.Index(fields=["thread", "id"], name="post_by_thread"),
            models.Index(fields=["-active_at", "-id"], condition=Q(thread=None), name="thread_by_activity"),
            models.Index(
                fields=["-active_at", "-id"],
                condition=Q(thread=None, reply_count=0, removed_at=None),
                name="thread_unanswered",
            ),
            # Threads are the posts with a category; said by the column itself, the foreign key can use it too.
            models.Index(
                fields=["category", "-active_at", "-id"],
                condition=Q(category__isnull=False),
                name="thread_of_category",
            ),
            GinIndex(fields=["search"], name="post_search"),
        ]

    def __str__(self) -> str:
        return self.title or f"reply {self.pk}"

    @property
    def is_thread(self) -> bool:
        """True for opening posts."""
        return self.thread_id is None

    @property
    def root_id(self) -> UUID:
        """The id of the thread that this is in; its own for an opening post."""
        return self.thread_id or self.pk

    @property
    def is_removed(self) -> bool:
        """True when only the tombstone is left."""
        return self.removed_at is not None

    @property
    def moderated_html(self) -> str:
        """What the post says or, removed, said; after `with_removed_text`, for those who may read that."""
        return self.removed_text.body_html if self.is_removed else self.body_html


class RemovedText(models.Model):
    """What a removed post said: moved here by a trigger when it is removed, and back when it is restored.

    Everybody may read the rows of posts, so a tombstone holds no words, and its search column no lexemes.
    """

    post = models.OneToOneField(ForumPost, on_delete=models.CASCADE, primary_key=True, related_name="removed_text")
    title = models.CharField(max_length=LONGEST_TITLE, blank=True)
    body_markdown = models.TextField(max_length=LONGEST_BODY)
    body_html = models.TextField()
    objects = RemovedTextQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title or f"reply {self.post_id}"


class Vote(TimestampedModel):
    """One person's vote on one post of somebody else."""

    post = models.ForeignKey(ForumPost, on_delete=models.CASCADE, related_name="votes", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="forum_votes", db_comment=GONE
    )
    value = models.SmallIntegerField(choices=VoteValue.choices)
    objects = VoteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "user"], name="vote_once"),
            models.CheckConstraint(condition=Q(value__in=VoteValue.values), name="vote_up_or_down"),
        ]

    def __str__(self) -> str:
        return f"{self.value:+d} on {self.post_id}"


class Mention(IdentifiedModel):
    """A person named as `@handle` in a post."""

    post = models.ForeignKey(ForumPost, on_delete=models.CASCADE, related_name="mentions", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="forum_mentions", db_comment=GONE
    )
    created_at = models.DateTimeField(auto_now_add=True)
    objects = MentionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "user"], name="mention_once")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.post_id}"


class Subscription(TimestampedModel):
    """A person follows a thread, or muted it. Whoever writes in a thread follows it, unless they muted it."""

    thread = models.ForeignKey(ForumPost, on_delete=models.CASCADE, related_name="subscriptions", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="forum_subscriptions", db_comment=GONE
    )
    is_muted = models.BooleanField(default=False)
    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["thread", "user"], name="subscription_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {'muted' if self.is_muted else 'follows'} {self.thread_id}"


class Report(TimestampedModel):
    """A person asks the moderators to look at a post: once while the report is open."""

    post = models.ForeignKey(ForumPost, on_delete=models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="forum_reports",
        db_comment=UNNAMED,
    )
    reason = models.CharField(max_length=20, choices=ReportReason.choices)
    note = models.CharField(max_length=1000, blank=True)
    state = models.CharField(max_length=10, choices=ReportState.choices, default=ReportState.OPEN)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_comment=UNNAMED,
    )
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolution_note = models.CharField(max_length=1000, blank=True)
    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(reason__in=ReportReason.values), name="report_reason_known"),
            models.CheckConstraint(condition=Q(state__in=ReportState.values), name="report_state_known"),
            models.CheckConstraint(
                condition=Q(state=ReportState.OPEN, resolved_at=None)
                | (~Q(state=ReportState.OPEN) & Q(resolved_at__isnull=False)),
                name="report_closed_has_time",
            ),
            models.CheckConstraint(
                condition=Q(resolved_by=None) | ~Q(state=ReportState.OPEN), name="report_open_by_nobody"
            ),
            models.UniqueConstraint(
                fields=["post", "reporter"], condition=Q(state=ReportState.OPEN), name="report_open_once"
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(state=ReportState.OPEN), name="report_open")]

    def __str__(self) -> str:
        return f"{self.reason} ({self.state})"


class Sanction(TimestampedModel):
    """What moderators decided about a person. It counts from `starts_at` until it is lifted or has run out.

    One that has run out is closed (`lifted_at` is its end) when the next of its kind is imposed.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sanctions", db_comment=GONE
    )
    kind = models.CharField(max_length=10, choices=SanctionKind.choices)
    reason = models.CharField(max_length=LONGEST_REASON, help_text="the person reads it")
    imposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_comment=GHOST
    )
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True, help_text="empty: until it is lifted")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_comment=GHOST,
    )
    objects = SanctionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=SanctionKind.values), name="sanction_kind_known"),
            models.CheckConstraint(
                condition=Q(reason__length__gte=1, reason__length__lte=LONGEST_REASON), name="sanction_has_reason"
            ),
            models.CheckConstraint(condition=~Q(person=F("imposed_by")), name="sanction_not_of_oneself"),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="sanction_ends_after_start"
            ),
            models.CheckConstraint(
                condition=~Q(kind=SanctionKind.MUTED) | Q(ends_at__isnull=False), name="sanction_muted_has_end"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None) | Q(lifted_at__gte=F("starts_at")),
                name="sanction_lifted_after_start",
            ),
            models.UniqueConstraint(fields=["person", "kind"], condition=Q(lifted_at=None), name="sanction_one_active"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind}"
