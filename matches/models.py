"""Matches, the rounds that propose them, and what happens inside one: conversation, sessions, reviews.

The steps between a match's states, the mentor's capacity, the sequence numbers of messages and the moment at which
reviews are revealed are the database's (`sql/0002_rules.sql`), whoever writes.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value

from matches.enums import (
    OPEN,
    OVER,
    UNDECIDED,
    UNFINISHED,
    WAITING,
    BlockKind,
    MatchStatus,
    RoundStatus,
    SessionStatus,
)
from matches.querysets import (
    BlockQuerySet,
    ConversationQuerySet,
    MatchRoundQuerySet,
    MentorMatchQuerySet,
    MentorStandingQuerySet,
    MessageQuerySet,
    ReadPointerQuerySet,
    ReviewQuerySet,
    SessionQuerySet,
    SessionSeatQuerySet,
)
from skillbridge_backend.core.erasure import GHOST, GONE, UNNAMED
from skillbridge_backend.core.models import SHA_256, IdentifiedModel, TimestampedModel
from users.models import User

HIGHEST_SCORE = 4095
LONGEST_TEXT = 4000
LONGEST_NOTE = 500
MOST_BLOCKS = 500
"""Of a person; the database counts."""
SHORTEST_DEADLINE_SECONDS, LONGEST_DEADLINE_SECONDS = 5, 90
"""Of a round's job. The longest is below the soft limit of the worker's queue (core/queues.py)."""


class TimeRange(Func):
    """`tstzrange(a, b)`; the first migration names it."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class MatchRound(TimestampedModel):
    """A global assignment of the learners who seek to the mentors who offer: a job, its answer, what was made of it."""

    status = models.CharField(max_length=10, choices=RoundStatus.choices, default=RoundStatus.QUEUED)
    requested_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="match_rounds",
        db_comment=UNNAMED,
    )
    input_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the canonical request")
    solver = models.CharField(max_length=60, blank=True)
    solver_version = models.CharField(max_length=30, blank=True)
    is_fallback = models.BooleanField(default=False, help_text="solved by the built-in solver, the matcher being away")
    objective = models.BigIntegerField(
        null=True, blank=True, help_text="what was maximised, proven highest: the sum of scores, under the options"
    )
    result = models.JSONField(
        default=dict, blank=True, help_text="the answer: assignments, alternates, reasons, prices"
    )
    outcome = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
        help_text="once applied: how many are proposed, and each pair that is not, with its reason",
    )
    error = models.TextField(blank=True)
    deadline_seconds = models.PositiveSmallIntegerField(
        default=80, db_default=80, help_text="how long its job may take, 5 to 90"
    )
    is_fair = models.BooleanField(
        default=False, db_default=False, help_text="the worse a pair, the more a point of its score counts"
    )
    floor_loss_permille = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="thousandths of the total that may be given up to raise the lowest score, 0 to 1000; empty: no floor",
    )
    sticky_bonus = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="points for pairs that the round before brought together, 0 to 4095"
    )
    weekly_priority = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="points for each week that a learner has waited, 0 to 4095"
    )
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True, help_text="written every two seconds while it runs")
    finished_at = models.DateTimeField(null=True, blank=True, help_text="when its job ended, however that was")
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    objects = MatchRoundQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=RoundStatus.values), name="round_status_known"),
            models.CheckConstraint(
                condition=Q(status__in=UNFINISHED, finished_at=None)
                | ~Q(status__in=UNFINISHED) & Q(finished_at__isnull=False),
                name="round_ended_has_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[RoundStatus.APPLIED, RoundStatus.UNDONE], applied_at__isnull=False)
                | ~Q(status__in=[RoundStatus.APPLIED, RoundStatus.UNDONE]) & Q(applied_at=None),
                name="round_applied_has_time",
            ),
            models.CheckConstraint(
                condition=Q(status=RoundStatus.UNDONE, undone_at__isnull=False)
                | ~Q(status=RoundStatus.UNDONE) & Q(undone_at=None),
                name="round_undone_has_time",
            ),
            models.CheckConstraint(
                condition=Q(
                    deadline_seconds__gte=SHORTEST_DEADLINE_SECONDS, deadline_seconds__lte=LONGEST_DEADLINE_SECONDS
                ),
                name="round_deadline_5_to_90",
            ),
            models.CheckConstraint(
                condition=Q(floor_loss_permille=None) | Q(floor_loss_permille__gte=0, floor_loss_permille__lte=1000),
                name="round_floor_0_to_1000",
            ),
            models.CheckConstraint(
                condition=Q(sticky_bonus__gte=0, sticky_bonus__lte=HIGHEST_SCORE), name="round_bonus_0_to_4095"
            ),
            models.CheckConstraint(
                condition=Q(weekly_priority__gte=0, weekly_priority__lte=HIGHEST_SCORE),
                name="round_priority_0_to_4095",
            ),
            models.CheckConstraint(
                condition=Q(input_hash="") | Q(input_hash__regex=SHA_256), name="round_input_hash_is_sha_256"
            ),
            models.UniqueConstraint(
                fields=["status"],
                condition=Q(status=RoundStatus.QUEUED),
                name="round_one_queued",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.created_at:%Y-%m-%d %H:%M}"


