"""Who comes to sessions, and who lives where: counted, told to the matcher, and said in words."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from matches.models import MentorMatch, Session
from matches.services.matching import MatchingService
from matches.services.people import histories_of
from matches.tests.factories import MatchFactory, SessionFactory, offering, python, seeking
from skillbridge_backend.core import outbox
from skillbridge_backend.core.access import acting_as
from users.models import MentorListing, User

pytestmark = pytest.mark.django_db
ENDED = ("done", "no_show_mentor", "no_show_learner")


def ended(match: MentorMatch, *statuses: str, days_ago: float = 1) -> list[Session]:
    """Sessions, an hour each, one after the other."""
    sessions: list[Session] = []
    for number, status in enumerate(statuses):
        starts_at = timezone.now() - timedelta(days=days_ago, hours=number)
        session = SessionFactory(match=match, starts_at=starts_at)
        for step in ("confirmed", status):
            session.status = step
            session.save()
        sessions.append(session)
    return sessions


def attendance(mentor: User) -> int | None:
    listing: MentorListing = MentorListing.objects.get(profile__user=mentor)
    return listing.attendance_permille


def learners(learner: User) -> int | None:
    return histories_of([learner.pk], now=timezone.now())[learner.pk].attendance_permille


def a_match() -> MentorMatch:
    skill = python()
    learner, mentor = seeking({skill: 4}, country="AT"), offering({skill: 5}, mentoring_capacity=5, country="AT")
    return MatchFactory.in_state("active", learner=learner, mentor=mentor)


def test_each_side_counts_what_they_came_to_from_three_sessions_on() -> None:
    match = a_match()
    ended(match, "done", "no_show_mentor")
    assert (attendance(match.mentor), learners(match.learner)) == (None, None)
    ended(match, "no_show_learner", "cancelled", days_ago=2)
    SessionFactory(match=match)
    assert (attendance(match.mentor), learners(match.learner)) == (666, 666)
    ended(match, "no_show_mentor", days_ago=3)
    assert (attendance(match.mentor), learners(match.learner)) == (500, 750)


def test_session_counts_half_after_90_days_and_not_at_all_after_180() -> None:
    match = a_match()
    ended(match, "done", "done", days_ago=10)
    ended(match, "no_show_mentor", "no_show_learner", days_ago=100)
    ended(match, "no_show_mentor", "no_show_learner", days_ago=181)
    # Of 2 + 2 + 1 + 1, each of the two missed one of a hundred days ago.
    assert (attendance(match.mentor), learners(match.learner)) == (833, 833)


def test_nobody_who_never_came_divides_by_nothing() -> None:
    match = a_match()
    ended(match, *["no_show_mentor"] * 3)
    assert (attendance(match.mentor), learners(match.learner)) == (0, 1000)


def test_session_that_is_deleted_counts_no_more() -> None:
    match = a_match()
    sessions = ended(match, *["done"] * 3)
    sessions[0].delete()
    assert (attendance(match.mentor), learners(match.learner)) == (None, None)


def test_mentor_is_counted_anew_when_a_session_turns_90_days_old(drain_outbox: Callable[[], list[str]]) -> None:
    match = a_match()
    newest = ended(match, "done", "no_show_mentor", "done", days_ago=10)
    listing = MentorListing.objects.defer(None).get(profile__user=match.mentor)
    assert listing.attendance_permille == 666
    assert listing.changes_at == newest[-1].starts_at + timedelta(days=90)

    with connection.cursor() as cursor:  # as time would: nothing hears of it
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE matches_session SET starts_at = starts_at - interval '85 days' WHERE id = %s", [newest[1].pk]
        )
        cursor.execute("UPDATE users_mentorlisting SET changes_at = now() WHERE changes_at > now()")
        cursor.execute("SET LOCAL session_replication_role = origin")
    outbox.publish("matches.refresh_figures", payload={})
    drain_outbox()
    assert attendance(match.mentor) == 800


def test_matcher_is_told_of_both_and_match_has_the_components() -> None:
    match = a_match()
    ended(match, *["done"] * 4, "no_show_learner")
    match.status, match.ended_at = "completed", timezone.now()
    match.save()
    mentor = MentorListing.objects.get(profile__user=match.mentor)
    with acting_as(match.learner.pk, user_role=match.learner.role):
        told = MatchingService.snapshot(learner=match.learner, mentor=mentor, now=timezone.now())
    # The mentor answered all requests and came to all sessions, the learner to four of five.
    assert told["components"]["reliability"]["value"] == 933
    assert told["components"]["place"] == {"value": 1000, "weight": 20, "points": told["components"]["place"]["points"]}


def test_moving_and_a_country_that_nobody_names(api_as: Any) -> None:
    skill = python()
    mentor = offering({skill: 5}, country="DE")
    mine, theirs = MentorListing.objects.get(profile__user=mentor), timezone.now()
    for country, value in (("DE", 1000), ("AT", 0), ("", None)):
        learner = seeking({skill: 4}, country=country)
        with acting_as(learner.pk, user_role=learner.role):
            told = MatchingService.snapshot(learner=learner, mentor=mine, now=theirs)
        assert told["components"].get("place", {}).get("value") == value


@pytest.mark.django_db(transaction=True)
def test_sentence_tells_the_same_country_and_what_was_kept(api_as: Any) -> None:
    skill = python()
    learner = seeking({skill: 4}, country="AT")
    near, far = offering({skill: 5}, country="AT"), offering({skill: 5}, country="DE")
    former = MatchFactory.in_state("active", learner=learner, mentor=MatchFactory().mentor)
    ended(former, *["done"] * 3)

    found = api_as(learner).get("/api/v1/matches/suggestions/").data["suggestions"]
    why = {one["mentor"]["id"]: one["why"] for one in found}

    assert "; lives in the same country; requests and sessions have been kept well so far." in why[str(near.pk)]
    assert "country" not in why[str(far.pk)]
