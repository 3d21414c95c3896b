"""What the demo reaches: the API as one person or another, the mailbox, GitHub's side of a webhook, `manage.py`."""

import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar
from uuid import uuid4

import httpx

from skillbridge_backend.demo.narrator import Narrator
from skillbridge_backend.embedded.installation import (
    PROJECT_DIR,
    Installation,
    as_last_started,
    from_environment,
    in_force,
    load_secrets,
)

LONGEST_WAIT_SECONDS = 60.0
Found = TypeVar("Found")
LINK = re.compile(r"https?://\S+")


class DemoFailure(Exception):
    """A step did not go as it must; the text says which and what came back."""


@dataclass
class Person:
    """One HTTP client with one person's access token (nobody's when it is empty)."""

    http: httpx.Client
    narrator: Narrator
    token: str = ""
    email: str = ""
    is_quiet: bool = False

    def call(self, method: str, path: str, *, expect: int | tuple[int, ...] = 200, **options: Any) -> httpx.Response:
        """The answer, printed; DemoFailure when its status is not what the step expects."""
        headers = dict(options.pop("headers", {}))
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if method == "POST":
            headers.setdefault("Idempotency-Key", str(uuid4()))
        response = self.http.request(method, path, headers=headers, **options)
        if not self.is_quiet:
            self.narrator.exchange(method, path, response.status_code, response.elapsed.total_seconds())
        expected = expect if isinstance(expect, tuple) else (expect,)
        if response.status_code not in expected:
            raise DemoFailure(f"{method} {path} answered {response.status_code}, not {expect}: {response.text[:600]}")
        return response

    def get(self, path: str, **options: Any) -> Any:
        """The JSON of a GET."""
        return self.call("GET", path, **options).json()

    def post(self, path: str, body: Any = None, *, expect: int | tuple[int, ...] = 201) -> Any:
        """The JSON of a POST; None for an empty answer."""
        response = self.call("POST", path, json=body or {}, expect=expect)
        return response.json() if response.content else None

    def log_in(self, email: str, password: str) -> None:
        """Take on this account."""
        answer = self.post("/api/v1/auth/login/", {"email": email, "password": password}, expect=200)
        self.token, self.email = answer["access"], email


@dataclass
class World:
    """A running installation of `make run`."""

    installation: Installation
    secrets: dict[str, str]
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.installation.url("web"), timeout=30)

    @classmethod
    def of_running_installation(cls) -> Self:
        """The installation that PORT and LOCAL_DIR name. DemoFailure when nobody has started it yet."""
        installation = from_environment(os.environ)
        if not (installation.folder / "secrets.env").exists():
            raise DemoFailure("SkillBridge has not been started here yet: run `make run` first, in another terminal")
        secrets = in_force(load_secrets(installation), as_last_started(installation, os.environ))
        return cls(installation, secrets)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def person(self, narrator: Narrator, *, is_quiet: bool = False) -> Person:
        """Somebody who is not logged in yet."""
        return Person(self.http, narrator, is_quiet=is_quiet)

    def emails_to(self, address: str) -> list[dict[str, Any]]:
        """What the development mailbox received for this address, newest first."""
        answer = httpx.get(f"{self.installation.url('mailbox')}/messages.json", params={"to": address}, timeout=10)
        answer.raise_for_status()
        messages: list[dict[str, Any]] = answer.json()
        return messages

    def manage(self, *words: str) -> str:
        """The output of a `manage.py` command, run against this installation's database."""
        command = [sys.executable, "-m", "skillbridge_backend.embedded", "manage", *words]
        here = {"LOCAL_DIR": str(self.installation.folder), "PORT": str(self.installation.port)}
        done = subprocess.run(
            command, cwd=PROJECT_DIR, env=os.environ | here, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise DemoFailure(f"manage.py {words[0]} failed:\n{(done.stdout + done.stderr)[-2000:]}")
        return done.stdout


def eventually(what: str, look: Callable[[], Found | None], *, seconds: float = LONGEST_WAIT_SECONDS) -> Found:
    """What `look` finds, asked for until it is there; DemoFailure after so long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.2)
    raise DemoFailure(f"{what} did not come within {seconds:.0f} s")


def signed_push(*, repository: str, secret: str, message: str, author_email: str) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a `push` delivery with one commit, as GitHub sends and signs it."""
    sha = hashlib.sha1(uuid4().bytes, usedforsecurity=False).hexdigest()
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    commit = {
        "id": sha,
        "distinct": True,
        "message": message,
        "url": f"https://github.com/{repository}/commit/{sha}",
        "timestamp": now,
        "author": {"name": "Demo Learner", "email": author_email, "username": "demo-learner"},
        "added": ["src/app.py"],
        "removed": [],
        "modified": ["README.md"],
    }
    payload = {
        "ref": "refs/heads/main",
        "before": "0" * 40,
        "after": sha,
        "created": False,
        "deleted": False,
        "forced": False,
        "repository": {"id": 186853002, "name": repository.split("/")[1], "full_name": repository},
        "commits": [commit],
        "head_commit": commit,
        "pusher": {"name": repository.split("/", maxsplit=1)[0], "email": author_email},
    }
    body = json.dumps(payload).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/demo",
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": str(uuid4()),
        "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }
    return body, headers
