"""The admin, through its pages: lists open, rules hold, decisions go through the services."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings, settings
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from users.clients import Client
from users.enums import AuditAction, Role, SuggestionStatus
from users.exceptions import RefreshTokenInvalid
from users.models import AuditEntry, AuditSeal, RefreshTokenFamily, Skill, SkillAlias, SkillSuggestion, User
from users.services import SessionService
from users.tests.factories import PASSWORD, AuditEntryFactory, MentorFactory, SkillFactory, TrackFactory, UserFactory
from users.tests.logins import logged_in

pytestmark = pytest.mark.django_db
RIGHTS_TO_DECIDE = [
    f"{verb}_{model}" for verb in ("view", "change") for model in ("skillsuggestion", "refreshtokenfamily")
]


@pytest.fixture
def operator() -> User:
    return UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True)


@pytest.fixture
def browser(settings: LazySettings, operator: User) -> Browser:
    """A browser that the operator has logged in with, on the admin process's settings."""
    settings.ROOT_URLCONF = "skillbridge_backend.urls_admin"
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]
    settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    browser = Browser()
    browser.force_login(operator)
    return browser


def act(browser: Browser, model: str, action: str, *rows: Any) -> None:
    url = reverse(f"admin:users_{model}_changelist")
    response = browser.post(url, {"action": action, "_selected_action": [str(row.pk) for row in rows]})
    assert response.status_code == 302, response.content


def suggestion(text: str = "stencil js", **fields: Any) -> SkillSuggestion:
    return SkillSuggestion.objects.create(text=text, normalised=text.replace(" ", ""), **fields)


def test_every_page_opens(browser: Browser, operator: User) -> None:
    family = RefreshTokenFamily.objects.create(
        user=operator, current_hash="0" * 64, rotated_at=timezone.now(), expires_at=timezone.now() + timedelta(days=1)
    )
    entry = AuditEntryFactory()
    seal = AuditSeal.objects.create(
        sequence=1, sealed_at=timezone.now(), entry_count=0, entry_ids=[], digests=b"", head="0" * 64
    )
    rows: list[Any] = [operator, MentorFactory(), SkillFactory(), TrackFactory(), suggestion(), family, entry, seal]

    for row in rows:
        name = f"admin:users_{row._meta.model_name}"
        assert browser.get(reverse(f"{name}_changelist"), {"q": "x"}).status_code == 200, name
        assert browser.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200, name
    assert {type(row) for row in rows} == {model for model in admin.site._registry if model._meta.app_label == "users"}


def test_role_change_goes_through_the_service_and_names_who_did_it(browser: Browser, operator: User) -> None:
    person = UserFactory()
    page = reverse("admin:users_user_change", args=[person.pk])

    browser.post(page, {"handle": "new-handle", "display_name": "New", "role": "mentor", "is_active": "on"})

    person.refresh_from_db()
    assert (person.handle, person.role, person.token_version) == ("new-handle", Role.MENTOR, 2)
    entry = AuditEntry.objects.changes("users_user").get(after__role="mentor")
    assert (entry.user_id, entry.actor_id, entry.before) == (
        person.pk,
        operator.pk,
        {"role": "learner", "token_version": 1},
    )


def test_demoted_admin_loses_the_admin_although_the_form_still_says_otherwise(browser: Browser) -> None:
    person = UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True)
    group = Group.objects.create(name="operations")
    form = {"handle": person.handle, "display_name": "New", "role": "learner", "is_active": "on", "is_staff": "on",
            "groups": [str(group.pk)]}  # fmt: skip

    browser.post(reverse("admin:users_user_change", args=[person.pk]), form)

    person.refresh_from_db()
    assert (person.role, person.is_staff, person.is_superuser) == (Role.LEARNER, False, False)
    assert not person.groups.exists()


def test_account_edit_without_a_new_role_ends_no_tokens(browser: Browser) -> None:
    person = UserFactory()

    browser.post(
        reverse("admin:users_user_change", args=[person.pk]),
        {"handle": person.handle, "display_name": "New", "role": "learner", "is_active": "on"},
    )

    person.refresh_from_db()
    assert (person.display_name, person.token_version) == ("New", 1)


def test_account_that_is_closed_and_opened_again_lets_no_former_session_in(browser: Browser) -> None:
    person = UserFactory()
    thief = logged_in(person)
    page, form = reverse("admin:users_user_change", args=[person.pk]), {"handle": person.handle, "role": "learner"}

    for is_active in ({}, {"is_active": "on"}):
        assert browser.post(page, {**form, "display_name": "Ada", **is_active}).status_code == 302

    person.refresh_from_db()
    assert (person.is_active, person.token_version) == (True, 2)
    with pytest.raises(RefreshTokenInvalid):
        SessionService().refresh(token=thief.refresh, client=Client())


@pytest.mark.parametrize("page", ["/admin/password_change/", "/admin/password_change/done/"])
def test_no_page_changes_a_password_around_the_service(browser: Browser, operator: User, page: str) -> None:
    new = {
        "old_password": PASSWORD,
        "new_password1": "seventeen green kettles",
        "new_password2": "seventeen green kettles",
    }

    assert browser.get(page).status_code == 404
    assert browser.post(page, new).status_code == 404

    operator.refresh_from_db()
    assert operator.check_password(PASSWORD)
    index = browser.get("/admin/").content.decode()
    assert "password_change" not in index
    assert f'href="{settings.WEB_APP_URL}"' in index


