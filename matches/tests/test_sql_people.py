"""What the two people of a match may do to it in SQL: the steps of the services, each with its fields, and no more."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from matches.enums import MatchStatus
from matches.models import MentorMatch, Message, Session
from matches.services import mentorships
from matches.services.mentorships import Step
from matches.tests.factories import MatchFactory, SessionFactory
from skillbridge_backend.core.access import DatabaseRole, acting_as, enter_role
from skillbridge_backend.core.ids import new_id
from tests.policies.access import INSUFFICIENT_PRIVILEGE, columns_of
from tests.rules.state_machines import BY_NAME
from users.enums import Role
from users.models import User
from users.tests.factories import MentorFactory, ProfileFactory

pytestmark = pytest.mark.django_db

STEPS = [step for step in vars(mentorships).values() if isinstance(step, Step)]
EDGES = [(source, target) for source, targets in BY_NAME["match"].steps.items() for target in sorted(targets)]
BEGINS_BY_WRITING = {("accepted", "active"): {"learner", "mentor"}, ("proposed", "requested"): {"learner"}}


def those_who_may(source: str, target: str) -> set[str]:
    """The sides that the services let take this step."""
    sides = set(BEGINS_BY_WRITING.get((source, target), set()))
    for step in STEPS:
        if source in step.sources and step.target == target:
            sides |= {step.who} if step.who else {"learner", "mentor"}
    return sides


def changed(actor: User, match: MentorMatch, **changes: Any) -> bool:
    """Whether this person's own UPDATE came through."""
    try:
        with transaction.atomic(), acting_as(actor.pk, user_role=actor.role):
            return MentorMatch.objects.filter(pk=match.pk).update(**changes) == 1
    except IntegrityError as error:
        if error.__cause__.diag.constraint_name != "match_step_of_its_person":  # type: ignore[union-attr]  # psycopg2's
            raise
        return False


@pytest.mark.parametrize(("source", "target"), EDGES)
@pytest.mark.parametrize("side", ["learner", "mentor"])
def test_step_is_taken_by_whom_the_services_let(side: str, source: str, target: str) -> None:
    match = MatchFactory.in_state(source)
    asked = {"requested_at": timezone.now()} if source == "proposed" and target == "requested" else {}
    may = changed(getattr(match, side), match, status=target, **asked)
    assert may == (side in those_who_may(source, target))


def test_every_step_is_somebodys() -> None:
    taken = {edge for edge in EDGES if those_who_may(*edge)}
    assert {target for _, target in set(EDGES) - taken} == {MatchStatus.EXPIRED}


@pytest.mark.parametrize("side", ["learner", "mentor"])
@pytest.mark.parametrize(
    "change",
    [
        {"message": "x"},
        {"answer": "x"},
        {"end_reason": "x"},
        {"score": 4095},
        {"expires_at": timezone.now() + timedelta(days=90)},
        {"started_at": None},
        {"status": "paused", "message": "x"},
        {"status": "completed", "answer": "x"},
        {"status": "ended_early", "score": 1},
    ],
    ids=",".join,
)
def test_nothing_changes_without_a_step_or_beside_it(side: str, change: dict[str, Any]) -> None:
    match = MatchFactory.in_state("active")
    assert not changed(getattr(match, side), match, **change)
    assert changed(getattr(match, side), match, status="paused")


def test_clock_of_a_step_is_the_databases() -> None:
    never = timezone.now() + timedelta(days=3650)
    match = MatchFactory()
    assert changed(match.mentor, match, status="accepted", answered_at=never, answer="Yes")
    assert changed(match.learner, match, status="active", started_at=never)
    assert changed(match.learner, match, status="completed", ended_at=never)
    match.refresh_from_db()
    assert match.answered_at
    assert match.started_at
    assert match.ended_at
    assert match.requested_at <= match.answered_at <= match.started_at <= match.ended_at <= timezone.now()


def test_request_lapses_after_seven_days_at_the_latest() -> None:
    learner, mentor = ProfileFactory().user, MentorFactory().user
    asked = MatchFactory.build(
        learner=learner, mentor=mentor, requested_at=timezone.now() - timedelta(days=9),
        expires_at=timezone.now() + timedelta(days=99),
    )  # fmt: skip
    with acting_as(learner.pk, user_role=learner.role):
        asked.save(force_insert=True)
    asked.refresh_from_db()
    assert abs(asked.requested_at - timezone.now()) < timedelta(minutes=1)
    assert asked.expires_at - asked.requested_at <= timedelta(days=7, seconds=1)


