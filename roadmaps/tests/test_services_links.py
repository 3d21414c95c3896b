"""Links from the day they come: checked, failing, quarantined, replaced, back again; with real servers and the task."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import ANY

import pytest
import redis
from celery import current_app
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from roadmaps.catalogue_file import load_resources
from roadmaps.enums import LinkState, ResourceSource
from roadmaps.host_turns import HostTurns
from roadmaps.link_checker import Checked, LinkChecker, Outcome
from roadmaps.models import OwnResource, Resource
from roadmaps.services import LinkService
from roadmaps.services.links import BATCH, LONGEST_PUT_OFF, MOST_OF_ONE_OWNER, DueLink
from roadmaps.tests.factories import ModuleFactory, OwnResourceFactory, ResourceFactory
from roadmaps.tests.link_server import Authority, LinkServer, Page, authority, link_server
from skillbridge_backend.core.models import OutboxMessage
from users.models import Skill, User

pytestmark = pytest.mark.django_db

FAILED = Checked(Outcome.FAILED, status=404, error="answered 404")


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server(certified: Authority, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[LinkServer]:
    """A server that links may be on, as https://127.0.0.1 and https://localhost."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certified.trusted))
    settings.LINK_CHECKS = settings.LINK_CHECK_ALLOWS_LOOPBACK = True
    with link_server(certified) as running:
        yield running


def on(server: LinkServer, path: str, page: Page | None = None, *, host: str = "127.0.0.1") -> str:
    if page:
        server.pages[path] = page
    return f"https://{host}:{server.port}{path}"


def add(learner: User, url: str) -> None:
    """An address of the learner's own, by the API."""
    client = APIClient()
    client.force_authenticate(learner)
    module = ModuleFactory(roadmap__owner=learner)
    assert client.post(f"/api/v1/modules/{module.pk}/resources/", {"title": "Mine", "url": url}).status_code == 201


@pytest.fixture
def check_links() -> Callable[[], None]:
    """One run of the task, as beat has it run."""
    current_app.loader.import_default_modules()

    def run() -> None:
        message = OutboxMessage.objects.create(topic="roadmaps.check_links", available_at=timezone.now())
        current_app.tasks["roadmaps.check_links"](str(message.pk), {}, 0)
        message.refresh_from_db()
        assert message.done_at, message.last_error

    return run


def state_of(row: Any) -> str:
    row.refresh_from_db()
    return str(row.state)


def pause_of(row: Any) -> timedelta:
    """From now until the next check."""
    row.refresh_from_db()
    pause: timedelta = row.next_check_at - timezone.now()
    return pause


def due(row: Any) -> DueLink:
    return DueLink(type(row), row.pk, row.url)


def test_links_that_come_are_checked_and_found_where_they_lead(
    server: LinkServer, check_links: Callable[[], None]
) -> None:
    moved = ResourceFactory(url=on(server, "/old", Page(301, {"Location": "/new"})))
    on(server, "/new", Page())
    gone = ResourceFactory(url=on(server, "/gone"))
    own = OwnResourceFactory(url=on(server, "/new", host="localhost"))

    check_links()

    moved.refresh_from_db()
    assert (moved.state, moved.final_url, moved.last_error) == ("verified", on(server, "/new"), "")
    assert timezone.now() - moved.checked_at < timedelta(minutes=1)
    assert timedelta(days=6) < pause_of(moved) <= timedelta(days=7)
    gone.refresh_from_db()
    assert (gone.state, gone.failures, gone.checked_at, gone.last_error) == ("failing", 1, None, "answered 404")
    assert timedelta(minutes=59) < pause_of(gone) <= timedelta(hours=1)
    assert state_of(own) == "verified"
    asked = len(server.requests)
    check_links()
    assert len(server.requests) == asked


def test_third_failure_quarantines_and_an_answer_brings_it_back(
    server: LinkServer, check_links: Callable[[], None]
) -> None:
    row = ResourceFactory(url=on(server, "/page"))
    seen = []
    for _ in range(4):
        Resource.objects.update(next_check_at=timezone.now())
        check_links()
        seen.append((state_of(row), row.failures, round(pause_of(row) / timedelta(hours=1))))
    on(server, "/page", Page())
    Resource.objects.update(next_check_at=timezone.now())
    check_links()

    assert [each[:2] for each in seen] == [("failing", 1), ("failing", 2), ("quarantined", 3), ("quarantined", 4)]
    assert [each[2] for each in seen[:2]] == [1, 24]
    assert all(0.9 * 168 - 1 <= each[2] <= 168 for each in seen[2:])
    assert (state_of(row), row.failures) == ("verified", 0)


