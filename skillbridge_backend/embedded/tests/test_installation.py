"""Ports, folders and secrets of an installation."""

import socket
from pathlib import Path

import pytest

from skillbridge_backend.embedded.failure import StartError
from skillbridge_backend.embedded.installation import (
    PORT_OFFSETS,
    PROJECT_DIR,
    Installation,
    as_last_started,
    from_environment,
    in_force,
    load_secrets,
    prepare_folder,
    refuse_taken_ports,
    remember_given,
)
from skillbridge_backend.embedded.lifeline import is_taken


def test_another_port_means_another_folder() -> None:
    assert from_environment({}) == Installation(PROJECT_DIR / ".local", 8000)
    assert from_environment({"PORT": "9000"}) == Installation(PROJECT_DIR / ".local" / "port-9000", 9000)
    assert from_environment({"PORT": "9000", "LOCAL_DIR": "/srv/data"}) == Installation(Path("/srv/data"), 9000)


@pytest.mark.parametrize("port", ["0", "-1", "eighty", "65104", "8000.5", "²"])
def test_impossible_port_is_refused_by_name(port: str) -> None:
    with pytest.raises(StartError, match=r"^PORT is .*: write a number from 1 to 65103, such as PORT=8000$"):
        from_environment({"PORT": port})


def test_no_two_processes_share_a_port_and_the_last_one_exists() -> None:
    assert len(set(PORT_OFFSETS.values())) == len(PORT_OFFSETS)
    highest = from_environment({"PORT": "65103"})
    assert max(highest.port_of(name) for name in PORT_OFFSETS) == 65535


def test_secrets_are_made_once_closed_to_others_and_completed_later(tmp_path: Path) -> None:
    installation = Installation(tmp_path, 8000)
    first = load_secrets(installation)
    path = tmp_path / "secrets.env"
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_secrets(installation) == first
    assert len(set(first.values())) == len(first)
    lines = [line for line in path.read_text().splitlines() if not line.startswith("METRICS_TOKEN=")]
    path.write_text("\n".join(lines))
    completed = load_secrets(installation)
    assert completed["METRICS_TOKEN"] not in {"", first["METRICS_TOKEN"]}
    assert completed | {"METRICS_TOKEN": ""} == first | {"METRICS_TOKEN": ""}


def test_secrets_half_written_by_a_killed_start_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "secrets.env.unfinished").write_text("SECRET_KEY=ab")
    assert len(load_secrets(Installation(tmp_path, 8000))["SECRET_KEY"]) >= 50
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.env"]


def test_other_terminals_act_on_the_servers_that_the_last_start_was_given(tmp_path: Path) -> None:
    installation = Installation(tmp_path, 8000)
    here = {
        "DATABASE_URL": "postgresql://elsewhere/db",
        "PUBLIC_URL": "http://elsewhere",
        "METRICS_TOKEN": "of-this-terminal",
        "EDITOR": "vi",
    }
    assert as_last_started(installation, here) == here
    remember_given(
        installation, {"DATABASE_URL": " postgresql://joe@db/sb?a=b ", "MATCHER_TOKEN": "given", "HOME": "/"}
    )
    assert (tmp_path / "run" / "given.env").stat().st_mode & 0o777 == 0o600
    given = as_last_started(installation, here)
    assert given == {"DATABASE_URL": "postgresql://joe@db/sb?a=b", "MATCHER_TOKEN": "given", "EDITOR": "vi"}
    kept = load_secrets(installation)
    assert in_force(kept, given) == kept | {"MATCHER_TOKEN": "given"}
    remember_given(installation, {})
    assert as_last_started(installation, here) == {"EDITOR": "vi"}


def test_taken_port_is_named_with_a_port_that_is_free() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        taken = Installation(Path("/nowhere"), port - PORT_OFFSETS["admin"])
        assert is_taken(port)
        with pytest.raises(StartError) as refused:
            refuse_taken_ports(taken, ["admin"])
    assert str(refused.value).startswith(f"port {port} (admin) is taken by another program: stop it, or")
    suggested = int(str(refused.value).rpartition("PORT=")[2])
    refuse_taken_ports(Installation(Path("/nowhere"), suggested), ["admin"])


def test_folder_that_is_a_file_or_below_one_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StartError, match=r"may not be written .*: .*LOCAL_DIR"):
            prepare_folder(Installation(folder, 8000))


def test_folder_gets_its_parts(tmp_path: Path) -> None:
    prepare_folder(Installation(tmp_path / "new" / "place", 8000))
    assert {path.name for path in (tmp_path / "new" / "place").iterdir()} == {"logs", "redis", "mailbox", "run"}
