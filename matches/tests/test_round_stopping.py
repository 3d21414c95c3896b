"""A round ends when it is called off, when its time is up, and when its worker is gone: whoever works on it stops."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from celery import current_app
from django.db import connections
from django.utils import timezone
from pytest_django import Settings

from matches.models import MatchRound
from matches.services import RoundJobService, RoundService
from matches.services import solving_apart as apart
from matches.services.round_jobs import SILENCE
from matches.services.solving_apart import NoAnswerError, RoundStoppedError, solve_apart
from matches.tests.factories import MatchRoundFactory, offering, python, seeking
from matches.tests.far_side import FarSide
from skillbridge_backend.core import relay
from skillbridge_backend.core.access import acting_as
from skillbridge_backend.core.models import OutboxMessage
from skillbridge_backend.core.outbox import publish
from skillbridge_backend.core.queues import QUEUES
from users.enums import Role
from users.models import User
from users.tests.factories import UserFactory

PATIENCE_SECONDS = 120
EMPTY = orjson.dumps({"learners": [], "mentors": []})


@pytest.fixture
def waiting_matcher(settings: Settings) -> Iterator[FarSide]:
    """It works on the round until nobody waits for it any more."""
    with FarSide() as far_side:
        far_side.behaviour = "waits"
        settings.MATCHER_URL = far_side.url
        yield far_side


def eventually(holds: Callable[[], Any]) -> bool:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return False


def run_in_worker() -> threading.Thread:
    """The round's message delivered, as a worker does it, on a connection of its own."""
    message = OutboxMessage.objects.get(topic="matches.run_round")
    current_app.loader.import_default_modules()

    def work() -> None:
        try:
            current_app.tasks[message.topic](str(message.pk), message.payload, message.attempts)
        finally:
            connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    return worker


def children() -> set[int]:
    """Ours that solve."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = f"PPid:\t{os.getpid()}\n" in (folder / "status").read_text()
            if is_ours and b"matches.round_solver" in (folder / "cmdline").read_bytes():
                found.add(int(folder.name))
        except OSError:
            continue  # it ended meanwhile
    return found


@pytest.mark.django_db(transaction=True)
def test_running_round_that_is_cancelled_drops_the_matcher(waiting_matcher: FarSide) -> None:
    admin: User = UserFactory(role=Role.ADMIN)
    skill = python()
    seeking({skill: 3}), offering({skill: 3})
    with acting_as(admin.pk, user_role=admin.role):
        started = RoundJobService.request(actor=admin)
    worker = run_in_worker()
    assert eventually(lambda: waiting_matcher.requests)
    before = MatchRound.objects.get(pk=started.pk)
    assert before.status == "running"
    later = MatchRound.objects.filter(pk=started.pk, heartbeat_at__gt=before.heartbeat_at)
    assert eventually(later.exists)
    assert not waiting_matcher.was_dropped.is_set()

    with acting_as(admin.pk, user_role=admin.role):
        RoundService.cancel(actor=admin, round_id=started.pk)

    assert waiting_matcher.was_dropped.wait(PATIENCE_SECONDS)
    worker.join(PATIENCE_SECONDS)
    assert not worker.is_alive()
    after = MatchRound.objects.get(pk=started.pk)
    assert (after.status, after.result) == ("cancelled", {})
    assert OutboxMessage.objects.get(topic="matches.run_round").done_at is not None


@pytest.mark.django_db
def test_queued_round_that_is_cancelled_never_runs(drain_outbox: Callable[[], list[str]]) -> None:
    admin: User = UserFactory(role=Role.ADMIN)
    started = RoundJobService.request(actor=admin)
    RoundService.cancel(actor=admin, round_id=started.pk)

    assert "matches.run_round" in drain_outbox()

    started.refresh_from_db()
    assert (started.status, started.started_at) == ("cancelled", None)
    assert OutboxMessage.objects.get(topic="matches.run_round").done_at is not None


def minutes_of_scoring() -> bytes:
    """For the built-in solver: 2,000 learners and as many mentors who all fit."""
    wants: list[dict[str, Any]] = [{"skill": "python", "level": 5, "from": 0, "weight": 100, "related": []}]
    person: dict[str, Any] = {"languages": [], "availability": [], "utc_offset_minutes": None}
    known = [{"skill": "python", "level": 5}]
    mentor = person | {"skills": known, "capacity": 1, "rating": None, "answer_rate_permille": None}
    return orjson.dumps(
        {
            "learners": [person | {"id": f"l{n}", "wants": wants, "waiting_days": None} for n in range(2000)],
            "mentors": [mentor | {"id": f"m{n}"} for n in range(2000)],
        }
    )


def test_process_that_nobody_kills_ends_by_its_own_clock(
    waiting_matcher: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a worker that was killed: the parent's clock is set back, so that it waits for ever."""
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    with pytest.raises(NoAnswerError, match="within its deadline of 2 s"):
        solve_apart(minutes_of_scoring(), deadline_seconds=2, beat=lambda: True)


