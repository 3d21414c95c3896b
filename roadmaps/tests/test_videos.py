"""YouTube's videos: found for what a plan lacks, within a day's units, looked up again, forgotten after 30 days."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from celery import current_app
from django.db import connection
from django.utils import timezone

from roadmaps.enums import LinkState, ResourceSource
from roadmaps.models import Resource, Roadmap, VideoSearch, YouTubeDay
from roadmaps.services import VideoService
from roadmaps.services.videos import end_of, forget_old_videos, spend
from roadmaps.tests.factories import ModuleFactory, ResourceFactory, RoadmapFactory, YouTubeDayFactory
from roadmaps.tests.youtube_server import Refusal, YouTubeServer, video, youtube_server
from roadmaps.youtube import QuotaSpentError, YouTube, YouTubeAwayError, pacific_day
from skillbridge_backend.core.models import OutboxMessage
from users.models import Skill, User

pytestmark = pytest.mark.django_db

ONE, TWO, THREE = "aaaaaaaaaa1", "aaaaaaaaaa2", "aaaaaaaaaa3"


@pytest.fixture
def server(settings: Any) -> Iterator[YouTubeServer]:
    with youtube_server() as running:
        settings.YOUTUBE_API_KEY, settings.YOUTUBE_BASE_URL = "youtube-key", running.url
        yield running


@pytest.fixture
def roadmap(learner: User, skills: dict[str, Skill]) -> Roadmap:
    """A plan in German that wants git, of which there is one resource in German, not verified."""
    made: Roadmap = RoadmapFactory(owner=learner)
    ModuleFactory(roadmap=made, skill=skills["git"])
    return made


@pytest.fixture
def run() -> Callable[..., OutboxMessage]:
    """`run(topic, **payload)`: one attempt, as a worker makes it."""
    current_app.loader.import_default_modules()

    def attempt(topic: str, **payload: Any) -> OutboxMessage:
        message = OutboxMessage.objects.create(topic=topic, payload=payload, available_at=timezone.now())
        current_app.tasks[topic](str(message.pk), payload, 0)
        message.refresh_from_db()
        return message

    return attempt


def used() -> int:
    return sum(YouTubeDay.objects.values_list("used", flat=True))


def found() -> dict[str, Resource]:
    return {each.url[-11:]: each for each in Resource.objects.filter(source=ResourceSource.YOUTUBE)}


def test_plan_that_lacks_resources_gets_videos(server: YouTubeServer, roadmap: Roadmap, run: Any) -> None:
    server.add("Git tutorial", video(ONE, language="de"), video(TWO, language=""), video(THREE, language="en-GB"))

    assert run("roadmaps.find_videos", roadmap_id=str(roadmap.pk)).done_at

    (_, search), (_, looked_up) = server.requests
    assert {name: search[name] for name in ("q", "type", "videoEmbeddable", "safeSearch", "relevanceLanguage")} == {
        "q": "Git tutorial", "type": "video", "videoEmbeddable": "true", "safeSearch": "strict",
        "relevanceLanguage": "de",
    }  # fmt: skip
    assert looked_up["id"] == f"{ONE},{TWO},{THREE}"
    assert set(found()) == {ONE, TWO}
    row = found()[ONE]
    assert (row.title, row.provider, row.kind, row.language, row.minutes) == (
        f"Video {ONE}", "YouTube", "video", "de", 13,
    )  # fmt: skip
    assert (row.state, row.url) == ("verified", f"https://www.youtube.com/watch?v={ONE}")
    assert used() == 101


def test_search_is_asked_once_in_30_days(server: YouTubeServer, roadmap: Roadmap) -> None:
    assert VideoService().find_for(roadmap.pk) is None
    assert VideoService().find_for(roadmap.pk) is None
    assert server.asked == ["search"]

    VideoSearch.objects.update(searched_at=timezone.now() - timedelta(days=31))
    assert VideoService().find_for(roadmap.pk) is None
    assert server.asked == ["search", "search"]


def test_search_whose_worker_died_is_made_when_the_claim_is_over(
    server: YouTubeServer, roadmap: Roadmap, run: Any, clock: Callable[[datetime], None]
) -> None:
    def kill() -> None:
        os.kill(os.getpid(), signal.SIGUSR1)
        time.sleep(0.3)

    def die(_signal: int, _frame: Any) -> None:
        raise KeyboardInterrupt  # nothing catches it

    server.add("Git tutorial", video(ONE, language="de"))
    server.meanwhile = kill
    before = signal.signal(signal.SIGUSR1, die)
    try:
        with pytest.raises(KeyboardInterrupt):
            VideoService().find_for(roadmap.pk)
    finally:
        signal.signal(signal.SIGUSR1, before)
    server.meanwhile = lambda: None
    died = timezone.now()

    assert run("roadmaps.find_videos", roadmap_id=str(roadmap.pk)).done_at
    again = OutboxMessage.objects.get(topic="roadmaps.find_videos", done_at=None)
    assert (server.asked, found()) == (["search"], {})
    assert died + timedelta(minutes=4) < again.available_at < died + timedelta(minutes=6)

    clock(again.available_at)
    assert run("roadmaps.find_videos", **again.payload).done_at
    assert set(found()) == {ONE}


def test_search_whose_videos_could_not_be_kept_is_made_again(server: YouTubeServer, roadmap: Roadmap, run: Any) -> None:
    server.add("Git tutorial", video(ONE, language="de", title="No text has a \0 here"))
    failed = run("roadmaps.find_videos", roadmap_id=str(roadmap.pk))
    server.add("Git tutorial", video(ONE, language="de"))
    again = run("roadmaps.find_videos", roadmap_id=str(roadmap.pk))

    assert failed.done_at is None
    assert again.done_at
    assert set(found()) == {ONE}


def test_skill_with_enough_is_not_searched_for(server: YouTubeServer, roadmap: Roadmap) -> None:
    for _ in range(3):
        ResourceFactory(skill=roadmap.modules.get().skill, language="de")
    Resource.objects.update(state=LinkState.VERIFIED, checked_at=timezone.now())

    assert VideoService().find_for(roadmap.pk) is None

    assert server.requests == []


def test_without_a_key_nothing_is_asked_and_the_catalogue_serves(
    server: YouTubeServer, roadmap: Roadmap, settings: Any, run: Any
) -> None:
    settings.YOUTUBE_API_KEY = ""
    ResourceFactory(source=ResourceSource.YOUTUBE, url=f"https://www.youtube.com/watch?v={ONE}")

    assert run("roadmaps.find_videos", roadmap_id=str(roadmap.pk)).done_at
    assert run("roadmaps.check_videos").done_at

    assert server.requests == []


def test_planned_roadmap_has_videos_looked_for(
    server: YouTubeServer, learner: User, goal: Any, run_jobs: Any, settings: Any
) -> None:
    from rest_framework.test import APIClient

    client = APIClient()
    client.force_authenticate(learner)
    for key, messages in (("", 0), ("youtube-key", 1)):
        settings.YOUTUBE_API_KEY = key
        roadmap = client.post("/api/v1/roadmaps/", goal).json()["roadmap"]
        run_jobs()
        assert OutboxMessage.objects.filter(topic="roadmaps.find_videos").count() == messages
    assert OutboxMessage.objects.get(topic="roadmaps.find_videos").payload == {"roadmap_id": roadmap}


def test_units_of_a_day_are_never_exceeded(server: YouTubeServer, roadmap: Roadmap, settings: Any, run: Any) -> None:
    settings.YOUTUBE_UNITS_PER_DAY = 200
    YouTubeDayFactory(day=pacific_day(timezone.now()), used=91)  # searches leave 10

    assert run("roadmaps.find_videos", roadmap_id=str(roadmap.pk)).done_at

    assert (server.requests, used()) == ([], 91)
    again = OutboxMessage.objects.get(topic="roadmaps.find_videos", done_at=None)
    assert again.payload == {"roadmap_id": str(roadmap.pk)}
    midnight = end_of(pacific_day(timezone.now()))
    assert midnight <= again.available_at <= midnight + timedelta(hours=1)
    assert not VideoSearch.objects.exists()


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 1, 10, 7, 59, tzinfo=UTC), date(2026, 1, 9)),
        (datetime(2026, 1, 10, 8, 0, tzinfo=UTC), date(2026, 1, 10)),
        (datetime(2026, 7, 10, 6, 59, tzinfo=UTC), date(2026, 7, 9)),
        (datetime(2026, 7, 10, 7, 0, tzinfo=UTC), date(2026, 7, 10)),
    ],
)
def test_day_begins_at_midnight_in_california(moment: datetime, day: date) -> None:
    assert pacific_day(moment) == day


def test_quota_that_youtube_sees_spent_ends_the_day(server: YouTubeServer, roadmap: Roadmap, settings: Any) -> None:
    server.refusals = [Refusal(403, "quotaExceeded")]

    assert VideoService().find_for(roadmap.pk)
    assert VideoService().find_for(roadmap.pk)

    assert (server.asked, used()) == (["search"], settings.YOUTUBE_UNITS_PER_DAY)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the time."""
    return lambda moment: monkeypatch.setattr(timezone, "now", lambda: moment)


