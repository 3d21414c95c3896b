"""Writes the account's audit trail. Entries are appended by whoever changes an account, in the same transaction."""

from typing import Any

from skillbridge_backend.core import context
from users.clients import Client
from users.enums import AuditAction
from users.models import AuditEntry, User


def record(action: AuditAction, *, user: User | None, client: Client, **details: Any) -> None:
    """Append an entry; `user` is None when nobody has the address that was tried. `details` holds no secret."""
    AuditEntry.objects.create(
        user=user,
        action=action,
        ip_address=client.ip_address,
        user_agent=client.user_agent,
        request_id=context.request_id.get(),
        details=details,
    )
