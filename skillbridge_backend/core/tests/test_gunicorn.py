"""What gunicorn refuses before our code sees it is answered as everything is."""

import json
import socket
from email.parser import BytesParser

import pytest
from gunicorn import util  # type: ignore[import-untyped]

from skillbridge_backend import gunicorn
from skillbridge_backend.core.errors import ERROR_TABLE


@pytest.mark.parametrize(
    ("status", "reason", "message", "code"),
    [
        (414, "URI Too Long", 'Request Line is "too large" (9000 > 8190)', "malformed_request"),
        (400, "Bad Request", "Invalid HTTP Version 'ä\n'", "malformed_request"),
        (500, "Internal Server Error", "", "internal_error"),
    ],
)
def test_request_that_gunicorn_cannot_read_is_answered_with_a_problem(
    status: int, reason: str, message: str, code: str
) -> None:
    assert util.write_error is gunicorn.write_problem
    ours, theirs = socket.socketpair()
    with ours, theirs:
        util.write_error(theirs, status, reason, message)
        theirs.shutdown(socket.SHUT_WR)
        head, _, body = b"".join(iter(lambda: ours.recv(65536), b"")).partition(b"\r\n\r\n")

    line, _, fields = head.partition(b"\r\n")
    headers = BytesParser().parsebytes(fields)
    assert line.decode() == f"HTTP/1.1 {status} {reason}"
    assert headers["Content-Type"] == "application/problem+json"
    assert int(headers["Content-Length"]) == len(body)
    problem = json.loads(body)
    assert (problem["status"], problem["code"], problem["title"]) == (status, code, ERROR_TABLE[code].title)
    assert problem["detail"] == (message or reason)
