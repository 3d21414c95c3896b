"""The virtual environment is made once, again when it is half-finished, and every fault is one line.

A scratch checkout holds a requirements file that needs no network.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import threading
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from skillbridge_backend.embedded import bootstrap
from skillbridge_backend.embedded.bootstrap import Checkout, ensure_environment, reason


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout with nothing prepared and nothing to download."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_RETRIES", "1")
    (tmp_path / "requirements-dev.txt").write_text("# nothing\n")
    return Checkout(tmp_path)


def refusal(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that an installation ends with."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        ensure_environment(checkout)
    assert ended.value.code == 1
    return capsys.readouterr().err.splitlines()[-1]


def test_environment_is_made_once_and_anew_when_it_is_half_finished(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    ensure_environment(checkout)
    assert "installed 0 locked packages into .venv" in capsys.readouterr().err
    marker = checkout.venv / "marker"
    marker.touch()
    ensure_environment(checkout)
    assert capsys.readouterr().err == ""
    assert marker.exists()
    checkout.stamp.unlink()  # what a killed installation lacks
    ensure_environment(checkout)
    assert "half-finished or out of date" in capsys.readouterr().err
    assert not marker.exists()
    checkout.requirements.write_text("# other requirements\n")
    assert not checkout.is_current()


def test_package_that_cannot_be_had_is_told_and_the_next_start_begins_anew(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout.requirements.write_text(f"no-such-package==1.0 --hash=sha256:{'0' * 64}\n")
    line = refusal(checkout, capsys)
    assert line.startswith("SkillBridge cannot start: installing the locked requirements failed (ERROR: ")
    assert line.endswith(": the whole log is in .local/logs/install.log")
    assert "no-such-package" in checkout.log.read_text()
    assert not checkout.is_current()
    checkout.requirements.write_text("# nothing\n")
    ensure_environment(checkout)
    assert checkout.is_current()


def test_index_out_of_reach_is_told(
    checkout: Checkout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout.requirements.write_text(f"some-package==1.0 --hash=sha256:{'0' * 64}\n")
    monkeypatch.setenv("PIP_NO_INDEX", "0")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/")
    assert refusal(checkout, capsys).startswith("SkillBridge cannot start: the package index cannot be reached")


def test_full_disk_is_told(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.log.parent.mkdir(parents=True)
    checkout.log.symlink_to("/dev/full")
    line = refusal(checkout, capsys)
    assert line == (
        f"SkillBridge cannot start: the disk that holds {checkout.folder} is full: "
        "free some space and run the same command again"
    )


def test_folder_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".local").write_text("a file in its place")
    line = refusal(Checkout(tmp_path), capsys)
    assert line.startswith(f"SkillBridge cannot start: {tmp_path}/.local")
    assert line.endswith(": start as a user who may write there")


def test_lock_names_the_extras_that_locked_packages_ask_for() -> None:
    # pip takes `coverage[toml]` for unpinned where the lock says `coverage==…`, once there is a newer coverage.
    lines = Path(bootstrap.PROJECT_DIR, "requirements-dev.txt").read_text().splitlines()
    pins = [Requirement(line.removesuffix("\\")) for line in lines if "==" in line and not line.startswith(("#", " "))]
    locked = {canonicalize_name(pin.name): pin.extras for pin in pins}

    missing = {
        f"{pin.name} asks for {asked}"
        for pin in pins
        for asked in map(Requirement, distribution(pin.name).requires or [])
        if asked.marker is None or any(asked.marker.evaluate({"extra": extra}) for extra in {"", *pin.extras})
        if not asked.extras <= locked[canonicalize_name(asked.name)]
    }

    assert len(pins) > 100
    assert missing == set()


def test_second_installation_waits_for_the_first(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.lock.parent.mkdir(parents=True)
    with checkout.lock.open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = threading.Thread(target=ensure_environment, args=(checkout,))
        second.start()
        second.join(timeout=0.5)
        assert second.is_alive()
        assert not checkout.venv.exists()
    second.join(timeout=60)
    assert checkout.is_current()
    assert "waiting for another installation in this folder" in capsys.readouterr().err


def test_command_runs_inside_the_environment(tmp_path: Path) -> None:
    """The way `make` calls it: by path, from anywhere, before anything is installed."""
    script = tmp_path / "skillbridge_backend" / "embedded" / "bootstrap.py"
    script.parent.mkdir(parents=True)
    shutil.copy(bootstrap.__file__, script)
    (tmp_path / "requirements-dev.txt").write_text("# nothing\n")

    def call(*command: str) -> "subprocess.CompletedProcess[str]":
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PIP_NO_INDEX": "1"}
        return subprocess.run(
            [sys.executable, "-I", str(script), *command],
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            env=environment,
        )

    inside = call("python", "-c", "import sys, os; print(sys.prefix, os.environ['VIRTUAL_ENV'])")
    assert inside.stdout.split() == [str(tmp_path / ".venv")] * 2
    assert call("python", "-c", "raise SystemExit(7)").returncode == 7
    missing = call("no-such-command")
    assert missing.returncode == 1
    assert "no-such-command cannot be run (No such file or directory)" in missing.stderr


def test_python_too_old_is_told_before_anything_else() -> None:
    """What an older Python would run: the first lines, with its version."""
    code = (
        f"import sys, runpy; sys.version_info = (3, 9, 18); runpy.run_path({bootstrap.__file__!r}, run_name='__main__')"
    )
    old = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert old.returncode == 1
    assert old.stderr.count("\n") == 1
    assert "it needs Python 3.11 or newer" in old.stderr
    assert "is 3.9" in old.stderr


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk that holds"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "a package differs from its locked hash"),
        ("The virtual environment was not created: ensurepip is not available", "failed for want of ensurepip"),
        ("something odd", "failed (something odd)"),
    ],
)
def test_reason_of_a_failed_step(checkout: Checkout, printed: str, told: str) -> None:
    what, remedy = reason(checkout, "making the virtual environment", [printed])
    assert told in what
    assert remedy
