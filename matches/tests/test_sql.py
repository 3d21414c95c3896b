"""The rules that the database upholds, whoever writes: bulk statements and raw SQL included."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from matches.models import Conversation, MentorMatch, MentorStanding, Message, Review, Session, SessionSeat
from matches.services.mentorships import (
    ACCEPT,
    ANSWER_INFO,
    ASK_INFO,
    CANCEL,
    COMPLETE,
    DECLINE,
    END_EARLY,
    PAUSE,
    RESUME,
)
from matches.tests.factories import MatchFactory, MessageFactory, SessionFactory
from notifications.models import Notification
from skillbridge_backend.core.constraints import database_refusals
from skillbridge_backend.core.ids import new_id
from tests.rules.state_machines import BY_NAME
from users.tests.factories import MentorFactory, ProfileFactory, UserFactory

pytestmark = pytest.mark.django_db


def refused(constraint: str) -> "pytest.RaisesExc[DatabaseError]":
    return pytest.raises(
        IntegrityError,
        check=lambda error: getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") == constraint,
    )


@pytest.mark.parametrize(
    "step", [ASK_INFO, ANSWER_INFO, ACCEPT, DECLINE, CANCEL, PAUSE, RESUME, COMPLETE, END_EARLY], ids=lambda s: s.target
)
def test_every_step_of_the_services_is_one_of_the_databases(step: object) -> None:
    for source in step.sources:  # type: ignore[attr-defined]
        assert step.target in BY_NAME["match"].steps[source]  # type: ignore[attr-defined]


def test_match_keeps_its_people() -> None:
    match = MatchFactory()
    with refused("match_people_stay"), transaction.atomic():
        MentorMatch.objects.filter(pk=match.pk).update(mentor=MentorFactory().user)


def test_capacity_holds_in_one_statement_too() -> None:
    mentor = MentorFactory(mentoring_capacity=2).user
    MatchFactory.create_batch(3, mentor=mentor)
    with refused("match_capacity"), transaction.atomic():
        MentorMatch.objects.filter(mentor=mentor).update(status="accepted")
    assert MentorMatch.objects.holding_a_place().count() == 0


def test_mentor_without_profile_has_no_place() -> None:
    match = MatchFactory(mentor=UserFactory())
    with refused("match_capacity"), transaction.atomic():
        MentorMatch.objects.filter(pk=match.pk).update(status="accepted")


def test_constraints_of_a_match() -> None:
    match = MatchFactory()
    with refused("match_one_open_per_pair"), transaction.atomic():
        MatchFactory(learner=match.learner, mentor=match.mentor)
    with refused("match_not_with_oneself"), transaction.atomic():
        MatchFactory(learner=match.mentor, mentor=match.mentor)
    with refused("match_request_expires"), transaction.atomic():
        MatchFactory(requested_at=None)
    with refused("match_score_0_to_4095"), transaction.atomic():
        MatchFactory(score=4096)
    running = MatchFactory.in_state("active")
    with refused("match_ends_after_start"), transaction.atomic():
        MentorMatch.objects.filter(pk=running.pk).update(ended_at=timezone.now() - timedelta(days=1))


def test_standing_is_recomputed_from_the_rows() -> None:
    mentor = MentorFactory(mentoring_capacity=5).user

    def standing() -> tuple[int, int, int]:
        found = MentorStanding.objects.get(mentor=mentor)
        return found.places_taken, found.requests_decided, found.requests_answered

    matches = MatchFactory.create_batch(3, mentor=mentor)
    assert standing() == (0, 0, 0)
    MentorMatch.objects.filter(pk__in=[matches[0].pk, matches[1].pk]).update(
        status="accepted", answered_at=timezone.now()
    )
    MentorMatch.objects.filter(pk=matches[2].pk).update(status="expired")
    assert standing() == (2, 3, 2)
    assert MentorStanding.objects.get(mentor=mentor).answer_rate_permille == 666
    matches[0].delete()
    assert standing() == (1, 2, 1)
    MentorStanding.objects.filter(mentor=mentor).update(places_taken=9)
    MentorMatch.objects.filter(pk=matches[1].pk).update(status="active", started_at=timezone.now())
    assert standing() == (1, 2, 1)


def test_answer_rate_before_the_first_request_is_unknown() -> None:
    assert MentorStanding(mentor=UserFactory()).answer_rate_permille is None


def test_messages_are_numbered_without_gaps_whatever_the_writer_says() -> None:
    conversation = MatchFactory.in_state("active").conversation
    sender = conversation.match.learner
    Message.objects.bulk_create(
        Message(conversation=conversation, sender=sender, body="x", client_message_id=new_id(), seq=77)
        for _ in range(3)
    )
    assert list(conversation.messages.values_list("seq", flat=True)) == [1, 2, 3]
    conversation.refresh_from_db()
    assert conversation.last_seq == 3


def test_stranger_writes_no_message() -> None:
    conversation = MatchFactory.in_state("active").conversation
    with refused("message_by_participant"), transaction.atomic():
        Message.objects.create(conversation=conversation, sender=UserFactory(), body="x", client_message_id=new_id())


def test_expiry_in_bulk_tells_each_learner_once() -> None:
    matches = MatchFactory.create_batch(2)
    MentorMatch.objects.filter(pk__in=[match.pk for match in matches]).update(status="expired")
    for match in matches:
        kinds = Notification.objects.filter(recipient=match.learner).values_list("kind", flat=True)
        assert list(kinds) == ["match_expired"]


def test_session_takes_the_people_of_its_match() -> None:
    match = MatchFactory.in_state("active")
    other = ProfileFactory().user
    now = timezone.now()
    session = Session.objects.create(
        match=match,
        learner=other,
        mentor=other,
        proposed_by=match.learner,
        starts_at=now,
        ends_at=now + timedelta(hours=1),
    )
    session.refresh_from_db()
    assert (session.learner, session.mentor) == (match.learner, match.mentor)
    with refused("session_ends_after_start"), transaction.atomic():
        Session.objects.filter(pk=session.pk).update(ends_at=now)


def test_seats_follow_the_session() -> None:
    session = SessionFactory()
    people = {session.learner_id, session.mentor_id}

    def seats() -> set[Any]:
        return set(SessionSeat.objects.values_list("person", "during"))

    assert seats() == set()
    Session.objects.update(status="confirmed")
    assert seats() == {(person, DateTimeTZRange(session.starts_at, session.ends_at)) for person in people}
    later = session.ends_at + timedelta(hours=1)
    Session.objects.update(ends_at=later)
    assert seats() == {(person, DateTimeTZRange(session.starts_at, later)) for person in people}
    Session.objects.update(status="cancelled")
    assert seats() == set()


def test_seats_go_with_a_session_that_moves_to_another_match() -> None:
    session = SessionFactory()
    Session.objects.filter(pk=session.pk).update(status="confirmed")
    other = MatchFactory.in_state("active", mentor=session.mentor)
    Session.objects.filter(pk=session.pk).update(match=other)
    during = DateTimeTZRange(session.starts_at, session.ends_at)
    seats = SessionSeat.objects.values_list("person", "during")
    assert set(seats) == {(person, during) for person in (other.learner_id, other.mentor_id)}


def test_session_that_begins_when_another_ends_is_confirmed_and_one_that_overlaps_is_not() -> None:
    first = SessionFactory()
    mentor = first.match.mentor
    next_one = SessionFactory(match=first.match, starts_at=first.ends_at)
    crossing = SessionFactory(
        match=MatchFactory.in_state("active", learner=mentor), starts_at=first.ends_at - timedelta(minutes=1)
    )
    Session.objects.filter(pk__in=[first.pk, next_one.pk]).update(status="confirmed")
    with refused("session_person_once_at_a_time"), transaction.atomic():
        Session.objects.filter(pk=crossing.pk).update(status="confirmed")


@pytest.mark.parametrize("rating", [0, 6])
def test_rating_outside_of_one_to_five_is_refused(rating: int) -> None:
    match = MatchFactory.in_state("completed")
    with refused("review_rating_1_to_5"), transaction.atomic():
        Review.objects.create(match=match, author=match.learner, rating=rating)


def test_stranger_writes_no_review() -> None:
    match = MatchFactory.in_state("completed")
    with refused("review_after_mentorship"), transaction.atomic():
        Review.objects.create(match=match, author=UserFactory(), rating=5)


def test_both_reviews_in_one_statement_are_revealed() -> None:
    match = MatchFactory.in_state("completed")
    Review.objects.bulk_create(Review(match=match, author=author, rating=5) for author in (match.learner, match.mentor))
    assert Review.objects.revealed().count() == 2


def test_rule_without_an_error_of_its_own_passes_as_it_is() -> None:
    with refused("match_score_0_to_4095"), database_refusals():
        MatchFactory(score=4096)


def test_conversation_forgets_messages_that_are_gone_or_elsewhere() -> None:
    here, there = (MatchFactory.in_state("active").conversation for _ in range(2))
    first, second, third = (MessageFactory(conversation=here) for _ in range(3))

    def newest(conversation: Conversation) -> Any:
        conversation.refresh_from_db()
        return conversation.last_message_at

    third.delete()
    assert newest(here) == second.sent_at
    Message.objects.filter(pk=second.pk).update(conversation=there)
    assert (newest(here), newest(there)) == (first.sent_at, second.sent_at)
    Message.objects.all().delete()
    assert (newest(here), newest(there)) == (None, None)
    assert here.last_seq == 3