def test_host_that_asks_for_time_has_not_failed(server: LinkServer, check_links: Callable[[], None]) -> None:
    row = ResourceFactory(url=on(server, "/page", Page(429, {"Retry-After": "1800"})))

    check_links()

    assert (state_of(row), row.failures, row.last_error) == ("unverified", 0, "answered 429")
    assert timedelta(minutes=29) < pause_of(row) <= timedelta(minutes=30)


@pytest.mark.parametrize("state", LinkState.values)
def test_site_that_refuses_us_is_neither_verified_nor_failing(
    server: LinkServer, check_links: Callable[[], None], state: str
) -> None:
    row = ResourceFactory(url=on(server, "/page", Page(403)))
    answered = timezone.now() - timedelta(days=8)
    Resource.objects.update(checked_at=answered)
    steps = [LinkState.VERIFIED, LinkState.FAILING, LinkState.QUARANTINED]
    for step in steps[: steps.index(LinkState(state)) + 1] if state in steps else ():
        failures = {LinkState.FAILING: 2, LinkState.QUARANTINED: 3}.get(step, 0)
        Resource.objects.update(state=step, failures=failures)

    check_links()

    row.refresh_from_db()
    assert (row.state, row.failures, row.last_error) == ("unverified", 0, "answered 403")
    assert (row.is_verified, row.checked_at) == (False, answered)
    assert timedelta(days=6) < pause_of(row) <= timedelta(days=7)


def test_host_that_asks_for_time_for_a_month_refuses_us() -> None:
    row = ResourceFactory()
    long_ago = timezone.now() - LONGEST_PUT_OFF - timedelta(days=1)
    Resource.objects.update(state=LinkState.VERIFIED, checked_at=long_ago)

    LinkService().record(due(row), Checked(Outcome.POSTPONED, status=429, error="answered 429", retry_seconds=60))

    assert state_of(row) == "unverified"


def test_quarantined_resource_is_not_shown_and_the_next_best_takes_its_place(learner: User, skills: Any) -> None:
    module = ModuleFactory(roadmap__owner=learner, skill=skills["git"])
    made = [ResourceFactory(skill=skills["git"], language="de", minutes=10 * number) for number in range(1, 5)]
    client = APIClient()
    client.force_authenticate(learner)
    url = f"/api/v1/modules/{module.pk}/"

    def shown() -> list[str]:
        return [each["id"] for each in client.get(url).json()["resources"]]

    before = shown()
    Resource.objects.filter(pk=made[1].pk).update(state=LinkState.FAILING, failures=2)
    while_failing = shown()
    LinkService().record(due(made[1]), FAILED)

    assert before == while_failing == [str(each.pk) for each in made[:3]]
    assert shown() == [str(made[0].pk), str(made[2].pk), str(made[3].pk)]


def test_api_says_verified_of_what_answered_last_and_of_nothing_else(learner: User, skills: Any) -> None:
    module = ModuleFactory(roadmap__owner=learner, skill=skills["git"])
    row = Resource.objects.get(title="git auf Deutsch")
    client = APIClient()
    client.force_authenticate(learner)

    def shown() -> tuple[bool, str | None]:
        first = client.get(f"/api/v1/modules/{module.pk}/").json()["resources"][0]
        assert first["id"] == str(row.pk)
        return first["is_verified"], first["checked_at"]

    never = shown()
    LinkService().record(due(row), Checked(Outcome.POSTPONED, retry_seconds=60))
    put_off = shown()
    LinkService().record(due(row), Checked(Outcome.ANSWERED, final_url=row.url, status=200))
    answered = shown()
    LinkService().record(due(row), FAILED)
    failing = shown()

    assert never == put_off == (False, None)
    assert answered == (True, ANY)
    assert failing == (False, answered[1])
    assert datetime.fromisoformat(str(answered[1]))


