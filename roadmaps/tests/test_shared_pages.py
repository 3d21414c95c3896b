"""The page of a shared roadmap, its picture and its badge, as a browser gets them."""

import html
import re
from datetime import timedelta
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.utils import timezone
from PIL import Image

from roadmaps.enums import ModuleStatus, Visibility
from roadmaps.models import Publication, Roadmap, ShareLink
from roadmaps.preview_picture import SIZE
from roadmaps.tests.factories import (
    ModuleFactory,
    ModulePrerequisiteFactory,
    NoteFactory,
    OwnResourceFactory,
    PublicationFactory,
    ResourceFactory,
    RoadmapRatingFactory,
    SharedRoadmapFactory,
    ShareLinkFactory,
)
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.tests.factories import DepartureFactory, ProfileFactory

pytestmark = pytest.mark.django_db
HOSTILE = "</title><script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7|add:7 }}"
PARTS = ["", "preview.png", "progress.svg"]


@pytest.fixture
def roadmap() -> Roadmap:
    """Public, with three modules: Joins builds on Tables, which is completed; one was removed."""
    edge = ModulePrerequisiteFactory(
        module__roadmap=SharedRoadmapFactory(title="Learn SQL", goal_text="to query things"),
        module__title="Joins",
        requires__title="Tables",
        requires__status=ModuleStatus.COMPLETED,
    )
    ModuleFactory(roadmap=edge.module.roadmap, title="Gone", status=ModuleStatus.REMOVED)
    found: Roadmap = edge.module.roadmap
    return found


def url(roadmap: Roadmap, part: str = "", token: str = "") -> str:
    slug = Publication.objects.get(roadmap=roadmap).slug
    return f"/r/{slug}/{part}" + (f"?k={token}" if token else "")


def page(api: ApiClient, roadmap: Roadmap, token: str = "") -> str:
    response = api.get(url(roadmap, token=token))
    assert response.status_code == 200
    return str(response.content, "utf-8")


