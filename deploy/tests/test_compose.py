"""The compose files hold what the processes need: the settings are loaded with each service's own environment."""

import itertools
import os
import re
import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.conf import settings
from prometheus_client import REGISTRY

import users.detection  # noqa: F401  # counts what alerts.yml names
from skillbridge_backend.core.metrics import READ_AT_SCRAPE
from skillbridge_backend.core.queues import QUEUES
from skillbridge_backend.embedded.installation import new_signing_key

PROJECT_DIR = Path(__file__).resolve().parents[2]
DEVELOPMENT, PRODUCTION = "docker-compose.yml", "docker-compose.prod.yml"
# The form of Compose's own that the files use: ${NAME:?what it is} and ${NAME:-default}.
VARIABLE = re.compile(r"\$\{(?P<name>\w+):(?P<kind>[?-])(?P<text>[^}]*)\}")
METRIC = re.compile(r"skillbridge_\w+")
RANDOM = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
OPERATOR = {
    "PUBLIC_URL": "https://api.example.org",
    "ALLOWED_HOSTS": "api.example.org",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
    "DEFAULT_FROM_EMAIL": "hello@example.org",
    "FIELD_ENCRYPTION_KEYS": urlsafe_b64encode(bytes(range(32))).decode(),
    "PERSONAL_TOKEN_KEYS": urlsafe_b64encode(bytes(range(1, 33))).decode(),
    "JWT_SIGNING_KEYS": new_signing_key(),
    "TLS_DIRECTORY": "/etc/skillbridge/tls",
}
WORKERS = ("worker", "worker-slow")
SERVICES = ("migrate", "web", "realtime", "admin", "worker", "worker-slow", "beat", "relay", "audit")
LOGINS = {
    "migrate": "postgres",
    "web": "sb_web",
    "realtime": "sb_web",
    "admin": "sb_admin",
    "worker": "sb_worker",
    "worker-slow": "sb_worker",
    "beat": "sb_worker",
    "relay": "sb_worker",
    "audit": "sb_worker",
}


def filled_in(match: re.Match[str]) -> str:
    return match["text"] if match["kind"] == "-" else OPERATOR.get(match["name"], RANDOM)


def services(file: str) -> dict[str, Any]:
    text = VARIABLE.sub(filled_in, (PROJECT_DIR / file).read_text())
    found: dict[str, Any] = yaml.safe_load(text)["services"]
    return found


def check(environment: dict[str, Any], *, role: str = "") -> subprocess.CompletedProcess[str]:
    """`manage.py check --deploy` with the service's environment and nothing else of ours."""
    told = {name: str(value) for name, value in environment.items() if value is not None}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "INFO"],
        cwd=PROJECT_DIR,
        env={"PATH": os.environ["PATH"], **told, **({"DATABASE_SET_ROLE": role} if role else {})},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("service", SERVICES)
def test_production_service_has_all_that_settings_demand(service: str) -> None:
    environment = services(PRODUCTION)[service]["environment"]
    assert environment["DJANGO_SETTINGS_MODULE"] == "skillbridge_backend.settings.production"
    outcome = check(environment)
    assert outcome.returncode == 0, outcome.stderr


def test_settings_refuse_a_service_from_which_one_variable_is_taken() -> None:
    environment = dict(services(PRODUCTION)["web"]["environment"])
    del environment["FIELD_ENCRYPTION_KEYS"]
    outcome = check(environment)
    assert outcome.returncode == 1
    assert "FIELD_ENCRYPTION_KEYS is missing" in outcome.stderr


@pytest.mark.parametrize("file", [DEVELOPMENT, PRODUCTION])
def test_each_process_logs_in_as_the_architecture_says(file: str) -> None:
    found = services(file)
    users = {name: urlsplit(found[name]["environment"]["DATABASE_URL"]).username for name in SERVICES}
    assert users == LOGINS


def test_migrations_and_relay_go_past_pgbouncer_and_the_many_go_through_it() -> None:
    found = services(PRODUCTION)
    hosts = {name: urlsplit(found[name]["environment"]["DATABASE_URL"]).hostname for name in SERVICES}
    assert {name for name, host in hosts.items() if host == "pgbouncer"} == {"web", "realtime", "worker", "worker-slow"}
    assert {name for name, host in hosts.items() if host == "postgres"} == {
        "migrate",
        "admin",
        "beat",
        "relay",
        "audit",
    }


@pytest.mark.parametrize("file", [DEVELOPMENT, PRODUCTION])
def test_only_migrations_act_as_the_owner(file: str) -> None:
    found = services(file)
    assert [name for name in SERVICES if "DATABASE_SET_ROLE" in str(found[name])] == ["migrate"]
    assert all("DATABASE_SET_ROLE" not in found[name]["environment"] for name in SERVICES)


