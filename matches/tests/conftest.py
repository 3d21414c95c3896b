"""Collects the comparison with matcher-rs where the tests' servers include one: built, or named by TEST_MATCHER_URL."""

import os
from pathlib import Path

from skillbridge_backend.embedded import matcher_build

_project = Path(__file__).resolve().parents[2]
collect_ignore = (
    [] if matcher_build.is_built(_project) or os.environ.get("TEST_MATCHER_URL") else ["test_solvers_agree.py"]
)
