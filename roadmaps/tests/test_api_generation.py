"""From the wish to the roadmap, over HTTP and through the worker's task."""

from collections.abc import Callable
from typing import Any

import pytest

from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import User

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]
RunJobs = Callable[[], int]

ROADMAPS = "/api/v1/roadmaps/"


def test_wish_becomes_a_roadmap_for_this_learner(
    learner: User, goal: dict[str, Any], api_as: ApiAs, run_jobs: RunJobs
) -> None:
    client = api_as(learner)

    accepted = client.post(ROADMAPS, goal)

    assert accepted.status_code == 202
    job = accepted.json()
    assert job["status"] == "queued"
    assert accepted["Location"] == job["links"]["self"] == f"/api/v1/roadmaps/generations/{job['id']}/"
    assert client.get(job["links"]["roadmap"]).json()["status"] == "generating"

    assert run_jobs() == 1

    receipt = client.get(accepted["Location"]).json()
    assert (receipt["status"], receipt["source"], receipt["fallback_reason"]) == ("succeeded", "planner", "")
    roadmap = client.get(receipt["links"]["roadmap"]).json()
    assert roadmap["status"] == "ready"
    assert roadmap["title"] == "Backend engineer with Python and PostgreSQL"
    assert roadmap["track"] == roadmap["understood"]["track"] == "backend-python"
    assert roadmap["understood"]["skills"] == ["python", "postgresql"]
    modules = roadmap["modules"]
    assert {module["skill"]["slug"] for module in modules} == {"python", "sql", "postgresql", "git"}
    done: set[str] = set()
    for module in modules:
        assert set(module["requires"]) <= done
        done.add(module["id"])
    assert sum(module["estimated_minutes"] for module in modules) == 3 * 400 + 2 * 300 + 3 * 350 + 1 * 120
    assert roadmap["plan_summary"]["total_minutes"] == sum(module["estimated_minutes"] for module in modules)
    assert roadmap["plan_summary"]["fits"] is True
    assert [module["resources"][0]["language"] for module in modules] == ["de"] * len(modules)