def test_production_file_holds_no_secret() -> None:
    raw = yaml.safe_load((PROJECT_DIR / PRODUCTION).read_text())["services"]
    for name, service in raw.items():
        for variable, value in (service.get("environment") or {}).items():
            if re.search(r"PASSWORD|SECRET|TOKEN|KEY|AUTH|DSN", variable):
                assert VARIABLE.fullmatch(str(value)), f"{name}: {variable}"
            if urlsplit(str(value)).password:
                assert VARIABLE.search(urlsplit(str(value)).netloc), f"{name}: {variable}"


def test_variables_without_a_default_are_explained_for_operators() -> None:
    page = (PROJECT_DIR / "docs" / "deployment.md").read_text()
    demanded = {m["name"] for m in VARIABLE.finditer((PROJECT_DIR / PRODUCTION).read_text()) if m["kind"] == "?"}
    assert demanded
    assert {name for name in demanded if f"`{name}`" not in page} == set()


def test_broker_never_forgets_and_cache_may() -> None:
    found = services(PRODUCTION)
    broker, cache = (" ".join(found[name]["command"]) for name in ("redis-broker", "redis-cache"))
    assert "--appendonly yes" in broker
    assert "noeviction" in broker
    assert "allkeys-lru" in cache
    web = found["web"]["environment"]
    assert urlsplit(web["REDIS_URL"]).hostname == "redis-broker"
    assert urlsplit(web["CACHE_URL"]).hostname == "redis-cache"


def test_all_that_production_runs_is_limited_and_cannot_gain_rights() -> None:
    for name, service in services(PRODUCTION).items():
        limits = service["deploy"]["resources"]["limits"]
        assert {"cpus", "memory", "pids"} <= set(limits), name
        assert service["read_only"] is True, name
        assert "no-new-privileges:true" in service["security_opt"], name


@pytest.mark.parametrize("file", [DEVELOPMENT, PRODUCTION])
def test_every_queue_has_one_worker_and_the_slow_ones_have_their_own(file: str) -> None:
    found = services(file)
    queues = {name: found[name]["command"][found[name]["command"].index("-Q") + 1].split(",") for name in WORKERS}
    assert sorted(itertools.chain(*queues.values())) == sorted(QUEUES)
    assert set(queues["worker"]) == {name for name, queue in QUEUES.items() if queue.hard_limit_seconds <= 30}


@pytest.mark.parametrize("file", [DEVELOPMENT, PRODUCTION])
def test_workers_end_softly_before_they_are_killed(file: str) -> None:
    found = services(file)
    for name in WORKERS:
        assert found[name]["environment"]["REMAP_SIGTERM"] == "SIGQUIT"
        grace = int(found[name]["stop_grace_period"].removesuffix("s"))
        assert grace > settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT


@pytest.mark.django_db
def test_alerts_name_metrics_that_there_are() -> None:
    rules = yaml.safe_load((PROJECT_DIR / "deploy" / "alerts.yml").read_text())["groups"]
    named = {name for group in rules for rule in group["rules"] for name in METRIC.findall(rule["expr"])}
    # The counters of requests are in the registry once their modules are imported.
    counters = {f"{metric.name}_total" for metric in REGISTRY.collect() if metric.type == "counter"}
    metrics = {metric.name for metric in READ_AT_SCRAPE.collect()} | counters
    assert named
    assert named <= metrics
    mounted = [volume.partition(":")[0] for volume in services(PRODUCTION)["prometheus"]["volumes"]]
    assert "./deploy/alerts.yml" in mounted


def test_login_providers_reach_the_settings_of_web() -> None:
    told = {
        "GITHUB_LOGIN_CLIENT_ID": "app",
        "GITHUB_LOGIN_CLIENT_SECRET": "of the app",
        "LOGIN_PROVIDERS": '{"corp": {"issuer": "https://corp.example.org", "client_id": "a", "client_secret": "b"}}',
    }
    environment = services(PRODUCTION)["web"]["environment"]
    assert told.keys() <= environment.keys()
    assert check(environment | told).returncode == 0
    refused = check(environment | told | {"GITHUB_LOGIN_CLIENT_SECRET": ""})
    assert (refused.returncode, refused.stderr.strip()) == (1, "settings: LOGIN_PROVIDERS: github has no client_secret")


def test_nginx_takes_what_is_uploaded_so_that_our_refusal_is_the_one_that_is_seen() -> None:
    text = (PROJECT_DIR / "deploy" / "nginx.conf").read_text()
    taken = {
        path: int(megabytes) * 1024 * 1024
        for path, megabytes in re.findall(r"location = (\S+) \{\s*client_max_body_size (\d+)m;", text)
    }

    assert {path: limit for path, (_, limit) in settings.UPLOADS.items() if taken.get(path, 0) <= limit} == {}
