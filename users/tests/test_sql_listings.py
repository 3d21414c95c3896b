"""The list of mentors and the marks of their skills, whoever writes and whatever else is written meanwhile."""

from typing import Any

import pytest

from skillbridge_backend.core.access import acting_as
from skillbridge_backend.core.derived import check_all
from skillbridge_backend.core.ids import new_id
from users.models import AvailabilitySlot, LeaveWindow, MentorListing, Profile, ProfileSkill
from users.tests.factories import (
    AvailabilitySlotFactory,
    LeaveWindowFactory,
    MentorFactory,
    ProfileFactory,
    ProfileSkillFactory,
    SkillFactory,
)


def drifted() -> dict[str, int]:
    return {finding.name: finding.wrong for finding in check_all() if finding.wrong}


def add_skill(profile: Profile, **values: Any) -> ProfileSkill:
    """As the person themselves, with whatever values a client of the database may write."""
    skill = SkillFactory()
    with acting_as(profile.user_id):
        row: ProfileSkill = ProfileSkill.objects.create(profile=profile, skill=skill, level=5, **values)
    row.refresh_from_db()
    return row


@pytest.mark.django_db
class TestMarks:
    def test_learner_adds_no_skill_as_a_listed_mentors(self) -> None:
        assert not add_skill(ProfileFactory(), is_listed=True).is_listed

    def test_learner_marks_no_skill_later(self) -> None:
        row = add_skill(ProfileFactory())
        with acting_as(row.profile.user_id):
            ProfileSkill.objects.filter(pk=row.pk).update(is_listed=True)
        row.refresh_from_db()
        assert not row.is_listed

    @pytest.mark.parametrize("is_listed", [True, False])
    def test_skill_of_a_listed_mentor_is_marked_whatever_they_say(self, is_listed: bool) -> None:
        assert add_skill(MentorFactory(), is_listed=is_listed).is_listed


@pytest.mark.django_db
class TestMovedParts:
    """What hangs on a profile changes two listings when it moves to another."""

    @pytest.mark.parametrize(
        ("factory", "model"),
        [
            (LeaveWindowFactory, LeaveWindow),
            (AvailabilitySlotFactory, AvailabilitySlot),
            (ProfileSkillFactory, ProfileSkill),
        ],
    )
    @pytest.mark.parametrize("receiver", [MentorFactory, ProfileFactory])
    def test_part_that_moves_leaves_no_trace(self, factory: Any, model: Any, receiver: Any) -> None:
        part = factory(profile=MentorFactory())
        model.objects.filter(pk=part.pk).update(profile=receiver())
        assert drifted() == {}

    def test_skill_that_a_mentor_gets_from_a_learner_is_listed(self) -> None:
        known, mentor = ProfileSkillFactory(profile=ProfileFactory()), MentorFactory()
        ProfileSkill.objects.filter(pk=known.pk).update(profile=mentor)
        assert known.skill.slug in MentorListing.objects.get().skills
        assert drifted() == {}

    def test_skill_that_gets_another_id_is_followed(self) -> None:
        known = ProfileSkillFactory(profile=MentorFactory(), level=3)
        with acting_as(known.profile.user_id):
            ProfileSkill.objects.filter(pk=known.pk).update(id=new_id(), level=5)
        assert f"{known.skill.slug}:5" in MentorListing.objects.get().skills