def test_learners_own_address_is_checked_soon(
    server: LinkServer, learner: User, check_links: Callable[[], None]
) -> None:
    module = ModuleFactory(roadmap__owner=learner)
    client = APIClient()
    client.force_authenticate(learner)
    url = f"/api/v1/modules/{module.pk}/resources/"

    added = client.post(url, {"title": "Mine", "url": on(server, "/mine", Page())}).json()
    assert OutboxMessage.objects.filter(topic="roadmaps.check_links", done_at=None).count() == 1
    check_links()

    assert (added["is_verified"], added["checked_at"]) == (False, None)
    (shown,) = client.get(url).json()
    assert (shown["is_verified"], shown["checked_at"]) == (True, ANY)


def test_addresses_that_come_together_have_links_checked_once(
    server: LinkServer, learner: User, check_links: Callable[[], None]
) -> None:
    def messages() -> int:
        return OutboxMessage.objects.filter(topic="roadmaps.check_links", done_at=None).count()

    for number in range(3):
        add(learner, on(server, f"/{number}", Page()))
    together = messages()
    check_links()
    add(learner, on(server, "/later", Page()))

    assert (together, messages()) == (1, 2)


def test_batch_has_few_addresses_of_one_person_and_those_of_everybody_else(learner: User) -> None:
    module = ModuleFactory(roadmap__owner=learner)
    long_ago = timezone.now() - timedelta(days=1)
    OwnResource.objects.bulk_create(
        OwnResource(owner=learner, module=module, title="x", url=f"https://h{n}.test/", next_check_at=long_ago)
        for n in range(100)
    )
    others = {OwnResourceFactory().pk for _ in range(5)}

    first, second = ({each.id for each in LinkService().take_due() if each.table is OwnResource} for _ in range(2))

    assert others < first
    assert (len(first - others), len(second), len(first & second)) == (MOST_OF_ONE_OWNER, MOST_OF_ONE_OWNER, 0)


