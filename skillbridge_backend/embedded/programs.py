"""The processes of `make run`: their commands and what each is told through its environment.

Belongs here: the list of the design's page, in code. How they are kept alive is in `supervisor`.
"""

import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from . import leftovers, postgres, redis_server
from .installation import PROJECT_DIR, Installation
from .lifeline import LOOPBACK
from .supervisor import Program

DATABASE = "skillbridge"
# Apart, so that what takes minutes never has all processes.
QUICK_QUEUES, SLOW_QUEUES = "notify,webhooks", "default,ai,match"
LOGIN_ROLES = ("learner", "mentor", "moderator", "admin")
_BIN = Path(sys.executable).parent  # of the virtual environment
# True and expected here: static files are not collected, and in a container we are root.
_KNOWN_WARNINGS = "ignore:No directory at,ignore:You're running the worker with superuser privileges"
_MAIL_ORDER, _REDIS_ORDER, _POSTGRES_ORDER = 1, 2, 3


@dataclass(frozen=True)
class Addresses:
    """Where the three servers are, embedded or given; `database_url` holds the owner's login.

    `public_url` is where clients and mails reach the API.
    """

    database_url: str
    redis_url: str
    matcher_url: str
    public_url: str


def addresses(installation: Installation, environment: Mapping[str, str], password: str) -> Addresses:
    """The embedded servers' addresses, but for those that `environment` gives; `password` is the superuser's."""
    cluster = postgres.Cluster(installation.folder / "postgres", installation.port_of("postgres"), None)
    return Addresses(
        database_url=environment.get("DATABASE_URL", "").strip() or cluster.url(password=password, database=DATABASE),
        redis_url=environment.get("REDIS_URL", "").strip() or f"redis://{LOOPBACK}:{installation.port_of('redis')}/0",
        matcher_url=environment.get("MATCHER_URL", "").strip() or installation.url("matcher"),
        public_url=environment.get("PUBLIC_URL", "").strip() or installation.url("web"),
    )


def postgres_server(cluster: postgres.Cluster) -> Program:
    """The embedded PostgreSQL; it ends last, by its fast shutdown."""
    return Program(
        "postgres",
        tuple(cluster.server_command()),
        stop_signal=signal.SIGINT,
        stop_order=_POSTGRES_ORDER,
        account=cluster.account,
        folder=Path("/"),
    )


def redis(installation: Installation) -> Program:
    """The embedded Redis; on SIGTERM it writes its data before it ends."""
    command = redis_server.server_command(installation.port_of("redis"), installation.part("redis"), durable=True)
    return Program("redis", tuple(command), stop_order=_REDIS_ORDER, folder=PROJECT_DIR)


def mailbox(installation: Installation) -> Program:
    """The development mailbox; it ends after everything that sends."""
    ports = (str(installation.port_of("smtp")), str(installation.port_of("mailbox")))
    return _python(
        "mailbox",
        ("-m", "skillbridge_backend.embedded.mailbox", str(installation.part("mailbox")), *ports),
        {},
        stop_order=_MAIL_ORDER,
    )


def matcher(installation: Installation, binary: Path, token: str) -> Program:
    """The Rust matcher; it ends after everything that asks it."""
    address = f"127.0.0.1:{installation.port_of('matcher')}"
    environment = {"MATCHER_ADDRESS": address, "MATCHER_TOKEN": token}
    return Program("matcher", (str(binary),), environment, stop_order=_MAIL_ORDER, folder=PROJECT_DIR)


def cargo(command: tuple[str, ...], workspace: Path) -> Program:
    """The matcher's build."""
    return Program("cargo", command, {"CARGO_TERM_COLOR": "never"}, folder=workspace)


def preparation(shared: Mapping[str, str], addresses: Addresses) -> Program:
    """Roles, migrations, catalogue and development logins; one process, for each start of Django costs a second."""
    environment = {**shared, "DATABASE_URL": addresses.database_url, "PROCESS_NAME": "prepare"}
    return _python("prepare", ("-m", "skillbridge_backend.embedded.prepare"), environment)


