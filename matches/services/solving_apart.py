"""A round's problem solved in a child process, with a heartbeat beside it, a deadline, and an end at any time.

A process and not a thread: neither a request that waits for the matcher nor scipy within the built-in solver can be
stopped from another thread, and both would keep the heartbeat from beating while they hold the interpreter's lock.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from tempfile import TemporaryFile

import orjson
from django.conf import settings

from matches.round_solver import Task
from matches.services.solving import Solved
from skillbridge_backend.core import context
from skillbridge_backend.settings.environment import BASE_DIR

BEAT_SECONDS = 2.0
MATCHERS_SHARE = 0.75
"""Of the deadline; the rest is the built-in solver's, should the matcher not answer."""


class RoundStoppedError(Exception):
    """The answer is not wanted any more."""


class NoAnswerError(Exception):
    """There is none, and another try would find none either; the message is for the one who started the round."""


def solve_apart(request: bytes, *, deadline_seconds: int, beat: Callable[[], bool]) -> Solved:
    """The answer to this request of `/v1/match`; `beat` is called at least every two seconds meanwhile.

    Raises RoundStoppedError when `beat` says False, NoAnswerError at the deadline and for a problem too large without
    the matcher, RuntimeError when the process died. However it ends, the process has ended then. No transaction of
    ours may be open.
    """
    task = Task(
        url=settings.MATCHER_URL,
        token=settings.MATCHER_TOKEN,
        matcher_seconds=deadline_seconds * MATCHERS_SHARE,
        deadline_seconds=deadline_seconds,
        request_id=context.request_id.get(),
    )
    too_late = f"It was not solved within its deadline of {deadline_seconds} s."
    command = [sys.executable, "-m", "matches.round_solver"]
    ends_at = time.monotonic() + deadline_seconds
    output = b""
    with TemporaryFile() as asked:  # no pipe: communicate() stops writing into one at its first timeout
        asked.write(orjson.dumps(asdict(task)) + b"\n" + request)
        asked.seek(0)
        with subprocess.Popen(  # noqa: S603  # our own interpreter and module
            command, cwd=BASE_DIR, stdin=asked, stdout=subprocess.PIPE, start_new_session=True
        ) as process:
            try:
                while process.returncode is None:
                    left = ends_at - time.monotonic()
                    if left <= 0:
                        raise NoAnswerError(too_late)
                    try:
                        output, _ = process.communicate(timeout=min(BEAT_SECONDS, left))
                    except subprocess.TimeoutExpired:
                        if not beat():
                            raise RoundStoppedError from None
            finally:
                process.kill()
    if process.returncode == -signal.SIGALRM:  # its own clock was first
        raise NoAnswerError(too_late)
    if process.returncode:
        raise RuntimeError(f"the solver's process ended with code {process.returncode}")
    said = orjson.loads(output)
    if "error" in said:
        raise NoAnswerError(said["error"])
    return Solved(said["answer"], is_fallback=said["is_fallback"])
