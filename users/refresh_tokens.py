"""Refresh tokens: how they are made, recognised and followed. Pure; rows and locks are in `services/sessions.py`.

A token is `<family>.<number>.<secret>`: opaque to clients. The first secret of a family is random; each next one is
HMAC(server's key, the token before). So although the database keeps only the SHA-256 of the active token, a client
that missed an answer can be given *the same* active token again, and a token used long ago can be told from a guess:
the active token follows from the first and not from the second. Behaviour: supabase/auth, `internal/tokens`.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from uuid import UUID

from django.utils.crypto import constant_time_compare, salted_hmac

_SALT = "users.refresh_tokens.next"
_SECRET_LENGTH = 43
"""Characters of 32 bytes in base64url without padding."""


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A token in its parts; `number` counts the rotations of its family before it."""

    family_id: UUID
    number: int
    secret: str

    @classmethod
    def first(cls, family_id: UUID) -> "RefreshToken":
        """The token of a new login, with 256 random bits."""
        return cls(family_id, 0, secrets.token_urlsafe(32))

    @classmethod
    def parse(cls, text: str) -> "RefreshToken | None":
        """The token that `text` has the form of, or None. Says nothing about whether it is a real one."""
        family, _, rest = text.partition(".")
        number, _, secret = rest.partition(".")
        if len(family) != 32 or len(secret) != _SECRET_LENGTH or not (number.isascii() and number.isdigit()):
            return None
        if len(number) > 6:
            return None
        try:
            return cls(UUID(hex=family), int(number), secret)
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.family_id.hex}.{self.number}.{self.secret}"

    @property
    def sha256(self) -> str:
        """What the database stores, in hexadecimal. Not salted: the secret has 256 bits."""
        return hashlib.sha256(str(self).encode()).hexdigest()

    def next(self, steps: int = 1) -> "RefreshToken":
        """The token that this one becomes after `steps` rotations; the same for everybody who asks with it."""
        token = self
        for _ in range(steps):
            digest = salted_hmac(_SALT, str(token), algorithm="sha256").digest()
            secret = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            token = RefreshToken(token.family_id, token.number + 1, secret)
        return token

    def is_hashed_as(self, sha256: str) -> bool:
        """Whether this is the token with that hash, compared in constant time."""
        return constant_time_compare(self.sha256, sha256)