def test_builtin_solver_is_stopped_in_the_middle(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MATCHER_URL = "http://127.0.0.1:9"
    monkeypatch.setattr(apart, "BEAT_SECONDS", 0.2)
    running: list[set[int]] = []

    def beat() -> bool:
        running.append(children())
        return not running[-1]

    with pytest.raises(RoundStoppedError):
        solve_apart(minutes_of_scoring(), deadline_seconds=90, beat=beat)
    assert len(running[-1]) == 1
    assert not children()


def test_process_that_is_killed_from_outside_is_an_error(waiting_matcher: FarSide) -> None:
    def kill() -> None:
        assert eventually(lambda: waiting_matcher.requests)
        for child in children():
            os.kill(child, signal.SIGKILL)

    threading.Thread(target=kill).start()
    with pytest.raises(RuntimeError, match="ended with code -9"):
        solve_apart(EMPTY, deadline_seconds=80, beat=lambda: True)


def running(**fields: Any) -> MatchRound:
    found: MatchRound = MatchRoundFactory()
    MatchRound.objects.filter(pk=found.pk).update(status="running", started_at=timezone.now(), **fields)
    return found


def test_deadline_ends_the_process_and_says_so(waiting_matcher: FarSide) -> None:
    with pytest.raises(NoAnswerError, match="within its deadline of 3 s"):
        solve_apart(minutes_of_scoring(), deadline_seconds=3, beat=lambda: True)
    assert not children()


def test_round_of_a_killed_worker_is_begun_again_before_it_counts_as_silent() -> None:
    assert timedelta(seconds=relay.SWEEP_SECONDS) + QUEUES["match"].attempt_lease < SILENCE / 2


@pytest.mark.django_db
def test_round_whose_worker_is_gone_is_failed_with_the_reason(drain_outbox: Callable[[], list[str]]) -> None:
    now = timezone.now()
    silent = running(heartbeat_at=now - SILENCE - timedelta(seconds=1))
    heard = running(heartbeat_at=now - SILENCE / 2)
    of_old_code = running(heartbeat_at=None)
    publish("matches.end_silent_rounds", payload={})
    drain_outbox()

    silent.refresh_from_db()
    assert (silent.status, silent.error) == (
        "failed", "The worker that ran it was not heard of for minutes. Start another round."
    )  # fmt: skip
    for found in (heard, of_old_code):
        found.refresh_from_db()
        assert found.status == "running"
    # A worker that comes back finds that nobody wants its answer.
    assert not RoundJobService.beat(round_id=silent.pk)
    assert RoundJobService.beat(round_id=heard.pk)
    assert RoundJobService.begin(round_id=silent.pk) is None


@pytest.mark.django_db
def test_heartbeat_is_no_new_version() -> None:
    found = running()
    found.refresh_from_db()
    RoundJobService.beat(round_id=found.pk)
    version = found.updated_at
    found.refresh_from_db()
    assert (found.updated_at, found.heartbeat_at is None) == (version, False)
