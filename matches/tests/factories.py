"""Mentors, learners and matches in any state, reached by the steps that the database allows."""

from datetime import timedelta
from typing import Any

import factory
import orjson
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from factory.django import DjangoModelFactory

from matches import solver
from matches.enums import BlockKind, MatchStatus, RoundStatus, SessionStatus
from matches.models import Block, Conversation, MatchRound, MentorMatch, Message, ReadPointer, Review, Session
from matches.services import RoundJobService
from matches.services.round_jobs import RoundAnswer
from matches.services.solving import Solved
from skillbridge_backend.core.ids import new_id
from users.models import Skill, User
from users.tests.factories import (
    MentorFactory,
    ProfileFactory,
    ProfileSkillFactory,
    SkillFactory,
    UserFactory,
    WantedSkillFactory,
)

STEPS_TO: dict[str, tuple[str, ...]] = {
    "proposed": (),
    "requested": (),
    "info_requested": ("info_requested",),
    "accepted": ("accepted",),
    "active": ("accepted", "active"),
    "paused": ("accepted", "active", "paused"),
    "completed": ("accepted", "active", "completed"),
    "ended_early": ("accepted", "active", "ended_early"),
    "declined": ("declined",),
    "cancelled": ("cancelled",),
    "expired": ("expired",),
}


class MatchFactory(DjangoModelFactory[MentorMatch]):
    """A request to a mentor with two places; `MatchFactory.in_state("active")` is one further on."""

    class Meta:
        model = MentorMatch

    learner = factory.LazyFunction(lambda: ProfileFactory().user)
    mentor = factory.LazyFunction(lambda: MentorFactory().user)
    status = MatchStatus.REQUESTED
    message = "May I learn from you?"
    requested_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyAttribute(lambda match: match.requested_at and match.requested_at + timedelta(days=7))

    @classmethod
    def in_state(cls, status: str, **fields: Any) -> MentorMatch:
        """A match that has gone all the way to `status`; with its conversation where there is one by then."""
        if status == "proposed":
            fields = {"expires_at": timezone.now() + timedelta(days=14)} | fields
            proposal: MentorMatch = cls(status=status, requested_at=None, **fields)
            return proposal
        match = walk(cls(**fields), status)
        if match.answered_at and match.status != MatchStatus.DECLINED:
            Conversation.objects.create(match=match)
        return match


def walk(match: MentorMatch, status: str) -> MentorMatch:
    """The requested match, taken to `status` by the steps that the database allows."""
    for step in STEPS_TO[status]:
        match.status = MatchStatus(step)
        now = timezone.now()
        if step in {"info_requested", "accepted", "declined"}:
            match.answered_at = now
        if step == "active":
            match.started_at = now
        if step in {"completed", "ended_early", "declined", "cancelled", "expired"}:
            match.ended_at = now
        match.save()
    return match


class BlockFactory(DjangoModelFactory[Block]):
    """Two strangers, one of whom keeps the other away."""

    class Meta:
        model = Block

    owner = factory.SubFactory(UserFactory)
    person = factory.SubFactory(UserFactory)
    kind = BlockKind.BLOCKED


class MatchRoundFactory(DjangoModelFactory[MatchRound]):
    """A round that waits for a worker; there is one such at a time."""

    class Meta:
        model = MatchRound


def round_after(*steps: str) -> MatchRound:
    """A round over nobody, which has taken these steps from the queue."""
    made: MatchRound = MatchRoundFactory(result={"assignments": [], "unmatched": []})
    for step in steps:
        made.status = RoundStatus(step)
        made.finished_at = made.finished_at or (None if step == "running" else timezone.now())
        made.applied_at = made.applied_at or (timezone.now() if step == "applied" else None)
        made.save()
    return made


