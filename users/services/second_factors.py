"""A person's second factors: authenticator app, passkeys and recovery codes.

Every change needs a recent proof (`step_up.demand_proof`), ends all other sessions, and is told to the person by
e-mail; the audit trail has it by an event and by the rows. A first factor keeps out whoever has none, and somebody who
found out the password may have added it: for a week the mailbox can disown it. Each step is a transaction of its own
with the rights of `account_service`, in the name of the person. Lock order: the account's row, a challenge's, a
factor's, then sessions.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils import timezone
from django.utils.crypto import get_random_string

from skillbridge_backend.core.access import account_service, acting_as_service
from skillbridge_backend.core.errors import FieldError, InvalidInput, NotFound
from users import totp, webauthn
from users.clients import Client
from users.enums import AuditAction, ChallengePurpose
from users.exceptions import (
    AuthenticatorAppExists,
    ChallengeOver,
    FactorsDisowned,
    NoSecondFactor,
    PasskeyRefused,
    PasswordTooShortAlone,
    TooManyPasskeys,
)
from users.models import AuthenticatorApp, Passkey, RecoveryCode, User
from users.services import audit, challenges, personal_tokens, social_links
from users.services.account_mail import ask_for_mail
from users.services.challenges import Asked, hash_recovery_code
from users.services.sessions import end_everywhere
from users.services.step_up import demand_proof

MOST_PASSKEYS = 10
RECOVERY_CODES = 10
_RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what is taken for something else in handwriting."""
_DISOWN_SALT = "users.disown-factors"


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person has; nothing of it is secret."""

    authenticator_app: AuthenticatorApp | None
    passkeys: list[Passkey]
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app reads, in three ways."""

    secret: str
    uri: str
    qr_code: str
    """SVG."""


