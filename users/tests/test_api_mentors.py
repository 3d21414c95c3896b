"""Finding a mentor: words, filters, orderings and what the mentors who were found have in common."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from users.models import LeaveWindow, MentorListing, Profile, Skill, SkillAlias, User
from users.querysets import mentor_listings
from users.tests.clocks import elsewhere
from users.tests.factories import (
    LeaveWindowFactory,
    MentorFactory,
    ProfileSkillFactory,
    SkillAliasFactory,
    SkillFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
URL = "/api/v1/mentors/"


@pytest.fixture
def client(api_as: Any) -> Any:
    return api_as(UserFactory())


def found(client: Any, **query: str) -> list[str]:
    response = client.get(URL, query)
    assert response.status_code == 200, response.content
    return [row["handle"] for row in response.json()["results"]]


def named(handle: str, **fields: Any) -> Profile:
    profile: Profile = MentorFactory(user__handle=handle, **fields)
    return profile


def errors_of(response: Any) -> list[tuple[str, str]]:
    assert response.status_code == 400, response.content
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


@pytest.fixture
def mentors() -> None:
    rust = SkillFactory(slug="rust", name="Rust", aliases=["rustlang"])
    ada = named("ada", user__display_name="Ada Lovelace", headline="Notes on engines", bio="I like tea.")
    zoe = named("zoe", user__display_name="Zoë Ó Briain", headline="Web apps in Django", bio="And rust, on weekends.")
    named("li", user__display_name="李明", headline="Engines and trains", bio="Früher bei der Bahn.")
    ProfileSkillFactory(profile=ada, skill=rust, level=4)
    ProfileSkillFactory(profile=zoe, level=2)


@pytest.mark.parametrize(
    ("words", "handles"),
    [
        ("lovelace", ["ada"]),
        ("LOVELACE", ["ada"]),
        ("ada", ["ada"]),
        ("zoë", ["zoe"]),
        ("李明", ["li"]),
        ("früher", ["li"]),
        ("engines", ["li", "ada"]),
        ("engines -trains", ["ada"]),
        ('"web apps"', ["zoe"]),
        ('"apps web"', []),
        ("django or trains", ["li", "zoe"]),
        ("rustlang", ["ada"]),
        # A skill says more than a word in passing.
        ("rust", ["ada", "zoe"]),
        ("rust tea", ["ada"]),
        ("nobody", []),
        ("!!!", []),
    ],
)
def test_words_are_looked_for_in_names_headlines_skills_and_bios(
    client: Any, mentors: None, words: str, handles: list[str]
) -> None:
    assert sorted(found(client, q=words)) == sorted(handles)
    if words == "rust":
        assert found(client, q=words) == handles


def test_search_is_by_relevance_unless_it_is_asked_for_otherwise(client: Any, mentors: None) -> None:
    named("newest", bio="rust")

    assert found(client, q="rust") == found(client, q="rust", ordering="relevance") == ["ada", "newest", "zoe"]
    assert found(client, q="rust", ordering="newest") == ["newest", "zoe", "ada"]


def test_pages_of_relevance_go_on_where_they_ended(client: Any) -> None:
    for number in range(5):
        named(f"same-{number}", bio="compilers")
    named("more", headline="Compilers")
    response = client.get(URL, {"q": "compilers", "limit": "2"})
    seen = []
    while True:
        seen += [row["handle"] for row in response.json()["results"]]
        if not (following := response.json()["next"]):
            break
        response = client.get(following)

    assert seen == ["more", *(f"same-{number}" for number in reversed(range(5)))]


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"ordering": "relevance"}, "ordering", "invalid"),
        ({"ordering": "best"}, "ordering", "invalid_choice"),
        ({"q": "x" * 201}, "q", "max_length"),
        ({"language": "xx"}, "language", "invalid"),
        ({"country": "XX"}, "country", "invalid"),
        ({"least_rating": "0.5"}, "least_rating", "min_value"),
        ({"least_rating": "5.1"}, "least_rating", "max_value"),
        ({"least_rating": "good"}, "least_rating", "invalid"),
        ({"least_rating": "nan"}, "least_rating", "invalid"),
        ({"has_capacity": "maybe"}, "has_capacity", "invalid_choice"),
        ({"responsive": "yes"}, "responsive", "invalid_choice"),
        ({"limit": "0"}, "limit", "invalid"),
        ({"cursor": "nonsense"}, "cursor", "invalid"),
        ({"skills": "alchemy,magic", "skills_match": "any"}, "skills[0]", "unknown_skill"),
        ({"skills": "python:00009"}, "skills[0]", "invalid"),
        ({"skills": "python:" + "0" * 5000}, "skills[0]", "invalid"),
    ],
)
def test_parameter_that_is_wrong_is_named(client: Any, query: dict[str, str], field: str, code: str) -> None:
    assert errors_of(client.get(URL, query))[0] == (field, code)
    if field not in {"limit", "cursor"}:
        assert errors_of(client.get(f"{URL}facets/", query))[0] == (field, code)


def test_cursor_of_another_ordering_is_no_error_of_ours(client: Any) -> None:
    for _ in range(3):
        MentorFactory()
    following = client.get(URL, {"ordering": "rating", "limit": "1"}).json()["next"]

    response = client.get(following.replace("ordering=rating", "ordering=newest"))

    assert errors_of(response) == [("cursor", "invalid")]


def test_list_follows_what_people_change(client: Any) -> None:
    skill = SkillFactory(slug="go", name="Go", aliases=["golang"])
    mentor = named("mentor", country="DE", languages=["de"], time_zone="Europe/Berlin", headline="Old")
    known = ProfileSkillFactory(profile=mentor, skill=skill, level=2)
    assert found(client, skills="golang:2") == found(client, q="old go") == ["mentor"]

    Profile.objects.filter(pk=mentor.pk).update(country="AT", languages=["fr"], headline="New", time_zone="Asia/Tokyo")
    known.level = 1
    known.save()
    User.objects.filter(pk=mentor.user_id).update(handle="renamed", display_name="Grace")

    assert found(client, q="grace new", country="at", language="fr", skills="go:1") == ["renamed"]
    for query in ({"q": "old"}, {"country": "DE"}, {"language": "de"}, {"skills": "go:2"}, {"q": "mentor"}):
        assert found(client, **query) == [], query
    known.delete()
    assert found(client, skills="go") == found(client, q="golang") == []


def test_list_follows_the_catalogue(client: Any) -> None:
    skill = SkillFactory(slug="nodejs", name="Node")
    ProfileSkillFactory(profile=named("mentor"), skill=skill)
    other = ProfileSkillFactory(profile=named("other")).skill
    alias = SkillAliasFactory(skill=skill, text="noodle", normalised="noodle")
    assert found(client, q="noodle") == ["mentor"]

    Skill.objects.filter(pk=skill.pk).update(slug="node")
    assert found(client, skill="noodle") == ["mentor"]
    SkillAlias.objects.filter(pk=alias.pk).update(skill=other)
    assert found(client, q="noodle") == ["other"]
    SkillAlias.objects.filter(pk=alias.pk).delete()
    assert found(client, q="noodle") == []


@pytest.mark.parametrize(
    "closing",
    [
        lambda mentor: User.objects.filter(pk=mentor.user_id).update(is_active=False),
        lambda mentor: User.objects.filter(pk=mentor.user_id).update(role="learner"),
        lambda mentor: Profile.objects.filter(pk=mentor.pk).update(is_offering_mentoring=False),
        lambda mentor: Profile.objects.filter(pk=mentor.pk).update(mentoring_capacity=0),
        lambda mentor: LeaveWindowFactory(profile=mentor, starts_on=today(), ends_on=today()),
    ],
    ids=["closed", "no mentor", "not offering", "no capacity", "away"],
)
def test_mentor_who_is_not_open_is_in_no_list_and_comes_back(client: Any, closing: Any) -> None:
    mentor = named("mentor")
    assert found(client) == ["mentor"]

    closing(mentor)
    assert found(client) == found(client, q="mentor") == []
    assert client.get(f"{URL}facets/").json()["mentors"] == 0

    LeaveWindow.objects.all().delete()
    User.objects.filter(pk=mentor.user_id).update(is_active=True, role="mentor")
    Profile.objects.filter(pk=mentor.pk).update(is_offering_mentoring=True, mentoring_capacity=1)
    assert found(client) == ["mentor"]


def today() -> Any:
    return timezone.now().date()


def test_leave_counts_from_its_first_day_to_its_last(client: Any) -> None:
    mentor = named("mentor")
    for begins, ends, is_away in ((-3, -1, False), (1, 3, False), (-3, 0, True), (0, 3, True)):
        LeaveWindow.objects.all().delete()
        LeaveWindowFactory(
            profile=mentor, starts_on=today() + timedelta(days=begins), ends_on=today() + timedelta(days=ends)
        )
        assert found(client) == ([] if is_away else ["mentor"])


@pytest.mark.parametrize(
    ("windows", "back_in_days"),
    [
        ([], None),
        ([(-3, -1), (1, 3)], None),
        ([(0, 0)], 1),
        ([(-3, 4)], 5),
        # One after the other, and over each other: it is the first day without any.
        ([(-3, 2), (3, 5), (4, 9), (11, 12)], 10),
    ],
)
def test_mentor_on_leave_says_when_they_are_back(
    client: Any, windows: list[tuple[int, int]], back_in_days: int | None
) -> None:
    mentor = named("mentor")
    for begins, ends in windows:
        LeaveWindowFactory(
            profile=mentor, starts_on=today() + timedelta(days=begins), ends_on=today() + timedelta(days=ends)
        )

    told = client.get(f"{URL}{mentor.user_id}/").json()["back_on"]

    assert told == (None if back_in_days is None else (today() + timedelta(days=back_in_days)).isoformat())


def test_mentor_is_back_by_their_own_calendar(client: Any) -> None:
    zone, their_day = elsewhere(timezone.now())
    mentor = named("mentor", time_zone=zone)
    LeaveWindowFactory(profile=mentor, starts_on=their_day, ends_on=their_day)

    told = client.get(f"{URL}{mentor.user_id}/").json()["back_on"]

    assert told == (their_day + timedelta(days=1)).isoformat()


def test_leave_that_is_moved_is_followed(client: Any) -> None:
    window = LeaveWindowFactory(profile=named("mentor"), starts_on=today(), ends_on=today())
    LeaveWindow.objects.filter(pk=window.pk).update(
        ends_on=today() + timedelta(days=9), starts_on=today() + timedelta(days=8)
    )
    assert found(client) == ["mentor"]


def test_facets_count_what_the_list_would_give(client: Any) -> None:
    python, git = SkillFactory(slug="python", name="Python"), SkillFactory(slug="git", name="Git")
    for handle, skills, languages, country in (
        ("a", (python, git), ["de", "en"], "DE"),
        ("b", (python,), ["de"], "DE"),
        ("c", (git,), ["fr"], ""),
    ):
        mentor = named(handle, languages=languages, country=country)
        for skill in skills:
            ProfileSkillFactory(profile=mentor, skill=skill)
    ProfileSkillFactory(profile=named("d", languages=["en"], country="AT"), skill=python, level=0)

    whole = client.get(f"{URL}facets/").json()
    of_git = client.get(f"{URL}facets/", {"skills": "git"}).json()

    assert whole == {
        "mentors": 4,
        "is_complete": True,
        "skills": [{"skill": "python", "name": "Python", "count": 3}, {"skill": "git", "name": "Git", "count": 2}],
        "languages": [
            {"language": "de", "count": 2},
            {"language": "en", "count": 2},
            {"language": "fr", "count": 1},
        ],
        "countries": [{"country": "DE", "count": 2}, {"country": "AT", "count": 1}],
    }
    assert of_git["mentors"] == 2
    assert of_git["skills"] == [
        {"skill": "git", "name": "Git", "count": 2},
        {"skill": "python", "name": "Python", "count": 1},
    ]


def test_facets_say_when_they_did_not_count_all(client: Any, monkeypatch: Any) -> None:
    for number in range(4):
        named(f"mentor-{number}", country="DE" if number else "AT")
    monkeypatch.setattr("users.querysets.mentor_listings.MOST_COUNTED", 3)

    cut = client.get(f"{URL}facets/").json()

    assert (cut["mentors"], cut["is_complete"], cut["countries"]) == (3, False, [{"country": "DE", "count": 3}])


def test_facets_are_for_people_who_are_logged_in(api: Any) -> None:
    assert api.get(f"{URL}facets/").status_code == 401


def skip_numbers(many: int) -> None:
    """As if so many had come to the list and gone again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval('users_mentorlisting_number', last_value + %s) FROM users_mentorlisting_number", [many]
        )


