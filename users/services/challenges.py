"""Asks for a second factor or a passkey, and takes the answer. What follows from a right one is the caller's.

A challenge lives for five minutes and takes five answers, of which one may be right. Lock order: the account's row, the
challenge's, the factor's; the challenge's comes first where it does not say whose account it is. Two answers at once
come one after the other, so that no code and no signature counts twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import signing
from django.utils import timezone

from skillbridge_backend.core.retention import delete_in_batches, older_than
from users import totp, webauthn
from users.clients import Client
from users.enums import AuditAction, ChallengePurpose, LoginMethod
from users.exceptions import NothingToProveWith
from users.models import AuthenticatorApp, Challenge, Passkey, RecoveryCode, User
from users.services import audit
from users.services.account_mail import ask_for_mail

_SALT = "users.challenge"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody shows: one of these."""

    code: str = ""
    recovery_code: str = ""
    passkey: Mapping[str, Any] = field(default_factory=dict)
    """The browser's PublicKeyCredential as JSON."""
    password: str = ""
    """To step up without a second factor; not for logins, which began with it."""

    @property
    def factor(self) -> str:
        """Its kind, as `Asked.factors` names it."""
        return next((name for name in ("passkey", "recovery_code", "password") if getattr(self, name)), "code")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client needs to answer: the ticket to send along, what counts, and what the browser is to sign."""

    ticket: str
    factors: tuple[str, ...]
    """`code`, `passkey`, `recovery_code`: those that the person has. `password`: for whoever steps up with none."""
    passkey_options: dict[str, Any] | None
    expires_in: int


def ask(user: User, purpose: ChallengePurpose, *, login_method: LoginMethod | None = None) -> Asked:
    """Ask `user`, loaded with hidden columns, for one of their factors. Raises NothingToProveWith.

    Within `account_service()`.
    """
    factors = factors_of(user) or _without_factors(user, purpose)
    passkeys = _credential_ids(user)
    question = webauthn.ask_to_authenticate(passkeys, must_verify=False)
    ticket = _remember(user, purpose, question, login_method)
    return Asked(ticket, factors, question.options if passkeys else None, _lifetime())


def _without_factors(user: User, purpose: ChallengePurpose) -> tuple[str, ...]:
    if purpose != ChallengePurpose.STEP_UP:
        return ()
    if not user.has_usable_password():
        raise NothingToProveWith("Log in again, as you did before; that counts for ten minutes.")
    return ("password",)


def ask_anybody() -> Asked:
    """Ask for a passkey of whoever it is. Within `account_service()`."""
    question = webauthn.ask_to_authenticate((), must_verify=True)
    ticket = _remember(None, ChallengePurpose.PASSKEY_LOGIN, question)
    return Asked(ticket, ("passkey",), question.options, _lifetime())


def ask_for_new_passkey(user: User) -> Asked:
    """Ask for a new passkey. `user` is loaded with its hidden columns. Within `account_service()`."""
    question = webauthn.ask_to_register(
        user_id=user.pk, email=user.email, name=user.display_name, existing=_credential_ids(user)
    )
    ticket = _remember(user, ChallengePurpose.PASSKEY_REGISTRATION, question)
    return Asked(ticket, ("passkey",), question.options, _lifetime())


def ask_for_login_code(user: User | None, *, lifetime: timedelta) -> tuple[Challenge, Asked]:
    """Ask for the code that is mailed to `user`. The ticket does not tell whose it is, or that it is nobody's.

    Within `account_service()`.
    """
    challenge = Challenge.objects.create(
        user=user, purpose=ChallengePurpose.EMAIL_CODE, expires_at=timezone.now() + lifetime
    )
    return challenge, Asked(_ticket(challenge, None), ("email_code",), None, int(lifetime.total_seconds()))


def factors_of(user: User) -> tuple[str, ...]:
    """What the person can answer with; empty when they have no second factor."""
    found = {
        "code": AuthenticatorApp.objects.confirmed().filter(user=user),
        "passkey": Passkey.objects.filter(user=user),
        "recovery_code": RecoveryCode.objects.unused().filter(user=user),
    }
    return tuple(name for name, rows in found.items() if rows.exists())


def account_in(ticket: str) -> UUID | None:
    """Whom the ticket is about, for limits and rights; None when it is about nobody yet, or not ours."""
    _, user_id = _read(ticket)
    return user_id


def locked(ticket: str, purpose: ChallengePurpose) -> Challenge | None:
    """The challenge of this ticket if it may still be answered, with one attempt less and its row locked."""
    key, _ = _read(ticket)
    if key is None:
        return None
    waiting = Challenge.objects.open().filter(pk=key, purpose=purpose)
    found: Challenge | None = waiting.select_for_update().first()
    if found:
        found.attempts += 1
        found.save(update_fields=["attempts"])
    return found


def is_right(challenge: Challenge, user: User, answer: Answer, client: Client) -> bool:
    """Whether `answer` shows one of the person's factors, which is then used up, and the challenge with it.

    The caller holds the challenge's lock.
    """
    if answer.passkey:
        right = _told(user, answer, client, _takes_passkey(challenge, user, answer))
    elif answer.password:
        right = _told(user, answer, client, _takes_password(challenge, user, answer))
    else:
        right = shows_factor(user, answer, client)
    if right:
        settle(challenge)
    return right


def shows_factor(user: User, answer: Answer, client: Client) -> bool:
    """Whether a code or recovery code is the person's, which is then used up. How many may try: the caller counts."""
    takes = _takes_recovery_code if answer.recovery_code else _takes_code
    return _told(user, answer, client, takes(user, answer))


