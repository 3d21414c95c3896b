"""One's own figures: from every app the same numbers that it shows itself."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from badges.tests.factories import AwardFactory, PointsRuleFactory
from forum.tests.factories import ReplyFactory, ThreadFactory
from matches.tests.factories import MatchFactory, SessionFactory
from progress.tests.factories import ProgressLogFactory
from roadmaps.tests.factories import ModuleFactory, RoadmapFactory
from users.models import User
from users.tests.factories import MentorFactory, ProfileFactory, ProfileSkillFactory, WantedSkillFactory

pytestmark = pytest.mark.django_db
STATS = "/api/v1/users/me/stats/"


@pytest.fixture
def learner() -> User:
    person: User = ProfileFactory().user
    return person


def test_figures_of_somebody_new_are_zeros(api_as: Any, learner: User) -> None:
    body = api_as(learner).get(STATS).json()

    assert body.pop("profile") == {
        "member_since": str(learner.created_at.date()), "completeness": 28, "skills": 0, "wanted_skills": 0,
    }  # fmt: skip
    assert body.pop("mentor") is None
    assert body["points"].pop("level") == 1
    assert {value for part in body.values() for value in part.values()} == {0}


def test_figures_are_those_that_each_app_shows(api_as: Any, learner: User) -> None:
    PointsRuleFactory(metric="replies_written", points=3)
    ProfileSkillFactory(profile=learner.profile)
    WantedSkillFactory(profile=learner.profile)
    roadmap, done = RoadmapFactory(owner=learner), RoadmapFactory(owner=learner)
    ModuleFactory(roadmap=roadmap)
    module = ModuleFactory(roadmap=done)
    RoadmapFactory()
    client = api_as(learner)
    assert client.post(f"/api/v1/modules/{module.pk}/complete/").status_code == 200
    for days in (0, 1, 5):
        ProgressLogFactory(user=learner, minutes=20, occurred_at=timezone.now() - timedelta(days=days))
    thread = ThreadFactory(author=learner)
    ReplyFactory(author=learner)
    ReplyFactory(author=learner, is_solution=True)
    ReplyFactory(thread=thread)
    AwardFactory(user=learner)

    body = client.get(STATS).json()

    streak, standing = client.get("/api/v1/progress/streak/").json(), client.get("/api/v1/points/").json()
    totals = client.get("/api/v1/progress/stats/").json()["totals"]
    held = [award for award in client.get("/api/v1/awards/").json()["results"] if not award["revoked_at"]]
    assert (body["profile"]["skills"], body["profile"]["wanted_skills"]) == (1, 1)
    assert body["roadmaps"] == {"open": 1, "completed": 1, "modules_completed": 1}
    assert body["work"] == {
        "minutes": totals["minutes"], "active_days": totals["active_days"],
        "current_streak": streak["current"], "longest_streak": streak["longest"],
    }  # fmt: skip
    assert body["work"]["minutes"] >= 60
    assert body["work"]["longest_streak"] >= 2
    assert body["points"] == {
        "total": standing["total"], "level": standing["level"]["number"], "badges": len(held),
    }  # fmt: skip
    assert body["points"]["total"] >= 6
    assert body["points"]["badges"] >= 1
    assert body["forum"] == {"questions": 1, "replies": 2, "solutions": 1}


def test_mentorships_count_on_their_side(api_as: Any, learner: User) -> None:
    mentor = MentorFactory(mentoring_capacity=9).user
    active = MatchFactory.in_state("active", learner=learner, mentor=mentor)
    for state, fields in (
        ("completed", {"learner": learner}), ("completed", {"mentor": mentor}), ("requested", {"mentor": mentor}),
        ("declined", {"mentor": mentor}), ("paused", {"mentor": mentor}),
    ):  # fmt: skip
        MatchFactory.in_state(state, **fields)
    for status in ("done", "no_show_mentor", "confirmed"):
        start = timezone.now() + timedelta(days=len(status))
        session = SessionFactory(match=active, starts_at=start, ends_at=start + timedelta(hours=1))
        for step in ("confirmed", status):
            if session.status != step:
                session.status = step
                session.save()

    learners, mentors = api_as(learner).get(STATS).json(), api_as(mentor).get(STATS).json()

    assert learners["mentoring"] == {
        "active_as_learner": 1, "completed_as_learner": 1, "active_as_mentor": 0, "completed_as_mentor": 0,
        "sessions_held": 1,
    }  # fmt: skip
    assert mentors["mentoring"] == {
        "active_as_learner": 0, "completed_as_learner": 0, "active_as_mentor": 1, "completed_as_mentor": 1,
        "sessions_held": 1,
    }  # fmt: skip
    assert learners["mentor"] is None
    listed = api_as(learner).get(f"/api/v1/mentors/{mentor.pk}/").json()
    assert mentors["mentor"].pop("median_answer_minutes") == listed["median_answer_minutes"] is not None
    assert mentors["mentor"] == {
        "places_taken": 2, "requests_decided": 4, "requests_answered": 4, "answer_rate_permille": 1000,
    }  # fmt: skip


def test_figures_are_for_oneself_logged_in() -> None:
    response = APIClient().get(STATS)

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
