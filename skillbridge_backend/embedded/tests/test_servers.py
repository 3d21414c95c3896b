"""The embedded PostgreSQL and Redis: made whole or not at all, started, found again, stopped."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from skillbridge_backend.embedded import leftovers, postgres, redis_server
from skillbridge_backend.embedded.failure import StartError, blamed_on_disk, machine_faults
from skillbridge_backend.embedded.lifeline import free_port

PASSWORD = "of this test only"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a cluster in it; below a folder that is closed to others, as pytest's are."""
    folder = tmp_path_factory.mktemp("cluster") / "postgres"
    postgres.initialise(postgres.locate(folder, free_port()), password=PASSWORD, durable=False)
    yield folder
    postgres.remove(folder)


@pytest.fixture
def cluster(folder: Path) -> postgres.Cluster:
    return postgres.locate(folder, free_port())


def start(cluster: postgres.Cluster) -> "subprocess.Popen[bytes]":
    account = cluster.account
    return subprocess.Popen(
        cluster.server_command(fsync="off"),
        stderr=subprocess.DEVNULL,
        cwd="/",
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


@pytest.fixture
def server(cluster: postgres.Cluster) -> "Iterator[subprocess.Popen[bytes]]":
    process = start(cluster)
    try:
        assert postgres.wait_until_ready(cluster, process)
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


@pytest.mark.usefixtures("server")
def test_server_accepts_its_password_and_no_other(cluster: postgres.Cluster) -> None:
    connection = psycopg2.connect(cluster.url(password=PASSWORD, database="postgres"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000, current_setting('timezone')")
        assert cursor.fetchone() == (18, "UTC")
    connection.close()
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(cluster.url(password="another", database="postgres"))


@pytest.mark.usefixtures("server")
def test_database_is_made_once(cluster: postgres.Cluster) -> None:
    for _ in range(2):
        postgres.ensure_database(cluster, password=PASSWORD, database="skillbridge")
    psycopg2.connect(cluster.url(password=PASSWORD, database="skillbridge")).close()


@pytest.mark.usefixtures("server")
def test_database_that_the_server_does_not_make_is_told_in_one_line(cluster: postgres.Cluster) -> None:
    told = (
        "^PostgreSQL did not make the database skillbridge .*password authentication failed[^\n]*: its output is above"
    )
    with pytest.raises(StartError, match=told):
        postgres.ensure_database(cluster, password="another", database="skillbridge")


def test_server_that_a_killed_supervisor_left_is_stopped(cluster: postgres.Cluster) -> None:
    process = start(cluster)
    assert postgres.wait_until_ready(cluster, process)
    assert postgres.is_ready(cluster, process.pid)
    assert not postgres.is_ready(cluster, process.pid + 1)
    assert postgres.stop_leftover(cluster)
    assert process.wait(timeout=5) == 0
    assert not postgres.stop_leftover(cluster)


def test_stale_pid_file_hits_no_stranger(cluster: postgres.Cluster) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        pid_file = cluster.data_dir / "postmaster.pid"
        pid_file.write_text(f"{stranger.pid}\n")
        assert not postgres.stop_leftover(cluster)
        assert stranger.poll() is None
        stranger.kill()
        pid_file.write_text("not a number")
        assert not postgres.stop_leftover(cluster)
        pid_file.unlink()


def test_server_that_cannot_start_is_not_waited_for(cluster: postgres.Cluster) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", cluster.port))
        other.listen()
        process = start(cluster)
        began = time.monotonic()
        assert not postgres.wait_until_ready(cluster, process)
        assert time.monotonic() - began < 20
        process.wait(timeout=20)


def test_half_made_cluster_is_made_anew(folder: Path, tmp_path: Path) -> None:
    # What a killed initdb leaves: a folder under the unfinished name, never one under the real name.
    half = tmp_path / "postgres"
    half.with_name("postgres.unfinished").mkdir()
    (half.with_name("postgres.unfinished") / "PG_VERSION").write_text("18")
    cluster = postgres.locate(half, free_port())
    left = cluster.data_dir.with_name(cluster.data_dir.name + ".unfinished")
    left.mkdir(exist_ok=True)
    (left / "PG_VERSION").write_text("18")
    postgres.initialise(cluster, password=PASSWORD, durable=False)
    assert not left.exists()
    assert (cluster.data_dir / "global").is_dir()
    postgres.remove(half)
    assert not half.exists()
    assert not cluster.data_dir.exists()
    assert folder.exists()


def test_cluster_of_another_version_is_refused(cluster: postgres.Cluster) -> None:
    version = cluster.data_dir / "PG_VERSION"
    content = version.read_text()
    version.write_text("17\n")
    try:
        with pytest.raises(StartError, match="was made by PostgreSQL 17, and the wheel has 18: dump it"):
            postgres.initialise(cluster, password=PASSWORD)
    finally:
        version.write_text(content)


def test_folder_that_others_may_not_enter_works_too(folder: Path, cluster: postgres.Cluster) -> None:
    """As root the server runs as somebody else: below a closed folder it lives in /var/lib, behind a link."""
    if os.geteuid() == 0:
        assert folder.parent.parent.stat().st_mode & 0o077 == 0
        assert folder.is_symlink()
        assert cluster.account is not None
        assert cluster.data_dir.stat().st_uid == cluster.account.uid != 0
    else:
        assert cluster.data_dir == folder
        assert cluster.account is None


def test_initdb_that_fails_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    wheel = tmp_path / "wheel"
    (wheel / "pginstall" / "bin").mkdir(parents=True)
    initdb = wheel / "pginstall" / "bin" / "initdb"
    cluster = postgres.Cluster(tmp_path / "postgres", free_port(), None, wheel)
    for said, told in (
        ("initdb: error: could not write: No space left on device", r"the disk that holds .* is full: free some space"),
        (
            "initdb: error: invalid locale",
            r"initdb could not make .* \(initdb: error: invalid locale\): .*DATABASE_URL",
        ),
    ):
        initdb.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
        initdb.chmod(0o755)
        with pytest.raises(StartError, match=told):
            postgres.initialise(cluster, password=PASSWORD)
        assert [path.name for path in tmp_path.iterdir()] == ["wheel"]


def test_redis_answers_and_keeps_what_it_was_given(tmp_path: Path) -> None:
    port = free_port()
    assert not redis_server.is_ready(port)

    def talk(command: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(command + b"\r\n")
            return connection.recv(100)

    for command, answer in ((b"SET learner Ada", b"+OK\r\n"), (b"GET learner", b"$3\r\nAda\r\n")):
        with subprocess.Popen(
            redis_server.server_command(port, tmp_path, durable=True), stdout=subprocess.DEVNULL
        ) as redis:
            while not redis_server.is_ready(port):
                assert redis.poll() is None
                time.sleep(0.02)
            assert talk(command) == answer
            redis.terminate()
            assert redis.wait(timeout=20) == 0


def test_redis_of_tests_writes_nothing(tmp_path: Path) -> None:
    command = redis_server.server_command(6379, tmp_path, durable=False)
    assert command[-4:] == ["--appendonly", "no", "--save", ""]


def test_full_disk_and_forbidden_folder_are_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"^the disk that holds .* is full: free some space"), machine_faults(tmp_path):
        Path("/dev/full").write_text("anything")
    with pytest.raises(IsADirectoryError), machine_faults(tmp_path):
        tmp_path.write_text("a folder is no fault of the machine")


def test_process_that_does_not_end_is_killed_after_the_grace_time() -> None:
    with subprocess.Popen(
        ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.1; done"], stdout=subprocess.PIPE
    ) as stubborn:
        assert stubborn.stdout is not None
        stubborn.stdout.readline()
        leftovers.end([stubborn.pid], grace_seconds=0.2)
        assert stubborn.wait(timeout=5) == -signal.SIGKILL
    leftovers.end([stubborn.pid], grace_seconds=0.2)  # harmless: it is gone
    assert leftovers.command_line(stubborn.pid) == ""
    assert shutil.which("sh") is not None


def test_failure_on_a_disk_that_is_all_but_full_is_the_disks(tmp_path: Path) -> None:
    failure = StartError("the server ended by SIGBUS", "look at it")
    assert blamed_on_disk(failure, tmp_path) is failure
    assert str(blamed_on_disk(failure, Path("/proc"))).startswith("the disk that holds /proc is full")  # 0 bytes free