class MentorMatch(TimestampedModel):
    """A learner and a mentor: from the request to the end of the mentorship."""

    learner = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="matches_as_learner", db_index=False, db_comment=GHOST
    )
    mentor = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="matches_as_mentor", db_index=False, db_comment=GHOST
    )
    round = models.ForeignKey(MatchRound, on_delete=models.SET_NULL, null=True, blank=True, related_name="matches")
    status = models.CharField(max_length=14, choices=MatchStatus.choices, default=MatchStatus.REQUESTED)
    message = models.TextField(max_length=LONGEST_TEXT, blank=True, help_text="what the learner wrote when asking")
    answer = models.TextField(max_length=LONGEST_TEXT, blank=True, help_text="what the mentor wrote when deciding")
    end_reason = models.TextField(max_length=LONGEST_TEXT, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True, help_text="0 to 4095, when it was asked for")
    components = models.JSONField(default=dict, blank=True, help_text="name → points, value, weight; points add up")
    matcher = models.JSONField(default=dict, blank=True, help_text="solver, version, input hash, what they share")
    requested_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="when the request lapses unanswered")
    answered_at = models.DateTimeField(null=True, blank=True, help_text="the mentor's first reaction of any kind")
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    objects = MentorMatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "mentor matches"
        constraints = [
            models.CheckConstraint(condition=Q(status__in=MatchStatus.values), name="match_status_known"),
            models.CheckConstraint(condition=~Q(learner=F("mentor")), name="match_not_with_oneself"),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=HIGHEST_SCORE),
                name="match_score_0_to_4095",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=WAITING) | Q(requested_at__isnull=False, expires_at__gt=F("requested_at")),
                name="match_request_expires",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(started_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="match_ends_after_start",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[MatchStatus.ACTIVE, MatchStatus.PAUSED, MatchStatus.COMPLETED])
                | Q(started_at__isnull=False),
                name="match_active_has_start",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=OVER) | Q(ended_at__isnull=False), name="match_over_has_end"
            ),
            models.CheckConstraint(
                condition=Q(
                    message__length__lte=LONGEST_TEXT,
                    answer__length__lte=LONGEST_TEXT,
                    end_reason__length__lte=LONGEST_TEXT,
                ),
                name="match_texts_length",
            ),
            models.UniqueConstraint(
                fields=["learner", "mentor"], condition=Q(status__in=OPEN), name="match_one_open_per_pair"
            ),
        ]
        indexes = [
            models.Index(fields=["learner", "status"], name="match_by_learner"),
            models.Index(fields=["mentor", "status"], name="match_by_mentor"),
            models.Index(fields=["expires_at"], condition=Q(status__in=UNDECIDED), name="match_lapsing"),
        ]

    def __str__(self) -> str:
        return f"{self.learner_id} with {self.mentor_id}: {self.status}"

    def other_side(self, user: User) -> User:
        """The learner for the mentor, the mentor for the learner."""
        return self.mentor if user.pk == self.learner_id else self.learner


class MentorStanding(models.Model):
    """What matching needs to know of a mentor from all their matches; recomputed by a trigger, names no learner."""

    mentor = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="mentor_standing", db_comment=GONE
    )
    places_taken = models.PositiveIntegerField(default=0)
    requests_decided = models.PositiveIntegerField(default=0, help_text="answered in time or lapsed")
    requests_answered = models.PositiveIntegerField(default=0)
    objects = MentorStandingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(requests_answered__lte=F("requests_decided")), name="standing_answered_of_decided"
            )
        ]

    def __str__(self) -> str:
        return f"{self.mentor_id}: {self.places_taken} places taken"

    @property
    def answer_rate_permille(self) -> int | None:
        """Share of the decided requests that were answered; None before the first."""
        return self.requests_answered * 1000 // self.requests_decided if self.requests_decided else None


