"""What became of a session: who may say so and when, who is told, and what it counts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django.utils import timezone

from matches.models import MentorMatch, Session
from matches.tests.factories import MatchFactory, SessionFactory, missed_session, past_session
from notifications.models import Notification
from skillbridge_backend.core.access import acting_as
from skillbridge_backend.core.outbox import publish
from users.models import MentorListing, User

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], Any]


@pytest.fixture
def match() -> MentorMatch:
    found: MentorMatch = MatchFactory.in_state("active")
    return found


def step(client: Any, session: Session, name: str) -> tuple[int, str]:
    answer = client.post(f"/api/v1/sessions/{session.pk}/{name}/")
    return answer.status_code, answer.json().get("code") or answer.json()["status"]


def told(person: User) -> list[str]:
    return list(Notification.objects.filter(recipient=person).values_list("kind", flat=True))


@pytest.mark.parametrize("side", ["learner", "mentor"])
def test_either_says_that_it_took_place(match: MentorMatch, side: str, api_as: ApiAs) -> None:
    session = past_session(match)
    assert step(api_as(getattr(match, side)), session, "hold") == (200, "done")
    assert step(api_as(match.learner), session, "miss") == (409, "illegal_transition")


@pytest.mark.parametrize(
    ("side", "other", "status"), [("learner", "mentor", "no_show_mentor"), ("mentor", "learner", "no_show_learner")]
)
def test_whoever_did_not_come_is_told_and_may_dispute_it(
    match: MentorMatch, side: str, other: str, status: str, api_as: ApiAs
) -> None:
    session, absent = past_session(match), getattr(match, other)
    before = told(getattr(match, side))
    assert step(api_as(getattr(match, side)), session, "miss") == (200, status)
    news = Notification.objects.get(recipient=absent, kind="session_missed")
    assert (news.actor, news.data["by"]) == (getattr(match, side), getattr(match, side).handle)
    assert told(getattr(match, side)) == before
    assert step(api_as(absent), session, "dispute") == (200, "disputed")
    assert step(api_as(absent), session, "dispute") == (409, "illegal_transition")
    assert step(api_as(absent), session, "hold") == (409, "illegal_transition")


def test_what_was_said_may_be_taken_back_by_who_said_it(match: MentorMatch, api_as: ApiAs) -> None:
    session = missed_session(match, "no_show_learner")
    assert step(api_as(match.mentor), session, "dispute") == (200, "disputed")


def test_dispute_comes_too_late_after_two_weeks(match: MentorMatch, api_as: ApiAs) -> None:
    session = missed_session(match, "no_show_learner")
    Session.objects.filter(pk=session.pk).update(
        starts_at=timezone.now() - timedelta(days=14, hours=1), ends_at=timezone.now() - timedelta(days=14)
    )
    assert step(api_as(match.learner), session, "dispute") == (409, "illegal_transition")


@pytest.mark.parametrize("name", ["hold", "miss"])
def test_nothing_came_of_what_has_not_begun(match: MentorMatch, name: str, api_as: ApiAs) -> None:
    session = SessionFactory(match=match)
    assert step(api_as(match.mentor), session, name) == (409, "illegal_transition"), "not confirmed"
    assert step(api_as(match.mentor), session, "confirm") == (200, "confirmed")
    assert step(api_as(match.mentor), session, name) == (409, "illegal_transition"), "not begun"
    assert step(api_as(match.mentor), session, "dispute") == (409, "illegal_transition")


def test_what_has_begun_is_not_cancelled(match: MentorMatch, api_as: ApiAs) -> None:
    assert step(api_as(match.mentor), past_session(match), "cancel") == (409, "illegal_transition")


@pytest.mark.parametrize(
    ("side", "status", "hours_ago"),
    [
        ("learner", "no_show_learner", 2), ("mentor", "no_show_mentor", 2), ("learner", "done", -2),
        ("learner", "no_show_mentor", -2), ("learner", "cancelled", 2),
    ],
)  # fmt: skip
def test_database_refuses_it_of_oneself_and_before_the_time(
    match: MentorMatch, side: str, status: str, hours_ago: int
) -> None:
    session = past_session(match)
    Session.objects.filter(pk=session.pk).update(
        starts_at=timezone.now() - timedelta(hours=hours_ago), ends_at=timezone.now() + timedelta(hours=5)
    )
    actor = getattr(match, side)
    with (
        acting_as(actor.pk, user_role=actor.role),
        connection.cursor() as cursor,
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        cursor.execute("UPDATE matches_session SET status = %s WHERE id = %s", [status, session.pk])


def test_no_dispute_without_anything_said(match: MentorMatch) -> None:
    session = past_session(match)
    with pytest.raises(IntegrityError, match="cannot go from confirmed to disputed"), transaction.atomic():
        Session.objects.filter(pk=session.pk).update(status="disputed")


def test_silence_counts_as_held_after_three_days(match: MentorMatch, drain_outbox: Callable[[], list[str]]) -> None:
    past = [past_session(match, ended=timedelta(days=days)) for days in (2, 3, 9)]
    planned: Session = SessionFactory(match=match)
    for _ in range(2):
        publish("matches.close_sessions", payload={})
        assert "matches.close_sessions" in drain_outbox()
    statuses = dict(Session.objects.values_list("pk", "status"))
    assert [statuses[session.pk] for session in (*past, planned)] == ["confirmed", "done", "done", "proposed"]


def test_three_sessions_make_a_mentors_attendance_and_a_dispute_counts_for_neither(
    match: MentorMatch, api_as: ApiAs
) -> None:
    def attendance() -> int | None:
        listing: MentorListing = MentorListing.objects.get(profile__user=match.mentor)
        return listing.attendance_permille

    learner, mentor = api_as(match.learner), api_as(match.mentor)
    sessions = [past_session(match, ended=timedelta(hours=hours)) for hours in (2, 5, 8, 11)]
    step(learner, sessions[0], "hold")
    step(mentor, sessions[1], "hold")
    assert attendance() is None
    step(learner, sessions[2], "miss")
    assert attendance() == 666
    step(mentor, sessions[2], "dispute")
    assert attendance() is None
    step(learner, sessions[3], "hold")
    assert attendance() == 1000
