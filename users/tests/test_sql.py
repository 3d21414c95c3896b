"""What the database itself holds to, whoever writes: rights of the roles, no cycles. Its trail: `test_audit.py`."""

import re
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction

from skillbridge_backend.core.access import DatabaseRole, account_service, acting_as, acting_as_service, enter_role
from skillbridge_backend.core.constraints import refusal_of
from skillbridge_backend.core.sql import sql_file
from skillbridge_backend.core.tests.races import write_at_once
from users.enums import AuditAction, ChallengePurpose, Role
from users.models import (
    AuditEntry,
    EmailChange,
    PersonalToken,
    Profile,
    RefreshTokenFamily,
    Skill,
    SkillPrerequisite,
    User,
)
from users.models.people import RESERVED_HANDLE
from users.tests.factories import (
    ChallengeFactory,
    DepartureFactory,
    EmailChangeFactory,
    MentorFactory,
    PersonalTokenFactory,
    ProfileFactory,
    RefreshTokenFamilyFactory,
    SkillFactory,
    UserFactory,
)

EARLIER = datetime(2026, 1, 1, tzinfo=UTC)


def execute(sql: str, parameters: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


@pytest.mark.django_db
class TestPrerequisites:
    def test_edge_that_closes_a_cycle_is_refused_in_raw_sql(self) -> None:
        a, b, c = (SkillFactory(slug=slug) for slug in "abc")
        SkillPrerequisite.objects.create(skill=a, requires=b)
        SkillPrerequisite.objects.create(skill=b, requires=c)

        with pytest.raises(IntegrityError, match="c cannot require a") as caught, transaction.atomic():
            execute(
                "INSERT INTO users_skillprerequisite (id, skill_id, requires_id) VALUES (gen_random_uuid(), %s, %s)",
                [c.pk, a.pk],
            )

        assert caught.value.__cause__.diag.constraint_name == "prerequisite_no_cycle"  # type: ignore[union-attr]
        assert SkillPrerequisite.objects.count() == 2

    def test_cycle_within_one_statement_is_refused(self) -> None:
        a, b = SkillFactory(), SkillFactory()
        edges = [SkillPrerequisite(skill=a, requires=b), SkillPrerequisite(skill=b, requires=a)]

        with pytest.raises(IntegrityError), transaction.atomic():
            SkillPrerequisite.objects.bulk_create(edges)

    def test_edge_turned_round_into_a_cycle_is_refused(self) -> None:
        a, b, c = (SkillFactory() for _ in range(3))
        SkillPrerequisite.objects.create(skill=a, requires=b)
        SkillPrerequisite.objects.create(skill=b, requires=c)

        with pytest.raises(IntegrityError), transaction.atomic():
            SkillPrerequisite.objects.filter(skill=b).update(requires=a)

    def test_two_ways_to_one_skill_are_no_cycle(self) -> None:
        a, b, c, d = (SkillFactory() for _ in range(4))
        edges = [(a, b), (a, c), (b, d), (c, d)]

        SkillPrerequisite.objects.bulk_create(SkillPrerequisite(skill=s, requires=r) for s, r in edges)

        assert SkillPrerequisite.objects.count() == 4


@pytest.mark.django_db
class TestSeeking:
    PAST = datetime(2020, 1, 1, tzinfo=UTC)

    def since(self, profile: Profile) -> datetime | None:
        return Profile.objects.get(pk=profile.pk).seeking_since

    def test_it_begins_when_somebody_says_so_and_ends_when_they_do_not(self) -> None:
        profile: Profile = ProfileFactory(is_seeking_mentoring=False)
        assert self.since(profile) is None
        Profile.objects.update(is_seeking_mentoring=True)
        assert self.since(profile) is not None
        Profile.objects.update(is_seeking_mentoring=False)
        assert self.since(profile) is None

    def test_nobody_dates_their_own_back(self) -> None:
        profile: Profile = ProfileFactory(is_seeking_mentoring=True)
        began = self.since(profile)
        for said in (self.PAST, None):
            with acting_as(profile.user_id):
                Profile.objects.filter(user=profile.user_id).update(seeking_since=said)
            assert self.since(profile) == began
        newcomer: User = UserFactory()
        with acting_as(newcomer.pk):
            made = Profile.objects.create(user=newcomer, is_seeking_mentoring=True, seeking_since=self.PAST)
        assert self.since(made) != self.PAST

    def test_rows_of_old_keep_their_date(self) -> None:
        profile: Profile = ProfileFactory(is_seeking_mentoring=True, seeking_since=self.PAST)
        assert self.since(profile) == self.PAST
        profile.save()
        assert self.since(profile) == self.PAST


@pytest.mark.django_db(transaction=True)
def test_two_halves_of_a_cycle_at_once_do_not_both_get_in() -> None:
    a, b = SkillFactory(), SkillFactory()

    outcomes = write_at_once(
        *(
            partial(SkillPrerequisite.objects.create, skill=skill, requires=requires)
            for skill, requires in ((a, b), (b, a))
        )
    )

    assert outcomes == ["alone", "in", "refused"]
    assert SkillPrerequisite.objects.count() == 1


@pytest.mark.django_db
class TestRights:
    def test_nobody_raises_their_own_role(self) -> None:
        person = UserFactory()

        with pytest.raises(ProgrammingError, match="permission denied"), acting_as(person.pk):
            User.objects.filter(pk=person.pk).update(role=Role.ADMIN)

    @pytest.mark.parametrize("field", ["token_version", "is_staff", "is_superuser", "password", "email_confirmed_at"])
    def test_nobody_changes_what_only_services_change(self, field: str) -> None:
        person = UserFactory()

        with pytest.raises(ProgrammingError, match="permission denied"), acting_as(person.pk):
            execute(f"UPDATE users_user SET {field} = {field}")  # names of the test itself

    def test_account_service_sees_no_profiles_and_no_catalogue(self) -> None:
        for model in (Profile, Skill):
            with pytest.raises(ProgrammingError, match="permission denied"), account_service():
                model.objects.count()

    def test_account_service_gives_nobody_a_role(self) -> None:
        with pytest.raises(ProgrammingError, match="permission denied"), account_service():
            User.objects.update(role=Role.ADMIN)

    def test_people_see_their_own_sessions_and_no_tokens(self) -> None:
        own, _ = RefreshTokenFamilyFactory.create_batch(2)
        with acting_as(own.user_id):
            assert set(RefreshTokenFamily.objects.without_tokens()) == {own}
        with pytest.raises(ProgrammingError, match="permission denied"), acting_as(own.user_id):
            RefreshTokenFamily.objects.get()

    def test_strangers_see_the_catalogue_and_no_addresses(self) -> None:
        SkillFactory()

        with transaction.atomic():
            enter_role(DatabaseRole.ANONYMOUS)
            assert Skill.objects.count() == 1
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                list(User.objects.values("email"))
            execute("RESET ROLE")

    def test_service_role_may_do_the_rest(self) -> None:
        profile = ProfileFactory()

        with acting_as_service():
            User.objects.filter(pk=profile.user_id).update(role=Role.MENTOR)
            profile.delete()

        assert User.objects.get(pk=profile.user_id).role == Role.MENTOR


@pytest.mark.django_db
class TestClosedAccounts:
    def test_what_let_in_ends_whoever_closes_it_and_does_not_come_back(self) -> None:
        """The refresh tokens and personal tokens of a hijacked account worked again when it was opened again."""
        person, other = RefreshTokenFamilyFactory().user, RefreshTokenFamilyFactory()
        ended = RefreshTokenFamilyFactory(user=person, revoked_at=EARLIER)
        token, kept = PersonalTokenFactory(user=person), PersonalTokenFactory(user=other.user)
        waiting = EmailChangeFactory(user=person)
        login = ChallengeFactory(user=person, purpose=ChallengePurpose.LOGIN)
        version = person.token_version

        for is_active in (False, True):
            execute("UPDATE users_user SET is_active = %s WHERE id = %s", [is_active, person.pk])

        assert not RefreshTokenFamily.objects.filter(user=person, revoked_at=None).exists()
        assert not PersonalToken.objects.filter(pk=token.pk).exists()
        assert not EmailChange.objects.filter(pk=waiting.pk).exists()
        login.refresh_from_db()
        assert login.answered_at
        person.refresh_from_db()
        assert person.token_version == version + 1
        told = AuditEntry.objects.filter(user_id=person.pk, details__reason="account_closed").order_by("pk")
        assert [entry.action for entry in told] == [AuditAction.LOGGED_OUT, AuditAction.PERSONAL_TOKEN_REMOVED]
        ended.refresh_from_db()
        assert ended.revoked_at == EARLIER
        assert RefreshTokenFamily.objects.alive().filter(pk=other.pk).exists()
        assert PersonalToken.objects.filter(pk=kept.pk).exists()

    def test_model_that_is_saved_as_a_whole_writes_no_former_version_back(self) -> None:
        person = UserFactory(token_version=7)
        person.is_active = False
        person.save()

        assert User.objects.get(pk=person.pk).token_version == 8

    def test_account_that_stays_open_or_closed_keeps_its_version(self) -> None:
        is_open, is_closed = UserFactory(), UserFactory(is_active=False)
        User.objects.filter(pk=is_open.pk).update(is_active=True)
        User.objects.filter(pk=is_closed.pk).update(is_active=False)

        assert {*User.objects.values_list("token_version", flat=True)} == {is_open.token_version}


@pytest.mark.django_db
class TestOffers:
    @pytest.mark.parametrize("role", [Role.LEARNER, Role.ADMIN])
    def test_only_mentors_begin_to_offer_mentoring(self, role: Role) -> None:
        person = ProfileFactory(user__role=role).user
        with pytest.raises(IntegrityError) as caught, acting_as(person.pk):
            Profile.objects.filter(user=person).update(is_offering_mentoring=True, mentoring_capacity=50)
        refusal = refusal_of(caught.value)
        assert [(error.field, error.code) for error in refusal.errors] == [
            ("is_offering_mentoring", "validation_failed")
        ]

    def test_nobody_comes_with_an_offer_who_is_no_mentor(self) -> None:
        person = UserFactory()
        with pytest.raises(IntegrityError, match="only mentors"), acting_as(person.pk):
            Profile.objects.create(user=person, is_offering_mentoring=True)

    @pytest.mark.parametrize("order", [("role", "offer"), ("offer", "role")])
    def test_role_and_offer_end_in_either_order(self, order: tuple[str, ...]) -> None:
        mentor = MentorFactory().user
        steps = {
            "role": lambda: User.objects.filter(pk=mentor.pk).update(role=Role.LEARNER),
            "offer": lambda: Profile.objects.filter(user=mentor).update(is_offering_mentoring=False),
        }
        with acting_as_service():
            for step in order:
                steps[step]()

    def test_former_mentor_whose_offer_stands_still_edits_the_rest(self) -> None:
        mentor = MentorFactory().user
        User.objects.filter(pk=mentor.pk).update(role=Role.LEARNER)
        with acting_as(mentor.pk):
            assert Profile.objects.filter(user=mentor).update(headline="Learns again") == 1

    @pytest.mark.parametrize("role", [Role.MENTOR, Role.LEARNER])
    def test_who_stays_offers_again_if_they_are_a_mentor(self, role: Role) -> None:
        mentor = MentorFactory().user
        departure = DepartureFactory(user=mentor)
        User.objects.filter(pk=mentor.pk).update(role=role)
        departure.delete()
        assert Profile.objects.get(user=mentor).is_offering_mentoring == (role == Role.MENTOR)


@pytest.mark.django_db
class TestReservedHandles:
    def test_holders_from_before_get_another_unless_they_run_the_platform(self) -> None:
        execute("ALTER TABLE users_user DROP CONSTRAINT user_handle_reserved")
        person = UserFactory(handle="support")
        kept = [UserFactory(handle="admin", role=Role.ADMIN), UserFactory(handle="supporter")]

        execute(str(sql_file("users", "0058_names_reserved").sql))

        for each in (person, *kept):
            each.refresh_from_db()
        assert re.fullmatch(r"member-[0-9a-f]{8}", person.handle)
        assert [each.handle for each in kept] == ["admin", "supporter"]

    def test_migration_renames_what_is_reserved(self) -> None:
        assert f"'{RESERVED_HANDLE}'" in str(sql_file("users", "0058_names_reserved").sql)
