"""The virtual environment is made once, again when it is half-finished, and every fault is one line.

A scratch checkout holds the bootstrap and a requirements file that needs no network.
"""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BOOTSTRAP = Path(__file__).parents[1] / "bootstrap.py"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with nothing prepared and nothing to download."""
    folder = tmp_path / "checkout"
    (folder / "skillbridge_backend" / "embedded").mkdir(parents=True)
    shutil.copy(BOOTSTRAP, folder / "skillbridge_backend" / "embedded")
    (folder / "requirements-dev.txt").write_text("# nothing\n")
    return folder


def bootstrap(checkout: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    script = checkout / "skillbridge_backend" / "embedded" / "bootstrap.py"
    return subprocess.run(
        [sys.executable, "-I", str(script), *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        env={"PATH": os.environ["PATH"], "HOME": str(checkout), "PIP_NO_INDEX": "1", **environment},
    )


def test_environment_is_made_once_and_the_command_runs_in_it(checkout: Path) -> None:
    code = "import sys, os; print(sys.prefix, os.environ['VIRTUAL_ENV'])"
    first = bootstrap(checkout, "python", "-c", code)
    assert first.returncode == 0, first.stderr
    assert first.stdout.split() == [str(checkout / ".venv")] * 2
    assert "installed 0 locked packages" in first.stderr
    marker = checkout / ".venv" / "marker"
    marker.touch()
    second = bootstrap(checkout, "python", "-c", "raise SystemExit(7)")
    assert (second.returncode, second.stderr) == (7, "")
    assert marker.exists()
    # Other requirements, or an installation that was killed before its end: made anew.
    (checkout / ".venv" / ".installed").unlink()
    third = bootstrap(checkout, "python", "-c", "")
    assert "half-finished or out of date" in third.stderr
    assert not marker.exists()


def test_package_that_cannot_be_had_is_told_and_the_next_start_begins_anew(checkout: Path) -> None:
    requirements = checkout / "requirements-dev.txt"
    requirements.write_text(f"no-such-package==1.0 --hash=sha256:{'0' * 64}\n")
    failed = bootstrap(checkout, "python", "-c", "")
    assert failed.returncode == 1
    line = failed.stderr.splitlines()[-1]
    assert line.startswith("SkillBridge cannot start: installing the locked requirements failed (ERROR: ")
    assert line.endswith(": the whole log is in .local/logs/install.log")
    assert "no-such-package" in (checkout / ".local" / "logs" / "install.log").read_text()
    requirements.write_text("# nothing\n")
    assert bootstrap(checkout, "python", "-c", "").returncode == 0


def test_index_out_of_reach_is_told(checkout: Path) -> None:
    (checkout / "requirements-dev.txt").write_text(f"some-package==1.0 --hash=sha256:{'0' * 64}\n")
    unreachable = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:1/", "PIP_RETRIES": "1"}
    failed = bootstrap(checkout, "python", "-c", "", **unreachable)
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].startswith("SkillBridge cannot start: the package index cannot be reached")


def test_command_that_is_not_there_is_told(checkout: Path) -> None:
    failed = bootstrap(checkout, "no-such-command")
    assert failed.returncode == 1
    assert "no-such-command cannot be run (No such file or directory)" in failed.stderr


def test_python_too_old_is_told_before_anything_else() -> None:
    """What an older Python would run: the first lines, with its version."""
    code = f"import sys, runpy; sys.version_info = (3, 9, 18); runpy.run_path({str(BOOTSTRAP)!r}, run_name='__main__')"
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
        ("something odd", r"failed \(something odd\)"),
    ],
)
def test_reason_of_a_failed_step(printed: str, told: str) -> None:
    reason = runpy.run_path(str(BOOTSTRAP))["_reason"]
    what, remedy = reason("making the virtual environment", [printed])
    assert told.replace("\\", "") in what
    assert remedy
