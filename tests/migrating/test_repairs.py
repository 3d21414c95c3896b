"""Rows that were there before a rule, and what its migration makes of them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection

from tests.migrating import filled, steps
from tests.migrating.databases import OWNER, connected_to, migrated_database
from users.enums import Role
from users.models import (
    Departure,
    EmailChange,
    LeaveWindow,
    MentorListing,
    PersonalToken,
    Profile,
    RefreshTokenFamily,
    User,
)
from users.tests.factories import (
    DepartureFactory,
    EmailChangeFactory,
    LeaveWindowFactory,
    MentorFactory,
    PersonalTokenFactory,
    ProfileFactory,
    RefreshTokenFamilyFactory,
    UserFactory,
)

Check = Callable[[], None]
BEFORE = ("users", "0044_looking")


def execute(statement: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def superuser_without_a_confirmed_address() -> tuple[Check, Check]:
    """0045: such an account is not erased as one that nobody ever confirmed."""
    admin = UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True)

    def break_it() -> None:
        execute(
            "UPDATE users_user SET email_confirmed_at = NULL, created_at = now() - interval '9 days' WHERE id = %s",
            admin.pk,
        )

    def check() -> None:
        found = User.objects.with_hidden().get(pk=admin.pk)
        assert found.email_confirmed_at == found.created_at
        with pytest.raises(DatabaseError, match="not to be erased"):
            execute("SELECT private.erase_account(%s)", admin.pk)

    return break_it, check


def superuser_who_is_no_admin() -> tuple[Check, Check]:
    """0046: the admin's rights go with the role."""
    former, admin = UserFactory(), UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True)
    former.groups.add(Group.objects.create(name="helpers"))
    former.user_permissions.add(filled.a_permission())

    def break_it() -> None:
        execute("UPDATE users_user SET is_staff = true, is_superuser = true WHERE id = %s", former.pk)

    def check() -> None:
        found = User.objects.get(pk=former.pk)
        assert (found.is_superuser, found.is_staff, found.token_version) == (False, False, 2)
        assert not found.groups.exists()
        assert not found.user_permissions.exists()
        kept = User.objects.get(pk=admin.pk)
        assert (kept.is_superuser, kept.is_staff, kept.token_version) == (True, True, 1)

    return break_it, check


def profile_in_a_zone_that_nobody_knows() -> tuple[Check, Check]:
    """0048: a name of the machine's own, at which every statement about the day there failed."""
    lost, found = ProfileFactory(), ProfileFactory(time_zone="Asia/Kolkata")

    def break_it() -> None:
        execute("UPDATE users_profile SET time_zone = 'localtime' WHERE id = %s", lost.pk)

    def check() -> None:
        zones = [Profile.objects.get(pk=each.pk).time_zone for each in (lost, found)]
        assert zones == ["UTC", "Asia/Kolkata"]

    return break_it, check


def offer_of_somebody_who_is_no_mentor() -> tuple[Check, Check]:
    """0049: neither shown, nor brought back when they stay."""
    former, leaving, mentor = MentorFactory(), DepartureFactory(user=ProfileFactory().user), MentorFactory()

    def break_it() -> None:
        execute("UPDATE users_user SET role = 'learner' WHERE id = %s", former.user_id)
        execute("UPDATE users_profile SET is_offering_mentoring = true WHERE id = %s", former.pk)
        execute("UPDATE users_departure SET was_offering = true WHERE id = %s", leaving.pk)

    def check() -> None:
        assert not Profile.objects.get(pk=former.pk).is_offering_mentoring
        assert not Departure.objects.get(pk=leaving.pk).was_offering
        assert Profile.objects.get(pk=mentor.pk).is_offering_mentoring

    return break_it, check


def account_that_was_closed_with_its_sessions() -> tuple[Check, Check]:
    """0060: they would have come back to life with it."""
    closed, other = RefreshTokenFamilyFactory().user, RefreshTokenFamilyFactory()
    PersonalTokenFactory(user=closed)
    EmailChangeFactory(user=closed)
    token = PersonalTokenFactory(user=other.user)

    def break_it() -> None:
        execute("UPDATE users_user SET is_active = false WHERE id = %s", closed.pk)

    def check() -> None:
        assert [each.pk for each in RefreshTokenFamily.objects.filter(revoked_at=None)] == [other.pk]
        assert [each.pk for each in PersonalToken.objects.all()] == [token.pk]
        assert not EmailChange.objects.exists()

    return break_it, check


def leave_without_an_end() -> tuple[Check, Check]:
    """0062: cut to the last day of this century; what begins later goes."""
    profile = MentorFactory()
    endless, later, usual = (LeaveWindowFactory(profile=profile) for _ in range(3))

    def break_it() -> None:
        execute("UPDATE users_leavewindow SET ends_on = '9999-12-31' WHERE id = %s", endless.pk)
        execute("UPDATE users_leavewindow SET starts_on = '2100-01-01', ends_on = '2100-01-02' WHERE id = %s", later.pk)

    def check() -> None:
        left = {each.pk: each for each in LeaveWindow.objects.all()}
        assert set(left) == {endless.pk, usual.pk}
        assert (left[endless.pk].starts_on, str(left[endless.pk].ends_on)) == (endless.starts_on, "2099-12-31")
        assert left[usual.pk].ends_on == usual.ends_on

    return break_it, check


def mentor_who_was_listed_before_listings_were_numbered() -> tuple[Check, Check]:
    """0067: in the order of the profiles, and found by what they are."""
    MentorFactory(country="AT")
    MentorFactory(country="AT")

    def check() -> None:
        found = MentorListing.objects.filter(traits__contains=["country:AT", "open", "1:0", "1024:0"])
        numbers = list(found.order_by("profile").values_list("number", flat=True))
        assert len(numbers) == 2
        assert numbers == sorted(numbers)

    return lambda: None, check


@pytest.mark.django_db(transaction=True)
def test_rows_that_break_a_later_rule_are_repaired_by_its_migration() -> None:
    """Made as the models are now, broken at a time at which nothing forbade it, and led forth again."""
    with migrated_database("repairs") as url:
        with connected_to(url):
            kinds = [
                superuser_without_a_confirmed_address(),
                superuser_who_is_no_admin(),
                profile_in_a_zone_that_nobody_knows(),
                offer_of_somebody_who_is_no_mentor(),
                account_that_was_closed_with_its_sessions(),
                leave_without_an_end(),
                mentor_who_was_listed_before_listings_were_numbered(),
            ]
        with connected_to(url, role=OWNER):
            steps.back_to(*BEFORE)
        with connected_to(url):
            for break_it, _ in kinds:
                break_it()
        with connected_to(url, role=OWNER):
            steps.all_forth()
        with connected_to(url):
            for _, check in kinds:
                check()
