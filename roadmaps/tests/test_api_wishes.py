"""What a plan is asked for: deadline, level, what one knows, languages and kinds; and a look before it is kept."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from roadmaps.models import Generation, Module, Roadmap
from roadmaps.tests.factories import ModuleFactory, ResourceFactory, RoadmapFactory
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import Skill, User

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]
RunJobs = Callable[[], int]

ROADMAPS = "/api/v1/roadmaps/"


def planned(client: ApiClient, run_jobs: RunJobs, wish: dict[str, Any]) -> dict[str, Any]:
    accepted = client.post(ROADMAPS, wish)
    assert accepted.status_code == 202, accepted.content
    run_jobs()
    shown: dict[str, Any] = client.get(accepted.json()["links"]["roadmap"]).json()
    return shown


def in_days(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


@pytest.fixture
def by_deadline(goal: dict[str, Any]) -> dict[str, Any]:
    """Five weeks and a day."""
    return {"goal": goal["goal"], "hours_per_week": 6, "deadline": in_days(35)}


def test_deadline_counts_the_weeks_and_is_said_to_be_missed(
    learner: User, api_as: ApiAs, run_jobs: RunJobs, by_deadline: dict[str, Any]
) -> None:
    shown = planned(api_as(learner), run_jobs, by_deadline)
    assert (shown["weeks"], shown["deadline"]) == (5, by_deadline["deadline"])
    summary = shown["plan_summary"]
    assert (summary["fits"], summary["shortfall_minutes"]) == (False, summary["total_minutes"] - 5 * 360)
    assert summary["could_drop"] == [{"skill": "git", "minutes": 120}]
    assert (shown["pace"]["due_on"], shown["pace"]["is_measured"]) == (by_deadline["deadline"], False)
    assert shown["pace"]["days_late"] > 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"deadline": in_days(5)}, "deadline"), ({"deadline": in_days(-1)}, "deadline"),
        ({"deadline": in_days(3000)}, "deadline"), ({"deadline": "soon"}, "deadline"), ({"weeks": 4}, "deadline"),
        ({"level": 6}, "level"), ({"level": 0}, "level"), ({"refresh_below": 6}, "refresh_below"),
        ({"known": [{"skill": "git", "level": 2}, {"skill": "cooking", "level": 2}]}, "known[1].skill"),
        ({"known": [{"skill": "python", "level": 6}]}, "known[0].level"),
        ({"known": [{"skill": "python"}]}, "known[0].level"), ({"languages": ["german"]}, "languages[0]"),
        ({"resource_kinds": ["podcast"]}, "resource_kinds[0]"),
    ],
)  # fmt: skip
def test_wish_that_makes_no_sense_names_the_field(
    learner: User, api_as: ApiAs, by_deadline: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    for path in (ROADMAPS, f"{ROADMAPS}preview/"):
        response = api_as(learner).post(path, by_deadline | change)
        assert response.status_code == 400
        assert [error["field"] for error in response.json()["errors"]] == [field]
    assert not Roadmap.objects.exists()


def test_neither_weeks_nor_deadline_is_refused(learner: User, api_as: ApiAs) -> None:
    response = api_as(learner).post(ROADMAPS, {"goal": "learn Python", "hours_per_week": 6})
    assert [error["field"] for error in response.json()["errors"]] == ["weeks"]


def test_level_known_skills_and_refreshers_are_taken(
    learner: User, api_as: ApiAs, run_jobs: RunJobs, goal: dict[str, Any]
) -> None:
    own = {"level": 4, "known": [{"skill": "python", "level": 3}, {"skill": "git", "level": 2}], "refresh_below": 3}
    modules = planned(api_as(learner), run_jobs, goal | own)["modules"]
    shown = [(each["skill"]["slug"], each["from_level"], each["to_level"]) for each in modules]
    assert ("python", 3, 4) in shown
    assert ("postgresql", 2, 4) in shown
    assert ("git", 2, 2) in shown, "known below 3, so it comes back as a refresher"
    assert ("programming", 2, 2) in shown, "what the profile knows comes back too"
    assert modules[-1]["milestone"] == "The goal is reached"


def test_own_kinds_and_languages_of_resources_come_first(
    learner: User, api_as: ApiAs, run_jobs: RunJobs, goal: dict[str, Any], skills: dict[str, Skill]
) -> None:
    for language in ("en", "fr"):
        ResourceFactory(skill=skills["git"], kind="video", language=language, title=f"git {language}", minutes=900)
    client = api_as(learner)
    wish = goal | {"languages": ["fr", "en"], "resource_kinds": ["video"]}
    git = next(m for m in planned(client, run_jobs, wish)["modules"] if m["skill"]["slug"] == "git")
    assert [each["title"] for each in git["resources"]] == ["git fr", "git en", "git in English"]


def test_preview_shows_what_is_understood_and_keeps_nothing(
    learner: User, api_as: ApiAs, goal: dict[str, Any], run_jobs: RunJobs
) -> None:
    client = api_as(learner)
    preview = client.post(f"{ROADMAPS}preview/", goal)
    assert preview.status_code == 200
    assert not Roadmap.objects.exists()
    assert not Generation.objects.exists()
    made = planned(client, run_jobs, goal)
    for part in ("understood", "plan_summary", "started_on", "weeks"):
        assert preview.json()[part] == made[part]
    assert [each["title"] for each in preview.json()["modules"]] == [each["title"] for each in made["modules"]]


def test_retry_plans_from_the_same_wish(learner: User, api_as: ApiAs, by_deadline: dict[str, Any]) -> None:
    client = api_as(learner)
    own = {"level": 2, "known": [{"skill": "git", "level": 1}], "refresh_below": 2, "languages": ["fr"]}
    asked = client.post(ROADMAPS, by_deadline | own).json()
    first = Generation.objects.get()
    Generation.objects.update(status="failed", finished_at=timezone.now())
    Roadmap.objects.update(status="failed")
    assert client.post(f"{asked['links']['roadmap']}retry/").status_code == 202
    assert Generation.objects.exclude(pk=first.pk).get().input == first.input


@pytest.fixture
def followed(learner: User) -> Roadmap:
    """Begun two weeks ago with six hours a week: one module done, two of six hours left."""
    roadmap: Roadmap = RoadmapFactory(
        owner=learner, status="ready", hours_per_week=6, weeks=4, started_on=timezone.localdate() - timedelta(days=14)
    )
    ModuleFactory(
        roadmap=roadmap, position=1, estimated_minutes=180, status="completed", completed_at=timezone.now(),
        starts_week=1, ends_week=1,
    )  # fmt: skip
    for position in (2, 3):
        ModuleFactory(roadmap=roadmap, position=position, estimated_minutes=360, starts_week=1, ends_week=2)
    return roadmap


def weeks_of(roadmap: Roadmap) -> list[tuple[int | None, int | None]]:
    return list(Module.objects.filter(roadmap=roadmap).order_by("position").values_list("starts_week", "ends_week"))


def test_what_is_left_is_laid_out_from_this_week(followed: Roadmap, learner: User, api_as: ApiAs) -> None:
    shown = api_as(learner).post(f"{ROADMAPS}{followed.pk}/reschedule/").json()
    assert weeks_of(followed) == [(1, 1), (3, 3), (4, 4)]
    assert (shown["plan_summary"]["fits"], shown["plan_summary"]["weeks_needed"]) == (True, 4)
    assert shown["pace"]["minutes_per_week"] == 90
    assert shown["pace"]["days_late"] > 0
    assert "At your pace of 1.5 hours a week" in shown["pace"]["in_words"]


def test_fewer_hours_lay_the_weeks_out_anew_and_say_what_is_missing(
    followed: Roadmap, learner: User, api_as: ApiAs
) -> None:
    shown = api_as(learner).patch(f"{ROADMAPS}{followed.pk}/", {"hours_per_week": 3}).json()
    assert weeks_of(followed) == [(1, 1), (3, 4), (5, 6)]
    summary = shown["plan_summary"]
    assert (summary["fits"], summary["shortfall_minutes"], summary["shortfall_weeks"]) == (False, 360, 2)
    assert summary["hours_per_week_needed"] == 6


def test_deadline_and_weeks_replace_each_other(followed: Roadmap, learner: User, api_as: ApiAs) -> None:
    client, path = api_as(learner), f"{ROADMAPS}{followed.pk}/"
    assert client.patch(path, {"deadline": in_days(14)}).json()["weeks"] == 4
    later = client.patch(path, {"started_on": in_days(0)}).json()
    assert (later["weeks"], later["deadline"]) == (2, in_days(14))
    assert client.patch(path, {"weeks": 9}).json()["deadline"] is None
    both = client.patch(path, {"weeks": 9, "deadline": in_days(20)})
    assert [error["field"] for error in both.json()["errors"]] == ["deadline"]
