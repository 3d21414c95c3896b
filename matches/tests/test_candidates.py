"""The function that reads mentors past the policies gives what policies and querysets give, and no more."""

import json
from datetime import time, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone

from matches.models import MentorMatch, Review
from matches.services import RoundService, people
from matches.services.people import REFUSAL_COUNTS_FOR, Learner, asking, candidates_for, histories_of
from matches.services.wants import Catalogue
from matches.tests.factories import MatchFactory, ReviewFactory, offering, python, round_after, seeking
from skillbridge_backend.core.access import DatabaseRole, acting_as, enter_role
from skillbridge_backend.core.derived import check_all
from users.enums import Role
from users.models import AvailabilitySlot, LeaveWindow, Profile, Skill, SkillPrerequisite, User
from users.tests.clocks import elsewhere
from users.tests.factories import AvailabilitySlotFactory, ProfileSkillFactory, SkillFactory, UserFactory

pytestmark = pytest.mark.django_db


def chosen(learner: User, wanted: dict[str, int]) -> list[dict[str, Any]]:
    """What the function gives with the learner's own rights."""
    with acting_as(learner.pk, user_role=learner.role):
        wants = Catalogue.of(wanted).wants(wanted, {})
        languages = Profile.objects.get(user=learner).languages
        found = candidates_for(wants, languages=languages, now=timezone.now())
    mentors: list[dict[str, Any]] = json.loads(f"[{found.told}]")
    assert (len(mentors), {mentor["time_zone"] for mentor in mentors}) == (found.count, found.zones)
    return mentors


def ids(candidates: list[dict[str, Any]]) -> list[UUID]:
    return [UUID(one["id"]) for one in candidates]


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
    MatchFactory.in_state("expired", learner=learner, mentor=offering({skill: 1}))
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
            Profile.objects.visible_to(learner)
            .mentors()
            .filter(skills__skill=skill, skills__level__gte=1, listing__open_places__gt=0)
            .exclude(user__matches_as_mentor__status="proposed", user__matches_as_mentor__learner=learner)
        )
        today = timezone.now().date()
        expected = {
            profile.user_id
            for profile in allowed.prefetch_related("leave_windows")
            if (not profile.languages or "en" in profile.languages)
            and not any(leave.starts_on <= today <= leave.ends_on for leave in profile.leave_windows.all())
        }
    assert set(ids(found)) == expected
    assert len(expected) == len(found) == 6


@pytest.mark.parametrize("status", ["declined", "cancelled", "ended_early"])
def test_who_refused_is_out_of_question_as_long_as_in_rounds(status: str) -> None:
    learner, mentor = seeking({python(): 3}), offering({python(): 3})
    refused = MatchFactory.in_state(status, learner=learner, mentor=mentor)
    MatchFactory.in_state(status, learner=seeking({}), mentor=mentor)
    assert ids(chosen(learner, {"python": 3})) == []

    long_ago = timezone.now() - REFUSAL_COUNTS_FOR
    MentorMatch.objects.filter(pk=refused.pk).update(started_at=None, ended_at=long_ago)
    assert ids(chosen(learner, {"python": 3})) == [mentor.pk]


def test_proposal_that_was_withdrawn_with_its_round_is_no_refusal() -> None:
    learner, mentor, admin = seeking({python(): 3}), offering({python(): 3}), UserFactory(role=Role.ADMIN)
    applied = round_after("running", "proposed", "applied")
    MatchFactory.in_state("proposed", learner=learner, mentor=mentor, round=applied)
    assert ids(chosen(learner, {"python": 3})) == []
    with acting_as(admin.pk, user_role=admin.role):
        RoundService.undo(actor=admin, round_id=applied.pk)

    assert ids(chosen(learner, {"python": 3})) == [mentor.pk]


@pytest.mark.parametrize("is_their_day", [True, False])
def test_leave_is_a_day_where_the_mentor_lives(*, is_their_day: bool) -> None:
    now = timezone.now()
    zone, their_day = elsewhere(now)
    day = their_day if is_their_day else now.date()
    mentor = offering({python(): 5}, time_zone=zone)
    LeaveWindow.objects.create(profile=mentor.profile, starts_on=day, ends_on=day)

    assert ids(chosen(seeking({python(): 3}), {"python": 3})) == ([] if is_their_day else [mentor.pk])


