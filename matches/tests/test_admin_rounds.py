"""The page of a round in the admin: what it shows, and what its buttons do."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from xml.etree import ElementTree as ET

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import Settings

from matches.admin import round_figures as figures
from matches.admin import round_pictures as pictures
from matches.admin.round_figures import Group as People
from matches.admin.round_pictures import Bar
from matches.models import MatchRound, MentorMatch
from matches.tests.factories import MatchRoundFactory, offering, proposed_round, python, seeking
from users.enums import Role
from users.models import Profile, User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
Open = Callable[..., Browser]


@pytest.fixture
def operator(settings: Settings) -> Open:
    """A browser of somebody in the group operations."""
    settings.ROOT_URLCONF = "skillbridge_backend.urls_admin"
    settings.MIDDLEWARE = [
        "skillbridge_backend.core.middleware.ContentSecurityPolicyMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "users.middleware.AdminActorMiddleware",
    ]
    settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    call_command("ensure_admin_groups", verbosity=0)

    def open_as(role: Role = Role.ADMIN, group: str = "operations") -> Browser:
        person: User = UserFactory(role=role, is_staff=True)
        person.groups.add(Group.objects.get(name=group))
        browser = Browser()
        browser.force_login(person)
        return browser

    return open_as


def page_of(found: MatchRound) -> str:
    return reverse("admin:matches_matchround_change", args=[found.pk])


def decide(browser: Browser, found: MatchRound, name: str, **more: object) -> str:
    """Press the button, and then the one of the confirmation; what the page says after that."""
    url = reverse("admin:matches_matchround_decide", args=[found.pk, name])
    asked = browser.post(url, more).content.decode()
    version = re.search(r'name="version" value="([^"]+)"', asked)
    assert version, asked
    done = browser.post(url, {**more, "version": version[1], "confirmed": "yes"}, follow=True)
    return done.content.decode()


def test_admin_starts_one_round_with_its_aims_and_is_told_why_not_two(operator: Open) -> None:
    browser = operator()
    url = reverse("admin:matches_matchround_start_round")
    assert url in browser.get(reverse("admin:matches_matchround_changelist")).content.decode()
    asked = browser.get(url).content.decode()
    assert 'name="sticky_bonus" value="0"' in asked
    aims = {
        "is_fair": "on", "floor_loss_permille": "", "sticky_bonus": "5", "weekly_priority": "0",
        "deadline_seconds": "30",
    }  # fmt: skip
    assert "less than or equal to 90" in browser.post(url, aims | {"deadline_seconds": "91"}).content.decode()

    started = browser.post(url, aims, follow=True).content.decode()

    found = MatchRound.objects.get()
    assert "The round is queued." in started
    assert (found.is_fair, found.floor_loss_permille, found.sticky_bonus, found.deadline_seconds) == (True, None, 5, 30)
    assert "A round is waiting to run." in browser.post(url, aims, follow=True).content.decode()
    assert MatchRound.objects.count() == 1


def test_page_says_what_the_round_aimed_at(operator: Open) -> None:
    skill = python()
    for level in (5, 3):
        seeking({skill: level})
        offering({skill: level}, mentoring_capacity=1)
    found = proposed_round(is_fair=True, floor_loss_permille=20, sticky_bonus=100, weekly_priority=9)
    page = operator().get(page_of(found)).content.decode()
    threshold = f"{found.result['floor']['threshold']:,}"
    assert f"fair; a floor for 20 ‰, which came to {threshold} of 4,095; 100 points for pairs" in page
    assert "9 points for each week of waiting" in page
    assert "less than without the aims" in page


def a_round() -> MatchRound:
    """Two who have somebody, one who has not, in two languages and at two clocks."""
    skill = python()
    for level, language in ((5, "en"), (3, "de")):
        seeking({skill: level}, languages=[language], time_zone="Asia/Kolkata")
        offering({skill: 5}, mentoring_capacity=1, languages=["en", "de"])
    seeking({skill: 1}, languages=["en"], time_zone="America/New_York")
    return proposed_round()


def test_page_shows_the_answer_with_names_and_pictures(operator: Open) -> None:
    found = a_round()

    response = operator().get(page_of(found))

    page = response.content.decode()
    assert response.status_code == 200
    assert "2 of 3 learners (67 %)" in page
    for pair in found.result["assignments"]:
        for side in ("learner", "mentor"):
            assert f"@{User.objects.get(pk=pair[side]).handle}" in page
        assert f">{pair['score']:,}<" in page
    assert "all places are taken" in page or "others fit better" in page
    assert found.result["unmatched"][0]["counterfactual"]["change"] == "capacity"
    assert "With one more place of a mentor who fits you would have had a mentor in this round." in page
    drawn = [ET.fromstring(svg) for svg in re.findall(r"<svg class=\"round-picture\".*?</svg>", page, re.DOTALL)]
    told = {svg.findtext("title", ""): svg.findtext("desc", "") for svg in drawn}
    assert len(told) == 6
    assert re.search(r"en: \d+ % of 2 matched", told["Learners by first language"])
    assert (
        "UTC+05:30: 100 % of 2 matched" in told["Learners by offset from UTC"]
        or "UTC-0" in told["Learners by offset from UTC"]
    )
    assert "level 1: " in told["Learners by highest wanted level"]
    for svg in drawn:
        names = svg.attrib["aria-labelledby"].split()
        assert svg.attrib["role"] == "img"
        assert names == [svg[0].attrib["id"], svg[1].attrib["id"]]
    # What the policy of pages allows: no script of ours, nothing from elsewhere.
    assert "style-src 'self' 'unsafe-inline'" in response["Content-Security-Policy"]
    assert not re.search(r"<svg class=\"round-picture\"[^>]*>(?:(?!</svg>).)*(script|onload|href)", page, re.DOTALL)


@pytest.mark.parametrize(
    ("day", "zone", "told"),
    [
        (date(2026, 10, 27), "America/New_York", "an hour on Tuesday afternoons (14:00 to 15:00, America/New_York)"),
        (date(2026, 11, 3), "America/New_York", "an hour on Tuesday afternoons (13:00 to 14:00, America/New_York)"),
        (date(2026, 11, 3), "Nowhere/Nope", "an hour on Tuesday evenings (18:00 to 19:00, UTC)"),
    ],
)
def test_time_that_would_have_helped_is_on_the_learners_clock_in_the_week_of_the_round(
    operator: Open, day: date, zone: str, told: str
) -> None:
    found = a_round()
    (unmatched,) = found.result["unmatched"]
    hour = [1440 + 18 * 60, 1440 + 19 * 60]
    change = {"change": "availability", "add": hour, "mentor": found.result["assignments"][0]["mentor"]}
    result = found.result | {"unmatched": [unmatched | {"counterfactual": change}]}
    started = datetime.combine(day, time(12), UTC)
    MatchRound.objects.filter(pk=found.pk).update(result=result, started_at=started)
    Profile.objects.filter(user=unmatched["learner"]).update(time_zone=zone)

    assert f"With {told} you would have had a mentor" in operator().get(page_of(found)).content.decode()


def test_names_that_are_markup_are_text(operator: Open) -> None:
    found = a_round()
    learner = found.result["assignments"][0]["learner"]
    User.objects.filter(pk=learner).update(display_name="<script>alert(1)</script>")
    page = operator().get(page_of(found)).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_round_without_an_answer_has_a_page(operator: Open) -> None:
    queued = MatchRoundFactory()
    page = operator().get(page_of(queued)).content.decode()
    assert "Queued" in page
    assert "Cancel…" in page
    assert "Apply…" not in page
    assert "is cancelled" in decide(operator(), queued, "cancel")


def test_round_over_nobody_has_a_page(operator: Open) -> None:
    page = operator().get(page_of(proposed_round())).content.decode()
    assert "Nobody is assigned to anybody." in page
    assert "0 of 0 learners" in page


def test_round_is_applied_without_those_who_are_ticked_and_undone(operator: Open) -> None:
    found, browser = a_round(), operator()
    ticked = found.result["assignments"][0]["learner"]

    page = decide(browser, found, "apply", without=[ticked])

    assert "The round is applied." in page
    assert "1 proposed, 1 left out" in page
    assert "left out: Not chosen" in page
    assert str(MentorMatch.objects.get(round=found).learner_id) == found.result["assignments"][1]["learner"]
    assert "The round is undone" in decide(browser, found, "undo")
    found.refresh_from_db()
    assert found.status == "undone"


def test_looking_at_a_decision_changes_nothing(operator: Open) -> None:
    found, browser = a_round(), operator()
    for name in ("apply", "discard", "review"):
        url = reverse("admin:matches_matchround_decide", args=[found.pk, name])
        assert browser.get(url).status_code == 200
        assert browser.post(url).status_code == 200
    found.refresh_from_db()
    assert found.status == "proposed"


def test_decision_about_what_somebody_changed_meanwhile_is_refused(operator: Open) -> None:
    found, browser = a_round(), operator()
    url = reverse("admin:matches_matchround_decide", args=[found.pk, "apply"])
    said = browser.post(url, {"confirmed": "yes", "version": "2026-01-01T00:00:00+00:00"}, follow=True)
    assert "Somebody changed the round in the meantime" in said.content.decode()
    found.refresh_from_db()
    assert found.status == "proposed"


@pytest.mark.parametrize(
    ("role", "name", "status"), [(Role.MODERATOR, "apply", "proposed"), (Role.MODERATOR, "review", "reviewed")]
)
def test_role_of_the_person_decides_beside_their_group(operator: Open, role: Role, name: str, status: str) -> None:
    found = a_round()
    decide(operator(role), found, name)
    found.refresh_from_db()
    assert found.status == status


def test_who_may_not_change_rounds_has_no_buttons(operator: Open) -> None:
    found = a_round()
    browser = operator(group="support")
    assert browser.get(page_of(found)).status_code == 403
    url = reverse("admin:matches_matchround_decide", args=[found.pk, "apply"])
    assert browser.post(url, {"confirmed": "yes", "version": found.updated_at.isoformat()}).status_code == 403
    assert operator().get(reverse("admin:matches_matchround_decide", args=[found.pk, "so"])).status_code == 404


def test_large_round_is_paged_and_costs_no_more_queries(
    operator: Open, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    skill = python()
    for _ in range(60):
        seeking({skill: 3})
    offering({skill: 3}, mentoring_capacity=50)
    offering({skill: 3}, mentoring_capacity=5)
    found, browser = proposed_round(), operator()
    # Two of them keep the session alive.
    with django_assert_max_num_queries(20):  # type: ignore[attr-defined]
        page = browser.get(page_of(found)).content.decode()
    assert "1 to 50 of 55" in page
    assert "Page 1 of 2" in page
    assert "51 to 55 of 55" in browser.get(page_of(found), {"page": "2", "order": "best"}).content.decode()


def test_small_groups_beyond_twelve_are_one_and_come_last() -> None:
    labels = {f"l{n}": f"language {n % 15:02}" for n in range(40)}
    result = {
        "assignments": [{"learner": f"l{n}", "score": 100 * n} for n in range(30)],
        "unmatched": [{"learner": f"l{n}"} for n in range(30, 41)],
    }
    groups = figures.groups(result, labels)
    assert len(groups) == 13
    assert groups[-1].label == "others"
    assert sum(group.learners for group in groups) == 40, "l40 is in no group"
    assert groups[0] == People("language 00", learners=3, matched=2, mean_score=750)
    assert groups[0].matched_permille == 666


def test_histogram_has_a_place_for_every_score() -> None:
    counts = figures.histogram({"assignments": [{"score": score} for score in (0, 255, 256, 4095)]})
    assert (counts[0], counts[1], counts[15], sum(counts)) == (2, 1, 1, 4)


def test_pictures_stay_within_their_frame() -> None:
    rows = [Bar("a name that is far too long for its column", 1.0, "+4,095"), Bar("b", -1, "none"), Bar("c", 9, "more")]
    svg = ET.fromstring(pictures.bars("x", "X", rows, nothing=""))
    for rect in svg.iter("rect"):
        assert float(rect.attrib["width"]) > 0
        assert float(rect.attrib["x"]) + float(rect.attrib["width"]) <= pictures.WIDTH - pictures.VALUES
    assert all(len(text.text or "") <= pictures.MOST_LETTERS for text in svg.iter("text"))
    empty = ET.fromstring(pictures.bars("y", "Y", [], nothing="There is nothing."))
    assert empty.findtext("desc") == empty.findtext("text") == "There is nothing."


def test_learner_in_a_zone_that_does_not_exist_is_in_no_group_of_clocks(operator: Open) -> None:
    found = a_round()
    Profile.objects.filter(time_zone="America/New_York").update(time_zone="Nowhere/Nope")
    page = operator().get(page_of(found)).content.decode()
    assert "UTC+05:30" in page
    assert "UTC-0" not in page
