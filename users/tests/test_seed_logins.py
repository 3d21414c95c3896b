"""The logins of development: one for each role, and only there."""

import pytest
from django.core.management import CommandError, call_command

from users.enums import Role
from users.models import Profile, User
from users.tests.factories import SkillFactory

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEV_LOGIN_PASSWORD", "open sesame to all")
    monkeypatch.setenv("DEV_LOGIN_TOTP_SECRET", SECRET)


def test_each_role_gets_a_login_that_works() -> None:
    call_command("seed_logins")

    logins = {user.email: user for user in User.objects.all()}
    assert {email: user.role for email, user in logins.items()} == {f"{role}@skillbridge.test": role for role in Role}
    assert all(user.check_password("open sesame to all") and user.email_confirmed_at for user in logins.values())
    assert [user.role for user in logins.values() if user.is_staff and user.is_superuser] == [Role.ADMIN]


def test_mentor_is_open_for_learners() -> None:
    SkillFactory(slug="python")

    call_command("seed_logins")

    mentor = Profile.objects.mentors().get()
    assert [(row.skill.slug, row.level) for row in mentor.skills.all()] == [("python", 5)]
    assert mentor.availability.count() == 2


def test_repeat_changes_the_password_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("seed_logins")
    User.objects.filter(role=Role.LEARNER).update(display_name="Me")
    call_command("seed_logins")
    monkeypatch.setenv("DEV_LOGIN_PASSWORD", "another long password")

    call_command("seed_logins")

    learner = User.objects.get(role=Role.LEARNER)
    assert (learner.display_name, learner.check_password("another long password")) == ("Me", True)
    assert User.objects.count() == len(Role)


def test_without_password_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEV_LOGIN_PASSWORD")

    with pytest.raises(CommandError, match="DEV_LOGIN_PASSWORD is missing"):
        call_command("seed_logins")


def test_production_has_no_such_logins(settings: pytest.FixtureRequest) -> None:
    settings.SETTINGS_MODULE = "skillbridge_backend.settings.production"  # type: ignore[attr-defined]

    with pytest.raises(CommandError, match="for development, not for"):
        call_command("seed_logins")

    assert not User.objects.exists()
