"""The signed link in an e-mail that switches off its kind without a login (RFC 8058, one click)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from notifications.enums import Kind

SALT = "notifications.unsubscribe"


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """Whose e-mails of which kind the link switches off."""

    user_id: UUID
    kind: Kind


def unsubscribe_url(*, user_id: UUID, kind: str) -> str:
    """The absolute address; it does not expire, for old e-mails are unsubscribed from too."""
    token = signing.dumps([str(user_id), kind], salt=SALT, compress=True)
    return f"{settings.PUBLIC_URL}{reverse('unsubscribe')}?token={token}"


def read_token(token: str) -> Unsubscription | None:
    """What the token says; None when it is not one of ours."""
    try:
        content: Any = signing.loads(token, salt=SALT)
        return Unsubscription(UUID(content[0]), Kind(content[1]))
    except (signing.BadSignature, ValueError):
        return None
