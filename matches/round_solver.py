"""`python -m matches.round_solver`: one round's problem solved in a process of its own, which its parent may kill.

Killed, it lets go of whatever it does: the connection to the matcher is closed, so the matcher's work stops, and the
built-in solver stops in the middle of scipy. The parent is `services/solving_apart.py`. Stdin: a line of JSON with the
fields of `Task`, then the request. Stdout: `answer` with `is_fallback`, or `error`. Stderr: logs. No database here.
"""

import signal
import sys
from dataclasses import dataclass
from typing import Any

import orjson
import structlog

from matches import solver
from matches.matcher_client import MatcherAwayError, MatcherClient, MatcherRefusedError
from skillbridge_backend.core import context


@dataclass(frozen=True, slots=True)
class Task:
    """What the process is told beside the request."""

    url: str
    token: str
    matcher_seconds: float
    """How long the matcher may take, before the built-in solver is asked."""
    deadline_seconds: int
    """The process ends by then, even when nobody is left to kill it."""
    request_id: str


def solved(task: Task, request: bytes) -> dict[str, Any]:
    """The matcher's answer, or the built-in solver's; an error for what the one refuses, or is too large for the other.

    A matcher that is busy is asked again when it says. What it refuses would come out no better another way.
    """
    client = MatcherClient(url=task.url, token=task.token, timeout_seconds=task.matcher_seconds)
    try:
        return {"answer": client.ask("match", request, is_patient=True), "is_fallback": False}
    except MatcherRefusedError as error:
        return {
            "error": f"The matcher refused the round: {error.words}. Another round over the same people would be, too."
        }
    except MatcherAwayError:
        pass
    try:
        return {"answer": solver.solve("match", orjson.loads(request)), "is_fallback": True}
    except solver.ProblemTooLargeError as error:
        return {"error": f"The matcher is away, and {error}. Start another round when the matcher is back."}


def main() -> None:
    """Reads, solves, writes."""
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    line, _, request = sys.stdin.buffer.read().partition(b"\n")
    task = Task(**orjson.loads(line))
    signal.alarm(task.deadline_seconds)
    context.request_id.set(task.request_id)
    sys.stdout.buffer.write(orjson.dumps(solved(task, request)))


if __name__ == "__main__":
    main()