def test_quota_that_was_spent_before_midnight_leaves_the_new_day_alone(
    server: YouTubeServer, roadmap: Roadmap, settings: Any, clock: Callable[[datetime], None]
) -> None:
    midnight = datetime(2026, 1, 10, 8, tzinfo=UTC)
    server.refusals = [Refusal(403, "quotaExceeded")]
    server.meanwhile = lambda: clock(midnight + timedelta(seconds=1))
    clock(midnight - timedelta(seconds=20))

    later = VideoService().find_for(roadmap.pk)

    assert later
    assert midnight <= later <= midnight + timedelta(hours=1)
    assert list(YouTubeDay.objects.values_list("day", "used")) == [(date(2026, 1, 9), settings.YOUTUBE_UNITS_PER_DAY)]
    assert spend(1) == date(2026, 1, 10)


def test_last_moments_of_a_day_are_left_to_the_next(
    server: YouTubeServer, roadmap: Roadmap, clock: Callable[[datetime], None]
) -> None:
    midnight = datetime(2026, 1, 10, 8, tzinfo=UTC)
    ResourceFactory(source=ResourceSource.YOUTUBE, url=f"https://www.youtube.com/watch?v={ONE}")
    Resource.objects.update(next_check_at=midnight - timedelta(hours=1))
    clock(midnight - timedelta(seconds=14))

    later = VideoService().find_for(roadmap.pk)
    VideoService().check_due()

    assert later
    assert midnight <= later <= midnight + timedelta(hours=1)
    assert (server.requests, used()) == ([], 0)


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(500, "backendError"), Refusal(503), Refusal(400, "keyInvalid"), Refusal(403, "forbidden"),
        Refusal(200, body=b"<html>"), Refusal(200, body=b"[]"), Refusal(200, body=b'{"items": 5}'),
        Refusal(302, body=b"elsewhere"), Refusal(429, "rateLimitExceeded"),
    ],
)  # fmt: skip
def test_fault_costs_its_units_and_is_tried_again_later_without_telling_the_key(
    server: YouTubeServer, roadmap: Roadmap, refusal: Refusal, run: Any, caplog: Any, capfd: Any
) -> None:
    server.refusals = [refusal]

    message = run("roadmaps.find_videos", roadmap_id=str(roadmap.pk))

    assert (message.done_at, message.last_error.partition(":")[0]) == (None, "YouTubeAwayError")
    assert (used(), VideoSearch.objects.count(), found()) == (100, 0, {})
    said = f"{message.last_error}{caplog.text}{capfd.readouterr()}"
    assert "youtube-key" not in said


