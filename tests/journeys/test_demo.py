"""The main job from end to end: `make run` in a folder of its own, and `make demo` against it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from roadmaps.tests.openai_server import OpenAiServer, openai_server
from skillbridge_backend.demo.__main__ import main
from skillbridge_backend.embedded import leftovers, postgres
from skillbridge_backend.embedded.installation import PORT_OFFSETS, Installation, free_base
from skillbridge_backend.settings.environment import BASE_DIR

PATIENCE_SECONDS = 400.0  # of a start beside other tests; it migrates from nothing


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """A folder and a port that `make run` and `make demo` find in their environment."""
    for name in ("DATABASE_URL", "REDIS_URL", "MATCHER_URL", "MATCHER_TOKEN", "DJANGO_SETTINGS_MODULE", "MENTORS"):
        monkeypatch.delenv(name, raising=False)
    installation = Installation(tmp_path / "local", free_base(20_000 + os.getpid() % 1000 * 10, list(PORT_OFFSETS)))
    monkeypatch.setenv("PORT", str(installation.port))
    monkeypatch.setenv("LOCAL_DIR", str(installation.folder))
    monkeypatch.setenv("LINK_CHECKS", "false")
    yield installation
    leftovers.end(leftovers.of_installation(installation.folder), grace_seconds=5)
    postgres.remove(installation.folder / "postgres")


def test_demo_before_the_first_start_says_what_to_do(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 1
    assert "run `make run` first" in capsys.readouterr().out


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAiServer]:
    """A model's service that answers well, and that the installation is told of."""
    with openai_server() as server:
        monkeypatch.setenv("OPENAI_API_KEY", "demo-key")
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        yield server


def test_demo_walks_all_nine_steps_against_a_running_installation(
    installation: Installation, model: OpenAiServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "-m", "skillbridge_backend.embedded", "run"]
    log = tmp_path / "run.log"
    with log.open("w") as output, subprocess.Popen(command, cwd=BASE_DIR, stdout=output, stderr=output) as running:
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while "SkillBridge runs (" not in log.read_text():
                assert running.poll() is None, log.read_text()[-3000:]
                assert time.monotonic() < deadline, log.read_text()[-3000:]
                time.sleep(0.2)
            code = main([])
        finally:
            running.send_signal(signal.SIGINT)
        assert running.wait(60) == 0
    told = capsys.readouterr().out

    assert code == 0, told[-3000:]
    assert "40 mentors imported" in told
    assert "the model worded it, as the receipt says" in told
    assert "Worded: " in told
    assert len(model.requests) == 1
    assert "a forged delivery gets 401" in told
    assert "the badge “First module” is awarded" in told
    assert "All 9 steps done" in told
    assert main([]) == 1
    assert "start it with `make run`" in capsys.readouterr().out