def _told(user: User, answer: Answer, client: Client, is_right: bool) -> bool:
    """`is_right`, with what the person and the audit trail should know of it."""
    if not is_right:
        audit.record(AuditAction.SECOND_FACTOR_FAILED, user=user, client=client, factor=answer.factor)
    elif answer.recovery_code:
        audit.record(AuditAction.RECOVERY_CODE_USED, user=user, client=client)
        ask_for_mail(user.pk, "recovery_code_used")
    return is_right


def owner_of(passkey: Mapping[str, Any]) -> User | None:
    """The active account that the passkey says it is of; nothing is proven by that. Locked, with hidden columns."""
    try:
        credential_id = webauthn.credential_id_in(passkey)
    except webauthn.WrongAnswer:
        return None
    accounts = User.objects.with_hidden().active().select_for_update(of=("self",))
    user: User | None = accounts.filter(passkeys__credential_id=credential_id).first()
    return user


def end_logins(user: User) -> None:
    """Take no answer to logins that wait for their second factor. The caller holds the account's lock."""
    Challenge.objects.open().filter(user=user, purpose=ChallengePurpose.LOGIN).update(answered_at=timezone.now())


def settle(challenge: Challenge) -> None:
    """Take no further answer."""
    challenge.answered_at = timezone.now()
    challenge.save(update_fields=["answered_at"])


def remove_old() -> int:
    """Delete challenges of more than a day ago, and return how many; the audit trail knows what came of them."""
    return delete_in_batches(older_than(Challenge.objects.all(), days=1))


def hash_recovery_code(code: str, salt: str) -> str:
    """The hash that is stored: Argon2, for ten characters alone would be found by trying (OWASP ASVS 5.0, 6.5.2)."""
    return str(Argon2PasswordHasher().encode(code.replace("-", "").replace(" ", "").lower(), salt))


def _takes_code(user: User, answer: Answer) -> bool:
    app = AuthenticatorApp.objects.confirmed().filter(user=user).first()
    step = totp.step_of(answer.code, app.secret) if app else None
    return step is not None and AuthenticatorApp.objects.filter(user=user).take(step)


def _takes_recovery_code(user: User, answer: Answer) -> bool:
    stored = RecoveryCode.objects.unused().filter(user=user).first()
    if stored is None:
        return False
    salt = Argon2PasswordHasher().decode(stored.code_hash)["salt"]
    return RecoveryCode.objects.filter(user=user).take(hash_recovery_code(answer.recovery_code, salt))


def _takes_password(challenge: Challenge, user: User, answer: Answer) -> bool:
    is_enough = challenge.purpose == ChallengePurpose.STEP_UP and not user.has_second_factor()
    return is_enough and user.has_usable_password() and user.check_password(answer.password)


def _takes_passkey(challenge: Challenge, user: User, answer: Answer) -> bool:
    must_verify = challenge.purpose == ChallengePurpose.PASSKEY_LOGIN
    try:
        key = Passkey.objects.select_for_update().get(
            user=user, credential_id=webauthn.credential_id_in(answer.passkey)
        )
        key.counter = webauthn.counter_after(
            answer.passkey, key.credential, challenge=challenge.webauthn_challenge, must_verify=must_verify
        )
    except (webauthn.WrongAnswer, Passkey.DoesNotExist) as error:
        log.info("passkey_refused", reason=str(error))
        return False
    key.last_used_at = timezone.now()
    key.save(update_fields=["counter", "last_used_at"])
    return True


def _credential_ids(user: User) -> list[bytes]:
    return [bytes(each) for each in Passkey.objects.filter(user=user).values_list("credential_id", flat=True)]


def _remember(
    user: User | None,
    purpose: ChallengePurpose,
    question: webauthn.Question,
    login_method: LoginMethod | None = None,
) -> str:
    challenge = Challenge.objects.create(
        user=user,
        purpose=purpose,
        login_method=login_method or "",
        webauthn_challenge=question.challenge,
        expires_at=timezone.now() + settings.CHALLENGE_LIFETIME,
    )
    return _ticket(challenge, user)


def _ticket(challenge: Challenge, user: User | None) -> str:
    return signing.dumps([challenge.pk.hex, user.pk.hex if user else ""], salt=_SALT)


def _read(ticket: str) -> tuple[UUID | None, UUID | None]:
    try:
        key, user_id = signing.loads(ticket, salt=_SALT)
    except signing.BadSignature:
        return None, None
    return UUID(hex=key), UUID(hex=user_id) if user_id else None


def _lifetime() -> int:
    return int(settings.CHALLENGE_LIFETIME.total_seconds())
