"""The keys of access tokens: ES256, in the order of JWT_SIGNING_KEYS. The first signs, all of them verify.

A key is known by its `kid`, the thumbprint of its public half (RFC 7638). How keys are changed while tokens are out:
docs/deployment.md.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from jwt.algorithms import ECAlgorithm

ALGORITHM = "ES256"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and its name."""

    kid: str
    private: EllipticCurvePrivateKey
    public_jwk: dict[str, Any]

    @property
    def public(self) -> EllipticCurvePublicKey:
        """What verifies."""
        return self.private.public_key()


def signing_key() -> SigningKey:
    """The key that signs."""
    return next(iter(_keys().values()))


def verifying_key(kid: str) -> EllipticCurvePublicKey | None:
    """The public key with this name; None when it is none of ours, or no longer."""
    key = _keys().get(kid)
    return key.public if key else None


def jwks() -> dict[str, list[dict[str, Any]]]:
    """Every public key, as a JWK Set (RFC 7517)."""
    return {"keys": [key.public_jwk for key in _keys().values()]}


def _keys() -> dict[str, SigningKey]:
    return _parsed(tuple(settings.JWT_SIGNING_KEYS))


@cache
def _parsed(pems: tuple[str, ...]) -> dict[str, SigningKey]:
    keys = map(_parse, pems)
    return {key.kid: key for key in keys}


def _parse(pem: str) -> SigningKey:
    private = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(private, EllipticCurvePrivateKey):
        raise TypeError("an access token is signed with a key on P-256")
    jwk = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    # RFC 7638: the required members in the order of their names, without blanks.
    members = orjson.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")})
    kid = base64.urlsafe_b64encode(hashlib.sha256(members).digest()).rstrip(b"=").decode()
    return SigningKey(kid, private, {**jwk, "kid": kid, "alg": ALGORITHM, "use": "sig"})