def test_addresses_that_are_not_due_are_not_read_to_find_those_that_are(learner: User) -> None:
    module = ModuleFactory(roadmap__owner=learner)
    later = timezone.now() + timedelta(days=1)
    OwnResource.objects.bulk_create(
        OwnResource(owner=learner, module=module, title="x", url=f"https://h{n}.test/", next_check_at=later)
        for n in range(5000)
    )
    OwnResourceFactory()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE roadmaps_ownresource")
    with CaptureQueriesContext(connection) as captured:
        LinkService().take_due()

    (taking,) = (each["sql"] for each in captured if "FOR UPDATE" in each["sql"] and "ownresource" in each["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {taking}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert plan.count("own_resource_due") == 2
    assert "Seq Scan" not in plan


def test_slow_site_holds_the_others_up_for_no_longer_than_its_time(server: LinkServer) -> None:
    slow = [ResourceFactory(url=on(server, f"/{number}", Page(pause_seconds=1))) for number in range(4)]
    LinkService().check_due(LinkChecker(HostTurns()), site_seconds=0.5)

    assert sorted(state_of(row) for row in slow) == ["unverified"] * 3 + ["verified"]
    assert all(pause_of(row) > timedelta(seconds=30) for row in slow)


def test_address_that_cannot_be_asked_keeps_no_other_link_from_being_checked(
    server: LinkServer, learner: User, check_links: Callable[[], None]
) -> None:
    add(learner, "https://xn--z.ab--b.com/")
    bad = OwnResource.objects.get()
    good = OwnResourceFactory(url=on(server, "/good", Page()))
    trap = ResourceFactory(url=on(server, "/trap", Page(302, {"Location": "https:////[,"}), host="localhost"))

    check_links()

    assert (state_of(good), state_of(trap)) == ("verified", "failing")
    assert state_of(bad) == "failing"


def test_fault_of_ours_at_one_link_is_its_own_failure_and_the_others_are_written(settings: Any) -> None:
    class Turns(HostTurns):
        @contextmanager
        def turn(self, host: str, *, ends: float) -> Iterator[None]:
            if host == "localhost":
                raise RuntimeError("a fault of ours")
            if host == "127.0.0.2":
                raise redis.ConnectionError("away")
            with super().turn(host, ends=ends):
                yield

    with link_server() as server:
        server.pages["/"] = Page()
        good, bad, without_turn = (
            OwnResourceFactory(url=f"http://{host}:{server.port}/") for host in ("127.0.0.1", "localhost", "127.0.0.2")
        )
        with pytest.raises(redis.ConnectionError):
            LinkService().check_due(LinkChecker(Turns(), allows_loopback=True))

    assert (state_of(good), state_of(bad), bad.last_error) == ("verified", "failing", "RuntimeError")
    assert (state_of(without_turn), without_turn.checked_at) == ("unverified", None)


def test_catalogue_load_has_new_links_checked_soon_and_leaves_other_sources_alone(
    skills: dict[str, Skill], tmp_path: Any, settings: Any
) -> None:
    settings.LINK_CHECKS = True
    Resource.objects.all().delete()
    found = ResourceFactory(skill=skills["git"], source=ResourceSource.YOUTUBE)
    path = tmp_path / "resources.json"
    path.write_text(
        '{"git": [{"title": "T", "url": "https://git.test/", "kind": "book", "provider": "P", "language": "en",'
        ' "minutes": 5, "is_free": true}]}'
    )
    for _ in range(2):
        load_resources(path)

    assert OutboxMessage.objects.filter(topic="roadmaps.check_links").count() == 1
    assert set(Resource.objects.values_list("url", flat=True)) == {"https://git.test/", found.url}


def test_new_address_begins_anew() -> None:
    row = ResourceFactory()
    LinkService().record(due(row), Checked(Outcome.ANSWERED, final_url="https://elsewhere.test/", status=200))
    asked = due(row)

    row.refresh_from_db()
    row.url = "https://new.test/"
    row.save()

    row.refresh_from_db()
    assert (row.state, row.checked_at, row.final_url, row.failures) == ("unverified", None, "", 0)
    assert row.next_check_at <= timezone.now()
    assert LinkService().record(asked, FAILED) is None
    assert state_of(row) == "unverified"


def test_taken_links_are_nobody_elses_for_a_while() -> None:
    rows = {ResourceFactory().pk, ResourceFactory().pk, OwnResourceFactory().pk}
    ResourceFactory(source=ResourceSource.YOUTUBE)

    first = LinkService().take_due(most=2)
    second = LinkService().take_due(most=2)

    assert {each.id for each in first} | {each.id for each in second} == rows
    assert (len(first), len(second), LinkService().take_due()) == (2, 1, [])
    Resource.objects.update(next_check_at=timezone.now())
    assert len(LinkService().take_due()) == 2


def test_network_of_ours_that_is_away_is_nobodys_failure(settings: Any) -> None:
    settings.LINK_CHECK_ALLOWS_LOOPBACK = True
    with link_server() as gone:
        port = gone.port
    rows = [ResourceFactory(url=f"https://127.0.0.{number}:{port}/") for number in range(1, 6)]

    counts = LinkService().check_due(LinkChecker(HostTurns()))

    assert counts == {"unverified": 5}
    assert all(state_of(row) == "unverified" and pause_of(row) > timedelta(minutes=50) for row in rows)
    Resource.objects.exclude(pk=rows[0].pk).delete()
    Resource.objects.update(next_check_at=timezone.now())
    assert LinkService().check_due(LinkChecker(HostTurns())) == {"failing": 1}


def test_redis_that_is_away_fails_the_task_and_leaves_the_links(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    row = ResourceFactory(url="https://127.0.0.1/")

    with pytest.raises(redis.RedisError):
        LinkService().check_due(LinkChecker(HostTurns(), allows_loopback=True))

    assert state_of(row) == "unverified"


def test_switched_off_nothing_is_asked(server: LinkServer, check_links: Callable[[], None], settings: Any) -> None:
    settings.LINK_CHECKS = False
    ResourceFactory(url=on(server, "/page", Page()))
    check_links()
    assert server.requests == []


def test_what_is_left_after_a_batch_has_its_turn_in_a_message_of_its_own(
    server: LinkServer, check_links: Callable[[], None]
) -> None:
    for number in range(BATCH + 1):
        ResourceFactory(url=on(server, f"/many-{number}", Page()))
    check_links()
    assert OutboxMessage.objects.filter(topic="roadmaps.check_links", done_at=None).count() == 1
