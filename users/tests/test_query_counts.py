"""More rows take no more queries; how many each takes is pinned in tests/scale/query_counts.json."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from users.tests.factories import (
    AvailabilitySlotFactory,
    MentorFactory,
    ProfileSkillFactory,
    SkillFactory,
    SkillPrerequisiteFactory,
    TrackFactory,
    TrackSkillFactory,
    WantedSkillFactory,
)


def some_rows() -> None:
    for _ in range(3):
        mentor = MentorFactory()
        ProfileSkillFactory(profile=mentor)
        WantedSkillFactory(profile=mentor)
        AvailabilitySlotFactory(profile=mentor)
        TrackSkillFactory(track=TrackFactory())


@pytest.mark.django_db
def test_more_rows_take_no_more_queries(api_as: Any) -> None:
    root, mentor = SkillFactory(slug="root"), MentorFactory()
    track = TrackFactory(slug="track")
    client = api_as(mentor.user)
    addresses = {
        "/api/v1/skills/": "/api/v1/skills/",
        "/api/v1/skills/?q=": "/api/v1/skills/?q=skill",
        "/api/v1/skills/{slug}/": "/api/v1/skills/root/",
        "/api/v1/tracks/": "/api/v1/tracks/",
        "/api/v1/tracks/{slug}/": "/api/v1/tracks/track/",
        "/api/v1/mentors/": "/api/v1/mentors/",
        "/api/v1/mentors/{id}/": f"/api/v1/mentors/{mentor.user_id}/",
        "/api/v1/users/me/": "/api/v1/users/me/",
    }
    counts = []
    for _ in range(2):
        some_rows()
        SkillPrerequisiteFactory(skill=root)
        TrackSkillFactory(track=track)
        ProfileSkillFactory(profile=mentor)
        WantedSkillFactory(profile=mentor)
        round_counts = {}
        for name, address in addresses.items():
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert client.get(address).status_code == 200
            # The test's own savepoints and its fixture's reset of the role are not the view's.
            round_counts[name] = sum("SAVEPOINT" not in q["sql"] and "'none'" not in q["sql"] for q in queries)
        counts.append(round_counts)

    assert counts[0] == counts[1]
