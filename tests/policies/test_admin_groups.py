"""Group × page of the admin: who may view, add, change, delete, and which actions; as `admin_groups.json` says it.

After a change that is meant: `ADMIN_GROUPS=write pytest tests/policies/test_admin_groups.py`, and read what git shows.
"""

import json
import os
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.http import HttpRequest
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import reverse

from users.admin_groups import GROUPS
from users.enums import AuditAction, Role
from users.models import User
from users.tests.factories import AuditEntryFactory, UserFactory

TABLE = Path(__file__).parent / "admin_groups.json"
ROLE_OF = {"support": Role.LEARNER, "moderation": Role.MODERATOR, "catalogue": Role.ADMIN, "operations": Role.ADMIN}
WHO = ("staff without a group", *GROUPS)
pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(settings: LazySettings) -> dict[str, User]:
    """One account for each group, of the role that its members have, and one in none."""
    settings.ROOT_URLCONF = "skillbridge_backend.urls_admin"
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]
    settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    call_command("ensure_admin_groups", verbosity=0)
    people = {name: UserFactory(role=ROLE_OF[name], is_staff=True) for name in GROUPS}
    for name, person in people.items():
        person.groups.add(Group.objects.get(name=name))
    return {WHO[0]: UserFactory(role=Role.ADMIN, is_staff=True), **people}


def request_of(person: User) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = person
    return request


def rights_on(page: admin.ModelAdmin, person: User) -> str:
    """Such as "view change: replay drop"; empty for none."""
    request = request_of(person)
    verbs = [verb for verb in ("view", "add", "change", "delete") if getattr(page, f"has_{verb}_permission")(request)]
    actions = sorted(page.get_actions(request)) if verbs else []
    # Buttons above the list, which pages of unfold have beside Django's.
    buttons = page.get_actions_list(request) if hasattr(page, "get_actions_list") and verbs else []
    actions += [button.action_name.removeprefix(f"{page.opts.app_label}_{page.opts.model_name}_") for button in buttons]
    return " ".join(verbs) + (f": {' '.join(actions)}" if actions else "")


def test_every_group_has_the_rights_in_the_table_and_no_page_is_missing(staff: dict[str, User]) -> None:
    found = {
        page.opts.label_lower: {who: rights for who in WHO if (rights := rights_on(page, staff[who]))}
        for page in admin.site._registry.values()
    }

    if os.environ.get("ADMIN_GROUPS") == "write":
        TABLE.write_text(json.dumps(dict(sorted(found.items())), indent=1) + "\n")
    assert found == json.loads(TABLE.read_text())


def test_pages_open_for_those_in_the_table_and_for_nobody_else(staff: dict[str, User]) -> None:
    table = json.loads(TABLE.read_text())
    wrong = []
    for who, person in staff.items():
        browser = Browser()
        browser.force_login(person)
        for label, rights in table.items():
            verbs = rights.get(who, "").partition(":")[0].split()
            name = f"admin:{label.replace('.', '_')}"
            for kind, needed in (("changelist", {"view", "change"}), ("add", {"add"})):
                status = browser.get(reverse(f"{name}_{kind}")).status_code
                if status != (200 if needed & {*verbs} else 403):
                    wrong.append(f"{who}: {label} {kind} {status}, and the table says {verbs}")
    assert not wrong, "\n".join(wrong)


def test_eyes_of_a_person_take_the_page_of_people(staff: dict[str, User]) -> None:
    """Beside the role admin, which the service asks for."""
    browser = Browser()
    browser.force_login(staff["catalogue"])

    response = browser.post(reverse("admin:users_user_look", args=[staff["support"].pk]), {"reason": "Curiosity only"})

    assert response.status_code == 403


def test_page_of_a_person_shows_only_what_has_an_own_page_for_the_reader(staff: dict[str, User]) -> None:
    person, reader = staff["support"], staff["moderation"]
    AuditEntryFactory(user_id=person.pk, action=AuditAction.LOGGED_IN)
    page = reverse("admin:users_user_change", args=[person.pk])
    reader.user_permissions.add(Permission.objects.get(codename="view_user"))

    seen = {}
    for who in (reader, person):
        browser = Browser()
        browser.force_login(who)
        seen[who.pk] = len(browser.get(page).context["entries"])

    assert seen[reader.pk] == 0
    assert seen[person.pk] >= 1


def test_groups_are_brought_back_and_others_left_alone(staff: dict[str, User]) -> None:
    support, own = Group.objects.get(name="support"), Group.objects.create(name="interns")
    wanted = set(support.permissions.values_list("codename", flat=True))
    own.permissions.set(support.permissions.all()[:2])
    support.permissions.set(Group.objects.get(name="operations").permissions.all())

    call_command("ensure_admin_groups", verbosity=0)

    assert set(support.permissions.values_list("codename", flat=True)) == wanted
    assert own.permissions.count() == 2
    assert staff["support"].groups.get() == support


def test_whoever_edits_accounts_gives_no_rights(staff: dict[str, User]) -> None:
    """Not even to themselves, by fields that the page does not show."""
    editor = staff["support"]
    editor.user_permissions.add(Permission.objects.get(codename="change_user"))
    browser = Browser()
    browser.force_login(editor)
    sent = {"handle": editor.handle, "display_name": "New", "role": "admin", "is_active": "on", "is_superuser": "on",
            "groups": [str(group.pk) for group in Group.objects.all()]}  # fmt: skip

    response = browser.post(reverse("admin:users_user_change", args=[editor.pk]), sent)

    assert response.status_code == 302, response.content
    changed = User.objects.get(pk=editor.pk)
    assert (changed.display_name, changed.role, changed.is_superuser) == ("New", Role.LEARNER, False)
    assert changed.is_staff
    assert changed.groups.get().name == "support"
