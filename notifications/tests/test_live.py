"""The live connection, against the real Redis."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings

from notifications.consumers import NotificationConsumer
from notifications.tests.factories import NotificationFactory
from skillbridge_backend.asgi import application
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.rate_limits import Limit, redis_at
from users import limits
from users.clients import Client
from users.models import User
from users.services import SessionService
from users.tests.factories import UserFactory
from users.tests.logins import logged_in
from users.tokens import SignedAccessToken, issue_access_token

# The consumer reads in a thread of its own, so it sees only what is committed.
pytestmark = pytest.mark.django_db(transaction=True)
Drain = Callable[[], list[str]]


class Socket:
    """One WebSocket to the application, spoken as a server does (channels.testing needs Daphne)."""

    def __init__(self, app: Any) -> None:
        headers = [(b"host", b"testserver"), (b"origin", b"http://testserver")]
        path = "/ws/notifications/"
        scope = {"type": "websocket", "path": path, "headers": headers, "query_string": b""}
        self.wire: Any = ApplicationCommunicator(app, scope)

    async def connect(self) -> None:
        await self.wire.send_input({"type": "websocket.connect"})
        assert await self.wire.receive_output(5) == {"type": "websocket.accept", "subprotocol": None}

    async def send(self, **content: Any) -> None:
        await self.wire.send_input({"type": "websocket.receive", **content})

    async def receive(self) -> dict[str, Any]:
        message = await self.wire.receive_output(5)
        assert message["type"] == "websocket.send", message
        answer: dict[str, Any] = json.loads(message["text"])
        return answer

    async def log_in(self, token: str) -> dict[str, Any]:
        await self.send(text=json.dumps({"type": "authenticate", "token": token}))
        return await self.receive()

    async def reason_of_close(self, code: int) -> str:
        """The reason given before the connection closes with `code`."""
        error = await self.receive()
        assert error["type"] == "error"
        assert (await self.wire.receive_output(5)).items() >= {"type": "websocket.close", "code": code}.items()
        return str(error["message"])

    async def disconnect(self) -> None:
        await self.wire.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wire.wait(5)


def token_of(user: User, lifetime: timedelta | None = None) -> str:
    text = issue_access_token(user, family_id=new_id())
    if lifetime is not None:
        token = SignedAccessToken(text)  # type: ignore[arg-type]  # simplejwt annotates its own Token only
        token.set_exp(lifetime=lifetime)
        text = str(token)
    return text


def end_all_sessions(user: User) -> None:
    SessionService().end_all(user, keep=None, client=Client())


def raise_the_version(user: User) -> None:
    User.objects.filter(pk=user.pk).update(token_version=2)


def connected(scenario: Callable[[Socket], Awaitable[None]], app: Any = application) -> None:
    """Run `scenario` on an open connection."""

    async def run() -> None:
        connection = Socket(app)
        await connection.connect()
        try:
            await scenario(connection)
        finally:
            await connection.disconnect()

    async_to_sync(run)()


def test_new_notification_arrives_live(drain_outbox: Drain) -> None:
    user = UserFactory()
    NotificationFactory(recipient=user)
    NotificationFactory()
    drain_outbox()

    async def scenario(connection: Socket) -> None:
        assert await connection.log_in(token_of(user)) == {"type": "ready", "unread": 1}
        mine = await sync_to_async(NotificationFactory)(recipient=user)
        await sync_to_async(NotificationFactory)()
        await sync_to_async(drain_outbox)()
        message = await connection.receive()
        assert message["type"] == "notification"
        assert message["id"] == str(mine.pk)
        assert message["summary"] == "ada replied in “How do joins work?”"
        assert message["target_id"] == str(mine.target_id)
        assert await connection.wire.receive_nothing(timeout=0.3)

    connected(scenario)


@pytest.mark.parametrize("end", [end_all_sessions, raise_the_version])
def test_nothing_arrives_after_the_session_is_over(drain_outbox: Drain, end: Callable[[User], None]) -> None:
    """Its access token had five minutes left, and the connection with it."""
    user = UserFactory()
    token = logged_in(user).access

    async def scenario(connection: Socket) -> None:
        assert (await connection.log_in(token))["type"] == "ready"
        await sync_to_async(end)(user)
        await sync_to_async(NotificationFactory)(recipient=user)
        await sync_to_async(drain_outbox)()
        assert "over" in await connection.reason_of_close(4401)

    connected(scenario)


def test_second_authentication_renews_the_same_person() -> None:
    user, other = UserFactory(), UserFactory()

    async def scenario(connection: Socket) -> None:
        assert (await connection.log_in(token_of(user)))["type"] == "ready"
        assert (await connection.log_in(token_of(user)))["type"] == "ready"
        await connection.send(text=json.dumps({"type": "authenticate", "token": token_of(other)}))
        assert "invalid" in await connection.reason_of_close(4401)

    connected(scenario)


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[]", '{"type": "hello"}', "12", "[" * 8000, '"' + "x" * 9000 + '"', '{"type": "\\ud800"}'],
    ids=["empty", "no json", "list", "other type", "number", "deep", "long", "surrogate"],
)
def test_what_is_not_understood_closes(text: str) -> None:
    async def scenario(connection: Socket) -> None:
        await connection.send(text=text)
        assert "authenticate" in await connection.reason_of_close(4400)

    connected(scenario)


def test_binary_is_not_understood() -> None:
    async def scenario(connection: Socket) -> None:
        await connection.send(bytes=b"\x00")
        await connection.reason_of_close(4400)

    connected(scenario)


def test_wrong_tokens_close() -> None:
    user, inactive, old = UserFactory(), UserFactory(is_active=False), UserFactory()
    stale = token_of(old)
    User.objects.filter(pk=old.pk).update(token_version=2)
    expired = token_of(user, timedelta(seconds=-1))
    for token in ["", "x.y.z", expired, token_of(inactive), stale]:

        async def scenario(connection: Socket, token: str = token) -> None:
            await connection.send(text=json.dumps({"type": "authenticate", "token": token}))
            await connection.reason_of_close(4401)

        connected(scenario)


def test_silence_closes() -> None:
    async def scenario(connection: Socket) -> None:
        assert "in time" in await connection.reason_of_close(4401)

    connected(scenario, NotificationConsumer.as_asgi(seconds_to_authenticate=0.2))


def test_pings_come_until_the_token_expires() -> None:
    user = UserFactory()

    async def scenario(connection: Socket) -> None:
        # A token's end is a whole second, so it lives between one and two.
        assert (await connection.log_in(token_of(user, timedelta(seconds=2))))["type"] == "ready"
        assert await connection.receive() == {"type": "ping"}
        message = {"type": "ping"}
        while message["type"] == "ping":
            message = await connection.receive()
        assert "expired" in message["message"]
        assert (await connection.wire.receive_output(5))["code"] == 4401

    connected(scenario, NotificationConsumer.as_asgi(seconds_between_pings=0.2))


def test_address_that_connects_too_often_is_turned_away_and_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CONNECTIONS", Limit("connections", 2, 60))
    redis_at(settings.CACHE_URL, 1.0).flushdb()

    async def turned_away(connection: Socket) -> None:
        assert "Try again in" in await connection.reason_of_close(4429)

    async def ready(connection: Socket) -> None:
        assert (await connection.log_in(token_of(user)))["type"] == "ready"

    user = UserFactory()
    for _ in range(2):
        connected(ready)
    connected(turned_away)
    connected(ready, app=from_address(application, "198.51.100.7"))


def test_each_further_token_counts_like_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CONNECTIONS", Limit("connections", 2, 60))
    redis_at(settings.CACHE_URL, 1.0).flushdb()
    user = UserFactory()

    async def scenario(connection: Socket) -> None:
        for _ in range(2):
            assert (await connection.log_in(token_of(user)))["type"] == "ready"
        await connection.send(text=json.dumps({"type": "authenticate", "token": token_of(user)}))
        assert "Try again in" in await connection.reason_of_close(4429)

    connected(scenario)


def from_address(app: Any, address: str) -> Any:
    """The application as a client at this address reaches it."""

    async def call(scope: Any, receive: Any, send: Any) -> None:
        await app(scope | {"client": (address, 50_000)}, receive, send)

    return call
