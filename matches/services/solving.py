"""One answer from the matcher, or from the built-in solver when that is away; never inside a transaction of ours."""

from dataclasses import dataclass
from typing import Any

import orjson

from matches import answer_cache, solver
from matches.matcher_client import Endpoint, MatcherAwayError, shared_client

FALLBACK_NOTICE = "The matching service is away; the built-in solver answered with the same formula."


@dataclass(frozen=True, slots=True)
class Solved:
    """An answer and who gave it."""

    answer: dict[str, Any]
    is_fallback: bool

    @property
    def notice(self) -> str | None:
        """What people are told about an answer of the built-in solver."""
        return FALLBACK_NOTICE if self.is_fallback else None


def solve_or_recall(endpoint: Endpoint, request: bytes) -> Solved:
    """The matcher's answer to this JSON, or the built-in solver's. Raises what that raises.

    What the matcher answered to the very same question within some minutes is not asked again.
    """
    try:
        answer = answer_cache.recalled(endpoint, request, ask=lambda: shared_client().ask(endpoint, request))
    except MatcherAwayError:
        return Solved(solver.solve(endpoint, orjson.loads(request)), is_fallback=True)
    return Solved(answer, is_fallback=False)
