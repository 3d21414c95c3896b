"""Logs carry the request id and no secret, on stdout and in files."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from skillbridge_backend.core.logging import MASK, scrub
from skillbridge_backend.settings.environment import BASE_DIR

PLANTED = "hunter2-planted"


@pytest.mark.parametrize(
    ("value", "scrubbed"),
    [
        ({"password": PLANTED, "n": 1}, {"password": MASK, "n": 1}),
        ({"deep": [{"refresh_token": PLANTED}]}, {"deep": [{"refresh_token": MASK}]}),
        ({"headers": {"Authorization": PLANTED}}, {"headers": {"Authorization": MASK}}),
        (f"sent Bearer {PLANTED}", f"sent {MASK}"),
        ("write to ann@example.org now", f"write to {MASK} now"),
        (f"postgresql://sb_web:{PLANTED}@db/x", f"postgresql{MASK}db/x"),
        (f"no answer from redis://:{PLANTED}@redis:6379/0", f"no answer from redis{MASK}redis:6379/0"),
        ("eyJhbGciOi.eyJzdWIi.c2lnbmF0", MASK),
        ({"skill": "python", "monkey": "x"}, {"skill": "python", "monkey": "x"}),
    ],
)
def test_scrub_masks_secrets_and_nothing_else(value: Any, scrubbed: Any) -> None:
    assert scrub(value) == scrubbed


def test_one_event_reaches_stdout_and_file_as_json_without_its_secret(tmp_path: Path) -> None:
    script = f"""
import django; django.setup()
import logging, structlog
with structlog.contextvars.bound_contextvars(request_id="r-1"):
    structlog.get_logger("x").info("it_happened", password="{PLANTED}", n=1)
    try: raise ValueError("Bearer {PLANTED}")
    except ValueError: logging.getLogger("y").exception("it failed for %s", "ann@example.org")
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=BASE_DIR,
        env=os.environ | {"LOG_FORMAT": "json", "LOG_DIR": str(tmp_path), "PROCESS_NAME": "p"},
        capture_output=True,
        text=True,
        check=True,
    )
    in_file = (tmp_path / "p.log").read_text()
    for text in (done.stderr + done.stdout, in_file):
        assert PLANTED not in text
        assert "ann@example.org" not in text
        first, second = [json.loads(line) for line in text.splitlines()[-2:]]
        assert (first["event"], first["n"], first["password"], first["request_id"]) == ("it_happened", 1, MASK, "r-1")
        assert (second["event"], second["request_id"]) == (f"it failed for {MASK}", "r-1")
        assert "ValueError" in second["exception"]
