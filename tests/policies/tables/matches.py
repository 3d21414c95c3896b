"""A match and what hangs on it are for its two people, moderators excluded; a review is for all once it is revealed."""

from datetime import timedelta
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from matches.models import Conversation, MatchRound, MentorMatch, MentorStanding, Review, SessionSeat
from matches.tests.factories import (
    BlockFactory,
    MatchFactory,
    MatchRoundFactory,
    MessageFactory,
    ReadPointerFactory,
    ReviewFactory,
    SessionFactory,
    walk,
)
from skillbridge_backend.core.ids import new_id
from tests.policies.access import (
    ADMIN,
    LEARNER,
    LOGGED_IN,
    MENTOR,
    MODERATING,
    MODERATOR,
    NOBODY,
    OTHER_LEARNER,
    OWNER,
    PARTNERS,
    Access,
    columns_of,
)
from tests.policies.world import World
from users.models import Profile
from users.tests.factories import MentorFactory, UserFactory

GUARDED = frozenset({"23514"})
"""A trigger says no to a person of the match whose step it is not."""


def build(world: World) -> None:
    """The active match's conversation and sessions, mentorships that are over, a finished round."""
    Profile.objects.filter(user=world.mentor).update(mentoring_capacity=9)
    conversation = Conversation.objects.get(match=world.match)
    confirmed = SessionFactory(match=world.match, starts_at=timezone.now() + timedelta(days=3))
    confirmed.status = "confirmed"
    confirmed.save()
    round_ = MatchRoundFactory(requested_by=world.admin)
    for status in ("running", "proposed"):
        ended = timezone.now() if status == "proposed" else None
        MatchRound.objects.filter(pk=round_.pk).update(status=status, finished_at=ended)
    world.remember(
        world.match,
        BlockFactory(owner=world.learner, person=world.moderator, note=world.SECRET),
        round_,
        MentorStanding.objects.get(mentor=world.mentor),
        SessionFactory(match=world.match, location=world.SECRET),
        SessionSeat.objects.get(session=confirmed, person=world.learner),
        conversation,
        MessageFactory(conversation=conversation, sender=world.learner, body=world.SECRET),
        ReadPointerFactory(conversation=conversation, user=world.learner),
        ReviewFactory(match=MatchFactory.in_state("completed", learner=world.learner), text=world.SECRET),
    )
    MatchFactory(learner=world.other_learner, mentor=world.mentor)
    MatchFactory.in_state("proposed", learner=world.learner, mentor=world.other_mentor)
    revealed = MatchFactory.in_state("completed", learner=world.learner)
    for author in (revealed.learner, revealed.mentor):
        ReviewFactory(match=revealed, author=author)


def new_conversation(world: World) -> dict[str, Any]:
    """Of a match that the mentor accepted."""
    return columns_of(Conversation(match=walk(MatchFactory(mentor=world.mentor), "accepted")))


def new_pointer(world: World) -> dict[str, Any]:
    """In a conversation of the learner's that they have not read."""
    conversation = MatchFactory.in_state("accepted", learner=world.learner).conversation
    return columns_of(ReadPointerFactory.build(conversation=conversation, user=world.learner))


def new_seat(world: World) -> dict[str, Any]:
    """In another session, now."""
    now = timezone.now()
    session = SessionFactory(match=world.match)
    during = DateTimeTZRange(now, now + (session.ends_at - session.starts_at))
    return columns_of(SessionSeat(session=session, person=world.learner, during=during))


def new_review(world: World) -> dict[str, Any]:
    """Of a mentorship that is over and that the learner has not reviewed."""
    match = MatchFactory.in_state("completed", learner=world.learner)
    subject = match.mentor
    return columns_of(Review(match=match, author=world.learner, subject=subject, rating=5, revealed_at=timezone.now()),
                      "id", "match_id", "author_id", "subject_id", "rating", "text", "revealed_at", "created_at",
                      "updated_at")  # fmt: skip


def new_match(world: World, **fields: Any) -> dict[str, Any]:
    """A request of the learner's to a mentor whom they did not ask yet."""
    return columns_of(MatchFactory.build(learner=world.learner, mentor=MentorFactory().user, **fields))


def requested(world: World) -> MentorMatch:
    """Of the other learner, to the mentor."""
    return MentorMatch.objects.get(learner=world.other_learner, status="requested")


def new_block(world: World) -> dict[str, Any]:
    """The learner keeps somebody away whom they did not before."""
    return columns_of(BlockFactory.build(owner=world.learner, person=UserFactory()))


