"""The matcher is slowed, hung and killed while people ask for suggestions: nobody notices but by who answered.

A matcher of its own, real requests from several threads. Collected only where the matcher is built (`conftest.py`).
"""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from django.db import connection
from pytest_django import Settings

from matches.tests.factories import offering, seeking
from skillbridge_backend.embedded import matcher_build
from skillbridge_backend.embedded.installation import PROJECT_DIR
from skillbridge_backend.embedded.lifeline import LOOPBACK, free_port
from users.models import User
from users.tests.factories import SkillFactory

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/matches/suggestions/"
CLIENTS = 4
SECONDS_WAITED = 60.0


class Matcher:
    """A matcher process that can be stopped, slowed, killed and started again at its port."""

    def __init__(self) -> None:
        self._binary = matcher_build.build(PROJECT_DIR)
        self._address = f"{LOOPBACK}:{free_port()}"
        self.url = f"http://{self._address}"
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._binary], env={"MATCHER_ADDRESS": self._address}, stderr=subprocess.DEVNULL
        )
        wait_until(self._is_ready)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/ready", trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def hang(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@dataclass
class Load:
    """People who ask without a pause, no question twice, so that no answer is a kept one."""

    clients: list[Any]
    skills: list[str]
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    failures: list[object] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Load":
        self._threads = [threading.Thread(target=self._ask_on, args=(number,)) for number in range(len(self.clients))]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def ask(self, question: int) -> Any:
        """The same question by the same person, whenever it is asked."""
        levels = [1 + question // 5**place % 5 for place in range(len(self.skills))]
        wanted = ",".join(f"{skill}:{level}" for skill, level in zip(self.skills, levels, strict=True))
        return self.clients[question % len(self.clients)].get(URL, {"wanted": wanted, "limit": 5})

    def by(self, *, fallback: bool, since: int = 0) -> Callable[[], bool]:
        """Whether one who asked after the first `since` answers was answered so."""
        return lambda: any(answer["is_fallback"] is fallback for _, answer in self.answers[since:])

    def _ask_on(self, number: int) -> None:
        try:
            for question in range(number, 5 ** len(self.skills), len(self.clients)):
                if self._stop.is_set():
                    break
                response = self.ask(question)
                if response.status_code == 200:
                    self.answers.append((question, response.data))
                else:
                    self.failures.append((question, response.status_code, response.content))
        except BaseException as failure:
            self.failures.append(failure)
            raise
        finally:
            connection.close()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_WAITED
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def matcher(settings: Settings) -> Iterator[Matcher]:
    process = Matcher()
    settings.MATCHER_URL, settings.MATCHER_TOKEN, settings.MATCHER_TIMEOUT_SECONDS = process.url, "", 1.0
    yield process
    process.kill()


@pytest.fixture
def load(api_as: Callable[[User], Any]) -> Load:
    skills = SkillFactory.create_batch(6)
    for index in range(30):
        offering({skill: 1 + (index * place) % 5 for place, skill in enumerate(skills, start=1)}, mentoring_capacity=2)
    return Load([api_as(seeking({skills[0]: 3})) for _ in range(CLIENTS)], [skill.slug for skill in skills])


def test_no_client_gets_an_error_and_each_learns_who_answered(matcher: Matcher, load: Load) -> None:
    with load:
        wait_until(load.by(fallback=False))
        for _ in range(10):  # slow: it gets a third of the time
            matcher.hang()
            time.sleep(0.2)
            matcher.go_on()
            time.sleep(0.1)
        hung_after = len(load.answers)
        matcher.hang()
        wait_until(load.by(fallback=True, since=hung_after))
        back_after = len(load.answers)
        matcher.go_on()
        wait_until(load.by(fallback=False, since=back_after + CLIENTS))
        killed_after = len(load.answers)
        matcher.kill()
        wait_until(load.by(fallback=True, since=killed_after + CLIENTS))
        started_after = len(load.answers)
        matcher.start()
        wait_until(load.by(fallback=False, since=started_after + CLIENTS))

    assert load.failures == []
    for _, answer in load.answers:
        assert answer["solver"].startswith("python/" if answer["is_fallback"] else "matcher-rs/")
        assert (answer["notice"] is None) is not answer["is_fallback"]
    # Whoever answers, it is the same answer.
    question, answer = next(one for one in load.answers if one[1]["is_fallback"])
    again = load.ask(question).data
    assert again["is_fallback"] is False
    assert again["suggestions"] == answer["suggestions"]
