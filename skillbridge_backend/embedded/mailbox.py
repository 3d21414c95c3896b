"""The development mailbox: an SMTP server that delivers nothing, and a page that shows what it took.

    python -m skillbridge_backend.embedded.mailbox FOLDER SMTP_PORT HTTP_PORT

Each message is kept as FOLDER/<time>-<number>.eml, written whole or not at all. `/` lists them newest first, `/<name>`
shows one as text, `/messages.json?to=ADDRESS` gives them to programs such as `make demo`. Belongs here: only that;
what is sent, and why, is the notifications app's.
"""

import asyncio
import html
import itertools
import json
import signal
import sys
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from aiosmtpd.smtp import SMTP, Envelope

from .lifeline import LOOPBACK

MOST_BYTES = 10 * 1024 * 1024
_REQUEST_SECONDS = 10.0
_PAGE = """<!doctype html><meta charset="utf-8"><title>{title}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse;width:100%}}td,th{{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd}}
pre{{white-space:pre-wrap;overflow-wrap:anywhere;background:#f6f6f6;padding:1rem}}</style>
<h1>{title}</h1>{body}"""


class Mailbox:
    """A folder of messages. As aiosmtpd's handler it takes each one that arrives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for unfinished in folder.glob(".*.eml"):  # of a mailbox killed while it wrote; its sender got no 250
            unfinished.unlink()
        self._numbers = itertools.count()

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: object, envelope: Envelope
    ) -> str:
        """Keep the message; the sender gets 452 and tries again later when it cannot be written."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        recipients = ", ".join(envelope.rcpt_tos)
        name = f"{time.time_ns():020d}-{next(self._numbers):06d}.eml"
        unfinished = self.folder / f".{name}"
        try:
            # The envelope's recipients, for a Bcc is in no header.
            unfinished.write_bytes(f"X-Envelope-To: {recipients}\r\n".encode() + content)
            unfinished.rename(self.folder / name)
        except OSError as fault:
            return f"452 the mailbox could not keep it: {fault.strerror}"
        return "250 kept"

    def names(self) -> list[str]:
        """Names of all messages, newest first."""
        return sorted((path.name for path in self.folder.glob("[!.]*.eml")), reverse=True)

    def read(self, name: str) -> dict[str, Any] | None:
        """One message as text fields, None if there is none of that name."""
        if name not in self.names():
            return None
        message = message_from_bytes((self.folder / name).read_bytes(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        return {
            "id": name,
            "received_at": time.strftime(
                "%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(name.split("-", maxsplit=1)[0]) // 10**9)
            ),
            "from": str(message.get("From", "")),
            "to": str(message.get("X-Envelope-To", "")),
            "subject": str(message.get("Subject", "")),
            "text": _text(message, "plain"),
            "html": _text(message, "html"),
        }

    def messages(self, *, to: str = "") -> list[dict[str, Any]]:
        """All messages, or those to one address (letter case does not count), newest first."""
        read = (self.read(name) for name in self.names())
        return [found for found in read if found and (not to or to.lower() in _addresses(found["to"]))]


def _addresses(header: str) -> list[str]:
    return [address.strip().lower() for address in header.split(",")]


def _text(message: EmailMessage, subtype: str) -> str:
    body = message.get_body(preferencelist=(subtype,))
    if body is None:
        return ""
    try:
        return str(body.get_content())
    except (LookupError, UnicodeError):  # a charset that nobody knows
        payload = body.get_payload(decode=True)
        return payload.decode("utf-8", errors="replace") if isinstance(payload, bytes) else ""


async def answer(mailbox: Mailbox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers one HTTP request and closes. Only GET; everything shown is escaped and may run nothing."""
    try:
        request = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _REQUEST_SECONDS)
        method, target, *_ = request.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        status, kind, body = _response(mailbox, method, target)
        content = body.encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {kind}; charset=utf-8\r\n"
            f"Content-Length: {len(content)}\r\nConnection: close\r\nX-Content-Type-Options: nosniff\r\n"
            "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n\r\n"
        )
        writer.write(head.encode() + (b"" if method == "HEAD" else content))
        await writer.drain()
    except (ValueError, TimeoutError, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass  # not HTTP, or gone: nobody to tell
    finally:
        writer.close()


def _response(mailbox: Mailbox, method: str, target: str) -> tuple[HTTPStatus, str, str]:
    parts = urlsplit(target)
    name = unquote(parts.path).lstrip("/")
    if method not in {"GET", "HEAD"}:
        return HTTPStatus.METHOD_NOT_ALLOWED, "text/plain", "only GET\n"
    if name == "messages.json":
        to = parse_qs(parts.query).get("to", [""])[0]
        return HTTPStatus.OK, "application/json", json.dumps(mailbox.messages(to=to))
    if not name:
        return HTTPStatus.OK, "text/html", _list_page(mailbox)
    message = mailbox.read(name)
    if message is None:
        return HTTPStatus.NOT_FOUND, "text/plain", "no such message\n"
    return HTTPStatus.OK, "text/html", _message_page(message)


def _list_page(mailbox: Mailbox) -> str:
    rows = "".join(
        f"<tr><td>{message['received_at']}<td>{html.escape(message['to'])}"
        f'<td><a href="/{message["id"]}">{html.escape(message["subject"] or "(no subject)")}</a>'
        for message in mailbox.messages()
    )
    table = f"<table><tr><th>Received<th>To<th>Subject{rows}</table>" if rows else "<p>No message yet."
    return _PAGE.format(title="SkillBridge mailbox", body=table)


def _message_page(message: dict[str, Any]) -> str:
    head = "".join(f"<p>{name.title()}: {html.escape(message[name])}" for name in ("from", "to", "received_at"))
    text = message["text"] or message["html"]
    body = f'<p><a href="/">all messages</a>{head}<pre>{html.escape(text)}</pre>'
    return _PAGE.format(title=html.escape(message["subject"] or "(no subject)"), body=body)


async def serve(folder: Path, smtp_port: int, http_port: int, stop: asyncio.Event) -> None:
    """Serves both ports until `stop` is set. Raises OSError if a port is taken."""
    mailbox = Mailbox(folder)
    loop = asyncio.get_running_loop()
    smtp = await loop.create_server(
        lambda: SMTP(mailbox, hostname="mailbox.skillbridge.test", data_size_limit=MOST_BYTES, enable_SMTPUTF8=True),
        LOOPBACK,
        smtp_port,
    )
    page = await asyncio.start_server(lambda r, w: answer(mailbox, r, w), LOOPBACK, http_port)
    async with smtp, page:
        await stop.wait()


async def _main(folder: str, smtp_port: str, http_port: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(Path(folder), int(smtp_port), int(http_port), stop)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
