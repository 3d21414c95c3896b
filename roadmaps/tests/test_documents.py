"""Roadmaps as files: out, in again, and what is refused."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from threading import Thread
from typing import Any

import orjson
import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase
from icalendar import Calendar
from markdown_it import MarkdownIt

from roadmaps.documents import as_icalendar, as_markdown, document_of
from roadmaps.enums import ModuleStatus
from roadmaps.exceptions import TooManyAddresses
from roadmaps.models import Module, ModulePrerequisite, OwnResource, Roadmap
from roadmaps.serializers import DocumentInput
from roadmaps.services import DocumentService
from roadmaps.services.materials import MOST_OF_A_PERSON
from roadmaps.tests.factories import (
    ModuleFactory,
    ModulePrerequisiteFactory,
    NoteFactory,
    OwnResourceFactory,
    RoadmapFactory,
    SharedRoadmapFactory,
)
from skillbridge_backend.core.inputs import check
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import User
from users.tests.factories import SkillFactory, TrackFactory, UserFactory

ApiAs = Callable[[User], ApiClient]
IMPORT = "/api/v1/roadmaps/import/"


def exported(roadmap: Roadmap) -> Roadmap:
    return Roadmap.objects.with_export(roadmap.owner).get(pk=roadmap.pk)


def document(**changes: Any) -> dict[str, Any]:
    """Of two modules, the second upon the first; `changes` are of the second."""
    return {
        "format": "skillbridge-roadmap",
        "version": 1,
        "title": "Imported",
        "hours_per_week": 5,
        "weeks": 10,
        "started_on": "2026-01-05",
        "modules": [
            {"title": "First", "estimated_minutes": 60},
            {"title": "Second", "estimated_minutes": 90, "requires": [1], **changes},
        ],
    }


@pytest.fixture
def roadmap() -> Roadmap:
    """Joins (weeks 2 to 3, with note and address) upon Tables (week 1, completed); one module was removed."""
    shared = SharedRoadmapFactory(title="Learn SQL", track=TrackFactory(slug="data"))
    edge = ModulePrerequisiteFactory(
        requires__roadmap=shared,
        requires__title="Tables",
        requires__status=ModuleStatus.COMPLETED,
        module__roadmap=shared,
        module__title="Joins",
        module__starts_week=2,
        module__ends_week=3,
        module__skill=SkillFactory(slug="sql"),
    )
    Module.objects.filter(pk=edge.requires_id).update(position=1)
    Module.objects.filter(pk=edge.module_id).update(position=2)
    ModuleFactory(roadmap=shared, status=ModuleStatus.REMOVED, position=3)
    NoteFactory(module=edge.module, text="Remember this.")
    OwnResourceFactory(module=edge.module, url="https://mine.test/x")
    return shared


@pytest.mark.django_db
def test_export_has_plan_notes_and_addresses_but_no_progress(api_as: ApiAs, roadmap: Roadmap) -> None:
    response = api_as(roadmap.owner).get(f"/api/v1/roadmaps/{roadmap.pk}/export/")

    assert response.status_code == 200
    assert response["Content-Disposition"] == 'attachment; filename="learn-sql.json"'
    found = orjson.loads(response.content)
    assert (found["format"], found["version"], found["track"]) == ("skillbridge-roadmap", 1, "data")
    assert [(each["title"], each["requires"]) for each in found["modules"]] == [("Tables", []), ("Joins", [1])]
    assert found["modules"][1]["note"] == "Remember this."
    assert found["modules"][1]["own_resources"][0]["url"] == "https://mine.test/x"
    assert "status" not in found["modules"][0]


@pytest.mark.django_db
def test_export_is_the_owners(api_as: ApiAs, api: ApiClient, roadmap: Roadmap) -> None:
    url = f"/api/v1/roadmaps/{roadmap.pk}/export/"
    assert api_as(UserFactory()).get(url).status_code == 404
    assert api_as(UserFactory(role="admin")).get(url).status_code == 404
    assert api.get(url).status_code == 401
    assert api_as(roadmap.owner).get(url + "?as=pdf").status_code == 400


@pytest.mark.django_db
def test_exported_file_is_imported_as_another_private_roadmap(api_as: ApiAs, roadmap: Roadmap) -> None:
    client = api_as(roadmap.owner)
    file = orjson.loads(client.get(f"/api/v1/roadmaps/{roadmap.pk}/export/?as=json").content)

    response = client.post(IMPORT, file)

    assert response.status_code == 201
    made = Roadmap.objects.get(pk=response.json()["roadmap"])
    assert (made.owner, made.visibility, made.status) == (roadmap.owner, "private", "ready")
    assert made.progress == 0
    assert document_of(exported(made)) == document_of(exported(roadmap))
    assert {each.pk for each in made.modules.all()}.isdisjoint(each.pk for each in roadmap.modules.all())
    assert client.get(response["Location"]).json()["modules"][1]["skill"]["slug"] == "sql"
    told = response.json()
    assert (told["modules"], told["prerequisites"], told["notes"], told["own_resources"]) == (2, 1, 1, 1)


@pytest.mark.django_db
def test_dry_run_says_the_same_and_keeps_nothing(api_as: ApiAs) -> None:
    client = api_as(UserFactory())
    response = client.post(IMPORT + "?dry_run=true", document())
    assert (response.status_code, response.json()["roadmap"], response.json()["modules"]) == (200, None, 2)
    assert client.post(IMPORT + "?dry_run=true", document(skill="weaving")).status_code == 400
    assert not Roadmap.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"skill": "weaving"}, "modules[1].skill", "unknown_skill"),
        ({"requires": [3]}, "modules[1].requires[0]", "does_not_exist"),
        ({"requires": [1, 0]}, "modules[1].requires[1]", "min_value"),
        ({"requires": [2]}, "modules[1].requires[0]", "invalid"),
        ({"requires": [1, 1]}, "modules[1].requires[1]", "invalid"),
        ({"starts_week": 2}, "modules[1].ends_week", "invalid"),
        ({"ends_week": 2}, "modules[1].starts_week", "invalid"),
        ({"starts_week": 3, "ends_week": 2}, "modules[1].ends_week", "invalid"),
        ({"from_level": 2, "to_level": 1}, "modules[1].to_level", "invalid"),
        ({"title": ""}, "modules[1].title", "blank"),
        ({"estimated_minutes": 0}, "modules[1].estimated_minutes", "min_value"),
        ({"estimated_minutes": "60"}, "modules[1].estimated_minutes", "invalid_type"),
        ({"requires": ["x"]}, "modules[1].requires[0]", "invalid_type"),
        ({"own_resources": [{"title": "x", "url": "ftp://x.test/y"}]}, "modules[1].own_resources[0].url", "invalid"),
        ({"own_resources": [{"title": "x", "url": "javascript:x"}]}, "modules[1].own_resources[0].url", "invalid"),
        (
            {"own_resources": [{"title": "x", "url": "https://x.test"}] * 2},
            "modules[1].own_resources[1].url",
            "invalid",
        ),
    ],
)
def test_fault_names_the_item_and_nothing_is_kept(
    api_as: ApiAs, changes: dict[str, Any], field: str, code: str
) -> None:
    response = api_as(UserFactory()).post(IMPORT, document(**changes))
    assert response.status_code == 400
    assert [(each["field"], each["code"]) for each in response.json()["errors"]] == [(field, code)]
    assert not Roadmap.objects.exists()


@pytest.mark.django_db
def test_every_fault_is_told_at_once(api_as: ApiAs) -> None:
    wrong = document(skill="weaving", requires=[9]) | {"track": "nowhere", "deadline": "2025-01-01"}
    wrong["modules"][0]["skill"] = "knitting"
    errors = api_as(UserFactory()).post(IMPORT, wrong).json()["errors"]
    assert [each["field"] for each in errors] == [
        "track", "deadline", "modules[0].skill", "modules[1].skill", "modules[1].requires[0]",
    ]  # fmt: skip


@pytest.mark.django_db
def test_addresses_of_a_person_are_limited_in_an_import_as_well(api_as: ApiAs) -> None:
    user = UserFactory()
    client, addresses = api_as(user), [{"title": "x", "url": f"https://x.test/{n}"} for n in range(50)]
    few, many = document(own_resources=addresses[:1]), document(own_resources=addresses)
    few["modules"][0]["own_resources"] = addresses
    module = ModuleFactory(roadmap__owner=user)
    OwnResource.objects.bulk_create(
        OwnResource(owner=user, module=module, title="x", url=f"https://x{number}.test/")
        for number in range(MOST_OF_A_PERSON - 50)
    )

    answers = [client.post(url, each) for url in (f"{IMPORT}?dry_run=true", IMPORT) for each in (few, document())]
    assert [each.status_code for each in answers] == [409, 200, 409, 201]
    assert answers[2].json()["code"] == "too_many_addresses"
    for refused in (answers[0], answers[2]):
        assert [each["field"] for each in refused.json()["errors"]] == ["modules[1].own_resources"]

    assert client.post(IMPORT, many).status_code == 201
    assert OwnResource.objects.filter(owner=user).count() == MOST_OF_A_PERSON
    assert client.post(IMPORT, document()).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_do_not_pass_the_limit_together() -> None:
    user = UserFactory()
    module = ModuleFactory(roadmap__owner=user)
    OwnResource.objects.bulk_create(
        OwnResource(owner=user, module=module, title="x", url=f"https://x{number}.test/")
        for number in range(MOST_OF_A_PERSON - 1)
    )
    valid = check(DocumentInput(data=document(own_resources=[{"title": "x", "url": "https://x.test/"}])))
    refused: list[TooManyAddresses] = []

    def second() -> None:
        try:
            DocumentService().import_roadmap(actor=user, document=valid)
        except TooManyAddresses as error:
            refused.append(error)
        finally:
            connection.close()

    thread = Thread(target=second)
    with transaction.atomic():
        DocumentService().import_roadmap(actor=user, document=valid)
        thread.start()
        thread.join(1)
        assert thread.is_alive()
    thread.join(10)

    assert len(refused) == 1
    assert OwnResource.objects.filter(owner=user).count() == MOST_OF_A_PERSON


@pytest.mark.django_db
def test_circle_is_refused(api_as: ApiAs) -> None:
    circle = document()
    circle["modules"][0]["requires"] = [2]
    errors = api_as(UserFactory()).post(IMPORT, circle).json()["errors"]
    assert [(each["field"], each["code"]) for each in errors] == [
        ("modules[0].requires", "circle"),
        ("modules[1].requires", "circle"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"version": 2}, {"format": "other"}, {"modules": {}}, {"modules": None}])
def test_what_is_no_such_document_is_refused(api_as: ApiAs, change: dict[str, Any]) -> None:
    assert api_as(UserFactory()).post(IMPORT, document() | change).status_code == 400


@pytest.mark.django_db
def test_document_may_be_larger_than_other_bodies_but_not_too_large(api_as: ApiAs) -> None:
    client = api_as(UserFactory())
    large = document()
    large["modules"] = [{"title": "x", "estimated_minutes": 1, "note": "x" * 10_000}] * 60
    assert client.post(IMPORT, large).status_code == 201
    large["modules"] = large["modules"] * 4
    assert client.post(IMPORT, large).status_code == 413


# --- Markdown and iCalendar -------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_markdown_shows_texts_as_they_are() -> None:
    hostile = "# *a* <script>_b_</script> [x](javascript:y) `c` 1. | ![i](z) & &amp;"
    shared = RoadmapFactory(title=hostile, goal_text=hostile)
    module = ModuleFactory(roadmap=shared, title=hostile, description=f"- {hostile}\n\n    {hostile}\n1) x")
    NoteFactory(module=module, text=f"> {hostile}")
    OwnResourceFactory(module=module, title=hostile, url="https://x.test/?a=<b>&c")

    text = as_markdown(exported(shared))
    tokens = MarkdownIt("commonmark").parse(text)
    inline = [child for token in tokens for child in token.children or []]
    headings = [tokens[place + 1] for place, token in enumerate(tokens) if token.type == "heading_open"]

    assert {child.type for child in inline} <= {"text", "text_special", "hardbreak", "link_open", "link_close"}
    assert not {"html_block", "code_block", "fence", "ordered_list_open"} & {token.type for token in tokens}
    assert [child.attrs["href"] for child in inline if child.type == "link_open"] == ["https://x.test/?a=%3Cb%3E&c"]
    shown = ["".join(child.content for child in heading.children or []) for heading in headings]
    assert shown == [hostile, f"1. {hostile}"]


@pytest.mark.django_db
def test_calendar_has_an_event_for_each_module_with_weeks(api_as: ApiAs, roadmap: Roadmap) -> None:
    ModuleFactory(roadmap=roadmap, position=4, starts_week=None, ends_week=None)
    client = api_as(roadmap.owner)
    url = f"/api/v1/roadmaps/{roadmap.pk}/export/?as=icalendar"

    response = client.get(url)
    events = Calendar.from_ical(response.content).events

    assert response["Content-Type"].startswith("text/calendar")
    assert [str(event["SUMMARY"]) for event in events] == ["Tables", "Joins"]
    assert (events[1].start, events[1].end) == (date(2026, 1, 12), date(2026, 1, 26))
    again = Calendar.from_ical(client.get(url).content).events
    assert [event["UID"] for event in events] == [event["UID"] for event in again]
    assert len({event["UID"] for event in events}) == 2


@pytest.mark.django_db
def test_calendar_keeps_to_rfc_5545() -> None:
    """Lines of at most 75 octets that end in CRLF, the properties that must be there, texts that cannot break out."""
    hostile = "x\r\nEND:VEVENT\nBEGIN:VALARM;,\\ " + "ü" * 50
    module = ModuleFactory(title=hostile[:120], description=hostile * 5)
    data = as_icalendar(exported(module.roadmap))

    assert data.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    parsed = Calendar.from_ical(data)
    assert {"PRODID", "VERSION"} <= set(parsed)
    (event,) = parsed.events
    assert {"UID", "DTSTAMP", "DTSTART", "DTEND"} <= set(event)
    assert not parsed.walk("VALARM")
    assert str(event["DESCRIPTION"]) == (hostile * 5).replace("\r\n", "\n")
    assert b"DTSTART;VALUE=DATE:20260105" in data


# --- whatever is exported can be imported, and is the same ------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60).map(str.strip).filter(bool)
weeks = st.integers(1, 100).flatmap(lambda first: st.tuples(st.just(first), st.integers(first, 104)))


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Of up to eight modules, each upon some of those before it."""
    modules = []
    for number in range(draw(st.integers(0, 8))):
        first, last = draw(st.one_of(st.just((None, None)), weeks))
        minutes = draw(st.integers(1, 6000))
        level = draw(st.integers(0, 5))
        modules.append(
            {
                "title": draw(texts),
                "description": draw(st.one_of(st.just(""), texts)),
                "skill": draw(st.sampled_from([None, "python", "sql"])),
                "from_level": level,
                "to_level": draw(st.integers(level, 5)),
                "weight": draw(st.integers(1, 1_000_000)),
                "estimated_minutes": minutes,
                "starts_week": first,
                "ends_week": last,
                "milestone": draw(st.one_of(st.just(""), texts)),
                "requires": sorted(draw(st.sets(st.integers(1, number), max_size=4))) if number else [],
                "note": draw(st.one_of(st.just(""), texts)),
                "own_resources": [
                    {"title": draw(texts), "url": f"https://x.test/{place}"} for place in range(draw(st.integers(0, 2)))
                ],
            }
        )
    started_on, number = draw(st.dates(date(2026, 1, 1), date(2027, 1, 1))), draw(st.integers(1, 104))
    deadline = started_on + timedelta(weeks=number, days=draw(st.integers(-1, 5)))
    return {
        "format": "skillbridge-roadmap",
        "version": 1,
        "title": draw(texts),
        "goal_text": draw(st.one_of(st.just(""), texts)),
        "track": draw(st.sampled_from([None, "data"])),
        "hours_per_week": draw(st.integers(1, 80)),
        "weeks": number,
        "started_on": started_on,
        "deadline": draw(st.sampled_from([None, deadline])),
        "modules": modules,
    }


