"""An authenticator in software: makes keys and signs what the server asks, as a browser with a security key would.

Everything that goes over the wire is what WebAuthn says; the cryptography is real. Faults are made by its arguments.
"""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

ORIGIN = "http://localhost:8000"


class Authenticator:
    """Holds one key."""

    def __init__(self, *, origin: str = ORIGIN, counts: bool = True) -> None:
        """`counts=False` for keys that are synced and have no counter."""
        self.origin = origin
        self.counts = counts
        self.counter = 0
        self.credential_id = secrets.token_bytes(32)
        self.user_handle = b""
        self._key = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: Mapping[str, Any], *, is_verified: bool = True) -> dict[str, Any]:
        """What `navigator.credentials.create(options)` resolves to, as JSON."""
        asked = options["publicKey"]
        self.user_handle = websafe_decode(asked["user"]["id"])
        data = AttestedCredentialData.create(
            Aaguid.NONE, self.credential_id, ES256.from_cryptography_key(self._key.public_key())
        )
        flags = AuthenticatorData.FLAG.AT | self._flags(is_verified)
        authenticator_data = AuthenticatorData.create(sha256(asked["rp"]["id"].encode()), flags, self._next(), data)
        attestation = AttestationObject.create("none", authenticator_data, {})
        client_data = self._client_data("webauthn.create", asked["challenge"])
        return self._answer(clientDataJSON=client_data, attestationObject=bytes(attestation))

    def get(self, options: Mapping[str, Any], *, is_verified: bool = True, rp_id: str = "") -> dict[str, Any]:
        """What `navigator.credentials.get(options)` resolves to, as JSON."""
        asked = options["publicKey"]
        rp_hash = sha256((rp_id or asked["rpId"]).encode())
        authenticator_data = AuthenticatorData.create(rp_hash, self._flags(is_verified), self._next())
        client_data = self._client_data("webauthn.get", asked["challenge"])
        signature = self._key.sign(authenticator_data + sha256(client_data), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=client_data,
            authenticatorData=bytes(authenticator_data),
            signature=signature,
            userHandle=self.user_handle,
        )

    def _flags(self, is_verified: bool) -> AuthenticatorData.FLAG:
        verified = AuthenticatorData.FLAG.UV if is_verified else AuthenticatorData.FLAG(0)
        synced = AuthenticatorData.FLAG(0) if self.counts else AuthenticatorData.FLAG.BE
        return AuthenticatorData.FLAG.UP | verified | synced

    def _next(self) -> int:
        self.counter += 1 if self.counts else 0
        return self.counter

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, **parts: bytes) -> dict[str, Any]:
        key = websafe_encode(self.credential_id)
        response = {name: websafe_encode(value) for name, value in parts.items()}
        return {"id": key, "rawId": key, "type": "public-key", "response": response, "clientExtensionResults": {}}