def test_slow_answer_is_not_waited_for(server: YouTubeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roadmaps.youtube.TIMEOUT_SECONDS", 0.2)
    server.pause_seconds = 3
    with pytest.raises(YouTubeAwayError):
        YouTube(spend).search("Git", language="en")


def test_videos_are_looked_up_again_and_those_that_are_gone_fail(
    server: YouTubeServer, roadmap: Roadmap, run: Any
) -> None:
    server.add("Git tutorial", video(ONE), video(TWO), video(THREE))
    roadmap.owner.profile.languages = ["en"]
    roadmap.owner.profile.save()
    VideoService().find_for(roadmap.pk)
    assert len(found()) == 3

    server.videos[ONE] = video(ONE, title="Another title", duration="PT1H")
    server.videos[TWO] = video(TWO, privacy="private")
    del server.videos[THREE]
    for _ in range(3):
        Resource.objects.update(next_check_at=timezone.now())
        assert run("roadmaps.check_videos").done_at

    rows = found()
    assert (rows[ONE].state, rows[ONE].title, rows[ONE].minutes) == ("verified", "Another title", 60)
    assert (rows[TWO].state, rows[THREE].state) == ("quarantined", "quarantined")
    assert rows[TWO].last_error == "deleted or private"
    assert server.asked == ["search", "videos", "videos", "videos", "videos"]
    assert used() == 104


def test_looking_up_takes_fifty_for_a_unit(server: YouTubeServer) -> None:
    for number in range(51):
        ResourceFactory(source=ResourceSource.YOUTUBE, url=f"https://www.youtube.com/watch?v=b{number:010}")
        server.videos[f"b{number:010}"] = video(f"b{number:010}")

    assert VideoService().check_due() == {"there": 51, "gone": 0}
    assert used() == 2


def test_video_that_was_not_asked_about_for_30_days_is_forgotten() -> None:
    long_ago = timezone.now() - timedelta(days=31)
    old, kept, fresh = (ResourceFactory(source=ResourceSource.YOUTUBE) for _ in range(3))
    of_catalogue = ResourceFactory()
    Resource.objects.exclude(pk=fresh.pk).update(created_at=long_ago)
    Resource.objects.filter(pk=kept.pk).update(state=LinkState.VERIFIED, checked_at=timezone.now())
    YouTubeDayFactory(day=long_ago.date() - timedelta(days=1))

    assert forget_old_videos() == 1

    assert set(Resource.objects.values_list("pk", flat=True)) == {kept.pk, fresh.pk, of_catalogue.pk}
    assert not Resource.objects.filter(pk=old.pk).exists()
    assert not YouTubeDay.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_units_are_never_exceeded_by_many_at_once(settings: Any) -> None:
    settings.YOUTUBE_UNITS_PER_DAY = 350
    together, got = Barrier(6), []

    def one() -> None:
        together.wait()
        try:
            spend(100)
            got.append(True)
        except QuotaSpentError:
            got.append(False)
        finally:
            connection.close()

    threads = [Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (sorted(got), used()) == ([False] * 3 + [True] * 3, 300)