class SecondFactorService:
    """List, add, remove."""

    def overview(self, actor: User) -> Factors:
        """What the person has."""
        with account_service(user_id=actor.pk):
            return Factors(
                AuthenticatorApp.objects.confirmed().filter(user=actor).first(),
                list(Passkey.objects.filter(user=actor).order_by("pk")),
                RecoveryCode.objects.unused().filter(user=actor).count(),
            )

    def enrol_app(self, actor: User, *, session_id: UUID) -> Enrolment:
        """A new secret for an authenticator app, which counts once `confirm_app` has seen a code of it.

        Asking again replaces a secret that was never confirmed. Raises AuthenticatorAppExists, StepUpRequired.
        """
        secret = totp.new_secret()
        with _changing(actor, session_id) as user:
            if AuthenticatorApp.objects.confirmed().filter(user=user).exists():
                raise AuthenticatorAppExists("Remove the one that you have before you add another.")
            AuthenticatorApp.objects.update_or_create(user=user, defaults={"secret": secret})
        uri = totp.provisioning_uri(secret, email=user.email)
        return Enrolment(secret, uri, totp.qr_code(uri))

    def confirm_app(self, actor: User, *, session_id: UUID, code: str, client: Client) -> list[str]:
        """Let the app count from now on; the recovery codes, when it is the first factor.

        Raises InvalidInput for `code`, NotFound when no secret waits, StepUpRequired.
        """
        with _changing(actor, session_id) as user:
            app = AuthenticatorApp.objects.filter(user=user, confirmed_at=None).first()
            if app is None:
                raise NotFound
            step = totp.step_of(code, app.secret)
            if step is None:
                raise InvalidInput.of("code", "This is not the app's present code. Is the clock right?", code="wrong")
            is_first = not user.has_second_factor()
            app.confirmed_at = app.last_used_at = timezone.now()
            app.last_step = step
            app.save(update_fields=["confirmed_at", "last_used_at", "last_step", "updated_at"])
            return _added(user, "authenticator_app", session_id, client, is_first=is_first)

    def enrol_for(self, user: User, *, secret: str, code: str) -> list[str]:
        """Give somebody an app from the operator's shell; the recovery codes, when it is the first factor.

        As service_role. Raises InvalidInput for `code`, AuthenticatorAppExists.
        """
        step = totp.step_of(code, secret)
        if step is None:
            raise InvalidInput.of("code", "This is not the app's present code. Is the clock right?", code="wrong")
        with acting_as_service():
            if AuthenticatorApp.objects.confirmed().filter(user=user).exists():
                raise AuthenticatorAppExists("This account has an authenticator app. Its owner removes it.")
            is_first = not user.has_second_factor()
            now = timezone.now()
            AuthenticatorApp.objects.update_or_create(
                user=user, defaults={"secret": secret, "confirmed_at": now, "last_used_at": now, "last_step": step}
            )
            return _added(user, "authenticator_app", None, Client(), is_first=is_first, by="operator")

    def remove_all(self, user: User) -> int:
        """Take somebody's second factors away from the operator's shell, and all that `disown` does; says how many.

        As service_role. Harmless to repeat.
        """
        with acting_as_service():
            locked: User = User.objects.with_hidden().select_for_update().get(pk=user.pk)
            return _strip(locked, Client(), reason="operator")

    def disown(self, *, token: str, client: Client) -> None:
        """What the owner of the mailbox says of a first factor: it was not me. For a week, and once.

        The account had none before, so all of them go, and what an intruder may have left beside them: every login,
        personal token and link to a provider, and the password. A link for a new one is in the mail that follows.
        Raises FactorsDisowned.
        """
        try:
            key, version = signing.loads(token, salt=_DISOWN_SALT, max_age=settings.SECOND_FACTOR_UNDO)
        except signing.BadSignature as error:
            raise _disowned() from error
        user_id = UUID(hex=key)
        with account_service(user_id=user_id):
            accounts = User.objects.with_hidden().active().select_for_update()
            user = accounts.filter(pk=user_id, token_version=version).first()
            if user is None:
                raise _disowned()
            _strip(user, client, reason="disowned")

    @staticmethod
    def disown_link(user: User) -> str:
        """The link to mail: valid for a week, and until `disown` or a change of role raises the account's version."""
        token = signing.dumps([user.pk.hex, user.token_version], salt=_DISOWN_SALT)
        return f"{settings.PUBLIC_URL}/api/v1/auth/factors/disown/?{urlencode({'token': token})}"

    def remove_app(self, actor: User, *, session_id: UUID, client: Client) -> None:
        """Raises NotFound, PasswordTooShortAlone, StepUpRequired."""
        with _changing(actor, session_id) as user:
            deleted, _ = AuthenticatorApp.objects.confirmed().filter(user=user).delete()
            if not deleted:
                raise NotFound
            _removed(user, "authenticator_app", session_id, client)

    def ask_for_passkey(self, actor: User, *, session_id: UUID) -> Asked:
        """The question that makes a browser create a passkey. Raises TooManyPasskeys, StepUpRequired."""
        with _changing(actor, session_id) as user:
            _refuse_an_eleventh(user)
            return challenges.ask_for_new_passkey(user)

    def add_passkey(
        self, actor: User, *, session_id: UUID, ticket: str, name: str, passkey: Mapping[str, Any], client: Client
    ) -> tuple[Passkey, list[str]]:
        """The new passkey, and the recovery codes when it is the first factor.

        Raises TooManyPasskeys, ChallengeOver, PasskeyRefused (for `passkey`), StepUpRequired.
        """
        with _changing(actor, session_id) as user:
            # Again: there may be eleven that were asked for while there was room.
            _refuse_an_eleventh(user)
            challenge = challenges.locked(ticket, ChallengePurpose.PASSKEY_REGISTRATION)
            if challenge is None:
                raise ChallengeOver("It was answered, or it is too old.")
            try:
                made = webauthn.registered(passkey, challenge=challenge.webauthn_challenge)
            except webauthn.WrongAnswer as error:
                problem = FieldError("passkey", "passkey_refused", str(error))
                raise PasskeyRefused("Begin again.", errors=[problem]) from error
            challenges.settle(challenge)
            is_first = not user.has_second_factor()
            key = Passkey.objects.create(
                user=user,
                name=name,
                credential_id=made.credential_id,
                public_key=made.public_key,
                aaguid=made.aaguid,
                counter=made.counter,
                is_synced=made.is_synced,
            )
            return key, _added(user, "passkey", session_id, client, is_first=is_first, passkey=str(key.pk))

    def rename_passkey(self, actor: User, *, passkey_id: UUID, name: str) -> Passkey:
        """Raises NotFound."""
        with account_service(user_id=actor.pk):
            key: Passkey | None = Passkey.objects.select_for_update().filter(user=actor, pk=passkey_id).first()
            if key is None:
                raise NotFound
            key.name = name
            key.save(update_fields=["name", "updated_at"])
        return key

    def remove_passkey(self, actor: User, *, session_id: UUID, passkey_id: UUID, client: Client) -> None:
        """Raises NotFound, PasswordTooShortAlone, StepUpRequired."""
        with _changing(actor, session_id) as user:
            deleted, _ = Passkey.objects.filter(user=user, pk=passkey_id).delete()
            if not deleted:
                raise NotFound
            _removed(user, "passkey", session_id, client, passkey=str(passkey_id))

    def renew_recovery_codes(self, actor: User, *, session_id: UUID, client: Client) -> list[str]:
        """Ten new codes; the old ones are worth nothing from now on. Raises NoSecondFactor, StepUpRequired."""
        with _changing(actor, session_id) as user:
            if not user.has_second_factor():
                raise NoSecondFactor("Recovery codes are for those who have a second factor. Add one first.")
            audit.record(AuditAction.RECOVERY_CODES_MADE, user=user, client=client)
            ask_for_mail(user.pk, "recovery_codes_made")
            return _new_recovery_codes(user)


