"""When an address answers, and the table that says so.

Belongs here: what the developer is told at the end of a start. What must be ready first is decided in `start`.
"""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

from .console import Console
from .installation import DEFAULT_PORT, Installation
from .programs import LOGIN_ROLES

_ANSWER_SECONDS = 5.0


async def answers(url: str) -> bool:
    """True when the http address answers a GET with 200."""
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            try:
                writer.write(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
                status_line = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
    return status_line.split(b" ")[1:2] == [b"200"]


def print_table(console: Console, installation: Installation, shared: Mapping[str, str], seconds: float) -> None:
    """The addresses and logins of a running installation; `shared` is what its processes are told."""
    web = installation.url("web")
    console.heading(f"SkillBridge runs ({seconds:.1f} s)")
    console.row("API", f"{web}/api/v1/")
    console.row("docs", f"{web}/api/v1/docs/", "interactive")
    console.row("realtime", installation.url("realtime"), "WebSockets")
    console.row("admin", f"{installation.url('admin')}/admin/")
    console.row("health", f"{web}/health/ready", f"and {web}/health/live")
    console.row("metrics", f"{web}/metrics", f"with Authorization: Bearer {shared['METRICS_TOKEN']}")
    console.row("mailbox", f"{installation.url('mailbox')}/", "every e-mail lands here, none is sent on")
    for role in LOGIN_ROLES:
        code = "; `make code` for the second factor" if role == "admin" else ""
        console.row(role, f"{role}@skillbridge.test", f"password {shared['DEV_LOGIN_PASSWORD']}{code}")
    console.row("data", str(installation.folder), "kept; `make clean` removes it")
    port = "" if installation.port == DEFAULT_PORT else f" PORT={installation.port}"
    console.say(f"\n  `make demo{port}` in another terminal walks the main job. Ctrl-C stops everything.\n")
