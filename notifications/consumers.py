"""The live connection: new notifications as they come, for as long as the access token is valid.

The protocol, JSON both ways. Client: `{"type": "authenticate", "token": …}`, within ten seconds and again, with a fresh
token, before the first one expires. Server: `ready` with the number unread after each authentication, `notification`
for each new one, `ping` every 30 seconds, `error` before it closes. Close codes: 4400 not understood, 4401 no valid
token (any more), 4429 too many connections or tokens from this address.

A push is at most once. The list at `/api/v1/notifications/` is complete, so a client reads it when it connects.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from notifications.services import NotificationService
from notifications.services.deliveries import group_of
from skillbridge_backend.core.access import acting_as
from skillbridge_backend.core.errors import RateLimited
from users.authentication import account_behind
from users.clients import client_of_connection
from users.limits import count_connection
from users.models import User
from users.tokens import InvalidAccessToken, read_access_token

NOT_UNDERSTOOD, NOT_AUTHENTICATED, TOO_MANY = 4400, 4401, 4429
LONGEST_MESSAGE = 8192
"""In characters; an access token has some five hundred."""


class NotificationConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # the library has no types
    """One connection of one person."""

    def __init__(self, *, seconds_to_authenticate: float = 10.0, seconds_between_pings: float = 30.0) -> None:
        super().__init__()
        self.seconds_to_authenticate = seconds_to_authenticate
        self.seconds_between_pings = seconds_between_pings
        self.user_id: UUID | None = None
        self.claims: dict[str, Any] = {}
        self.clock: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Accept, and wait for the token: browsers cannot send it in a header."""
        await self.accept()
        if await self._is_too_much():
            return
        self._restart_clock(self._close_unless_authenticated())

    async def disconnect(self, code: int) -> None:
        """Leave nothing behind."""
        if self.clock:
            self.clock.cancel()
        if self.user_id:
            await self.channel_layer.group_discard(group_of(self.user_id), self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """Anything that is not a JSON object with a known type ends the connection."""
        try:
            # Not json.loads: a text of many brackets would end in its RecursionError.
            content = orjson.loads((text_data or "")[:LONGEST_MESSAGE])
        except ValueError:
            content = None
        if not isinstance(content, dict) or content.get("type") != "authenticate":
            await self._refuse(NOT_UNDERSTOOD, 'Send {"type": "authenticate", "token": "<access token>"}.')
            return
        # The connection was counted with its first token.
        if self.clock is None or (self.user_id and await self._is_too_much()):
            return
        await self._authenticate(str(content.get("token", "")))

    async def notification_new(self, event: dict[str, Any]) -> None:
        """A message of the group (`DeliveryService.push_live`), for whom the token still lets in."""
        if await database_sync_to_async(self._account)() is None:
            await self._refuse(NOT_AUTHENTICATED, "The session is over; log in again.")
            return
        await self.send_json(event["content"])

    async def _is_too_much(self) -> bool:
        """Count this, and close the connection when the address has had its share."""
        try:
            await sync_to_async(count_connection)(client_of_connection(self.scope))
        except RateLimited as refusal:
            await self._refuse(TOO_MANY, str(refusal.detail))
            return True
        return False

    async def _authenticate(self, token: str) -> None:
        """Join the person's group until the token expires."""
        try:
            claims = read_access_token(token)
        except InvalidAccessToken:
            await self._refuse(NOT_AUTHENTICATED, "The access token is invalid or expired.")
            return
        user_id = UUID(claims["sub"])
        # Joined before the count is read, so that nothing is missed in between.
        is_other = self.user_id is not None and self.user_id != user_id
        unread = None if is_other else await self._join_and_count(user_id, claims)
        if unread is None:
            await self._refuse(NOT_AUTHENTICATED, "The access token is invalid or expired.")
            return
        await self.send_json({"type": "ready", "unread": unread})
        self._restart_clock(self._ping_until(datetime.fromtimestamp(claims["exp"], UTC)))

    async def _join_and_count(self, user_id: UUID, claims: dict[str, Any]) -> int | None:
        self.claims = claims
        if self.user_id is None:
            self.user_id = user_id
            await self.channel_layer.group_add(group_of(user_id), self.channel_name)
        unread: int | None = await database_sync_to_async(self._unread)()
        return unread

    def _unread(self) -> int | None:
        """The number unread; None when the token does not let in any more."""
        with acting_as(UUID(self.claims["sub"]), user_role=self.claims["user_role"]):
            user = account_behind(self.claims)
            return NotificationService().unread_count(actor=user) if user else None

    def _account(self) -> User | None:
        with acting_as(UUID(self.claims["sub"]), user_role=self.claims["user_role"]):
            return account_behind(self.claims)

    def _restart_clock(self, coroutine: Any) -> None:
        if self.clock:
            self.clock.cancel()
        self.clock = asyncio.create_task(coroutine)

    async def _close_unless_authenticated(self) -> None:
        await asyncio.sleep(self.seconds_to_authenticate)
        await self._refuse(NOT_AUTHENTICATED, "No access token came in time.")

    async def _ping_until(self, expires_at: datetime) -> None:
        while (left := (expires_at - datetime.now(UTC)).total_seconds()) > 0:
            await asyncio.sleep(min(left, self.seconds_between_pings))
            if left > self.seconds_between_pings:
                await self.send_json({"type": "ping"})
        await self._refuse(NOT_AUTHENTICATED, "The access token expired; connect with a fresh one.")

    async def _refuse(self, code: int, message: str) -> None:
        """Say why, then close. The other side may be gone already."""
        with suppress(RuntimeError):
            await self.send_json({"type": "error", "message": message})
            await self.close(code)
