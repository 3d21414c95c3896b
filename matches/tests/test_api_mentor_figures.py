"""What the list of mentors says of their mentorships: places, ratings, how many requests they answer and how soon."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from matches.models import MentorMatch, Review
from matches.tests.factories import MatchFactory, ReviewFactory, walk
from skillbridge_backend.core import outbox
from users.models import MentorListing, Profile, User
from users.tests.factories import MentorFactory, UserFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/mentors/"
PLENTY = 20


@pytest.fixture
def mentor() -> User:
    profile: Profile = MentorFactory(mentoring_capacity=PLENTY)
    return profile.user


@pytest.fixture
def client(api_as: Any) -> Any:
    return api_as(UserFactory())


@pytest.fixture
def without_triggers() -> Callable[[str], None]:
    """Runs a statement as time would: nothing hears of it."""

    def run(sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(sql)
            assert cursor.rowcount
            cursor.execute("SET LOCAL session_replication_role = origin")

    return run


def shown(client: Any, mentor: User) -> dict[str, Any]:
    """The mentor's row of the list; the same is shown of the mentor alone."""
    rows = {row["id"]: row for row in client.get(URL).json()["results"]}
    assert rows[str(mentor.pk)] == client.get(f"{URL}{mentor.pk}/").json()
    row: dict[str, Any] = rows[str(mentor.pk)]
    return row


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def reviewed(mentor: User, *ratings: int, is_seen: bool = True) -> None:
    """By so many learners; seen at once where the mentor has written, too."""
    for rating in ratings:
        match = MatchFactory.in_state("completed", mentor=mentor)
        ReviewFactory(match=match, rating=rating)
        if is_seen:
            ReviewFactory(match=match, author=mentor)


def answered(mentor: User, *minutes: int, status: str = "declined") -> None:
    """Requests that were answered after so many minutes."""
    for number in minutes:
        walk(MatchFactory(mentor=mentor, requested_at=timezone.now() - timedelta(minutes=number)), status)


def lapsed(mentor: User, times: int) -> None:
    for _ in range(times):
        MatchFactory.in_state("expired", mentor=mentor)


def test_mentor_without_any_request_has_no_figures_and_all_places(client: Any, mentor: User) -> None:
    assert {
        "rating": None,
        "response_rate": None,
        "requests_decided": 0,
        "median_answer_minutes": None,
        "open_places": PLENTY,
        "mentoring_capacity": PLENTY,
    }.items() <= shown(client, mentor).items()


def test_places_are_taken_and_given_back(client: Any, mentor: User) -> None:
    match = MatchFactory.in_state("accepted", mentor=mentor)
    MatchFactory(mentor=mentor)
    assert shown(client, mentor)["open_places"] == PLENTY - 1

    match.status, match.ended_at = "ended_early", timezone.now()
    match.save()
    assert shown(client, mentor)["open_places"] == PLENTY

    Profile.objects.filter(user=mentor).update(mentoring_capacity=3)
    assert shown(client, mentor)["open_places"] == 3


def test_capacity_now_filters_lists_and_people(client: Any) -> None:
    full, free = MentorFactory(mentoring_capacity=1).user, MentorFactory(mentoring_capacity=1).user
    MatchFactory.in_state("active", mentor=full)
    MatchFactory(mentor=free)

    assert ids(client.get(URL, {"has_capacity": "true"})) == [str(free.pk)]
    assert ids(client.get(URL, {"has_capacity": "false"})) == [str(full.pk)]
    assert list(User.objects.with_capacity()) == [free]
    # More places than learners were taken with: none is open, rather than fewer than none.
    Profile.objects.filter(user=free).update(mentoring_capacity=2)
    MatchFactory.in_state("active", mentor=free)
    MatchFactory.in_state("active", mentor=free)
    Profile.objects.filter(user=free).update(mentoring_capacity=1)
    assert shown(client, free)["open_places"] == 0


def test_rating_is_a_mean_from_three_on(client: Any, mentor: User) -> None:
    reviewed(mentor, 5, 4)
    assert shown(client, mentor)["rating"] is None

    reviewed(mentor, 4)
    assert shown(client, mentor)["rating"] == {"mean": 4.33, "count": 3}