def test_candidate_is_told_as_their_rows_are() -> None:
    skill, other = python(), SkillFactory(slug="rust")
    learner = seeking({skill: 3})
    mentor = offering(
        {skill: 5, other: 2},
        mentoring_capacity=3,
        time_zone="Asia/Kolkata",
        languages=["en", "hi", "en"],
        country="AT",
    )
    for weekday in (1, 6):
        AvailabilitySlotFactory(
            profile=Profile.objects.get(user=mentor), weekday=weekday, starts_at=time(18), ends_at=time(1, 30)
        )
    MatchFactory.in_state("active", mentor=mentor)
    for rating, revealed in ((5, -1), (2, -1), (3, -2), (1, 1)):
        review = ReviewFactory(match=MatchFactory.in_state("completed", mentor=mentor), rating=rating)
        Review.objects.filter(pk=review.pk).update(revealed_at=timezone.now() + timedelta(days=revealed))

    assert chosen(learner, {"python": 3, "rust": 4}) == [
        {
            "id": str(mentor.pk),
            "skills": [{"skill": "python", "level": 5}, {"skill": "rust", "level": 2}],
            "languages": ["en", "hi"],
            "time_zone": "Asia/Kolkata",
            "slots": [[2520, 2970], [9720, 10170]],
            "capacity": 2,
            "rating": {"mean_milli": 3330, "count": 3},
            "answer_rate_permille": 1000,
            "attendance_permille": None,
            "country": "AT",
        }
    ]


@pytest.mark.parametrize("change", ["slot", "slot gone", "level", "skill gone", "zone", "closed"])
def test_what_is_told_follows_each_change(change: str) -> None:
    skill = python()
    learner, mentor = seeking({skill: 3}), offering({skill: 5})
    profile = Profile.objects.get(user=mentor)
    slot = AvailabilitySlotFactory(profile=profile, weekday=0, starts_at=time(9), ends_at=time(10))
    (before,) = chosen(learner, {"python": 3})
    changes: dict[str, Any] = {
        "slot": lambda: AvailabilitySlot.objects.filter(pk=slot.pk).update(ends_at=time(11)),
        "slot gone": slot.delete,
        "level": lambda: profile.skills.update(level=4),
        "skill gone": lambda: profile.skills.all().delete(),
        "zone": lambda: Profile.objects.filter(pk=profile.pk).update(time_zone="Asia/Tokyo"),
        "closed": lambda: Profile.objects.filter(pk=profile.pk).update(is_offering_mentoring=False),
    }
    changes[change]()
    told = {
        "slot": [before | {"slots": [[540, 660]]}],
        "slot gone": [before | {"slots": []}],
        "level": [before | {"skills": [{"skill": "python", "level": 4}]}],
        "skill gone": [],
        "zone": [before | {"time_zone": "Asia/Tokyo"}],
        "closed": [],
    }
    assert chosen(learner, {"python": 3}) == told[change]
    assert set(profile.skills.values_list("is_listed", flat=True)) <= {change != "closed"}


def test_those_who_reach_most_of_the_wanted_levels_are_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    skill, other = python(), SkillFactory(slug="rust")
    learner = seeking({skill: 3})
    offering({skill: 5})
    both = offering({skill: 2, other: 2})
    one = offering({other: 4})
    offering({skill: 1})
    monkeypatch.setattr(people, "MOST_CANDIDATES", 2)

    assert ids(chosen(learner, {"python": 2, "rust": 3})) == [both.pk, one.pk]


def test_those_who_fit_are_found_behind_many_who_know_it_better_and_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    skill = python()
    learner = seeking({skill: 3}, languages=["fi"])
    for _ in range(3):
        offering({skill: 5}, languages=["de"])
    finn = offering({skill: 3}, languages=["fi"])
    monkeypatch.setattr(people, "MOST_ENTRIES", 2)

    assert ids(chosen(learner, {"python": 3})) == [finn.pk]


def test_those_who_are_open_are_found_behind_three_times_as_many_who_are_full(monkeypatch: pytest.MonkeyPatch) -> None:
    skill = python()
    learner = seeking({skill: 5})
    for _ in range(3):
        MatchFactory.in_state("active", mentor=offering({skill: 5}, mentoring_capacity=1))
    free = offering({skill: 4})
    monkeypatch.setattr(people, "MOST_CANDIDATES", 1)
    monkeypatch.setattr(people, "FEW_CANDIDATES", 0)

    assert ids(chosen(learner, {"python": 5})) == [free.pk]


def test_many_wanted_skills_are_looked_at_in_equal_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    skill, other = python(), SkillFactory(slug="rust")
    learner = seeking({skill: 5, other: 5})
    best = {offering({one: level}).pk for one in (skill, other) for level in (5, 4)}
    for one in (skill, other):
        offering({one: 3})
    monkeypatch.setattr(people, "MOST_ENTRIES", 5)
    monkeypatch.setattr(people, "FEW_CANDIDATES", 0)

    assert set(ids(chosen(learner, {"python": 5, "rust": 5}))) == best


