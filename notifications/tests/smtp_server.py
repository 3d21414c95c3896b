"""A real SMTP server on loopback that keeps what it takes, or refuses everything."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


class Mailbox:
    """What came, in order; with `is_refusing` every message gets a 451."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.is_refusing = False
        self.port = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        if self.is_refusing:
            return "451 try again later"
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"


@contextmanager
def smtp_server() -> Iterator[Mailbox]:
    """The mailbox of a server that runs until the block ends, on a free port."""
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        mailbox.port = probe.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