class TestRoundTrip(HypothesisTestCase):
    owner: User

    @classmethod
    def setUpTestData(cls) -> None:
        cls.owner = UserFactory()
        SkillFactory(slug="python")
        SkillFactory(slug="sql")
        TrackFactory(slug="data")

    @settings(max_examples=60, deadline=None)
    @given(documents())
    def test_document_comes_out_as_it_went_in(self, written: dict[str, Any]) -> None:
        sent = orjson.loads(orjson.dumps(written))
        given_document = check(DocumentInput(data=deepcopy(sent)))

        made = DocumentService().import_roadmap(actor=self.owner, document=given_document)
        out = exported(made)

        assert orjson.loads(orjson.dumps(document_of(out))) == sent
        assert ModulePrerequisite.objects.filter(module__roadmap=made).count() == sum(
            len(each["requires"]) for each in sent["modules"]
        )
        Calendar.from_ical(as_icalendar(out))
        assert as_markdown(out).startswith("# ")


@pytest.mark.django_db
@pytest.mark.parametrize("deadline", ["2026-01-08", "2029-01-01"])
def test_deadline_that_no_plan_has_is_refused(api_as: ApiAs, deadline: str) -> None:
    refused = api_as(UserFactory()).post(IMPORT, document() | {"deadline": deadline})
    assert (refused.status_code, [each["field"] for each in refused.json()["errors"]]) == (400, ["deadline"])


@pytest.mark.django_db
def test_imported_deadline_says_how_many_weeks_there_are(api_as: ApiAs) -> None:
    client = api_as(UserFactory())
    made = client.post(IMPORT, document() | {"weeks": 52, "deadline": "2026-03-01"}).json()["roadmap"]
    assert client.get(f"/api/v1/roadmaps/{made}/").json()["weeks"] == 8
    changed = client.patch(f"/api/v1/roadmaps/{made}/", {"title": "Renamed"})
    assert (changed.status_code, changed.json()["weeks"], changed.json()["deadline"]) == (200, 8, "2026-03-01")