@pytest.mark.parametrize("most", [1000, 1])
@pytest.mark.parametrize("languages", [["fi"], ["fi", "en"], []])
def test_where_few_are_found_nobody_is_left_out(
    monkeypatch: pytest.MonkeyPatch, languages: list[str], most: int
) -> None:
    """They are found by their language when they are few, else (`most` 1) by what they know; the two find the same."""
    skill, above = python(), SkillFactory(slug="django")
    SkillPrerequisite.objects.create(skill=above, requires=skill)
    learner = seeking({skill: 4}, languages=languages)
    for _ in range(3):
        offering({skill: 5}, languages=["de"], mentoring_capacity=0 if languages else 2)
    expected = {
        offering({skill: 4}, languages=["fi"]).pk: 1,
        offering({skill: 3, above: 5}, languages=["fi", "sv"]).pk: 2,
        offering({above: 4}, languages=[]).pk: 3,
        offering({skill: 1}, languages=["fi"]).pk: 4,
        offering({skill: 1}, languages=["fi"]).pk: 4,
    }
    if not languages:
        expected |= {row.user_id: 0 for row in Profile.objects.filter(listing__languages=["de"])}
    offering({above: 1}, languages=["fi"])  # half of a level is none
    MatchFactory.in_state("active", mentor=offering({skill: 5}, languages=["fi"], mentoring_capacity=1))
    MatchFactory.in_state("active", learner=learner, mentor=offering({skill: 5}, languages=["fi"]))
    monkeypatch.setattr(people, "MOST_ENTRIES", 2)

    found = ids(chosen(learner, {"python": 4}))
    assert found == sorted(expected, key=lambda one: (expected[one], found.index(one)))
    monkeypatch.setattr(people, "MOST_CANDIDATES", most)
    assert ids(chosen(learner, {"python": 4})) == found[:most]


def test_skill_that_is_saved_as_it_was_read_before_stays_findable() -> None:
    skill = python()
    learner, mentor = seeking({skill: 3}), offering({skill: 3})
    profile = Profile.objects.get(user=mentor)
    Profile.objects.filter(pk=profile.pk).update(is_offering_mentoring=False)
    known = profile.skills.get()
    Profile.objects.filter(pk=profile.pk).update(is_offering_mentoring=True)
    known.verified_at = timezone.now()

    known.save()

    assert ids(chosen(learner, {"python": 3})) == [mentor.pk]


def test_slot_with_seconds_is_told_in_whole_minutes() -> None:
    skill = python()
    learner, mentor = seeking({skill: 3}), offering({skill: 3})
    profile = Profile.objects.get(user=mentor)
    for weekday, starts, ends in ((0, time(18), time(18, 0, 30)), (1, time(18, 0, 59), time(19, 0, 59))):
        AvailabilitySlotFactory(profile=profile, weekday=weekday, starts_at=starts, ends_at=ends)

    (told,) = chosen(learner, {"python": 3})

    assert told["slots"] == [[2520, 2580]]
    assert not [finding for finding in check_all(names=["users: listings of mentors"]) if finding.wrong]


def test_nobodys_context_has_no_candidates() -> None:
    offering({python(): 5})
    statement = """
        SELECT considered FROM private.matches_weighed(
            %s::text[], %s, %s, %s, %s, %s, %s, %s::text[], %s, %s, 10, 10, 10)
    """
    with transaction.atomic(), connection.cursor() as cursor:
        enter_role(DatabaseRole.AUTHENTICATED)
        cursor.execute(
            statement, [["python"], [0], [3], [0], [100], [1000], [False], [], timezone.now(), timezone.now()]
        )
        assert cursor.fetchone() == (0,)
        cursor.execute("RESET ROLE")


def test_learner_who_asks_is_as_policies_and_querysets_give_them() -> None:
    skill, other, now = python(), SkillFactory(), timezone.now()
    learner = seeking({skill: 3, other: 2}, languages=["de", "en"], country="DE")
    profile = Profile.objects.get(user=learner)
    ProfileSkillFactory(profile=profile, skill=other, level=1)
    # Later days first: the function tells them in order, as the model does. One goes past midnight.
    AvailabilitySlotFactory(profile=profile, weekday=4, starts_at=time(22), ends_at=time(1))
    AvailabilitySlotFactory(profile=profile, weekday=1, starts_at=time(18), ends_at=time(20))
    MatchFactory.in_state("completed", learner=learner, mentor=offering({skill: 5}))
    seeking({skill: 5})

    with acting_as(learner.pk, user_role=learner.role):
        found = asking(learner.pk, now=now)
        history = histories_of([learner.pk], now=now)[learner.pk]
        expected = Learner.of(Profile.objects.visible_to(learner).get(user=learner), history)

    assert found
    assert found.learner == expected
    assert (list(history.met.values()), len(expected.slots)) == ([700], 2)
    assert (found.has, found.wants) == ({other.slug: 1}, {skill.slug: 3, other.slug: 2})


def test_nobody_asks_without_a_context_or_a_profile() -> None:
    seeking({python(): 5})
    person = UserFactory()
    with acting_as(person.pk, user_role=person.role):
        assert asking(person.pk, now=timezone.now()) is None
    with transaction.atomic():
        enter_role(DatabaseRole.AUTHENTICATED)
        assert asking(person.pk, now=timezone.now()) is None
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
