"""Ties the life of a child process to its parent's, and says which free TCP ports there are.

Belongs here: what the operating system offers for that. What is started, and in which order, is decided elsewhere.
"""

import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable

LOOPBACK = "127.0.0.1"
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(stop_signal: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` that lets Linux send `stop_signal` to the child when the thread that started it ends.

    It must be called after the child changed its user, which clears the setting; `subprocess` does so. Elsewhere than
    on Linux there is no such call: None, and what a killed parent left is found by its pid file at the next start.
    """
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask_for_signal() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, stop_signal.value, 0, 0, 0)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return ask_for_signal


def free_port() -> int:
    """A TCP port on loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def is_taken(port: int) -> bool:
    """True where a server could not listen on this loopback port now."""
    with socket.socket() as probe:
        # As servers do: an address in TIME_WAIT after the last run is not taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return True
        return False
