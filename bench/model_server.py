"""LLMock, an OpenAI-compatible server from PyPI that is not ours, in an environment of its own, scripted per request.

Belongs here: what `bench.model_faults` and `bench.model_cost` share: that server, an installation that asks it, and a
learner's journey over HTTP. LLMock counts a token for every four characters, and journals what it was asked.
"""

import json
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from skillbridge_backend.demo.narrator import Narrator
from skillbridge_backend.demo.world import LINK, Person, World, eventually
from skillbridge_backend.embedded import postgres
from tests.drills.target import Target, running_target

PINNED = "llmock==0.2.2"
PROJECT = Path(__file__).resolve().parent.parent
CACHE = PROJECT / ".local" / "bench-model"
MODEL = "gpt-4o-mini"
PRICES = (0.15, 0.60)
"""Dollars per million tokens, or microdollars per token: of a prompt, of a completion."""
MOST_COMPLETION_TOKENS = 16_000
RESERVED = "SELECT microdollars FROM roadmaps_modelspending WHERE settled_at IS NULL"
Wish = dict[str, Any]
Behaviour = dict[str, Any]


@dataclass
class ModelServer:
    """The running server."""

    http: httpx.Client
    url: str

    def script(self, *behaviours: Behaviour) -> None:
        """What the next requests meet, in place of what was scripted before; its journal is empty again."""
        self.http.post("/_llmock/reset").raise_for_status()
        if behaviours:
            self.http.post("/_llmock/scenario", json={"behaviors": behaviours}).raise_for_status()

    def requests(self, *, at_least: int = 0) -> list[dict[str, Any]]:
        """What it was asked since, and how it answered; for a while it waits until so many are answered."""
        deadline = time.monotonic() + 30
        while True:
            asked: list[dict[str, Any]] = self.http.get("/_llmock/requests").raise_for_status().json()["requests"]
            if len(asked) >= at_least or time.monotonic() > deadline:
                return asked
            time.sleep(0.5)


def reply(text: str, **fields: Any) -> Behaviour:
    """An answer with this text."""
    return {"type": "reply", "text": text, **fields}


def answer(modules: list[dict[str, Any]]) -> str:
    """These modules as the planner wants them."""
    return json.dumps({"modules": modules})


def tokens_of(text: str) -> int:
    """As the server counts them."""
    return len(text) // 4


def prompt_tokens_of(request: Mapping[str, Any]) -> int:
    """As the server counts them."""
    return sum(tokens_of(message["content"]) for message in request["body"]["messages"])


@contextmanager
def model_server(cache: Path = CACHE) -> Iterator[ModelServer]:
    """The server on a free port, installed under `cache` at the first time."""
    folder = cache / PINNED.replace("==", "-")
    if not (folder / "bin" / "llmock").exists():
        venv.create(folder, clear=True, with_pip=True)
        command = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", PINNED]
        subprocess.run(command, check=True, stdout=sys.stderr)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [
        str(folder / "bin" / "llmock"),
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--log-level",
        "error",
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=sys.stderr)
    try:
        with httpx.Client(base_url=url, timeout=30) as http:
            deadline = time.monotonic() + 60
            while True:
                try:
                    http.get("/health").raise_for_status()
                    break
                except httpx.HTTPError:
                    if server.poll() is not None or time.monotonic() > deadline:
                        raise
                    time.sleep(0.1)
            yield ModelServer(http, url)
    finally:
        server.terminate()
        server.wait(30)


@contextmanager
def installation(model: ModelServer, name: str, *, timeout_seconds: float, cache: Path = CACHE) -> Iterator["Learners"]:
    """An installation of ours that asks this server, started from nothing; at the end it is stopped and removed."""
    folder = cache / name
    settings = {
        "OPENAI_API_KEY": "bench",
        "OPENAI_BASE_URL": f"{model.url}/v1",
        "OPENAI_MODEL": MODEL,
        "OPENAI_PRICES": f"{MODEL}={PRICES[0]}/{PRICES[1]}",
        "OPENAI_TIMEOUT_SECONDS": str(timeout_seconds),
        "MATCHER_URL": "http://127.0.0.1:9",
        "WRITES_PER_MINUTE": "0",
        "LINK_CHECKS": "false",
    }
    with (
        running_target(folder, settings) as target,
        World(target.installation, target.secrets) as world,
    ):
        yield Learners(world, target)
    postgres.remove(folder / "postgres")
    shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Learners:
    """The people of an installation, and the books that it keeps."""

    world: World
    target: Target
    _narrator: Narrator = field(default_factory=Narrator)
    _passwords: dict[str, str] = field(default_factory=dict)

    def sign_up(self) -> Person:
        """A new learner, with the address confirmed."""
        person = self.world.person(self._narrator, is_quiet=True)
        email, password = f"learner-{secrets.token_hex(4)}@bench.test", secrets.token_urlsafe(16)
        who = {"email": email, "password": password, "display_name": "Learner"}
        person.post("/api/v1/auth/signup/", who, expect=202)
        mail = eventually("the confirmation e-mail", lambda: next(iter(self.world.emails_to(email)), None))
        link = LINK.search(mail["text"])
        assert link is not None
        token = parse_qs(urlsplit(link.group()).query)["token"][0]
        person.post("/api/v1/auth/confirm-email/", {"token": token}, expect=(200, 204))
        person.log_in(email, password)
        self._passwords[email] = password
        return person

    def log_in_again(self, person: Person) -> None:
        """For longer than an access token lives."""
        person.token = ""
        person.log_in(person.email, self._passwords[person.email])

    def modules_for(self, person: Person, wish: Wish) -> list[dict[str, Any]]:
        """What a model may answer to this wish: the modules of its preview, in words of the model's."""
        preview = person.post("/api/v1/roadmaps/preview/", wish, expect=200)
        return [
            {
                "key": f"m{number}",
                "skill": module["skill"],
                "title": f"For you: {module['title']}",
                "description": "You build a small thing with it, and are done when a friend can use it.",
                "minutes": module["estimated_minutes"],
                "links": [],
            }
            for number, module in enumerate(preview["modules"], start=1)
        ]

    def watch(self, person: Person, job: Mapping[str, Any]) -> list[str]:
        """The kinds of the job's events, from its stream, until it has ended."""
        url = f"{self.target.installation.url('realtime')}{job['links']['events']}"
        headers = {"Authorization": f"Bearer {person.token}", "Accept": "text/event-stream"}
        with httpx.stream("GET", url, headers=headers, timeout=60) as stream:
            stream.raise_for_status()
            return [line.removeprefix("event: ") for line in stream.iter_lines() if line.startswith("event: ")]

    @contextmanager
    def reservations(self) -> Iterator[set[int]]:
        """Fills with what was set aside for jobs at any one time, looked up until the block ends."""
        seen: set[int] = set()
        is_over = threading.Event()

        def look() -> None:
            while not is_over.wait(0.005):
                seen.update(row[0] for row in self.target.rows(RESERVED))

        looking = threading.Thread(target=look)
        looking.start()
        try:
            yield seen
        finally:
            is_over.set()
            looking.join()

    def spent_on(self, job: Mapping[str, Any]) -> list[tuple[int, bool]]:
        """Microdollars in the books for this job, and whether they are settled; one entry is right."""
        return [
            (int(microdollars), is_settled)
            for microdollars, is_settled in self.target.rows(
                "SELECT microdollars, settled_at IS NOT NULL FROM roadmaps_modelspending WHERE generation_id = %s",
                job["id"],
            )
        ]
