"""Passkeys (WebAuthn level 2): what a browser is asked, and whether its answer is right. Pure; rows are in services.

The checks are those of Yubico's fido2 (type, origin, challenge, relying party, presence, signature) and, beyond it, the
counter. Attestation is not asked for: which maker's key it is does not matter here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

_NAME = "SkillBridge"


class WrongAnswer(Exception):  # reads as what it is
    """The browser's answer is malformed, not to our question, or not by this key. The text says which, for the log."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A public key that an authenticator made for us; `counter` is 0 for keys that do not count (synced ones)."""

    credential_id: bytes
    public_key: bytes
    """COSE key in CBOR."""
    aaguid: UUID
    counter: int
    is_synced: bool

    @property
    def attested(self) -> AttestedCredentialData:
        """As fido2 takes it."""
        key = CoseKey.parse(cast(Mapping[int, Any], cbor.decode(self.public_key)))
        return AttestedCredentialData.create(Aaguid(self.aaguid.bytes), self.credential_id, key)


@dataclass(frozen=True, slots=True)
class Question:
    """What a browser's `navigator.credentials` is given (JSON, byte strings in base64url), and what we keep of it."""

    options: dict[str, Any]
    challenge: str
    must_verify: bool


def ask_to_register(*, user_id: UUID, email: str, name: str, existing: Iterable[bytes]) -> Question:
    """Ask for a new passkey that the authenticator can find by itself and guards with a PIN, finger or face.

    Authenticators that hold one of `existing` decline.
    """
    options, state = _server().register_begin(
        PublicKeyCredentialUserEntity(id=user_id.bytes, name=email, display_name=name),
        [_descriptor(each) for each in existing],
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Question(dict(options), state["challenge"], must_verify=True)


def registered(answer: Mapping[str, Any], *, challenge: str) -> Credential:
    """The key that the browser made for `challenge`. Raises WrongAnswer."""
    try:
        data = _server().register_complete(_state(challenge, must_verify=True), answer)
    except Exception as error:  # the parser of a stranger's CBOR raises whatever it stumbles over
        raise WrongAnswer(str(error)) from error
    made = data.credential_data
    if made is None:
        raise WrongAnswer("no credential")
    return Credential(
        credential_id=made.credential_id,
        public_key=cbor.encode(dict(made.public_key)),
        aaguid=UUID(bytes=bytes(made.aaguid)),
        counter=data.counter,
        is_synced=data.is_backup_eligible(),
    )


def ask_to_authenticate(existing: Iterable[bytes], *, must_verify: bool) -> Question:
    """Ask for a signature by one of `existing`; with none of them, by whatever passkey the person picks."""
    wanted = UserVerificationRequirement.REQUIRED if must_verify else UserVerificationRequirement.PREFERRED
    descriptors = [_descriptor(each) for each in existing]
    options, state = _server().authenticate_begin(descriptors or None, user_verification=wanted)
    return Question(dict(options), state["challenge"], must_verify)


def credential_id_in(answer: Mapping[str, Any]) -> bytes:
    """Which key the browser says it used. Raises WrongAnswer."""
    try:
        return bytes(websafe_decode(answer["rawId"]))
    except Exception as error:
        raise WrongAnswer("no rawId") from error


def counter_after(answer: Mapping[str, Any], credential: Credential, *, challenge: str, must_verify: bool) -> int:
    """The key's counter after it signed `challenge`.

    Raises WrongAnswer, also for a counter that did not grow: somebody has a copy of the key (WebAuthn, 6.1.1).
    """
    try:
        parsed = AuthenticationResponse.from_dict(answer)
        _server().authenticate_complete(_state(challenge, must_verify=must_verify), [credential.attested], parsed)
        counter = int(parsed.response.authenticator_data.counter)
    except Exception as error:
        raise WrongAnswer(str(error)) from error
    if (counter or credential.counter) and counter <= credential.counter:
        raise WrongAnswer("the counter did not grow")
    return counter


def _state(challenge: str, *, must_verify: bool) -> dict[str, Any]:
    wanted = UserVerificationRequirement.REQUIRED if must_verify else UserVerificationRequirement.PREFERRED
    return {"challenge": challenge, "user_verification": wanted}


def _descriptor(credential_id: bytes) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=credential_id)


def _server() -> Fido2Server:
    return _server_for(settings.WEBAUTHN_RP_ID, tuple(settings.WEBAUTHN_ORIGINS))


@cache
def _server_for(rp_id: str, origins: tuple[str, ...]) -> Fido2Server:
    # A whole origin is compared. fido2's own check takes every subdomain of the relying party.
    return Fido2Server(PublicKeyCredentialRpEntity(id=rp_id, name=_NAME), verify_origin=lambda given: given in origins)


def encoded(credential_id: bytes) -> str:
    """The id as browsers write it."""
    return str(websafe_encode(credential_id))
