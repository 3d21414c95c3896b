"""Writes what happens to accounts into the audit trail, in the same transaction. Changes of rows write themselves.

The database alone appends to the trail; by whom and when is its own knowledge (`private.audit_event`).
"""

from typing import Any

import orjson
from django.db import connection
from django.utils.crypto import salted_hmac

from users.clients import Client
from users.enums import AuditAction
from users.models import User


def record(action: AuditAction, *, user: User | None, client: Client, **details: Any) -> None:
    """Append an entry; `user` is None when nobody has the address that was tried. `details` holds no secret.

    For account_service and service_role.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT private.audit_event(%s, %s, %s, %s, %s)",
            [action, user.pk if user else None, orjson.dumps(details).decode(), client.ip_address, client.user_agent],
        )


def fingerprint(address: str) -> str:
    """The same few digits for the same address, from which nobody without our key gets back to it."""
    return salted_hmac("users.audit.address", address.strip().lower()).hexdigest()[:16]
