"""One run of `st run`: its configuration, its logins, and what came of it.

Belongs here: everything that knows schemathesis. Where the API comes from, and who is there, does not.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from skillbridge_backend.embedded.installation import PROJECT_DIR

LOGIN = "/api/v1/auth/login/"
REFRESH_SECONDS = 240
"""Access tokens live for five minutes; and whoever gets a 401 logs in again by itself."""


REFUSALS = [400, 401, 403, 404, 405, 406, 409, 411, 412, 413, 414, 415, 422, 428, 429]


@dataclass(frozen=True)
class Identity:
    """Somebody who can log in; peers must not see each other's objects."""

    name: str
    email: str
    password: str
    is_peer: bool


@dataclass(frozen=True)
class Size:
    """How much is tried: examples for an operation in fuzzing, and scenarios of it in stateful testing."""

    phases: tuple[str, ...]
    examples: int


@dataclass(frozen=True)
class Outcome:
    """What a run found."""

    seed: int
    cases: int
    operations: int
    tested: int
    failures: dict[str, int] = field(default_factory=dict)
    """Unique failures by what schemathesis calls them; the log has each with a way to repeat it."""
    errors: dict[str, int] = field(default_factory=dict)
    """What kept schemathesis from trying."""
    excused: dict[str, int] = field(default_factory=dict)
    """How often each reason of `excused.py` was used."""
    statuses: Counter[int] = field(default_factory=Counter)
    """Every answer, by the count of the server itself."""

    @property
    def server_errors(self) -> int:
        """Answers of 500 and above."""
        return sum(count for status, count in self.statuses.items() if status >= 500)

    @property
    def is_let_in(self) -> bool:
        """A tenth of the answers at least is a success: who is refused everywhere finds nothing either."""
        return 10 * sum(count for status, count in self.statuses.items() if status < 300) >= self.cases

    @property
    def holds(self) -> bool:
        """Nothing was found, and everything was tried."""
        is_clean = not (self.failures or self.errors or self.server_errors)
        return is_clean and self.is_let_in and self.tested == self.operations > 0


def run(url: str, folder: Path, *, identities: Sequence[Identity], size: Size, seed: int) -> Outcome:
    """Let schemathesis loose on the API at `url`; its output and reports are left in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    users, configuration = folder / "users.json", folder / "schemathesis.toml"
    report, excused = folder / "report.json", folder / "excused.json"
    users.write_text(json.dumps(logins(identities)))
    users.chmod(0o600)
    configuration.write_text(configured(users, identities))
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration),
        "run", f"{url}/api/v1/schema/", "--checks", "all", "--phases", ",".join(size.phases),
        "--max-examples", str(size.examples), "--seed", str(seed), "--generation-database", "none",
        "--continue-on-failure", "--no-color", "--workers", "2", "--request-timeout", "30",
        "--suppress-health-check", "all",
        "--report", "json", "--report-json-path", str(report),
    ]  # fmt: skip
    with (folder / "schemathesis.log").open("wb") as output:
        environment = os.environ | {"EXCUSED_FILE": str(excused)}
        subprocess.run(command, cwd=PROJECT_DIR, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False)
    if not (report.exists() and excused.exists()):
        return Outcome(seed, 0, 0, 0, errors={"schemathesis did not run; see its log": 1})
    return replace(outcome_of(json.loads(report.read_text()), seed), excused=json.loads(excused.read_text()))


def outcome_of(report: dict[str, Any], seed: int) -> Outcome:
    """What the JSON report of schemathesis says."""
    operations = report["operations"] or {"selected": 0, "tested": 0}
    errors = {row["title"]: row["count"] for row in report["errors"]}
    if not report["complete"]:
        errors[f"ended early: {report['stop_reason']}"] = 1
    if report["auth"]["reauth_broke"]:
        errors["logging in again failed"] = 1
    return Outcome(
        seed=seed,
        cases=report["test_cases"]["generated"],
        operations=operations["selected"],
        tested=operations["tested"],
        failures={row["title"]: row["count"] for row in report["failures"]},
        errors=errors,
    )


def statuses_of(url: str, metrics_token: str) -> Counter[int]:
    """How many answers of each status the server says that it gave."""
    answer = httpx.get(f"{url}/metrics", headers={"Authorization": f"Bearer {metrics_token}"}, timeout=30)
    answer.raise_for_status()
    counted: Counter[int] = Counter()
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            if sample.name == "skillbridge_http_requests_total":
                counted[int(sample.labels["status"])] += int(sample.value)
    return counted


def logins(identities: Sequence[Identity]) -> dict[str, Any]:
    """The document of Web Fuzzing Commons that says how each of them logs in."""
    return {
        "auth": [
            {
                "name": who.name,
                "loginEndpointAuth": {
                    "verb": "POST",
                    "endpoint": LOGIN,
                    "contentType": "application/json",
                    "payloadUserPwd": {
                        "username": who.email,
                        "password": who.password,
                        "usernameField": "email",
                        "passwordField": "password",
                    },
                    "token": {
                        "extractFrom": "body",
                        "extractSelector": "/access",
                        "sendIn": "header",
                        "sendName": "Authorization",
                        "sendTemplate": "Bearer {token}",
                    },
                },
            }
            for who in identities
        ]
    }


def configured(users: Path, identities: Sequence[Identity]) -> str:
    """schemathesis.toml; a JSON string is a TOML string too."""
    peers = [who.name for who in identities if who.is_peer]
    return "\n".join(
        [
            'hooks = "tests.fuzzing.hooks"',
            # 412 and 414 refuse too, before anybody looks at the rest.
            f"checks.negative_data_rejection.expected-statuses = {json.dumps(REFUSALS)}",
            "[cache]",
            f"directory = {json.dumps(str(users.parent / 'cache'))}",
            "[auth.wfc]",
            f"path = {json.dumps(str(users))}",
            f"refresh_interval = {REFRESH_SECONDS}",
            f"peers = {json.dumps(peers)}",
            "",
        ]
    )