class Block(TimestampedModel):
    """Somebody keeps another away: matching brings the two together in neither direction. The other is never told."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="blocks", db_index=False, db_comment=GONE)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_comment=GONE)
    kind = models.CharField(max_length=8, choices=BlockKind.choices, default=BlockKind.BLOCKED)
    note = models.TextField(max_length=LONGEST_NOTE, blank=True, help_text="for its owner")
    objects = BlockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "person"], name="block_once"),
            models.CheckConstraint(condition=~Q(owner=F("person")), name="block_not_of_oneself"),
            models.CheckConstraint(condition=Q(kind__in=BlockKind.values), name="block_kind_known"),
            models.CheckConstraint(condition=Q(note__length__lte=LONGEST_NOTE), name="block_note_length"),
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} keeps {self.person_id} away"


class Session(TimestampedModel):
    """A meeting of the two. A person is in one confirmed session at a time, as `SessionSeat` has it."""

    match = models.ForeignKey(MentorMatch, on_delete=models.CASCADE, related_name="sessions", db_index=False)
    learner = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        help_text="the match's; set by the database",
        db_comment=GHOST,
    )
    mentor = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        help_text="the match's; set by the database",
        db_comment=GHOST,
    )
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_comment=GHOST)
    status = models.CharField(max_length=15, choices=SessionStatus.choices, default=SessionStatus.PROPOSED)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    location = models.CharField(max_length=500, blank=True, help_text="an address on the web, or a place")
    objects = SessionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=SessionStatus.values), name="session_status_known"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_start"),
        ]
        indexes = [
            models.Index(fields=["match", "starts_at"], name="session_by_match"),
            models.Index(fields=["ends_at"], condition=Q(status=SessionStatus.CONFIRMED), name="session_to_close"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} {self.status}"


class SessionSeat(IdentifiedModel):
    """A person's time in a confirmed session, on whichever side they sit; kept by a trigger.

    A table of its own, because one constraint over the two columns of a session cannot tell that its mentor is the
    learner of another.
    """

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="seats", db_index=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False, db_comment=GONE)
    during = DateTimeRangeField(help_text="half-open: a session may begin when another ends")
    objects = SessionSeatQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "person"], name="seat_once"),
            ExclusionConstraint(
                name="session_person_once_at_a_time",
                expressions=[("person", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.session_id}"


class Conversation(TimestampedModel):
    """The two people's chat; it opens when the mentor first reacts to the request."""

    match = models.OneToOneField(MentorMatch, on_delete=models.CASCADE, related_name="conversation")
    last_seq = models.PositiveIntegerField(default=0, help_text="of the newest message; counted up by the database")
    last_message_at = models.DateTimeField(null=True, blank=True)
    objects = ConversationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"of {self.match_id}"


class Message(IdentifiedModel):
    """One message. Its `seq` is 1, 2, 3, … in its conversation, without gaps, in the order of commit."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False)
    sender = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False, db_comment=GHOST)
    seq = models.PositiveIntegerField(default=0, editable=False, help_text="given by the database")
    client_message_id = models.UUIDField(help_text="made by the client; the same one is the same message")
    body = models.TextField(max_length=LONGEST_TEXT)
    sent_at = models.DateTimeField(auto_now_add=True)
    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="message_seq_once"),
            models.UniqueConstraint(fields=["sender", "client_message_id"], name="message_client_id_once"),
            models.CheckConstraint(condition=~Q(body=""), name="message_not_empty"),
            models.CheckConstraint(condition=Q(body__length__lte=LONGEST_TEXT), name="message_body_length"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.seq}"


class ReadPointer(TimestampedModel):
    """How far a person has read a conversation."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="read_pointers", db_index=False
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_comment=GONE)
    last_read_seq = models.PositiveIntegerField(default=0)
    objects = ReadPointerQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "user"], name="read_pointer_once")]

    def __str__(self) -> str:
        return f"{self.user_id} read {self.last_read_seq}"


class Review(TimestampedModel):
    """What one says of the other after a mentorship; neither sees the other's before both are in or the time is up."""

    match = models.ForeignKey(MentorMatch, on_delete=models.CASCADE, related_name="reviews", db_index=False)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reviews_written", db_comment=GHOST)
    subject = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="reviews_received",
        editable=False,
        help_text="set by the database",
        db_index=False,
        db_comment=GHOST,
    )
    subject_is_mentor = models.BooleanField(
        db_default=False,
        editable=False,
        help_text="of the match; set by the database, for the match is not for all to see",
    )
    rating = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    text = models.TextField(max_length=LONGEST_TEXT, blank=True)
    revealed_at = models.DateTimeField(help_text="from when on others see it; earlier when both reviews are in")
    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["match", "author"], name="review_once"),
            models.CheckConstraint(condition=Q(rating__gte=1, rating__lte=5), name="review_rating_1_to_5"),
            models.CheckConstraint(condition=~Q(author=F("subject")), name="review_not_of_oneself"),
            models.CheckConstraint(condition=Q(text__length__lte=LONGEST_TEXT), name="review_text_length"),
        ]
        indexes = [models.Index(fields=["subject", "revealed_at"], name="review_by_subject")]

    def __str__(self) -> str:
        return f"{self.rating} of 5 for {self.subject_id}"