def refused(actor: User, row: Any) -> bool:
    """Whether the policies refuse this person's INSERT."""
    try:
        with transaction.atomic(), acting_as(actor.pk, user_role=actor.role):
            row.save(force_insert=True)
    except ProgrammingError as error:
        if error.__cause__.pgcode != INSUFFICIENT_PRIVILEGE:  # type: ignore[union-attr]  # psycopg2's
            raise
        return True
    return False


def test_nobody_is_asked_who_offers_nothing() -> None:
    learner, other = ProfileFactory().user, ProfileFactory().user
    assert refused(learner, MatchFactory.build(learner=learner, mentor=other))
    assert not refused(learner, MatchFactory.build(learner=learner, mentor=MentorFactory().user))


@pytest.mark.parametrize("change", [{"role": Role.LEARNER}, {"role": Role.ADMIN}, {"is_active": False}])
def test_nobody_is_asked_who_is_no_mentor_any_more(change: dict[str, Any]) -> None:
    learner, mentor = ProfileFactory().user, MentorFactory().user
    User.objects.filter(pk=mentor.pk).update(**change)
    assert refused(learner, MatchFactory.build(learner=learner, mentor=mentor))


def test_nobody_writes_in_the_others_name_or_at_another_time() -> None:
    conversation = MatchFactory.in_state("active").conversation
    learner, mentor = conversation.match.learner, conversation.match.mentor

    def message(sender: User) -> Message:
        return Message(conversation=conversation, sender=sender, body="x", client_message_id=new_id())

    assert refused(learner, message(mentor))
    assert not refused(learner, message(learner))
    with pytest.raises(ProgrammingError), acting_as(learner.pk):
        Message.objects.update(body="y")
    for minutes in (-60, 60):
        columns = columns_of(message(learner)) | {"sent_at": timezone.now() + timedelta(minutes=minutes)}
        with pytest.raises(ProgrammingError), acting_as(learner.pk), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO matches_message ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})",
                list(columns.values()),
            )


def test_nobody_confirms_their_own_proposal_or_meets_without_a_place() -> None:
    session = SessionFactory()
    own = Session.objects.filter(pk=session.pk)
    with pytest.raises(ProgrammingError), acting_as(session.learner_id):
        own.update(status="confirmed")
    waiting = MatchFactory()
    learner = waiting.learner
    proposed = SessionFactory.build(match=waiting, proposed_by=learner, learner=learner, mentor=waiting.mentor)
    assert refused(learner, proposed)
    with acting_as(session.mentor_id):
        assert own.update(status="confirmed") == 1


@pytest.mark.parametrize(("login", "score"), [("sb_web", 4095), ("sb_worker", None)])
def test_score_is_the_matchers_and_comes_by_the_api_only(login: str, score: int | None) -> None:
    learner, mentor = ProfileFactory().user, MentorFactory().user
    asked = MatchFactory.build(
        learner=learner, mentor=mentor, score=4095, components={"skills": {"points": 4095}}, matcher={"solver": "me"}
    )
    with transaction.atomic(), connection.cursor() as cursor:
        # sb_worker has what PostgREST's login has: it may become authenticated and none of the web's services.
        cursor.execute(f"SET LOCAL SESSION AUTHORIZATION {login}")
        enter_role(DatabaseRole.AUTHENTICATED, user_id=learner.pk, user_role=learner.role)
        asked.save(force_insert=True)
        cursor.execute("RESET SESSION AUTHORIZATION")
    asked.refresh_from_db()
    assert asked.score == score
    assert bool(asked.components) == bool(asked.matcher) == (score is not None)


def test_sixth_request_that_waits_is_refused_and_one_that_was_cancelled_makes_room() -> None:
    learner = ProfileFactory().user
    asked = [MatchFactory(learner=learner) for _ in range(5)]
    sixth = MatchFactory.build(learner=learner, mentor=MentorFactory().user)

    def ask() -> None:
        with transaction.atomic(), acting_as(learner.pk, user_role=learner.role):
            sixth.save(force_insert=True)

    with pytest.raises(IntegrityError, match="cancel one of your 5 requests"):
        ask()
    assert changed(learner, asked[0], status="cancelled")
    ask()
