"""A small catalogue that the tests of this app plan with: five skills, two tracks."""

from collections.abc import Callable
from typing import Any

import pytest
from celery import current_app

from roadmaps.tests.factories import ResourceFactory
from skillbridge_backend.core.models import OutboxMessage
from skillbridge_backend.core.rate_limits import redis_at
from users.models import Skill, Track, User
from users.tests.factories import (
    ProfileFactory,
    ProfileSkillFactory,
    SkillFactory,
    SkillPrerequisiteFactory,
    TrackFactory,
    TrackSkillFactory,
    UserFactory,
)


@pytest.fixture(autouse=True)
def _no_model(settings: Any) -> None:
    """No test asks a model, or YouTube, unless it starts one."""
    settings.OPENAI_API_KEY = settings.YOUTUBE_API_KEY = ""


@pytest.fixture
def skills() -> dict[str, Skill]:
    """python and sql build on programming, postgresql on sql, git on nothing."""
    made: dict[str, Skill] = {
        slug: SkillFactory(slug=slug, name=name, minutes_per_level=minutes)
        for slug, name, minutes in [
            ("programming", "Programming", 300),
            ("python", "Python", 400),
            ("sql", "SQL", 300),
            ("postgresql", "PostgreSQL", 350),
            ("git", "Git", 120),
        ]
    }
    for slug, required in [("python", "programming"), ("sql", "programming"), ("postgresql", "sql")]:
        SkillPrerequisiteFactory(skill=made[slug], requires=made[required])
    for slug, skill in made.items():
        ResourceFactory(skill=skill, title=f"{slug} in English", language="en")
        ResourceFactory(skill=skill, title=f"{slug} auf Deutsch", language="de", minutes=500)
    return made


@pytest.fixture
def track(skills: dict[str, Skill]) -> Track:
    """Back-end development: python 3, postgresql 2, git 1."""
    track: Track = TrackFactory(
        slug="backend-python", name="Back-end development with Python", keywords=["backend engineer", "backend"]
    )
    for slug, level in [("python", 3), ("postgresql", 2), ("git", 1)]:
        TrackSkillFactory(track=track, skill=skills[slug], level=level)
    return track


@pytest.fixture
def learner(track: Track, skills: dict[str, Skill]) -> User:
    """Knows programming at level 2, reads German best."""
    user: User = UserFactory()
    profile = ProfileFactory(user=user, languages=["de", "en"])
    ProfileSkillFactory(profile=profile, skill=skills["programming"], level=2)
    return user


@pytest.fixture
def other() -> User:
    """Another learner."""
    user: User = UserFactory()
    return user


@pytest.fixture
def goal() -> dict[str, Any]:
    """The body of a request for a roadmap."""
    return {"goal": "Backend engineer with Python and PostgreSQL", "hours_per_week": 6, "weeks": 20}


@pytest.fixture
def run_jobs() -> Callable[[], int]:
    """`run_jobs()`: one attempt of every planning job that waits, as a worker makes it; returns how many.

    Narrower than drain_outbox: what other apps do with the news is theirs to test.
    """

    # As a worker does at its start.
    current_app.loader.import_default_modules()

    def run() -> int:
        messages = list(OutboxMessage.objects.filter(topic="roadmaps.generate", done_at=None, dead_at=None))
        for message in messages:
            current_app.tasks[message.topic](
                str(message.pk), message.payload, message.attempts, "", str(message.actor_id or "") or None
            )
        return len(messages)

    return run


@pytest.fixture(autouse=True)
def _hosts_are_free(settings: Any) -> None:
    """No host is left alone because of an earlier test."""
    client = redis_at(settings.REDIS_URL, 1.0)
    for kind in ("turn", "rest"):
        for key in client.scan_iter(f"roadmaps:{kind}:*"):
            client.delete(key)
