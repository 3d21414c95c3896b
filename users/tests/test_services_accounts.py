"""Rules of accounts and reads that no endpoint shows."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.core import signing

from skillbridge_backend.core.access import acting_as
from skillbridge_backend.core.errors import PermissionDenied
from skillbridge_backend.settings import base
from users.clients import Client
from users.enums import AuditAction, Role
from users.exceptions import ConfirmationTokenInvalid
from users.limits import forgive_login
from users.models import AuditEntry, LeaveWindow, Profile, ProfileSkill, RefreshTokenFamily, SkillSuggestion, User
from users.services import AccountService, ProfileService, SessionService
from users.services.profiles import ProfileChanges
from users.tests.factories import DepartureFactory, MentorFactory, ProfileFactory, ProfileSkillFactory, UserFactory


@pytest.mark.django_db
class TestRoles:
    def test_admin_changes_a_role_and_ends_access_tokens(self) -> None:
        admin, person = UserFactory(role=Role.ADMIN), UserFactory()

        changed = AccountService().change_role(admin, user_id=person.pk, role=Role.MENTOR)

        assert (changed.role, changed.token_version) == (Role.MENTOR, 2)
        entry = AuditEntry.objects.changes("users_user").get(action=AuditAction.UPDATED)
        assert (entry.user_id, entry.actor_id, entry.after) == (
            person.pk,
            admin.pk,
            {"role": "mentor", "token_version": 2},
        )

    @pytest.mark.parametrize("former", [Role.ADMIN, Role.MODERATOR])
    def test_who_is_no_longer_in_charge_has_no_rights_in_the_admin(self, former: Role) -> None:
        person = UserFactory(role=former, is_staff=True, is_superuser=former == Role.ADMIN)
        person.groups.add(Group.objects.create(name="operations"))
        person.user_permissions.add(Permission.objects.get(codename="view_user"))

        AccountService().change_role(UserFactory(role=Role.ADMIN), user_id=person.pk, role=Role.LEARNER)

        person.refresh_from_db()
        assert (person.is_staff, person.is_superuser) == (False, False)
        assert not person.groups.exists()
        assert not person.user_permissions.exists()

    def test_who_is_no_longer_in_charge_is_not_called_as_if_they_were(self) -> None:
        person = UserFactory(role=Role.MODERATOR, handle="support")
        AccountService().change_role(UserFactory(role=Role.ADMIN), user_id=person.pk, role=Role.MENTOR)
        person.refresh_from_db()
        assert re.fullmatch(r"member-[a-z0-9]{8}", person.handle)

    def test_who_comes_to_be_in_charge_keeps_the_rights_there_were(self) -> None:
        person = UserFactory(role=Role.LEARNER, is_staff=True)
        person.groups.add(Group.objects.create(name="support"))
        admin = UserFactory(role=Role.ADMIN)

        for role in (Role.MODERATOR, Role.ADMIN):
            AccountService().change_role(admin, user_id=person.pk, role=role)

        person.refresh_from_db()
        assert (person.is_staff, person.groups.count()) == (True, 1)

    def test_mentor_no_more_offers_nothing_and_may_change_their_profile(self) -> None:
        profile = MentorFactory()

        AccountService().change_role(UserFactory(role=Role.ADMIN), user_id=profile.user_id, role=Role.LEARNER)

        profile.refresh_from_db()
        assert not profile.is_offering_mentoring
        person = User.objects.with_hidden().get(pk=profile.user_id)
        changed = ProfileService().update(person, changes=ProfileChanges(profile={"headline": "Learning again"}))
        assert changed.headline == "Learning again"

    def test_mentor_no_more_offers_nothing_when_they_stay_after_all(self) -> None:
        profile = MentorFactory()
        departure = DepartureFactory(user=profile.user)

        AccountService().change_role(UserFactory(role=Role.ADMIN), user_id=profile.user_id, role=Role.MODERATOR)
        departure.delete()

        profile.refresh_from_db()
        assert not profile.is_offering_mentoring

    def test_same_role_changes_nothing(self) -> None:
        person = UserFactory()

        AccountService().change_role(UserFactory(role=Role.ADMIN), user_id=person.pk, role=Role.LEARNER)

        person.refresh_from_db()
        assert person.token_version == 1

    @pytest.mark.parametrize("role", [Role.LEARNER, Role.MENTOR, Role.MODERATOR])
    def test_others_change_no_role(self, role: Role) -> None:
        person = UserFactory(role=role)

        with pytest.raises(PermissionDenied):
            AccountService().change_role(person, user_id=person.pk, role=Role.ADMIN)

        person.refresh_from_db()
        assert person.role == role

    def test_learners_end_nobodys_session(self) -> None:
        with pytest.raises(PermissionDenied):
            SessionService().revoke(UserFactory(), family_ids=[])


@pytest.mark.django_db
class TestConfirmation:
    def test_token_signed_for_another_purpose_is_refused(self) -> None:
        user = UserFactory(confirmed=False)
        token = signing.dumps({"user": str(user.pk), "email": user.email}, salt="another purpose")

        with pytest.raises(ConfirmationTokenInvalid):
            AccountService().confirm_email(token=token, client=Client())


@pytest.mark.django_db
class TestVisibility:
    def test_strangers_see_no_people(self) -> None:
        mentor = MentorFactory()
        ProfileSkillFactory(profile=mentor)

        for model in (User, Profile, ProfileSkill, LeaveWindow, RefreshTokenFamily, SkillSuggestion):
            assert not model.objects.visible_to(AnonymousUser()).exists(), model

    def test_people_see_themselves_and_open_mentors_and_moderators_see_all(self) -> None:
        learner, other, mentor = ProfileFactory(), ProfileFactory(), MentorFactory()

        seen_by_learner = set(Profile.objects.visible_to(learner.user))
        seen_by_moderator = set(Profile.objects.visible_to(UserFactory(role=Role.MODERATOR)))

        assert seen_by_learner == {learner, mentor}
        assert seen_by_moderator == {learner, other, mentor}

    def test_profile_of_a_former_mentor_is_shown_to_nobody_whatever_it_says(self) -> None:
        learner, former = UserFactory(), MentorFactory()
        User.objects.filter(pk=former.user_id).update(role=Role.LEARNER)

        assert not Profile.objects.visible_to(learner).filter(pk=former.pk).exists()

    def test_database_shows_no_profile_of_a_former_mentor_either(self) -> None:
        learner, former = UserFactory(), MentorFactory()
        User.objects.filter(pk=former.user_id).update(role=Role.LEARNER)

        with acting_as(learner.pk):
            assert not Profile.objects.filter(pk=former.pk).exists()

    def test_skills_of_others_are_seen_through_their_profile_only(self) -> None:
        own, others = ProfileSkillFactory(), ProfileSkillFactory()

        assert set(ProfileSkill.objects.visible_to(own.profile.user)) == {own}
        assert set(ProfileSkill.objects.visible_to(others.profile.user)) == {others}

    def test_names_outlive_their_accounts(self) -> None:
        open_one, closed = UserFactory(), UserFactory(is_active=False)

        assert set(User.objects.visible_to(open_one)) == {open_one, closed}
        assert set(User.objects.visible_to(open_one).active()) == {open_one}
        assert not User.objects.visible_to(AnonymousUser()).exists()


def test_forgiving_without_redis_is_harmless(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    forgive_login(User(email="ada@example.org"), Client())


@pytest.mark.django_db
def test_superuser_is_an_admin_who_may_log_in_to_the_admin() -> None:
    user = User.objects.create_superuser(email="Root@Example.org", password="x", handle="root", display_name="Root")

    assert (user.email, user.role, user.is_staff, user.is_superuser) == ("root@example.org", Role.ADMIN, True, True)
    assert user.email_confirmed_at is not None, "their address waits for no confirmation"


def test_passwords_of_real_accounts_are_hashed_with_argon2() -> None:
    assert base.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
