"""The list of mentors and the marks of their skills, whoever writes and whatever else is written meanwhile."""

from typing import Any

import pytest

from skillbridge_backend.core.access import acting_as
from users.models import Profile, ProfileSkill
from users.tests.factories import MentorFactory, ProfileFactory, SkillFactory


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