TABLES = {
    "matches_block": Access(
        select=frozenset({LEARNER, ADMIN}),
        insert=OWNER,
        delete=OWNER,
        new_row=new_block,
        change=("note", "I never did"),
    ),
    "matches_mentormatch": Access(
        select=PARTNERS,
        insert=OWNER,
        update=PARTNERS,
        new_row=new_match,
        change=("status", "paused"),
    ),
    "matches_mentormatch: accepting, and a request that was answered before it was asked": Access(
        row=requested,
        select=frozenset({OTHER_LEARNER, MENTOR}),
        update=frozenset({MENTOR}),
        refusals=GUARDED,
        new_row=lambda world: new_match(world, answered_at=timezone.now()),
        change=("status", "accepted"),
    ),
    "matches_mentormatch: cancelling, and a proposal": Access(
        row=requested,
        select=frozenset({OTHER_LEARNER, MENTOR}),
        update=frozenset({OTHER_LEARNER}),
        refusals=GUARDED,
        new_row=lambda world: new_match(world, status="proposed", requested_at=None),
        change=("status", "cancelled"),
    ),
    "matches_mentormatch: the other's words": Access(
        row=requested,
        select=frozenset({OTHER_LEARNER, MENTOR}),
        refusals=GUARDED,
        new_row=lambda world: new_match(world, answer="Of course!"),
        change=("message", "I never asked"),
    ),
    "matches_mentormatch: a proposal": Access(
        row=lambda world: MentorMatch.objects.get(learner=world.learner, status="proposed"),
        select=OWNER,
        update=OWNER,
        new_row=lambda world: new_match(world, end_reason="So"),
        change=("status", "cancelled"),
    ),
    "matches_mentorstanding": Access(
        select=LOGGED_IN,
        new_row=lambda world: columns_of(MentorStanding(mentor=world.learner)),
        change=("places_taken", 0),
    ),
    "matches_matchround": Access(
        select=MODERATING,
        insert=frozenset({MODERATOR}),
        new_row=lambda world: columns_of(MatchRoundFactory.build(requested_by=world.moderator)),
        change=("error", "none"),
    ),
    "matches_matchround: reviewing, and one with an answer already": Access(
        select=MODERATING,
        update=MODERATING,
        new_row=lambda world: columns_of(MatchRoundFactory.build(requested_by=world.moderator, result={"a": 1})),
        change=("status", "reviewed"),
    ),
    "matches_matchround: discarding, and one that was applied already": Access(
        select=MODERATING,
        update=frozenset({ADMIN}),
        new_row=lambda world: columns_of(MatchRoundFactory.build(requested_by=world.moderator, outcome={"a": 1})),
        change=("status", "discarded"),
    ),
    "matches_session": Access(
        select=PARTNERS,
        insert=OWNER,
        update=frozenset({MENTOR}),
        new_row=lambda world: columns_of(
            SessionFactory.build(
                match=world.match, proposed_by=world.learner, learner=world.learner, mentor=world.mentor
            )
        ),
        change=("status", "confirmed"),
    ),
    "matches_session: cancelling": Access(
        select=PARTNERS,
        update=PARTNERS,
        new_row=lambda world: columns_of(
            SessionFactory.build(
                match=requested(world), proposed_by=world.mentor, learner=world.other_learner, mentor=world.mentor
            )
        ),
        change=("status", "cancelled"),
    ),
    "matches_session: moving it": Access(
        select=PARTNERS,
        new_row=lambda world: columns_of(
            SessionFactory.build(match=world.match, proposed_by=world.admin, learner=world.learner, mentor=world.mentor)
        ),
        change=("location", "elsewhere"),
    ),
    "matches_sessionseat": Access(select=OWNER, new_row=new_seat, change=("id", new_id())),
    "matches_conversation": Access(
        select=PARTNERS,
        insert=frozenset({MENTOR}),
        new_row=new_conversation,
        change=("last_seq", 7),
    ),
    "matches_message": Access(
        select=PARTNERS,
        insert=OWNER,
        new_row=lambda world: columns_of(
            MessageFactory.build(
                conversation=world.match.conversation, sender=world.learner, client_message_id=new_id()
            )
        ),
        change=("body", "I never said that"),
    ),
    "matches_readpointer": Access(
        select=OWNER,
        insert=OWNER,
        update=OWNER,
        new_row=new_pointer,
        change=("last_read_seq", 1),
    ),
    "matches_review": Access(
        select=OWNER,
        insert=OWNER,
        new_row=new_review,
        change=("rating", 1),
    ),
    "matches_review: revealed": Access(
        row=lambda world: Review.objects.revealed().filter(author=world.learner).get(),
        select=LOGGED_IN,
        insert=frozenset({LEARNER}),
        update=NOBODY,
        new_row=new_review,
        change=("text", "Better than I said"),
    ),
}