def test_hidden_reviews_are_told_by_nothing(client: Any, mentor: User) -> None:
    reviewed(mentor, 5, 5, 5)
    match = MatchFactory.in_state("completed", mentor=mentor)
    before = shown(client, mentor)

    ReviewFactory(match=match, rating=1)

    assert shown(client, mentor) == before
    assert MentorListing.objects.get(profile__user=mentor).rating_count == 3


def test_ratings_of_learners_are_not_the_mentors(client: Any, mentor: User) -> None:
    for _ in range(3):
        match = MatchFactory.in_state("completed", learner=mentor)
        ReviewFactory(match=match, author=match.mentor, rating=1)
        ReviewFactory(match=match, author=mentor)

    assert shown(client, mentor)["rating"] is None


def test_review_counts_from_the_day_on_which_it_shows(
    client: Any, mentor: User, without_triggers: Callable[[str], None], drain_outbox: Callable[[], list[str]]
) -> None:
    reviewed(mentor, 5, 5)
    reviewed(mentor, 2, is_seen=False)
    hidden = Review.objects.get(subject=mentor, revealed_at__gt=timezone.now())
    assert MentorListing.objects.defer(None).get(profile__user=mentor).changes_at == hidden.revealed_at

    without_triggers("UPDATE matches_review SET revealed_at = now() - interval '1 second' WHERE revealed_at > now()")
    without_triggers("UPDATE users_mentorlisting SET changes_at = now() - interval '1 second' WHERE changes_at > now()")
    assert shown(client, mentor)["rating"] is None
    outbox.publish("matches.refresh_figures", payload={})
    drain_outbox()

    assert shown(client, mentor)["rating"] == {"mean": 4.0, "count": 3}


def test_request_counts_for_180_days(
    client: Any, mentor: User, without_triggers: Callable[[str], None], drain_outbox: Callable[[], list[str]]
) -> None:
    answered(mentor, 10, 20, 30)
    oldest = MentorMatch.objects.order_by("requested_at")[0]
    listing = MentorListing.objects.defer(None).get(profile__user=mentor)
    assert listing.changes_at == oldest.requested_at + timedelta(days=180)  # type: ignore[operator]  # it was asked
    assert shown(client, mentor)["requests_decided"] == 3

    without_triggers(
        f"UPDATE matches_mentormatch SET requested_at = now() - interval '180 days' WHERE id = '{oldest.pk}'"
    )
    without_triggers("UPDATE users_mentorlisting SET changes_at = now() - interval '1 second' WHERE changes_at > now()")
    outbox.publish("matches.refresh_figures", payload={})
    drain_outbox()

    row = shown(client, mentor)
    assert (row["requests_decided"], row["response_rate"], row["median_answer_minutes"]) == (2, None, None)


def test_answers_are_a_share_of_what_was_decided_and_a_median(client: Any, mentor: User) -> None:
    answered(mentor, 10, 60)
    lapsed(mentor, 1)
    row = shown(client, mentor)
    assert (row["requests_decided"], row["response_rate"], row["median_answer_minutes"]) == (3, 66, None)

    answered(mentor, 600, status="info_requested")
    # These say nothing of the mentor: nobody decided yet, or it was the learner who did.
    MatchFactory(mentor=mentor)
    MatchFactory.in_state("cancelled", mentor=mentor)
    MatchFactory.in_state("proposed", mentor=mentor)
    row = shown(client, mentor)
    assert (row["requests_decided"], row["response_rate"], row["median_answer_minutes"]) == (4, 75, 60)
    assert mentor.response_rate == 75
    assert UserFactory().response_rate is None


def test_responsive_are_those_who_answer_most_and_soon(client: Any) -> None:
    quick, slow, silent, unknown = (MentorFactory(mentoring_capacity=PLENTY).user for _ in range(4))
    answered(quick, 10, 10, 48 * 60, 48 * 60)
    lapsed(quick, 1)
    answered(slow, 10, 48 * 60 + 2, 48 * 60 + 2)
    answered(silent, 10, 10, 10)
    lapsed(silent, 1)
    answered(unknown, 10, 10)

    assert ids(client.get(URL, {"responsive": "true"})) == [str(quick.pk)]
    assert ids(client.get(URL, {"responsive": "false"})) == [str(each.pk) for each in (unknown, silent, slow)]