def application(installation: Installation, shared: Mapping[str, str], addresses: Addresses) -> list[Program]:
    """SkillBridge's own processes, each with its own login to PostgreSQL."""

    def told(name: str, login: str, **more: str) -> dict[str, str]:
        url = with_login(addresses.database_url, f"sb_{login}", shared[f"SB_{login.upper()}_PASSWORD"])
        return {**shared, "DATABASE_URL": url, "PROCESS_NAME": name, **more}

    def bound_to(name: str) -> str:
        return f"127.0.0.1:{installation.port_of(name)}"

    # The control socket would have the same path, in the home folder, for every gunicorn of a user.
    options = ("--config", "python:skillbridge_backend.gunicorn", "--graceful-timeout", "5", "--no-control-socket")
    gunicorn = (str(_BIN / "gunicorn"), *options)
    wsgi = "skillbridge_backend.wsgi:application"
    port = str(installation.port_of("realtime"))
    quiet = ("--timeout-graceful-shutdown", "5", "--no-access-log", "--log-level", "warning")
    uvicorn = (str(_BIN / "uvicorn"), "--host", "127.0.0.1", "--port", port, "--ws-max-size", "65536", *quiet)

    def worker(name: str, queues: str, *, processes: int) -> Program:
        celery = (str(_BIN / "celery"), "--quiet", "-A", "skillbridge_backend", "worker", "-n", f"{name}@%h")
        options = ("-Q", queues, "--concurrency", str(processes), "--without-gossip", "--without-mingle")
        # Less than the supervisor's grace: what runs for longer is handed over again.
        stopping = {"REMAP_SIGTERM": "SIGQUIT", "WORKER_SOFT_SHUTDOWN_SECONDS": "5"}
        return _program(name, (*celery, *options), told(name, "worker", **stopping))

    return [
        _program("web", (*gunicorn, "--bind", bound_to("web"), wsgi), told("web", "web")),
        _program("realtime", (*uvicorn, "skillbridge_backend.asgi:application"), told("realtime", "web")),
        _program(
            "admin",
            (*gunicorn, "--bind", bound_to("admin"), wsgi),
            told("admin", "admin", SKILLBRIDGE_SURFACE="admin", WEB_WORKERS="1"),
        ),
        worker("worker", QUICK_QUEUES, processes=2),
        worker("worker-slow", SLOW_QUEUES, processes=1),
        _python("beat", ("manage.py", "beat"), told("beat", "worker")),
        _python("relay", ("manage.py", "relay"), told("relay", "worker")),
        _python("audit", ("manage.py", "audit_seal"), told("audit", "worker")),
    ]


def shared_environment(installation: Installation, secrets: Mapping[str, str], addresses: Addresses) -> dict[str, str]:
    """What every process of SkillBridge is told."""
    own = {name: value for name, value in secrets.items() if name != "EMBEDDED_POSTGRES_PASSWORD"}
    return {
        **own,
        leftovers.MARKER: str(installation.folder),
        "DJANGO_SETTINGS_MODULE": "skillbridge_backend.settings.development",
        "REDIS_URL": addresses.redis_url,
        "MATCHER_URL": addresses.matcher_url,
        "EMAIL_URL": f"smtp://127.0.0.1:{installation.port_of('smtp')}",
        "PUBLIC_URL": addresses.public_url,
        "LOG_DIR": str(installation.part("logs")),
        "PRIVATE_FILES_DIR": str(installation.part("private")),
        "LOG_FORMAT": "console",
        "PROMETHEUS_MULTIPROC_DIR": str(installation.part("run/metrics")),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": _KNOWN_WARNINGS,
    }


def with_login(url: str, user: str, password: str) -> str:
    """The same database's URL with another user and password."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{host}"))


def _python(name: str, arguments: tuple[str, ...], environment: Mapping[str, str], *, stop_order: int = 0) -> Program:
    return _program(name, (sys.executable, *arguments), environment, stop_order=stop_order)


def _program(name: str, command: tuple[str, ...], environment: Mapping[str, str], *, stop_order: int = 0) -> Program:
    return Program(name, command, environment, stop_order=stop_order, folder=PROJECT_DIR)