@contextmanager
def _changing(actor: User, session_id: UUID) -> Iterator[User]:
    """A transaction in the name of `actor`, their row locked and loaded with hidden columns, after a recent proof."""
    with account_service(user_id=actor.pk):
        user = User.objects.with_hidden().select_for_update().get(pk=actor.pk)
        demand_proof(user, session_id)
        yield user


def _refuse_an_eleventh(user: User) -> None:
    """The caller holds the account's lock."""
    if Passkey.objects.filter(user=user).count() >= MOST_PASSKEYS:
        raise TooManyPasskeys(f"Remove one of the {MOST_PASSKEYS} first.")


def _added(
    user: User, kind: str, session_id: UUID | None, client: Client, *, is_first: bool, **details: str
) -> list[str]:
    """What follows; the recovery codes, when it is the first factor."""
    audit.record(AuditAction.FACTOR_ADDED, user=user, client=client, factor=kind, **details)
    ask_for_mail(user.pk, "first_factor_added" if is_first else f"{kind}_added")
    end_everywhere(user, keep=session_id, client=client)
    return _new_recovery_codes(user) if is_first else []


def _removed(user: User, kind: str, session_id: UUID, client: Client, **details: str) -> None:
    """What follows; with the last factor the recovery codes go."""
    if not user.has_second_factor():
        if user.has_short_password:
            raise PasswordTooShortAlone("A password of less than 15 characters is for accounts with a second factor.")
        RecoveryCode.objects.filter(user=user).delete()
    audit.record(AuditAction.FACTOR_REMOVED, user=user, client=client, factor=kind, **details)
    ask_for_mail(user.pk, f"{kind}_removed")
    end_everywhere(user, keep=session_id, client=client)


def _strip(user: User, client: Client, *, reason: str) -> int:
    """Leave nothing that lets somebody in but the mailbox. Within the caller's transaction, which holds the account."""
    found = {
        "authenticator_app": AuthenticatorApp.objects.filter(user=user),
        "passkey": Passkey.objects.filter(user=user),
    }
    count = 0
    for kind, factors in found.items():
        removed, _ = factors.delete()
        for _each in range(removed):
            audit.record(AuditAction.FACTOR_REMOVED, user=user, client=client, factor=kind, reason=reason)
        count += removed
    RecoveryCode.objects.filter(user=user).delete()
    user.set_unusable_password()
    user.has_short_password = False
    user.token_version += 1
    user.save(update_fields=["password", "has_short_password", "token_version", "updated_at"])
    personal_tokens.remove_all(user, client, reason=reason)
    social_links.remove_all(user, client, reason=reason)
    end_everywhere(user, keep=None, client=client)
    ask_for_mail(user.pk, "second_factors_removed")
    return count


def _disowned() -> FactorsDisowned:
    return FactorsDisowned("It was used, or it is too old.")


def _new_recovery_codes(user: User) -> list[str]:
    """Ten codes of 49 random bits each, of which only hashes are kept; shown this once."""
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    salt = get_random_string(22)
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create([RecoveryCode(user=user, code_hash=hash_recovery_code(c, salt)) for c in codes])
    return codes


def _recovery_code() -> str:
    letters = "".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"
