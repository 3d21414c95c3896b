"""A round of 300 made-up learners over mentors from a file, through the matcher, and its page in the admin.

The file is the one that MENTORS names, or the project's own. With ROUND_PAGE=FILE the page is written there, to be
looked at in a browser; `node tests/browser/round_page.mjs FILE FOLDER` makes pictures of it, light and dark.
"""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import unfold
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import Settings

from matches.models import MatchRound, MentorMatch
from matches.services import RoundJobService, RoundService
from matches.tests.factories import seeking
from skillbridge_backend.core.access import acting_as
from skillbridge_backend.demo.__main__ import MENTORS_FILE
from users.enums import Role
from users.models import Profile, ProfileSkill, Skill, User
from users.tests.factories import UserFactory

LEARNERS = 300
ZONES = ["Europe/Berlin", "Asia/Kolkata", "America/New_York", "America/Sao_Paulo", "Africa/Lagos", "Asia/Tokyo", "UTC"]
LANGUAGES = ["en"] * 7 + ["hi", "es", "fr", "pt", "de"]


@pytest.fixture
def admin(settings: Settings) -> User:
    """Of the group operations, on the admin process's settings."""
    settings.ROOT_URLCONF = "skillbridge_backend.urls_admin"
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "users.middleware.AdminActorMiddleware",
    ]
    settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    call_command("ensure_admin_groups", verbosity=0)
    person: User = UserFactory(role=Role.ADMIN, is_staff=True)
    person.groups.add(Group.objects.get(name="operations"))
    return person


def make_learners() -> None:
    """The same ones each time: they want what the mentors know, and one in eight something that nobody does."""
    chance = random.Random(5)  # people to look at
    taught = list(Skill.objects.filter(pk__in=ProfileSkill.objects.values("skill")).order_by("slug"))
    other = list(Skill.objects.exclude(pk__in=[skill.pk for skill in taught]).order_by("slug"))
    weight = [ProfileSkill.objects.filter(skill=skill).count() for skill in taught]
    for number in range(LEARNERS):
        kinds = other if number % 8 == 0 else chance.choices(taught, weight, k=chance.randint(1, 3))
        wanted = dict.fromkeys(kinds[:1] if number % 8 == 0 else kinds, 0)
        seeking(
            {skill: chance.randint(1, 5) for skill in wanted},
            time_zone=chance.choice(ZONES),
            languages=[chance.choice(LANGUAGES)],
            headline=f"Learner {number}",
        )


def as_a_file(page: str, name: Path) -> None:
    """The page with its styles and pictures where the files are, so that it needs no server."""
    static = (Path(unfold.__file__).parent / "static").as_uri()
    name.write_text(page.replace('"/static/', f'"{static}/'))


@pytest.mark.django_db
def test_round_over_real_mentors_is_looked_at_applied_and_undone(
    admin: User, drain_outbox: Callable[[], list[str]]
) -> None:
    call_command("load_catalogue", verbosity=0)
    call_command("import_mentors", os.environ.get("MENTORS") or str(MENTORS_FILE), "--skip-invalid", verbosity=0)
    make_learners()
    mentors = Profile.objects.mentors().count()
    with acting_as(admin.pk, user_role=admin.role):
        started = RoundJobService.request(actor=admin)
    drain_outbox()
    found = MatchRound.objects.get(pk=started.pk)
    assert found.status == "proposed", found.error
    matched, unmatched = len(found.result["assignments"]), len(found.result["unmatched"])
    assert matched + unmatched == LEARNERS
    assert matched > mentors / 2
    assert not MentorMatch.objects.exists()

    browser = Browser()
    browser.force_login(admin)
    page = browser.get(reverse("admin:matches_matchround_change", args=[found.pk])).content.decode()
    assert f"{matched} of {LEARNERS} learners" in page
    assert page.count('<svg class="round-picture"') == 6
    asked = browser.post(reverse("admin:matches_matchround_decide", args=[found.pk, "apply"])).content.decode()
    assert f"{matched} assignments." in asked
    if os.environ.get("ROUND_PAGE"):
        as_a_file(page, Path(os.environ["ROUND_PAGE"]))
        as_a_file(asked, Path(os.environ["ROUND_PAGE"]).with_suffix(".apply.html"))

    with acting_as(admin.pk, user_role=admin.role):
        applied = RoundService.apply(actor=admin, round_id=found.pk)
        assert applied.outcome == {"proposed": matched, "left_out": []}
        assert MatchRound.objects.get(pk=found.pk).status == "applied"
        assert RoundService.undo(actor=admin, round_id=found.pk).status == "undone"
    assert set(MentorMatch.objects.values_list("status", flat=True)) == {"cancelled"}
