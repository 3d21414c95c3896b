"""Two at once, with real connections."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from matches.exceptions import MentorFull, RoundAskedFor, SessionOverlaps, TooManyOpenRequests
from matches.models import MatchRound, MentorMatch, MentorStanding, Message, Review, Session, SessionSeat
from matches.services import ConversationService, MatchService, ReviewService, RoundService, SessionService
from matches.tests.factories import MatchFactory, SessionFactory, offering, proposed_round, python, seeking
from skillbridge_backend.core.access import acting_as
from skillbridge_backend.core.errors import IllegalTransition
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.tests.races import overtaken
from users.enums import Role
from users.models import User
from users.tests.factories import MentorFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(calls: list[tuple[User, Callable[[], Any]]]) -> list[Any]:
    """Each call in a thread, a connection and a transaction of its own, as its person; results or exceptions."""
    barrier = Barrier(len(calls))

    def run(actor: User, call: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=30)
            with acting_as(actor.pk, user_role=actor.role):
                return call()
        except Exception as error:  # noqa: BLE001  # the test looks at it
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(lambda pair: run(*pair), calls))


def accepting(mentor: User, match_id: UUID) -> tuple[User, Callable[[], Any]]:
    return mentor, lambda: MatchService.accept(actor=mentor, match_id=match_id)


def test_fifty_acceptances_at_once_never_exceed_the_capacity() -> None:
    mentor = MentorFactory(mentoring_capacity=3).user
    matches = MatchFactory.create_batch(50, mentor=mentor)
    outcomes = at_once([accepting(mentor, match.pk) for match in matches])
    assert Counter(type(outcome) for outcome in outcomes) == {MentorFull: 47, MentorMatch: 3}
    assert MentorMatch.objects.holding_a_place().count() == 3
    assert MentorStanding.objects.get(mentor=mentor).places_taken == 3


def overlapping(matches: list[MentorMatch]) -> list[tuple[User, Callable[[], Any]]]:
    """A session of each, all at the same time, and its confirmation by the mentor."""
    starts_at = timezone.now() + timedelta(days=1)
    sessions = [SessionFactory(match=match, starts_at=starts_at) for match in matches]
    return [
        (session.mentor, lambda session=session: SessionService.confirm(actor=session.mentor, session_id=session.pk))  # type: ignore[misc]
        for session in sessions
    ]


def test_person_is_booked_once_whichever_side_they_are_on() -> None:
    busy = MentorFactory(mentoring_capacity=8).user
    taught = [MatchFactory.in_state("active", mentor=busy) for _ in range(8)]
    learned = [MatchFactory.in_state("active", learner=busy) for _ in range(8)]
    outcomes = at_once(overlapping([*taught, *learned]))
    assert Counter(type(outcome) for outcome in outcomes) == {SessionOverlaps: 15, Session: 1}
    assert SessionSeat.objects.filter(person=busy).count() == 1


def test_two_who_mentor_each_other_do_not_wait_for_each_other() -> None:
    one, other = MentorFactory().user, MentorFactory().user
    for _ in range(5):
        Session.objects.all().delete()
        MentorMatch.objects.all().delete()
        pair = [
            MatchFactory.in_state("active", learner=one, mentor=other),
            MatchFactory.in_state("active", learner=other, mentor=one),
        ]
        outcomes = at_once(overlapping(pair))
        assert Counter(type(outcome) for outcome in outcomes) == {SessionOverlaps: 1, Session: 1}


def test_requests_at_once_never_exceed_what_one_may_have() -> None:
    learner = seeking({})
    mentors = [MentorFactory().user for _ in range(8)]
    outcomes = at_once(
        [
            (learner, lambda mentor=mentor: MatchService.request(actor=learner, mentor_id=mentor.pk))  # type: ignore[misc]
            for mentor in mentors
        ]
    )
    assert sum(isinstance(outcome, TooManyOpenRequests) for outcome in outcomes) == 3
    assert MentorMatch.objects.filter(learner=learner).count() == 5


def test_messages_at_once_are_numbered_without_gaps_and_once_each() -> None:
    match = MatchFactory.in_state("accepted")
    conversation = match.conversation.pk
    client_ids = [new_id() for _ in range(5)]

    def writing(person: User, client_id: UUID) -> tuple[User, Callable[[], Any]]:
        return person, lambda: ConversationService.post_message(
            actor=person, conversation_id=conversation, client_message_id=client_id, body="Hi"
        )

    outcomes = at_once([writing(match.learner, one) for one in [*client_ids, *client_ids]])
    assert sorted(is_new for _, is_new in outcomes) == [False] * 5 + [True] * 5
    assert list(Message.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3, 4, 5]


def test_two_reviews_at_once_are_both_revealed() -> None:
    match = MatchFactory.in_state("completed")
    people = (match.learner, match.mentor)
    at_once(
        [
            (person, lambda person=person: ReviewService.write(actor=person, match_id=match.pk, rating=4))  # type: ignore[misc]
            for person in people
        ]
    )
    assert Review.objects.revealed().count() == 2


def applying(admin: User, found: MatchRound) -> tuple[User, Callable[[], Any]]:
    return admin, lambda: RoundService.apply(actor=admin, round_id=found.pk)


def undoing(admin: User, found: MatchRound) -> tuple[User, Callable[[], Any]]:
    return admin, lambda: RoundService.undo(actor=admin, round_id=found.pk)


def test_round_that_two_apply_at_once_is_applied_once() -> None:
    skill = python()
    for _ in range(5):
        seeking({skill: 3}), offering({skill: 3}, mentoring_capacity=1)
    found = proposed_round()
    admins = [UserFactory(role=Role.ADMIN) for _ in range(6)]
    outcomes = at_once([applying(admin, found) for admin in admins])
    assert {type(outcome) for outcome in outcomes} == {MatchRound}
    assert [outcome.outcome for outcome in outcomes] == [{"proposed": 5, "left_out": []}] * 6
    assert MentorMatch.objects.filter(round=found).count() == 5


def test_round_that_is_applied_and_discarded_at_once_is_one_of_the_two() -> None:
    skill = python()
    seeking({skill: 3}), offering({skill: 3})
    admin: User = UserFactory(role=Role.ADMIN)
    for _ in range(5):
        MentorMatch.objects.all().delete()
        found = proposed_round()
        discarding = (admin, lambda found=found: RoundService.discard(actor=admin, round_id=found.pk))
        outcomes = at_once([applying(admin, found), discarding])
        assert Counter(type(outcome) for outcome in outcomes) == {MatchRound: 1, IllegalTransition: 1}
        found.refresh_from_db()
        assert MentorMatch.objects.filter(round=found).count() == (1 if found.status == "applied" else 0)


def as_person(actor: User, call: Callable[[], Any]) -> Callable[[], Any]:
    def run() -> Any:
        with acting_as(actor.pk, user_role=actor.role):
            return call()

    return run


@pytest.mark.parametrize("is_yes_first", [True, False])
def test_round_and_a_yes_wait_for_each_other(*, is_yes_first: bool) -> None:
    """A mentor says yes for the last place while the round that promises it is applied."""
    skill = python()
    admin: User = UserFactory(role=Role.ADMIN)
    learner, mentor = seeking({skill: 3}), offering({skill: 3}, mentoring_capacity=1)
    found = proposed_round()
    request = MatchFactory(mentor=mentor)
    applying_it, saying_yes = as_person(*applying(admin, found)), as_person(*accepting(mentor, request.pk))
    first, second = (saying_yes, applying_it) if is_yes_first else (applying_it, saying_yes)

    overtaken(second, lambda: None, lock=first)

    found.refresh_from_db()
    request.refresh_from_db()
    assert (found.status, request.status) == ("applied", "accepted")
    # Applied first, it proposed a place that was free then. Applied second, it saw that it was taken.
    assert [one["reason"] for one in found.outcome["left_out"]] == (["mentor_full"] if is_yes_first else [])
    assert MentorMatch.objects.filter(learner=learner, status="proposed").exists() != is_yes_first


def test_proposal_is_withdrawn_or_taken_up_and_never_both() -> None:
    skill = python()
    admin: User = UserFactory(role=Role.ADMIN)
    for _ in range(8):
        learner, mentor = seeking({skill: 3}), offering({skill: 3})
        found = proposed_round()
        at_once([applying(admin, found)])
        asking = (learner, lambda one=learner, other=mentor: MatchService.request(actor=one, mentor_id=other.pk))
        undone, asked = at_once([undoing(admin, found), asking])
        assert isinstance(asked, MentorMatch)
        if isinstance(undone, RoundAskedFor):
            assert undone.members == {"asked_for": 1}
            assert MentorMatch.objects.get(learner=learner).round == found
        else:
            # They asked anew: what the round proposed was gone.
            assert asked.round is None
            assert MentorMatch.objects.get(round=found).status == "cancelled"
        MentorMatch.objects.all().delete()
        User.objects.filter(pk__in=[learner.pk, mentor.pk]).update(is_active=False)


def test_round_that_a_mentor_said_yes_to_is_not_undone() -> None:
    skill = python()
    admin: User = UserFactory(role=Role.ADMIN)
    learner, mentor = seeking({skill: 3}), offering({skill: 3})
    found = proposed_round()
    at_once([applying(admin, found)])
    (asked,) = at_once([(learner, lambda: MatchService.request(actor=learner, mentor_id=mentor.pk))])
    undone, accepted = at_once([undoing(admin, found), accepting(mentor, asked.pk)])
    assert isinstance(undone, RoundAskedFor)
    assert accepted.status == "accepted"