def test_least_rating_counts_means_of_three_ratings_or_more(client: Any) -> None:
    best, good, once = (MentorFactory(mentoring_capacity=PLENTY).user for _ in range(3))
    reviewed(best, 5, 5, 4)
    reviewed(good, 4, 4, 4)
    reviewed(once, 5)

    for least, found in (("4.66", [best]), ("4.67", [best]), ("4.68", []), ("4", [good, best]), ("1", [good, best])):
        assert ids(client.get(URL, {"least_rating": least})) == [str(each.pk) for each in found], least


def pages(client: Any, query: dict[str, str]) -> list[str]:
    """All pages of one row each, forth and back again."""
    forth, back = [], []
    response = client.get(URL, query | {"limit": "1"})
    while True:
        forth += ids(response)
        if not response.json()["next"]:
            break
        response = client.get(response.json()["next"])
    while response.json()["previous"]:
        response = client.get(response.json()["previous"])
        back += ids(response)
    assert back[::-1] == forth[:-1]
    return forth


def test_orderings_go_page_by_page_whatever_is_equal(client: Any) -> None:
    mentors = [MentorFactory(mentoring_capacity=PLENTY).user for _ in range(6)]
    good, best, often, also_often = mentors[:4]
    reviewed(good, 4, 4, 4)
    reviewed(best, 5, 5, 5)
    reviewed(often, 4, 4, 4, 4)
    reviewed(also_often, 4, 4, 4, 4)
    names = {str(mentor.pk): number for number, mentor in enumerate(mentors)}
    by_rating = [names[each] for each in pages(client, {"ordering": "rating"})]
    # Best first, of equal means that of more ratings, then the newer; those without ratings come last.
    assert by_rating == [1, 3, 2, 0, 5, 4]

    assert [names[each] for each in pages(client, {"ordering": "newest"})] == [5, 4, 3, 2, 1, 0]


def test_those_who_answer_soonest_come_first(client: Any) -> None:
    slow, quick, unknown = (MentorFactory(mentoring_capacity=PLENTY).user for _ in range(3))
    answered(slow, 500, 500, 500)
    answered(quick, 5, 5, 5)
    answered(unknown, 1)

    assert pages(client, {"ordering": "answer_time"}) == [str(each.pk) for each in (quick, slow, unknown)]


def test_figures_come_back_with_a_mentor_who_offers_again(client: Any, mentor: User) -> None:
    reviewed(mentor, 5, 5, 5)
    answered(mentor, 10, 10, 10)
    MatchFactory.in_state("active", mentor=mentor)
    before = shown(client, mentor)

    Profile.objects.filter(user=mentor).update(is_offering_mentoring=False)
    assert ids(client.get(URL)) == []
    assert client.get(f"{URL}{mentor.pk}/").status_code == 404
    reviewed(mentor, 2)
    Profile.objects.filter(user=mentor).update(is_offering_mentoring=True)

    after = shown(client, mentor)
    assert before["rating"] == {"mean": 5.0, "count": 3}
    assert after["rating"] == {"mean": 4.25, "count": 4}
    assert after["open_places"] == before["open_places"] == PLENTY - 1


def test_tag_changes_with_the_figures(client: Any, mentor: User) -> None:
    url = f"{URL}{mentor.pk}/"
    before = client.get(url).headers["ETag"]
    assert client.get(url).headers["ETag"] == before

    MatchFactory.in_state("active", mentor=mentor)

    assert client.get(url).headers["ETag"] != before


def test_rating_that_is_deleted_counts_no_more(mentor: User) -> None:
    reviewed(mentor, 5, 5, 5)
    Review.objects.filter(author=mentor).delete()
    Review.objects.filter(subject=mentor, pk=Review.objects.order_by("pk").values("pk")[:1]).delete()
    listing = MentorListing.objects.get(profile__user=mentor)
    assert (listing.rating_count, listing.rating_mean) == (2, None)

    Review.objects.filter(subject=mentor).update(rating=1)
    reviewed(mentor, 3)
    assert MentorListing.objects.get(profile__user=mentor).rating_mean == Decimal("1.67")
