"""Reads with more to them than a filter."""

from datetime import timedelta

import pytest
from django.utils import timezone

from users.models import Profile
from users.tests.factories import LeaveWindowFactory, MentorFactory

pytestmark = pytest.mark.django_db


def test_not_on_leave_leaves_out_who_is_away_today_and_nobody_else() -> None:
    today = timezone.now().date()
    here, away, between = (MentorFactory() for _ in range(3))
    LeaveWindowFactory(profile=away, starts_on=today, ends_on=today)
    # One that is over and one to come: neither is today, though each meets one half of the condition.
    LeaveWindowFactory(profile=between, starts_on=today - timedelta(9), ends_on=today - timedelta(2))
    LeaveWindowFactory(profile=between, starts_on=today + timedelta(2), ends_on=today + timedelta(9))

    assert set(Profile.objects.not_on_leave()) == {here, between}
