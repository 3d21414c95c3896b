"""The mailbox, over SMTP and HTTP on loopback."""

import asyncio
import json
import smtplib
import subprocess
import sys
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from skillbridge_backend.embedded.lifeline import free_port
from skillbridge_backend.embedded.mailbox import Mailbox, serve


def message(subject: str, *, to: str = "learner@skillbridge.test", text: str = "Good day") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "SkillBridge <hello@skillbridge.test>"
    mail["To"] = to
    mail["Subject"] = subject
    mail.set_content(text)
    return mail


async def http(port: int, request: str) -> tuple[str, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.encode())
    answer = (await reader.read()).decode()
    writer.close()
    head, _, body = answer.partition("\r\n\r\n")
    return head, body


def get(port: int, path: str) -> tuple[str, str]:
    return asyncio.run(http(port, f"GET {path} HTTP/1.1\r\nHost: mailbox\r\n\r\n"))


@pytest.fixture
def ports(tmp_path: Path) -> "tuple[int, int]":
    return free_port(), free_port()


def with_mailbox(folder: Path, ports: tuple[int, int], work: Callable[[int, int], None]) -> None:
    """Runs `work` in a thread while the mailbox serves in this one."""

    async def scenario() -> None:
        stop = asyncio.Event()
        server = asyncio.create_task(serve(folder, *ports, stop))
        await asyncio.sleep(0.05)
        try:
            await asyncio.to_thread(work, *ports)
        finally:
            stop.set()
            await server

    asyncio.run(scenario())


def test_message_sent_over_smtp_is_listed_and_shown_newest_first(tmp_path: Path, ports: tuple[int, int]) -> None:
    def work(smtp_port: int, http_port: int) -> None:
        with smtplib.SMTP("127.0.0.1", smtp_port) as client:
            client.send_message(message("First"))
            client.send_message(message("Second <script>alert(1)</script>", text="Grüße <b>bold</b>"))
        head, page = get(http_port, "/")
        assert head.startswith("HTTP/1.1 200 OK")
        assert page.index("Second") < page.index("First")
        assert "<script>" not in page
        assert "default-src 'none'" in head
        name = page.split('href="/', 1)[1].split('"')[0]
        _, shown = get(http_port, f"/{name}")
        assert "Grüße &lt;b&gt;bold&lt;/b&gt;" in shown

    with_mailbox(tmp_path, ports, work)
    assert len(list(tmp_path.glob("*.eml"))) == 2


def test_json_gives_the_messages_to_one_address(tmp_path: Path, ports: tuple[int, int]) -> None:
    def work(smtp_port: int, http_port: int) -> None:
        with smtplib.SMTP("127.0.0.1", smtp_port) as client:
            client.send_message(message("For the learner", text="https://example.org/confirm?key=1"))
            client.send_message(message("For the mentor", to="mentor@skillbridge.test"))
            client.sendmail("a@skillbridge.test", ["hidden@skillbridge.test"], message("Blind copy").as_string())
        found = json.loads(get(http_port, "/messages.json?to=Learner@skillbridge.test")[1])
        assert [mail["subject"] for mail in found] == ["For the learner"]
        assert found[0]["text"].strip() == "https://example.org/confirm?key=1"
        assert found[0]["to"] == "learner@skillbridge.test"
        assert len(json.loads(get(http_port, "/messages.json")[1])) == 3
        blind = json.loads(get(http_port, "/messages.json?to=hidden@skillbridge.test")[1])
        assert [mail["subject"] for mail in blind] == ["Blind copy"]

    with_mailbox(tmp_path, ports, work)


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET /nothing.eml HTTP/1.1", "404 Not Found"),
        ("GET /../secrets.env HTTP/1.1", "404 Not Found"),
        ("GET /%2e%2e/secrets.env HTTP/1.1", "404 Not Found"),
        ("DELETE / HTTP/1.1", "405 Method Not Allowed"),
        ("HEAD / HTTP/1.1", "200 OK"),
    ],
)
def test_other_requests_get_their_status(
    tmp_path: Path, ports: tuple[int, int], request_line: str, status: str
) -> None:
    (tmp_path / "secrets.env").write_text("SECRET_KEY=not for you")
    folder = tmp_path / "mailbox"

    def work(_smtp_port: int, http_port: int) -> None:
        head, body = asyncio.run(http(http_port, f"{request_line}\r\n\r\n"))
        assert head.startswith(f"HTTP/1.1 {status}")
        assert "not for you" not in body

    with_mailbox(folder, ports, work)


def test_garbage_and_silence_do_not_stop_it(tmp_path: Path, ports: tuple[int, int]) -> None:
    def work(_smtp_port: int, http_port: int) -> None:
        asyncio.run(http(http_port, "nonsense\r\n\r\n"))
        assert get(http_port, "/")[1].endswith("<p>No message yet.")

    with_mailbox(tmp_path, ports, work)


def test_html_only_and_unknown_charset_are_readable(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    only_html = EmailMessage()
    only_html["Subject"] = "Page"
    only_html.set_content("<p>Hello", subtype="html")
    (tmp_path / "1700000000000000000-1.eml").write_bytes(bytes(only_html))
    (tmp_path / "1700000000000000000-2.eml").write_bytes(
        b"Subject: Odd\r\nContent-Type: text/plain; charset=x-nobody-knows\r\n\r\nplain enough"
    )
    odd, page = mailbox.messages()
    assert page["text"] == ""
    assert page["html"].strip() == "<p>Hello"
    assert page["received_at"] == "2023-11-14T22:13:20Z"
    assert odd["text"] == "plain enough"


def test_half_written_message_of_a_killed_mailbox_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / ".00000000000000000001-000000.eml").write_bytes(b"Subject: half")
    assert Mailbox(tmp_path).names() == []
    assert list(tmp_path.iterdir()) == []


def test_message_that_cannot_be_kept_is_refused_for_now(tmp_path: Path, ports: tuple[int, int]) -> None:
    folder = tmp_path / "mailbox"

    def work(smtp_port: int, _http_port: int) -> None:
        folder.rmdir()
        with smtplib.SMTP("127.0.0.1", smtp_port) as client, pytest.raises(smtplib.SMTPDataError) as refused:
            client.send_message(message("Lost?"))
        assert refused.value.smtp_code == 452

    with_mailbox(folder, ports, work)


def test_command_serves_until_sigterm(tmp_path: Path, ports: tuple[int, int]) -> None:
    command = [sys.executable, "-m", "skillbridge_backend.embedded.mailbox", str(tmp_path), *map(str, ports)]
    with subprocess.Popen(command) as server:
        for _ in range(200):
            try:
                head, _ = get(ports[1], "/")
                break
            except ConnectionRefusedError:
                asyncio.run(asyncio.sleep(0.05))
        assert head.startswith("HTTP/1.1 200")
        server.terminate()
        assert server.wait(timeout=10) == 0
