"""The built-in solver: an exact twin of matcher-rs in Python, for when that is away.

It answers what `matcher-rs/contracts/README.md` says, byte for byte apart from `solver` and `version`; both are held to
the same golden files. Scoring and choosing among equal optima are our own, the optimum itself is scipy's. No database,
no network, no Django here. The caller checks the request; what is outside the contract is undefined.
"""

from collections.abc import Callable, Mapping
from typing import Any

from matches.solver.assignment import assign
from matches.solver.matching import match
from matches.solver.optimum import ProblemTooLargeError, UnprovenError
from matches.solver.suggesting import suggest

__all__ = ["SOLVER", "VERSION", "ProblemTooLargeError", "UnprovenError", "solve"]

SOLVER = "python/scipy"
VERSION = "1"

_ENDPOINTS: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "suggest": suggest,
    "match": match,
    "assign": assign,
}


def solve(endpoint: str, request: dict[str, Any]) -> dict[str, Any]:
    """The answer of `suggest`, `match` or `assign`. Raises ProblemTooLargeError, or UnprovenError on a defect."""
    return _ENDPOINTS[endpoint](request) | {"solver": SOLVER, "version": VERSION}