@pytest.fixture
def far_apart() -> list[str]:
    """Mentors with the same words, of two countries, who came to the list long after one another; oldest first."""
    handles = []
    for number, gap in enumerate((0, 1, 1023, 1025, 5000, 70_000, 2_000_000, 3)):
        skip_numbers(gap)
        handles.append(named(f"far-{number}", bio="compilers", country=("DE", "AT")[number % 2]).user.handle)
        named(f"other-{number}", bio="trains")
    return handles


def test_words_are_found_however_long_ago_a_mentor_came_to_the_list(client: Any, far_apart: list[str]) -> None:
    assert found(client, q="compilers") == far_apart[::-1]
    assert found(client, q="compilers", country="AT") == far_apart[::-2]
    assert client.get(f"{URL}facets/", {"q": "compilers"}).json()["countries"] == [
        {"country": "AT", "count": 4},
        {"country": "DE", "count": 4},
    ]


def test_those_who_came_to_the_list_last_are_ranked_and_counted(
    client: Any, far_apart: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    named("late", headline="Compilers", bio="compilers", is_offering_mentoring=False)
    monkeypatch.setattr(mentor_listings, "MOST_RANKED", 3)
    monkeypatch.setattr(mentor_listings, "MOST_COUNTED", 3)
    assert found(client, q="compilers") == far_apart[:-4:-1]

    # Whoever comes again comes last; whoever changes stays where they were.
    Profile.objects.filter(user__handle="late").update(is_offering_mentoring=True)
    Profile.objects.filter(user__handle=far_apart[0]).update(headline="compilers, compilers")

    assert found(client, q="compilers") == ["late", *far_apart[:-3:-1]]
    counted = client.get(f"{URL}facets/", {"q": "compilers"}).json()
    assert (counted["mentors"], counted["is_complete"]) == (3, False)
    assert sum(one["count"] for one in counted["languages"]) == 3


def test_pages_of_relevance_go_back_as_they_came(client: Any, far_apart: list[str]) -> None:
    pages = [client.get(URL, {"q": "compilers", "limit": "3"}).json()]
    while following := pages[-1]["next"]:
        pages.append(client.get(following).json())
    backwards = [pages[-1]]
    while previous := backwards[-1]["previous"]:
        backwards.append(client.get(previous).json())

    assert [[row["handle"] for row in page["results"]] for page in pages] == [
        far_apart[:-4:-1],
        far_apart[-4:-7:-1],
        far_apart[1::-1],
    ]
    assert [page["results"] for page in backwards] == [page["results"] for page in reversed(pages)]


def test_change_of_a_mentor_draws_no_number(client: Any) -> None:
    profile = named("ada")
    before = MentorListing.objects.values_list("number", flat=True).get()
    for headline in ("One", "Two", "Three"):
        Profile.objects.filter(pk=profile.pk).update(headline=headline)
    named("next")

    assert list(MentorListing.objects.order_by("number").values_list("number", flat=True)) == [before, before + 1]


def test_row_of_a_mentor_has_everything(client: Any) -> None:
    mentor = named("mentor", headline="Hello", bio="I help.", country="DE", languages=["de"], time_zone="Europe/Berlin")
    verified_at = timezone.now()
    known = ProfileSkillFactory(profile=mentor, source="mentor", verified_at=verified_at, level=4)
    ProfileSkillFactory(profile=mentor, level=1)

    (row,) = client.get(URL).json()["results"]

    assert row["skills"][0] == {
        "skill": known.skill.slug,
        "name": known.skill.name,
        "level": 4,
        "source": "mentor",
        "verified_at": f"{verified_at:%Y-%m-%dT%H:%M:%S.%f}Z",
    }
    assert row["skills"][1]["verified_at"] is None
    assert {
        "id": str(mentor.user_id),
        "headline": "Hello",
        "bio": "I help.",
        "country": "DE",
        "languages": ["de"],
        "time_zone": "Europe/Berlin",
        "mentoring_capacity": 2,
        "open_places": 2,
    }.items() <= row.items()
    assert not {"search", "away", "changes_at"} & row.keys()


def test_only_mentors_who_are_open_have_a_row() -> None:
    MentorFactory()
    MentorFactory(is_offering_mentoring=False)
    UserFactory()

    assert MentorListing.objects.count() == 1
