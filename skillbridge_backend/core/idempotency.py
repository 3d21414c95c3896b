"""`Idempotency-Key`: a POST that is sent twice has one effect and gets one answer.

The record is written in the transaction of the effect, so there is never one without the other. A key belongs to a
person: nobody receives another's answer. The same key with another body is `422`, while the first is being worked on
`409`; the answer is kept for 24 hours. An error rolls the transaction back, record included, so a retry after an error
is a fresh try. Source: IETF draft-ietf-httpapi-idempotency-key-header-07.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
from django.db import connection
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from skillbridge_backend.core.errors import IdempotencyKeyReused, InvalidInput, RequestInFlight
from skillbridge_backend.core.models import IdempotencyRecord
from skillbridge_backend.core.rendering import to_json

HEADER = "Idempotency-Key"
LONGEST_KEY = 255
KEPT_FOR = timedelta(hours=24)
_REPLAYED_HEADERS = ("Location", "ETag")

Action = Callable[..., Response]


def idempotent(action: Action) -> Action:
    """`action`, run once for each key. Requests without the header, or from nobody, pass through unchanged."""

    def run(request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None or not request.user.is_authenticated:
            return action(request, *args, **kwargs)
        if not 1 <= len(key) <= LONGEST_KEY:
            raise InvalidInput.of(HEADER, f"Write 1 to {LONGEST_KEY} characters.")
        user_id = request.user.pk
        request_hash = _request_hash(request)
        _lock_or_refuse(f"{user_id}:{key}")
        record = IdempotencyRecord.objects.filter(user_id=user_id, key=key).first()
        if record and record.created_at > timezone.now() - KEPT_FOR:
            return _replay(record, request_hash)
        response = action(request, *args, **kwargs)
        fields = {
            "request_hash": request_hash,
            "status": response.status_code,
            "body": _as_stored(response.data),
            "headers": {name: response[name] for name in _REPLAYED_HEADERS if name in response},
            "created_at": timezone.now(),
        }
        if record:
            IdempotencyRecord.objects.filter(pk=record.pk).update(**fields)
        else:
            IdempotencyRecord.objects.create(user_id=user_id, key=key, **fields)
        return response

    return run


def _request_hash(request: Request) -> str:
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    digest.update(to_json(request.data))
    return digest.hexdigest()


def _lock_or_refuse(name: str) -> None:
    """Take the key for this transaction; refuse at once when another one has it, instead of waiting behind it."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        row = cursor.fetchone()
    if not (row and row[0]):
        raise RequestInFlight("Wait a second and send it again.", headers={"Retry-After": "1"})


def _replay(record: IdempotencyRecord, request_hash: str) -> Response:
    if record.request_hash != request_hash:
        raise IdempotencyKeyReused("Use a new key for a new request.")
    return Response(record.body, status=record.status, headers=record.headers | {"Idempotency-Replay": "true"})


def _as_stored(data: Any) -> Any:
    """The body as JSON values, so that the replay is what the client saw the first time."""
    return None if data is None else orjson.loads(to_json(data))