class Outline(HTMLParser):
    """Tags and attributes as a browser reads them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))


def test_page_shows_modules_with_graph_and_words(api: ApiClient, roadmap: Roadmap) -> None:
    joins, tables = roadmap.modules.get(title="Joins"), roadmap.modules.get(title="Tables")
    ResourceFactory(skill=joins.skill, title="Joins explained", url="https://learn.test/joins")

    text = page(api, roadmap)
    tags = Outline(text).tags
    anchors = {attributes["id"] for tag, attributes in tags if tag == "li" and "id" in attributes}
    links = {attributes["href"] for tag, attributes in tags if tag == "a"}

    assert anchors == {f"module-{joins.pk}", f"module-{tables.pk}"}
    assert {f"#module-{joins.pk}", f"#module-{tables.pk}", "https://learn.test/joins"} <= links
    assert "Learn SQL" in text
    assert "to query things" in text
    assert "Gone" not in text
    assert [tag for tag, _ in tags].count("svg") == 2
    assert len([1 for tag, attributes in tags if tag == "path" and attributes.get("class") == "edge"]) == 2
    assert not {"script", "img", "form", "iframe"} & {tag for tag, _ in tags}


def test_page_needs_nothing_from_elsewhere_and_runs_nothing(api: ApiClient, roadmap: Roadmap) -> None:
    response = api.get(url(roadmap))
    policy = response["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not any(name.startswith("on") or name == "style" for _, attributes in Outline(response.content.decode()).tags
                   for name in attributes)  # fmt: skip
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Frame-Options"] == "DENY"


def test_hostile_texts_are_texts(api: ApiClient) -> None:
    owner = ProfileFactory(visibility="public", user__display_name='<b onclick="x">Eve</b>').user
    shared = SharedRoadmapFactory(owner=owner, title=HOSTILE[:120], goal_text=HOSTILE)
    module = ModuleFactory(roadmap=shared, title=HOSTILE[:120], description=HOSTILE, milestone=HOSTILE[:120])
    ResourceFactory(skill=module.skill, title=HOSTILE, provider=HOSTILE[:120])
    PublicationFactory(roadmap=shared, slug="hostile", shows_progress=True)

    text = api.get("/r/hostile/").content.decode()
    tags = Outline(text).tags

    assert not {"script", "img", "b"} & {tag for tag, _ in tags}
    assert not any(name.startswith("on") for _, attributes in tags for name in attributes)
    assert "{{ 7|add:7 }}" in html.unescape(text)
    assert re.search(r"<title>[^<]*&lt;script&gt;", text)
    badge = api.get("/r/hostile/progress.svg").content.decode()
    assert ET.fromstring(badge).findtext("{http://www.w3.org/2000/svg}title", "").startswith("</title><script>")
    assert api.get("/r/hostile/preview.png").status_code == 200


def test_private_things_are_on_no_page(api: ApiClient, roadmap: Roadmap) -> None:
    module = roadmap.modules.get(title="Joins")
    NoteFactory(module=module, text="note-secret")
    OwnResourceFactory(module=module, title="link-secret")
    Roadmap.objects.update(understood={"x": "secret"}, plan_summary={"x": "secret"}, wishes={"comment": "secret"})

    text = page(api, roadmap)

    assert "secret" not in text
    assert roadmap.owner.email not in text
    assert roadmap.owner.handle not in text
    assert "Completed" not in text
    assert "% done" not in text
    assert str(roadmap.started_on) not in text


def test_progress_is_shown_where_the_owner_wants_it(api: ApiClient, roadmap: Roadmap) -> None:
    assert api.get(url(roadmap, "progress.svg")).status_code == 404

    PublicationFactory(roadmap=roadmap, slug="mine", shows_progress=True)

    text, badge = page(api, roadmap), api.get("/r/mine/progress.svg")
    assert "Completed" in text
    assert "50 % done" in text
    assert badge["Content-Type"] == "image/svg+xml"
    assert badge["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert badge["Cache-Control"] == "public, max-age=300"
    assert "50 %" in "".join(ET.fromstring(badge.content).itertext())


def test_author_and_rating_are_named(api: ApiClient) -> None:
    owner = ProfileFactory(visibility="public", user__handle="ada", user__display_name="Ada").user
    shared = SharedRoadmapFactory(owner=owner)
    RoadmapRatingFactory(roadmap=shared, value=4)
    text = page(api, shared)
    assert "Ada" in text
    assert "@ada" in text
    assert "rated 4.0 of 5 by 1 person" in text


@pytest.mark.parametrize("part", PARTS)
def test_what_is_closed_is_the_same_as_what_is_not_there(api: ApiClient, part: str) -> None:
    closed = {
        "private": SharedRoadmapFactory(),
        "unlisted": SharedRoadmapFactory(visibility=Visibility.UNLISTED),
        "archived": SharedRoadmapFactory(status="archived"),
        "taken down": PublicationFactory(taken_down_at=timezone.now()).roadmap,
        "inactive": SharedRoadmapFactory(owner__is_active=False),
        "leaving": SharedRoadmapFactory(),
    }
    Roadmap.objects.filter(pk=closed["private"].pk).update(visibility="private")
    DepartureFactory(user=closed["leaving"].owner)
    Publication.objects.update(shows_progress=True)

    unknown = api.get(f"/r/nothing/{part}")

    assert unknown.status_code == 404
    for name, roadmap in closed.items():
        response = api.get(url(roadmap, part))
        assert (response.status_code, response.content) == (404, unknown.content), name
        assert {**response.headers, "X-Request-ID": ""} == {**unknown.headers, "X-Request-ID": ""}, name


@pytest.mark.parametrize("part", PARTS)
def test_unlisted_roadmap_is_read_by_a_link_that_holds(api: ApiClient, part: str) -> None:
    link = ShareLinkFactory(token="t" * 43, expires_at=timezone.now() + timedelta(days=1))
    PublicationFactory(roadmap=link.roadmap, slug="quiet", shows_progress=True)
    other = ShareLinkFactory(token="o" * 43)
    address = f"/r/quiet/{part}"

    response = api.get(address, {"k": "t" * 43})

    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-cache"
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "no-referrer"
    for wrong in ("", "t", "o" * 43, "T" * 43, link.token_hash):
        assert api.get(address, {"k": wrong}).status_code == 404
    assert api.get(url(other.roadmap, token="o" * 43)).status_code == 200

    ShareLink.objects.filter(pk=link.pk).update(revoked_at=timezone.now())
    assert api.get(address, {"k": "t" * 43}).status_code == 404
    past = timezone.now() - timedelta(hours=1)
    ShareLink.objects.filter(pk=link.pk).update(revoked_at=None, created_at=past - timedelta(days=1), expires_at=past)
    assert api.get(address, {"k": "t" * 43}).status_code == 404
    ShareLink.objects.filter(pk=link.pk).update(expires_at=None)
    assert api.get(address, {"k": "t" * 43}).status_code == 200
    Roadmap.objects.filter(pk=link.roadmap_id).update(visibility="private")
    assert api.get(address, {"k": "t" * 43}).status_code == 404


def test_address_without_slash_leads_to_the_page_with_its_token(api: ApiClient) -> None:
    link = ShareLinkFactory(token="t" * 43)
    address = url(link.roadmap, token="t" * 43)
    assert api.get(address.replace("/?", "?"), follow=True).status_code == 200


@pytest.mark.parametrize("part", PARTS)
def test_unchanged_is_304_and_a_change_is_not(api: ApiClient, part: str) -> None:
    shared = SharedRoadmapFactory(title="One")
    PublicationFactory(roadmap=shared, slug="one", shows_progress=True)
    first = api.get(f"/r/one/{part}")
    etag = first["ETag"]

    same = api.get(f"/r/one/{part}", headers={"If-None-Match": etag})
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", etag)
    for name in ("Content-Security-Policy", "Cross-Origin-Resource-Policy"):
        assert same.headers.get(name) == first.headers.get(name), "a browser takes it for the answer that it has kept"
    ModuleFactory(roadmap=shared)
    assert api.get(f"/r/one/{part}", headers={"If-None-Match": etag}).status_code == 200


def test_picture_is_a_png_of_the_promised_size_and_other_for_another_title(api: ApiClient) -> None:
    shared = SharedRoadmapFactory(title="One")
    first = api.get(url(shared, "preview.png"))
    Roadmap.objects.update(title="Zwei")
    then = api.get(url(shared, "preview.png"))

    with Image.open(BytesIO(first.content)) as picture:
        assert (picture.format, picture.size) == ("PNG", SIZE)
    assert first.content != then.content
    tags = Outline(page(api, shared)).tags
    told = {attributes["property"]: attributes["content"] for tag, attributes in tags if "property" in attributes}
    assert str(told["og:image"]).endswith(url(shared, "preview.png"))
    assert told["og:title"] == "Zwei"


@pytest.mark.parametrize(
    "title", ["x" * 120, "学习" * 60, "\U0001f680", "a " * 60, "עברית", "W" * 119 + " i", "¹" * 120]
)
def test_every_title_can_be_drawn(api: ApiClient, title: str) -> None:
    shared = SharedRoadmapFactory(title=title[:120])
    ModuleFactory(roadmap=shared, title=title[:120])
    assert api.get(url(shared, "preview.png")).status_code == 200
    assert api.get(url(shared)).status_code == 200


def test_preview_of_an_unlisted_one_has_the_token_in_its_address(api: ApiClient) -> None:
    link = ShareLinkFactory(token="t" * 43)
    text = page(api, link.roadmap, token="t" * 43)
    assert f"preview.png?k={'t' * 43}" in text
    assert 'name="robots" content="noindex"' in text


def test_empty_roadmap_has_a_page(api: ApiClient) -> None:
    assert "no modules" in page(api, SharedRoadmapFactory())


def test_a_page_is_only_read(api: ApiClient, roadmap: Roadmap) -> None:
    assert api.post(url(roadmap)).status_code == 405
    assert api.head(url(roadmap)).status_code == 200