@pytest.mark.parametrize("model", ["user", "profile", "skillsuggestion", "auditentry", "refreshtokenfamily"])
def test_what_comes_from_elsewhere_cannot_be_added(browser: Browser, model: str) -> None:
    assert browser.get(reverse(f"admin:users_{model}_add")).status_code == 403


def test_accounts_and_audit_entries_cannot_be_deleted(browser: Browser, operator: User) -> None:
    entry = AuditEntryFactory()

    assert browser.post(reverse("admin:users_user_delete", args=[operator.pk])).status_code == 403
    assert browser.post(reverse("admin:users_auditentry_delete", args=[entry.pk])).status_code == 403


def test_alias_is_saved_with_its_normalised_form(browser: Browser) -> None:
    skill = SkillFactory()
    old = skill.aliases.get()
    empty = {"TOTAL_FORMS": "0", "INITIAL_FORMS": "0"}
    form = {"slug": skill.slug, "name": skill.name, "description": "", "minutes_per_level": "60"}
    aliases = {
        "TOTAL_FORMS": "2", "INITIAL_FORMS": "1", "0-id": old.pk, "0-skill": skill.pk, "0-text": old.text,
        "0-DELETE": "on", "1-skill": skill.pk, "1-text": "Stencil.JS",
    }  # fmt: skip
    form |= {f"aliases-{name}": value for name, value in aliases.items()}
    form |= {f"requirements-{name}": value for name, value in empty.items()}

    response = browser.post(reverse("admin:users_skill_change", args=[skill.pk]), form)

    assert response.status_code == 302, response.content
    assert SkillAlias.objects.get(text="Stencil.JS").normalised == "stenciljs"
    assert not SkillAlias.objects.filter(pk=old.pk).exists()


def test_suggestion_becomes_an_alias_of_the_chosen_skill(browser: Browser) -> None:
    skill, open_one = SkillFactory(), suggestion()

    browser.post(reverse("admin:users_skillsuggestion_change", args=[open_one.pk]), {"skill": skill.pk})

    open_one.refresh_from_db()
    assert (open_one.status, open_one.skill) == (SuggestionStatus.ACCEPTED, skill)
    assert Skill.objects.all().by_text(["Stencil-JS"]) == {"Stencil-JS": skill}


def test_suggestion_saved_without_a_skill_stays_open(browser: Browser) -> None:
    open_one = suggestion()

    browser.post(reverse("admin:users_skillsuggestion_change", args=[open_one.pk]), {"skill": ""})

    open_one.refresh_from_db()
    assert open_one.status == SuggestionStatus.OPEN


def test_suggestion_that_names_another_skill_meanwhile_is_refused(browser: Browser) -> None:
    SkillFactory(aliases=["stencil js"])
    skill, open_one = SkillFactory(), suggestion()

    page = browser.post(
        reverse("admin:users_skillsuggestion_change", args=[open_one.pk]), {"skill": skill.pk}, follow=True
    )

    open_one.refresh_from_db()
    assert open_one.status == SuggestionStatus.OPEN
    assert "already" in page.text


def test_suggestions_become_skills_or_are_rejected(browser: Browser) -> None:
    first, second, taken = suggestion("stencil"), suggestion("noise"), suggestion("Lit!")
    SkillFactory(slug="lit")

    act(browser, "skillsuggestion", "accept_as_skill", first, taken)
    act(browser, "skillsuggestion", "reject", second, first)

    assert SkillSuggestion.objects.get(pk=first.pk).status == SuggestionStatus.ACCEPTED
    assert Skill.objects.get(slug="stencil").name == "stencil"
    assert SkillSuggestion.objects.get(pk=second.pk).status == SuggestionStatus.REJECTED
    assert SkillSuggestion.objects.get(pk=taken.pk).status == SuggestionStatus.OPEN


def test_sessions_are_ended_once(browser: Browser, operator: User) -> None:
    alive, dead = (
        RefreshTokenFamily.objects.create(
            user=UserFactory(),
            current_hash=str(number) * 64,
            rotated_at=timezone.now(),
            expires_at=timezone.now() + timedelta(days=1),
            revoked_at=ended,
        )
        for number, ended in ((1, None), (2, timezone.now()))
    )

    act(browser, "refreshtokenfamily", "revoke", alive, dead)

    assert not RefreshTokenFamily.objects.filter(revoked_at=None).exclude(user=operator).exists()
    (entry,) = AuditEntry.objects.filter(action=AuditAction.LOGGED_OUT)
    assert (entry.user_id, entry.details["by"]) == (alive.user_id, str(operator.pk))


def test_staff_who_are_no_admins_decide_nothing(browser: Browser, operator: User) -> None:
    User.objects.filter(pk=operator.pk).update(role=Role.LEARNER, is_superuser=False)
    operator.user_permissions.set(Permission.objects.filter(codename__in=RIGHTS_TO_DECIDE))
    family = RefreshTokenFamily.objects.create(
        user=operator, current_hash="0" * 64, rotated_at=timezone.now(), expires_at=timezone.now() + timedelta(days=1)
    )
    open_one = suggestion()

    act(browser, "refreshtokenfamily", "revoke", family)
    act(browser, "skillsuggestion", "reject", open_one)

    family.refresh_from_db()
    assert family.revoked_at is None
    assert SkillSuggestion.objects.get().status == SuggestionStatus.OPEN
