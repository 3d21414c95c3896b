"""The writes of a drill, over HTTP as clients send them: each is sent until it is answered 2xx, under one key."""

import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from skillbridge_backend.demo.narrator import Narrator
from skillbridge_backend.demo.world import DemoFailure, Person, signed_push
from tests.drills.target import DrillError, Target

LOGINS = ("learner", "mentor", "moderator")
THREADS = 24
TOKEN_SECONDS = 200.0
LONGEST_PAUSE_SECONDS = 2.0
# Not refusals: somebody else has the key at this moment, too many, the server is away.
WORTH_ANOTHER_TRY = frozenset({409, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Push:
    """A signed push with one commit that nobody else has."""

    number: int


@dataclass(frozen=True)
class Reply:
    """A reply in the forum that somebody else wrote the thread for."""

    number: int
    key: str = field(default_factory=lambda: str(uuid4()))

    @property
    def text(self) -> str:
        """The body, which no other reply has."""
        return f"Drill reply {self.key}"


@dataclass
class Answered:
    """What the clients were told."""

    commits: list[str] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    """Text of each reply and the id that it was answered with."""
    retries: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def count(self) -> int:
        """Writes that were answered 2xx."""
        return len(self.commits) + len(self.replies)


class Client:
    """One client of the API; not shared between threads."""

    def __init__(self, target: Target, world: "World", answered: Answered) -> None:
        self._http = httpx.Client(base_url=target.url, timeout=20)
        self._narrator = Narrator()
        self._world = world
        self._answered = answered
        self._password = target.secrets["DEV_LOGIN_PASSWORD"]
        self._mentor = Person(self._http, self._narrator, is_quiet=True)
        self._token_since = 0.0

    def send(self, intent: Push | Reply) -> None:
        """Send until it is answered 2xx. Raises DrillError when it is refused for good."""
        if isinstance(intent, Push):
            repository, path, secret = self._world.repositories[intent.number % len(self._world.repositories)]
            body, headers = signed_push(
                repository=repository, secret=secret, message=f"Drill {intent.number}", author_email="drill@drill.test"
            )
            self._until_done(path, headers, content=body)
            commit = httpx.Response(200, content=body).json()["after"]
            with self._answered.lock:
                self._answered.commits.append(commit)
            return
        thread = self._world.threads[intent.number % len(self._world.threads)]
        body = httpx.Request("POST", "http://x", json={"body_markdown": intent.text}).read()
        headers = {"Content-Type": "application/json", "Idempotency-Key": intent.key}
        response = self._until_done(f"/api/v1/forum/threads/{thread}/replies/", headers, content=body, as_mentor=True)
        with self._answered.lock:
            self._answered.replies[intent.text] = response.json()["id"]

    def _until_done(
        self, path: str, headers: dict[str, str], *, content: bytes, as_mentor: bool = False
    ) -> httpx.Response:
        pause = 0.1
        while True:
            try:
                if as_mentor:
                    headers["Authorization"] = f"Bearer {self._token()}"
                response = self._http.post(path, headers=headers, content=content)
                if response.is_success:
                    return response
                if response.status_code == 401 and as_mentor:
                    self._token_since = 0.0
                elif response.status_code not in WORTH_ANOTHER_TRY:
                    raise DrillError(f"POST {path} answered {response.status_code}: {response.text[:400]}")
            except (httpx.HTTPError, DemoFailure):  # away, or logging in is not possible just now
                pass
            with self._answered.lock:
                self._answered.retries += 1
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _token(self) -> str:
        if time.monotonic() - self._token_since > TOKEN_SECONDS:
            self._mentor.token = ""
            self._mentor.log_in("mentor@skillbridge.test", self._password)
            self._token_since = time.monotonic()
        return self._mentor.token


@dataclass(frozen=True)
class World:
    """What the writes need, made before the first fault: repositories of four people, threads of one."""

    repositories: list[tuple[str, str, str]]
    """Full name, path of its webhook, its secret."""
    threads: list[str]

    @classmethod
    def make(cls, target: Target) -> "World":
        """Log in, connect a repository for each login, open the learner's threads."""
        repositories, threads = [], []
        with httpx.Client(base_url=target.url, timeout=30) as http:
            for login in LOGINS:
                person = Person(http, Narrator(), is_quiet=True)
                person.log_in(f"{login}@skillbridge.test", target.secrets["DEV_LOGIN_PASSWORD"])
                name = f"drill/{login}"
                made = person.post("/api/v1/progress/repositories/", {"full_name": name})
                repositories.append((name, urlsplit(made["webhook_url"]).path, made["webhook_secret"]))
                if login == "learner":
                    category = person.get("/api/v1/forum/categories/")[0]["slug"]
                    for number in range(THREADS):
                        body = {
                            "category": category,
                            "title": f"Drill thread {number}",
                            "body_markdown": "What holds when all else falls?",
                        }
                        threads.append(person.post("/api/v1/forum/threads/", body)["id"])
        return cls(repositories, threads)
