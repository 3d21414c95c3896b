"""The list of mentors and the marks of their skills, whoever writes and whatever else is written meanwhile."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError

from skillbridge_backend.core.access import acting_as
from skillbridge_backend.core.derived import check_all
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.tests.races import overtaken, write_at_once
from users.enums import Role
from users.models import AvailabilitySlot, LeaveWindow, MentorListing, Profile, ProfileSkill, User
from users.tests.factories import (
    AvailabilitySlotFactory,
    LeaveWindowFactory,
    MentorFactory,
    ProfileFactory,
    ProfileSkillFactory,
    SkillAliasFactory,
    SkillFactory,
    UserFactory,
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


def becoming(profile: Profile, **values: Any) -> Callable[[], Any]:
    return partial(Profile.objects.filter(pk=profile.pk).update, **values)


def second_in_turn(first: Callable[[], Any], second: Callable[[], Any]) -> str:
    """What came of `second`, "in" or "refused", which waits for the transaction of `first`."""

    def run() -> str:
        try:
            second()
        except IntegrityError:
            return "refused"
        return "in"

    outcome: str = overtaken(run, lambda: None, lock=first)
    return outcome


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    """Neither sees what the other has written; one waits for the other, and the listing is as both left things."""

    @pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.LEARNER}])
    def test_account_that_ends_while_the_mentor_opens_is_not_listed(self, change: dict[str, Any]) -> None:
        known = ProfileSkillFactory(profile=MentorFactory(is_offering_mentoring=False))
        account = User.objects.filter(pk=known.profile.user_id)

        second_in_turn(becoming(known.profile, is_offering_mentoring=True), partial(account.update, **change))

        assert not MentorListing.objects.exists()
        assert drifted() == {}

    @pytest.mark.parametrize(("change", "outcome"), [({"is_active": False}, "in"), ({"role": Role.LEARNER}, "refused")])
    def test_mentor_who_opens_while_the_account_ends_is_not_listed(self, change: dict[str, Any], outcome: str) -> None:
        known = ProfileSkillFactory(profile=MentorFactory(is_offering_mentoring=False))
        account = User.objects.filter(pk=known.profile.user_id)

        opened = second_in_turn(partial(account.update, **change), becoming(known.profile, is_offering_mentoring=True))

        assert opened == outcome
        assert not MentorListing.objects.exists()
        assert drifted() == {}

    def test_mentor_who_comes_while_the_account_is_closed_is_not_listed(self) -> None:
        person = UserFactory(role=Role.MENTOR)

        write_at_once(
            partial(User.objects.filter(pk=person.pk).update, is_active=False), partial(MentorFactory, user=person)
        )

        assert drifted() == {}

    @pytest.mark.parametrize("factory", [ProfileSkillFactory, LeaveWindowFactory, AvailabilitySlotFactory])
    def test_part_that_comes_while_the_mentor_opens_is_listed(self, factory: Any) -> None:
        profile, skill = MentorFactory(is_offering_mentoring=False), SkillFactory()
        values = {"skill": skill} if factory is ProfileSkillFactory else {}

        outcomes = write_at_once(
            partial(factory, profile=profile, **values), becoming(profile, is_offering_mentoring=True)
        )

        assert outcomes == ["alone", "alone", "in", "in"]
        assert drifted() == {}

    def test_name_that_comes_while_a_mentor_adds_the_skill_is_found(self) -> None:
        profile, skill = MentorFactory(), SkillFactory()

        outcomes = write_at_once(
            partial(SkillAliasFactory, skill=skill), partial(ProfileSkillFactory, profile=profile, skill=skill)
        )

        assert outcomes == ["alone", "alone", "in", "in"]
        assert drifted() == {}

    def test_name_that_comes_while_a_mentor_puts_the_skill_for_another_is_found(self) -> None:
        known, skill = ProfileSkillFactory(profile=MentorFactory()), SkillFactory()

        write_at_once(
            partial(SkillAliasFactory, skill=skill),
            partial(ProfileSkill.objects.filter(pk=known.pk).update, skill=skill),
        )

        assert drifted() == {}

    def test_name_that_comes_while_a_mentor_opens_is_found(self) -> None:
        known = ProfileSkillFactory(profile=MentorFactory(is_offering_mentoring=False))

        outcomes = write_at_once(
            partial(SkillAliasFactory, skill=known.skill), becoming(known.profile, is_offering_mentoring=True)
        )

        assert outcomes == ["alone", "alone", "in", "in"]
        assert drifted() == {}

    def test_mentors_who_add_one_skill_do_not_wait_for_each_other(self) -> None:
        skill = SkillFactory()
        mentors = [MentorFactory(), MentorFactory()]

        outcomes = write_at_once(*(partial(ProfileSkillFactory, profile=mentor, skill=skill) for mentor in mentors))

        assert outcomes == ["in", "in"]