def proposed_round(**fields: Any) -> MatchRound:
    """A round over everybody there is, solved by the built-in solver and not looked at yet."""
    made: MatchRound = MatchRoundFactory(**fields)
    with transaction.atomic():
        task = RoundJobService.begin(round_id=made.pk)
        assert task is not None
        solved = Solved(solver.solve("match", orjson.loads(task.request)), is_fallback=True)
        RoundJobService.finish(round_id=made.pk, answer=RoundAnswer(solved))
    made.refresh_from_db()
    return made


class ConversationFactory(DjangoModelFactory[Conversation]):
    """The empty chat of a match that was accepted."""

    class Meta:
        model = Conversation

    match = factory.LazyFunction(lambda: walk(MatchFactory(), "accepted"))


class MessageFactory(DjangoModelFactory[Message]):
    """The next message of the learner."""

    class Meta:
        model = Message

    conversation = factory.SubFactory(ConversationFactory)
    sender = factory.LazyAttribute(lambda message: message.conversation.match.learner)
    client_message_id = factory.LazyFunction(new_id)
    body = "Hello!"

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        return completed(super()._create(model_class, *args, **kwargs))


class ReadPointerFactory(DjangoModelFactory[ReadPointer]):
    """The learner has read nothing yet."""

    class Meta:
        model = ReadPointer

    conversation = factory.SubFactory(ConversationFactory)
    user = factory.LazyAttribute(lambda pointer: pointer.conversation.match.learner)


class SessionFactory(DjangoModelFactory[Session]):
    """An hour tomorrow, proposed by the learner."""

    class Meta:
        model = Session

    match = factory.LazyFunction(lambda: MatchFactory.in_state("active"))
    proposed_by = factory.LazyAttribute(lambda session: session.match.learner)
    starts_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=1))
    ends_at = factory.LazyAttribute(lambda session: session.starts_at + timedelta(hours=1))

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        return completed(super()._create(model_class, *args, **kwargs))


def past_session(match: MentorMatch, *, ended: timedelta = timedelta(hours=1)) -> Session:
    """One that was confirmed and ended so long ago."""
    ends_at = timezone.now() - ended
    made: Session = SessionFactory(match=match, starts_at=ends_at - timedelta(hours=1), ends_at=ends_at)
    made.status = SessionStatus.CONFIRMED
    made.save()
    return made


def missed_session(match: MentorMatch, outcome: str) -> Session:
    """One that somebody did not come to, three hours ago."""
    made = past_session(match, ended=timedelta(hours=3))
    made.status = SessionStatus(outcome)
    made.save()
    return made


class ReviewFactory(DjangoModelFactory[Review]):
    """What the learner says of the mentor after a mentorship that is complete."""

    class Meta:
        model = Review

    match = factory.LazyFunction(lambda: MatchFactory.in_state("completed"))
    author = factory.LazyAttribute(lambda review: review.match.learner)
    rating = 5

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        return completed(super()._create(model_class, *args, **kwargs))


def completed(row: Model) -> Model:
    """The row with what a trigger wrote into it."""
    row.refresh_from_db()
    return row


def seeking(wanted: dict[Skill, int], **fields: Any) -> User:
    """A learner who wants these levels."""
    profile = ProfileFactory(**fields)
    for skill, level in wanted.items():
        WantedSkillFactory(profile=profile, skill=skill, level=level)
    learner: User = profile.user
    return learner


def offering(known: dict[Skill, int], **fields: Any) -> User:
    """A mentor who has these levels."""
    profile = MentorFactory(**fields)
    for skill, level in known.items():
        ProfileSkillFactory(profile=profile, skill=skill, level=level)
    mentor: User = profile.user
    return mentor


def python() -> Skill:
    """The skill that most tests are about."""
    skill: Skill = Skill.objects.filter(slug="python").first() or SkillFactory(slug="python", name="Python")
    return skill


def a_message(**fields: Any) -> dict[str, Any]:
    """The body of a message's POST."""
    return {"client_message_id": str(new_id()), "body": "Hello!"} | fields
