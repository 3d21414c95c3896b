"""Publications, links, ratings and the gallery over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from roadmaps.enums import ModuleStatus, Visibility
from roadmaps.models import MOST_OPEN_LINKS, Publication, Roadmap, RoadmapListing, ShareLink
from roadmaps.tests.factories import (
    ModuleFactory,
    NoteFactory,
    OwnResourceFactory,
    PublicationFactory,
    RoadmapFactory,
    RoadmapRatingFactory,
    SharedRoadmapFactory,
    ShareLinkFactory,
)
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import Departure, User
from users.tests.factories import DepartureFactory, ProfileFactory, TrackFactory, UserFactory

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]
GALLERY = "/api/v1/roadmaps/gallery/"


def of(roadmap: Roadmap, part: str = "") -> str:
    return f"/api/v1/roadmaps/{roadmap.pk}/{part}"


def slugs(client: ApiClient, query: str = "") -> list[str]:
    return [row["title"] for row in client.get(GALLERY + query).json()["results"]]


# --- publication ------------------------------------------------------------------------------------------------------


def test_roadmap_gets_its_address_when_it_is_first_shared_and_keeps_it(api_as: ApiAs) -> None:
    roadmap = RoadmapFactory(title="Größer denken: SQL & Ärger")
    client = api_as(roadmap.owner)
    assert client.get(of(roadmap, "publication/")).status_code == 404

    assert client.patch(of(roadmap), {"visibility": "unlisted"}).status_code == 200
    first = client.get(of(roadmap, "publication/")).json()
    assert client.patch(of(roadmap), {"visibility": "public", "title": "Another"}).status_code == 200
    then = client.get(of(roadmap, "publication/")).json()

    assert first["slug"].startswith("grosser-denken-sql-arger-")
    assert then["slug"] == first["slug"]
    assert then["page"].endswith(f"/r/{first['slug']}/")
    assert (first["visibility"], then["visibility"], then["badge"]) == ("unlisted", "public", None)


@pytest.mark.parametrize("title", ["学习 SQL", "Ω", "a" * 120, "-- x --", "\U0001f680"])
def test_every_title_gives_an_address(title: str) -> None:
    slug = Publication.objects.get(roadmap=SharedRoadmapFactory(title=title)).slug
    assert 8 <= len(slug) <= 69


def test_owner_chooses_whether_progress_is_shown(api_as: ApiAs) -> None:
    roadmap = SharedRoadmapFactory()
    client = api_as(roadmap.owner)

    response = client.patch(of(roadmap, "publication/"), {"shows_progress": True, "language": "de"})

    assert response.status_code == 200
    assert (response.json()["shows_progress"], response.json()["language"]) == (True, "de")
    assert response.json()["badge"].endswith("/progress.svg")
    stale = client.patch(of(roadmap, "publication/"), {"language": "fr"}, headers={"If-Match": 'W/"1"'})
    assert stale.status_code == 412
    assert client.patch(of(roadmap, "publication/"), {"language": "Deutsch"}).status_code == 400
    assert api_as(UserFactory()).patch(of(roadmap, "publication/"), {"language": "fr"}).status_code == 404


# --- links ------------------------------------------------------------------------------------------------------------


def test_link_is_shown_once_and_only_its_hash_is_kept(api_as: ApiAs) -> None:
    roadmap = SharedRoadmapFactory(visibility=Visibility.UNLISTED)
    client = api_as(roadmap.owner)

    made = client.post(of(roadmap, "links/"), {})
    shown = client.get(of(roadmap, "links/")).json()["results"]

    assert made.status_code == 201
    token = made.json()["page"].partition("?k=")[2]
    assert len(token) == 43
    assert [(row["id"], row["hint"]) for row in shown] == [(made.json()["id"], token[-4:])]
    assert "page" not in shown[0]
    assert token not in str(ShareLink.objects.values().get())


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.PUBLIC])
def test_links_are_for_unlisted_roadmaps(api_as: ApiAs, visibility: Visibility) -> None:
    roadmap = RoadmapFactory(visibility=visibility)
    response = api_as(roadmap.owner).post(of(roadmap, "links/"), {})
    assert (response.status_code, response.json()["code"]) == (409, "roadmap_not_unlisted")


def test_link_does_not_begin_expired(api_as: ApiAs) -> None:
    roadmap = SharedRoadmapFactory(visibility=Visibility.UNLISTED)
    past = (timezone.now() - timedelta(seconds=1)).isoformat()
    response = api_as(roadmap.owner).post(of(roadmap, "links/"), {"expires_at": past})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "expires_at")


def test_roadmap_has_so_many_links_and_no_more_but_expired_ones_do_not_count(api_as: ApiAs) -> None:
    roadmap = SharedRoadmapFactory(visibility=Visibility.UNLISTED)
    links = ShareLinkFactory.create_batch(MOST_OPEN_LINKS, roadmap=roadmap)
    client = api_as(roadmap.owner)
    assert client.post(of(roadmap, "links/"), {}).json()["code"] == "too_many_links"

    past = timezone.now() - timedelta(seconds=1)
    ShareLink.objects.filter(pk=links[0].pk).update(created_at=past - timedelta(days=1), expires_at=past)

    assert client.post(of(roadmap, "links/"), {}).status_code == 201


def test_link_is_revoked_once_and_by_its_owner(api_as: ApiAs) -> None:
    link = ShareLinkFactory()
    url = of(link.roadmap, f"links/{link.pk}/")
    client = api_as(link.roadmap.owner)

    assert api_as(UserFactory()).delete(url).status_code == 404
    assert client.delete(url).status_code == 204
    assert client.delete(url).status_code == 404
    assert client.get(of(link.roadmap, "links/")).json()["results"][0]["revoked_at"]


# --- gallery ----------------------------------------------------------------------------------------------------------


def test_gallery_shows_what_is_public_and_open_to_everybody(api: ApiClient) -> None:
    SharedRoadmapFactory(title="shown")
    SharedRoadmapFactory(title="draft", status="draft")
    RoadmapFactory(title="private")
    SharedRoadmapFactory(title="unlisted", visibility=Visibility.UNLISTED)
    SharedRoadmapFactory(title="archived", status="archived")
    SharedRoadmapFactory(title="generating", status="generating")
    SharedRoadmapFactory(title="closed account", owner__is_active=False)
    PublicationFactory(roadmap__title="taken down", taken_down_at=timezone.now())
    leaving = SharedRoadmapFactory(title="leaving")
    DepartureFactory(user=leaving.owner)

    assert slugs(api) == ["draft", "shown"]


def test_gallery_follows_accounts_and_roadmaps(api: ApiClient) -> None:
    roadmap = SharedRoadmapFactory(title="One")
    person = roadmap.owner
    for change, restore in [
        (lambda: User.objects.filter(pk=person.pk).update(is_active=False),
         lambda: User.objects.filter(pk=person.pk).update(is_active=True)),
        (lambda: DepartureFactory(user=person), lambda: Departure.objects.all().delete()),
        (lambda: Roadmap.objects.update(visibility="private"), lambda: Roadmap.objects.update(visibility="public")),
        (lambda: Roadmap.objects.update(status="archived"), lambda: Roadmap.objects.update(status="ready")),
        (lambda: Publication.objects.update(taken_down_at=timezone.now()),
         lambda: Publication.objects.update(taken_down_at=None)),
    ]:  # fmt: skip
        change()
        assert slugs(api) == []
        restore()
        assert slugs(api) == ["One"]

    roadmap.refresh_from_db()
    roadmap.title = "Two"
    roadmap.save()
    assert slugs(api) == ["Two"]
    roadmap.delete()
    assert slugs(api) == []


def test_gallery_is_searched_and_filtered(api: ApiClient) -> None:
    track = TrackFactory(slug="data", name="Data")
    german = SharedRoadmapFactory(title="Daten lernen", track=track, wishes={"languages": ["de"]})
    SharedRoadmapFactory(title="Learn Django", goal_text="web apps")

    assert slugs(api, "?track=data") == slugs(api, "?language=de") == ["Daten lernen"]
    assert slugs(api, "?search=django") == slugs(api, "?search=web%20-php") == ["Learn Django"]
    assert slugs(api, "?search=nothing") == slugs(api, "?track=nothing") == []
    row = api.get(GALLERY + "?track=data").json()["results"][0]
    assert row["id"] == str(german.pk)
    assert row["track"] == {"slug": "data", "name": "Data"}
    assert api.get(GALLERY + "?ordering=luck").status_code == 400


def test_gallery_is_read_in_pages_in_both_orders(api: ApiClient) -> None:
    roadmaps = [SharedRoadmapFactory(title=str(number)) for number in range(5)]
    for roadmap, values in zip(roadmaps, [(3,), (5,), (), (4, 4), (5, 5)], strict=True):
        for value in values:
            RoadmapRatingFactory(roadmap=roadmap, value=value)

    def all_pages(query: str) -> list[str]:
        found, url = [], f"{GALLERY}?limit=2{query}"
        while url:
            page = api.get(url).json()
            found += [row["title"] for row in page["results"]]
            url = page["next"]
        return found

    assert all_pages("") == ["4", "3", "2", "1", "0"]
    assert all_pages("&ordering=rating") == ["4", "1", "3", "0", "2"]


@pytest.mark.parametrize(("visibility", "is_named"), [("public", True), ("members", False), ("nobody", False)])
def test_author_is_named_where_their_profile_is_public(api: ApiClient, visibility: str, is_named: bool) -> None:
    owner = ProfileFactory(visibility=visibility, user__handle="ada", user__display_name="Ada").user
    SharedRoadmapFactory(owner=owner)
    author = api.get(GALLERY).json()["results"][0]["author"]
    assert author == ({"handle": "ada", "display_name": "Ada"} if is_named else None)


def test_gallery_tells_nothing_else(api: ApiClient) -> None:
    roadmap = SharedRoadmapFactory(wishes={"comment": "secret"}, understood={"x": "secret"})
    module = ModuleFactory(roadmap=roadmap, status=ModuleStatus.COMPLETED)
    NoteFactory(module=module, text="secret")
    OwnResourceFactory(module=module, title="secret")
    text = api.get(GALLERY).content.decode()
    assert "secret" not in text
    assert roadmap.owner.email not in text
    assert str(roadmap.owner.pk) not in text
    assert RoadmapListing.objects.count() == 1


# --- ratings ----------------------------------------------------------------------------------------------------------


def rated(roadmap: Roadmap) -> tuple[int, Any]:
    listing = RoadmapListing.objects.get(roadmap=roadmap)
    return listing.rating_count, listing.rating_mean and float(listing.rating_mean)


def test_rating_is_one_for_each_person_and_the_mean_follows(api_as: ApiAs) -> None:
    roadmap = SharedRoadmapFactory()
    one, other = api_as(UserFactory()), api_as(UserFactory())

    assert one.put(of(roadmap, "rating/"), {"value": 5}).status_code == 200
    assert other.put(of(roadmap, "rating/"), {"value": 2}).status_code == 200
    assert rated(roadmap) == (2, 3.5)
    assert one.put(of(roadmap, "rating/"), {"value": 1}).json()["value"] == 1
    assert rated(roadmap) == (2, 1.5)
    assert one.get(of(roadmap, "rating/")).json()["value"] == 1
    assert one.delete(of(roadmap, "rating/")).status_code == 204
    assert one.delete(of(roadmap, "rating/")).status_code == 404
    assert rated(roadmap) == (1, 2.0)
    own = api_as(roadmap.owner).get(of(roadmap, "publication/")).json()
    assert (own["rating_count"], own["rating_mean"]) == (1, 2.0)


@pytest.mark.parametrize("value", [0, 6, "good", None])
def test_rating_is_from_1_to_5(api_as: ApiAs, value: Any) -> None:
    assert api_as(UserFactory()).put(of(SharedRoadmapFactory(), "rating/"), {"value": value}).status_code == 400


def test_nobody_rates_their_own(api_as: ApiAs) -> None:
    roadmap = SharedRoadmapFactory()
    response = api_as(roadmap.owner).put(of(roadmap, "rating/"), {"value": 5})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "roadmap")


def test_only_the_gallery_is_rated(api_as: ApiAs) -> None:
    client = api_as(UserFactory())
    for roadmap in (RoadmapFactory(), SharedRoadmapFactory(visibility=Visibility.UNLISTED)):
        assert client.put(of(roadmap, "rating/"), {"value": 5}).status_code == 404


def test_ratings_stay_while_a_roadmap_is_out_of_the_gallery(api_as: ApiAs) -> None:
    rating = RoadmapRatingFactory(value=3)
    client = api_as(rating.roadmap.owner)
    client.patch(of(rating.roadmap), {"visibility": "private"})
    client.patch(of(rating.roadmap), {"visibility": "public"})
    assert rated(rating.roadmap) == (1, 3.0)
    assert client.delete(of(rating.roadmap)).status_code == 204
