"""The function that reads mentors past the policies gives what policies and querysets give, and no more."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from matches.models import Review
from matches.services import people
from matches.services.people import Candidate, candidate_json, candidates_for, mentor_json, open_mentors
from matches.tests.factories import MatchFactory, ReviewFactory, offering, python, seeking
from skillbridge_backend.core.access import DatabaseRole, acting_as, enter_role
from users.enums import Role
from users.models import LeaveWindow, Profile, Skill, User
from users.tests.factories import AvailabilitySlotFactory, SkillFactory

pytestmark = pytest.mark.django_db


def chosen(learner: User, wanted: dict[str, int]) -> list[Candidate]:
    """What the function gives with the learner's own rights."""
    with acting_as(learner.pk, user_role=learner.role):
        return candidates_for(Profile.objects.get(user=learner), wanted, now=timezone.now())


def ids(candidates: list[Candidate]) -> list[Any]:
    return [one.user_id for one in candidates]


def build_mentors(learner: User, skill: Skill) -> None:
    """One of each kind: some whom the learner may choose, and one for each reason why not."""
    open_ones: list[dict[str, Any]] = [{}, {"languages": []}, {"languages": ["fr", "en"]}, {"mentoring_capacity": 3}]
    for fields in open_ones:
        offering({skill: 4}, **fields)
    offering({skill: 5}, languages=["fr"])
    offering({skill: 5}, is_offering_mentoring=False)
    offering({skill: 5}, mentoring_capacity=0)
    User.objects.filter(pk=offering({skill: 5}).pk).update(is_active=False)
    User.objects.filter(pk=offering({skill: 5}).pk).update(role=Role.LEARNER)
    MatchFactory.in_state("active", mentor=offering({skill: 5}, mentoring_capacity=1))
    MatchFactory.in_state("proposed", learner=learner, mentor=offering({skill: 5}))
    MatchFactory.in_state("cancelled", learner=learner, mentor=offering({skill: 1}))
    for first, last in ((-1, 1), (1, 2)):
        LeaveWindow.objects.create(
            profile=Profile.objects.get(user=offering({skill: 2})),
            starts_on=timezone.now().date() + timedelta(days=first),
            ends_on=timezone.now().date() + timedelta(days=last),
        )
    offering({skill: 0})
    offering({SkillFactory(): 5})


@pytest.mark.parametrize("role", [Role.LEARNER, Role.MENTOR, Role.MODERATOR, Role.ADMIN])
def test_candidates_are_whom_policies_and_querysets_give(role: Role) -> None:
    skill = python()
    learner = seeking({skill: 3}, languages=["en"])
    User.objects.filter(pk=learner.pk).update(role=role)
    learner.refresh_from_db()
    build_mentors(learner, skill)

    found = chosen(learner, {"python": 3})

    with acting_as(learner.pk, user_role=learner.role):
        allowed = (
            open_mentors(learner)
            .filter(skills__skill=skill, skills__level__gte=1)
            .exclude(user__matches_as_mentor__status="proposed", user__matches_as_mentor__learner=learner)
        )
        expected = {profile.user_id for profile in allowed if not profile.languages or "en" in profile.languages}
    assert set(ids(found)) == expected
    assert len(expected) == len(found) == 6


def test_candidate_says_what_the_learner_reads_of_the_mentor_by_policies() -> None:
    skill, other = python(), SkillFactory(slug="rust")
    learner = seeking({skill: 3})
    mentor = offering({skill: 5, other: 2, SkillFactory(): 1}, mentoring_capacity=3, time_zone="Asia/Kolkata")
    for weekday in (1, 4):
        AvailabilitySlotFactory(
            profile=Profile.objects.get(user=mentor), weekday=weekday, starts_at=time(18), ends_at=time(1, 30)
        )
    MatchFactory.in_state("active", mentor=mentor)
    for rating, revealed in ((5, -1), (2, -1), (1, 1)):
        review = ReviewFactory(match=MatchFactory.in_state("completed", mentor=mentor), rating=rating)
        Review.objects.filter(pk=review.pk).update(revealed_at=timezone.now() + timedelta(days=revealed))
    now = timezone.now()

    (found,) = chosen(learner, {"python": 3, "rust": 4})

    with acting_as(learner.pk, user_role=learner.role):
        profile = open_mentors(learner).get(user=mentor)
        readable = mentor_json(profile, now=now)
        assert (found.handle, found.display_name) == (profile.user.handle, profile.user.display_name)
        assert (found.headline, found.country) == (profile.headline, profile.country)
    readable["skills"] = [known for known in readable["skills"] if known["skill"] in {"python", "rust"}]
    given = candidate_json(found, now=now)
    for side in (given, readable):
        side["skills"].sort(key=lambda known: known["skill"])
    assert given == readable
    assert (given["capacity"], given["rating"]) == (2, {"mean_milli": 3500, "count": 2})


def test_those_who_reach_most_of_the_wanted_levels_are_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    skill, other = python(), SkillFactory(slug="rust")
    learner = seeking({skill: 3})
    offering({skill: 5})
    both = offering({skill: 2, other: 2})
    one = offering({other: 4})
    offering({skill: 1})
    monkeypatch.setattr(people, "MOST_CANDIDATES", 2)

    assert ids(chosen(learner, {"python": 2, "rust": 3})) == [both.pk, one.pk]


def test_nobodys_context_has_no_candidates() -> None:
    offering({python(): 5})
    statement = "SELECT count(*) FROM private.matches_candidates(%s, %s, %s, %s, %s)"
    with transaction.atomic(), connection.cursor() as cursor:
        enter_role(DatabaseRole.AUTHENTICATED)
        cursor.execute(statement, [["python"], [3], [], date.today(), 10])
        assert cursor.fetchone() == (0,)
        cursor.execute("RESET ROLE")
