"""Collects what needs matcher-rs where the tests' servers include one: built, or named by TEST_MATCHER_URL."""

import os
from pathlib import Path

from skillbridge_backend.embedded import matcher_build

_project = Path(__file__).resolve().parents[2]
_is_built = matcher_build.is_built(_project)
collect_ignore = [
    *([] if _is_built or os.environ.get("TEST_MATCHER_URL") else ["test_solvers_agree.py"]),
    *([] if _is_built else ["test_matcher_under_load.py"]),
]
