"""What production sends with every answer, and to which origins; and what the log keeps of a refusal."""

import json
import os
import subprocess
import sys
from functools import cache
from typing import Any

import pytest
from cryptography.fernet import Fernet

from skillbridge_backend.embedded.installation import new_signing_key
from skillbridge_backend.settings.environment import BASE_DIR

APP, STRANGER = "https://app.example.org", "https://evil.example.net"
RANDOM = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
OPERATOR = {
    "PUBLIC_URL": "https://api.example.org",
    "ALLOWED_HOSTS": "api.example.org",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
    "DEFAULT_FROM_EMAIL": "hello@example.org",
    "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "PERSONAL_TOKEN_KEYS": Fernet.generate_key().decode(),
    "JWT_SIGNING_KEYS": new_signing_key(),
}
SCRIPT = """
import json, sys
import django; django.setup()
from django.test import Client
answers = {}
for name, path, sent in json.loads(sys.argv[1]):
    response = Client(raise_request_exception=False).get(
        path, secure=sent.pop("secure", True), headers=sent | {"host": "api.example.org"}
    )
    answers[name] = {"status": response.status_code, **{k.lower(): v for k, v in response.items()}}
    answers[name]["cookies"] = response.cookies.output()
print("ANSWERS" + json.dumps(answers))
"""
ASKED = [
    ("api", "/api/v1/problems/", {}),
    ("plain", "/api/v1/problems/", {"secure": False}),
    ("page", "/api/v1/docs/", {}),
    ("own app", "/api/v1/problems/", {"origin": APP}),
    ("stranger", "/api/v1/problems/", {"origin": STRANGER}),
    ("nothing", "/api/v1/there-is-no-such-thing/", {}),
    ("newline", "/api/v1/there%0A%7B%22event%22%3A%22forged%22%7D/", {"user-agent": "a"}),
    ("token", "/api/v1/users/me/", {"authorization": "Bearer x"}),
    ("csrf", "/api/v1/auth/csrf/", {}),
]


@cache
def production() -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """Answers of a process with production settings, by name, and the lines that it logged."""
    environment = os.environ | OPERATOR | {
        "DJANGO_SETTINGS_MODULE": "skillbridge_backend.settings.production", "SECRET_KEY": RANDOM,
        "MATCHER_TOKEN": RANDOM, "METRICS_TOKEN": RANDOM, "MATCHER_URL": "http://127.0.0.1:9",
        "CORS_ALLOWED_ORIGINS": APP, "LOG_FORMAT": "json",
    }  # fmt: skip
    environment.pop("LOG_DIR", None)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, json.dumps(ASKED)],
        cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = (done.stdout + done.stderr).splitlines()
    answers = next(line for line in lines if line.startswith("ANSWERS")).removeprefix("ANSWERS")
    return json.loads(answers), [json.loads(line) for line in lines if line.startswith("{")]


@pytest.fixture
def answers(django_db_setup: None) -> dict[str, dict[str, Any]]:
    return production()[0]


@pytest.mark.parametrize("name", ["api", "page", "nothing", "token", "stranger"])
def test_every_answer_is_for_tls_only_is_not_sniffed_and_in_no_frame(answers: Any, name: str) -> None:
    answer = answers[name]

    assert answer["strict-transport-security"] == "max-age=31536000; includeSubDomains; preload"
    assert answer["x-content-type-options"] == "nosniff"
    assert answer["x-frame-options"] == "DENY"
    assert answer["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in answer["content-security-policy"]


@pytest.mark.parametrize("name", ["api", "nothing", "token"])
def test_api_may_load_nothing_at_all(answers: Any, name: str) -> None:
    assert answers[name]["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_plain_http_is_sent_to_tls(answers: Any) -> None:
    assert (answers["plain"]["status"], answers["plain"]["location"]) == (
        301, "https://api.example.org/api/v1/problems/",
    )  # fmt: skip


def test_only_listed_origins_may_read_an_answer(answers: Any) -> None:
    assert answers["own app"]["access-control-allow-origin"] == APP
    assert answers["own app"]["access-control-allow-credentials"] == "true"
    assert "access-control-allow-origin" not in answers["stranger"]
    assert "access-control-allow-credentials" not in answers["stranger"]
    assert "origin" in answers["own app"]["vary"].lower()


def test_answer_to_a_token_is_in_no_cache(answers: Any) -> None:
    assert (answers["token"]["status"], answers["token"]["cache-control"]) == (401, "no-store")


def test_cookies_are_out_of_reach_for_scripts_and_other_sites_and_go_over_tls_alone(answers: Any) -> None:
    cookie = answers["csrf"]["cookies"]
    assert "csrftoken" in cookie
    for attribute in ("HttpOnly", "Secure", "SameSite="):
        assert attribute in cookie


def test_refusal_is_logged_and_a_newline_in_it_forges_no_line(answers: Any) -> None:
    logged = production()[1]
    requests = {line["path"]: line["status"] for line in logged if line.get("event") == "request"}

    assert requests["/api/v1/users/me/"] == 401
    assert requests['/api/v1/there\n{"event":"forged"}/'] == 404
    assert not [line for line in logged if line.get("event") == "forged"]
