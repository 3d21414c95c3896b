"""Logs people in and out and rotates their refresh tokens. Opening an account is `accounts.py`.

Each step is a transaction of its own with the rights of `account_service`, so that a failed login's audit entry and a
family's revocation survive the error that the caller gets. Lock order: the account's row, a challenge's, a factor's, a
family's, a change of address. A login holds its account's row from its last look at it, so that whoever ends sessions
ends it too, or it sees what they changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from skillbridge_backend.core.access import account_service, acting_as_service
from skillbridge_backend.core.errors import DomainError, NotFound, PermissionDenied
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.outbox import publish
from skillbridge_backend.core.retention import delete_in_batches, older_than
from users.clients import Client
from users.devices import country_of, device_of, place_of
from users.enums import AuditAction, ChallengePurpose, LoginMethod
from users.exceptions import (
    ChallengeOver,
    EmailNotConfirmed,
    InvalidCredentials,
    RefreshTokenInvalid,
    SecondFactorInvalid,
)
from users.models import Challenge, Departure, EmailChange, RefreshTokenFamily, User
from users.querysets import MOST_ATTEMPTS, RefreshTokenFamilyQuerySet
from users.querysets.sessions import KEPT
from users.refresh_tokens import RefreshToken
from users.services import audit, challenges
from users.services.account_mail import ask_for_mail_about
from users.services.challenges import Answer, Asked
from users.tokens import ACCESS_TOKEN_LIFETIME, issue_access_token

REUSE_WINDOW = timedelta(seconds=10)
"""How long a rotated token is still answered: browser tabs that refresh at the same moment."""

_REMEMBERED_LOGINS = 200
"""The latest logins of a person that a new one is compared with."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a client gets, and of which session; `expires_in` is the access token's lifetime in seconds."""

    session_id: UUID
    access: str
    refresh: str
    expires_in: int
    user: User
    deletion_due_at: datetime | None = None
    """When the account is erased unless its owner changes their mind; told at a login."""


class SessionService:
    """Login, refresh, logout."""

    def log_in(self, *, email: str, password: str, client: Client) -> Tokens | Asked:
        """Start a session for the owner of address and password, or ask for the second factor that they have.

        Raises InvalidCredentials (the same answer after the same work whether or not the account exists),
        EmailNotConfirmed (only to somebody who knows the password). How many may try: the caller counts (`limits.py`).
        """
        email = email.strip().lower()
        with account_service():
            found = User.objects.by_email(email).filter(is_active=True).first()
            reason = _reason_to_refuse(found, password)
            # Hashing takes its time: the owner may have chosen another password meanwhile.
            user = _locked_account(found.pk, email=email, password=found.password) if found and not reason else None
            if user is None:
                tried = {} if found else {"address": audit.fingerprint(email)}
                audit.record(
                    AuditAction.LOGIN_FAILED, user=found, client=client, reason=reason or "wrong_password", **tried
                )
                begun = None
            else:
                begun = begin_session(user, client, method=LoginMethod.PASSWORD)
        if begun:
            return begun
        if reason == "email_not_confirmed":
            raise EmailNotConfirmed("Open the link in the e-mail that we sent you, or ask for a new one.")
        raise InvalidCredentials("Check both and try again.")

    def finish_login(self, *, ticket: str, answer: Answer, client: Client) -> Tokens:
        """Start the session that a second factor was asked for. Raises ChallengeOver, SecondFactorInvalid."""
        with account_service(user_id=challenges.account_in(ticket)):
            user = _locked_account(challenges.account_in(ticket))
            challenge = challenges.locked(ticket, ChallengePurpose.LOGIN)
            tokens = None
            if challenge and user and challenges.is_right(challenge, user, answer, client):
                tokens = _start(user, client, method=challenge.login_method, factor=answer.factor)
        if tokens is None:
            raise refusal_of(challenge)
        return tokens

    def ask_for_passkey(self) -> Asked:
        """The question for a login with a passkey alone; the same for everybody."""
        with account_service():
            return challenges.ask_anybody()

    def log_in_with_passkey(self, *, ticket: str, passkey: Mapping[str, Any], client: Client) -> Tokens:
        """Start a session for the owner of a passkey that asked them for a PIN, a finger or a face: two factors in one.

        Raises ChallengeOver, SecondFactorInvalid.
        """
        with account_service():
            challenge = challenges.locked(ticket, ChallengePurpose.PASSKEY_LOGIN)
            user = challenges.owner_of(passkey) if challenge else None
            tokens = None
            if challenge and user and challenges.is_right(challenge, user, Answer(passkey=passkey), client):
                tokens = _start(user, client, method=LoginMethod.PASSKEY)
        if tokens is None:
            raise refusal_of(challenge)
        return tokens

    def refresh(self, *, token: str, client: Client) -> Tokens:
        """New tokens for a refresh token. Raises RefreshTokenInvalid.

        The active token is rotated. Its parent, and tokens rotated within REUSE_WINDOW, get the same active token as
        the one who rotated it: an answer was lost, or two tabs met. Any older token of the family was stolen from or by
        somebody: the family is revoked, which holds although the caller gets an error, and the owner gets a mail.
        Families end after 7 days without use and 30 days in all.
        """
        presented = RefreshToken.parse(token)
        with account_service():
            family = presented and _locked_family(presented.family_id)
            tokens = _rotated(family, presented, client) if family and presented else None
        if tokens is None:
            raise RefreshTokenInvalid("Log in again.")
        return tokens

    def log_out(self, *, token: str, client: Client) -> None:
        """Revoke the family of a refresh token, whichever of its tokens it is. Anything else changes nothing."""
        presented = RefreshToken.parse(token)
        if presented is None:
            return
        with account_service():
            family = _locked_family(presented.family_id)
            if family and _steps_behind(family, presented) is not None:
                _revoke(family)
                audit.record(AuditAction.LOGGED_OUT, user=family.user, client=client, family=str(family.pk))

    def end(self, actor: User, *, session_id: UUID, client: Client) -> None:
        """Log one of one's own sessions out; its access tokens end with it. Raises NotFound for any other id."""
        with account_service(user_id=actor.pk):
            ended = _end(actor, RefreshTokenFamily.objects.filter(pk=session_id), client, and_begun=False)
        if not ended:
            raise NotFound

    def end_all(self, actor: User, *, keep: UUID | None, client: Client) -> int:
        """Log all of one's own sessions out, but for `keep`, and return how many there were.

        Logins that wait for their second factor end too: their first one may be what was found out.
        """
        with account_service(user_id=actor.pk):
            return end_everywhere(actor, keep=keep, client=client)

    def remove_old(self) -> int:
        """Forget logins that ended long ago, and return how many; whether a device is new is told as before.

        For workers. Harmless to repeat.
        """
        return delete_in_batches(older_than(RefreshTokenFamily.objects.forgettable(), days=KEPT.days))

    @staticmethod
    def told(session_id: UUID) -> dict[str, str]:
        """What a mail says of a login: `device`, `place`, and `at`, in UTC; empty where not known. For workers."""
        family = RefreshTokenFamily.objects.filter(pk=session_id).first()
        if family is None:
            return {}
        return {
            "device": device_of(family.user_agent),
            "place": place_of(family.ip_address),
            "at": f"{family.created_at:%Y-%m-%d %H:%M} UTC",
        }

    def revoke(self, actor: User, *, family_ids: list[UUID]) -> int:
        """End these sessions and return how many were alive. Moderators and admins, in the admin process."""
        if not actor.is_moderating:
            raise PermissionDenied("Only moderators and admins end the sessions of others.")
        with acting_as_service():
            families = RefreshTokenFamily.objects.select_for_update().filter(pk__in=family_ids, revoked_at=None)
            ended = list(families.order_by("pk").select_related("user"))
            for family in ended:
                _revoke(family)
                audit.record(
                    AuditAction.LOGGED_OUT, user=family.user, client=Client(), family=str(family.pk), by=str(actor.pk)
                )
        return len(ended)


def end_everywhere(user: User, *, keep: UUID | None, client: Client) -> int:
    """`SessionService.end_all` with the rights that the transaction has: the account service's, or an operator's."""
    families = RefreshTokenFamily.objects.all()
    return _end(user, families.exclude(pk=keep) if keep else families, client, and_begun=True)


def begin_session(user: User, client: Client, *, method: LoginMethod, **details: str) -> Tokens | Asked:
    """Log in an active account that `method` has proven to be the caller's, or ask for its second factor.

    Every first factor ends here. `details` are for the audit trail. Within the caller's `account_service()`.
    """
    if user.has_second_factor():
        return challenges.ask(user, ChallengePurpose.LOGIN, login_method=method)
    return _start(user, client, method=method, **details)


def refusal_of(challenge: Challenge | None) -> DomainError:
    """Why an answer got nobody in: there was no challenge to answer any more, or it was wrong."""
    if challenge is None:
        return ChallengeOver("It was answered, or tried too often, or it is too old.")
    left = MOST_ATTEMPTS - challenge.attempts
    return SecondFactorInvalid(f"Try again; {left} more before you have to begin again." if left else "Begin again.")


def _end(user: User, families: RefreshTokenFamilyQuerySet, client: Client, *, and_begun: bool) -> int:
    # Before its sessions, as everywhere: a login that is on its way waits, or is among them.
    User.objects.select_for_update().filter(pk=user.pk).first()
    if and_begun:
        challenges.end_logins(user)
    ended = list(families.visible_to(user).alive().select_for_update().order_by("pk"))
    for family in ended:
        _revoke(family)
        audit.record(AuditAction.LOGGED_OUT, user=user, client=client, family=str(family.pk))
    return len(ended)


def _start(user: User, client: Client, *, method: str, **details: str) -> Tokens:
    new = {"new_device": "yes"} if is_new_device(user, client) else {}
    user.last_login = timezone.now()
    user.save(update_fields=["last_login"])
    due_at = Departure.objects.filter(user=user).values_list("due_at", flat=True).first()
    family, token = _start_family(user, client)
    if new:
        ask_for_mail_about(family.pk, user, "new_device")
    audit.record(AuditAction.LOGGED_IN, user=user, client=client, method=method, **new, **details)
    return replace(_tokens(family, token), deletion_due_at=due_at)


def is_new_device(user: User, client: Client) -> bool:
    """Whether no earlier login came from such a device in the same country; not the first login of an account.

    Addresses change too often to be worth a mail each. Where no database of places is configured the device decides.
    """
    if user.last_login is None:
        return False
    device, country = device_of(client.user_agent), country_of(client.ip_address)
    earlier = RefreshTokenFamily.objects.filter(user=user, impersonated_by=None).order_by("-pk")
    countries = {
        country_of(ip_address)
        for user_agent, ip_address in earlier.values_list("user_agent", "ip_address")[:_REMEMBERED_LOGINS]
        if device_of(user_agent) == device
    }
    return not countries or bool(country and countries - {""} and country not in countries)


def _locked_account(user_id: UUID | None, **as_it_was: str) -> User | None:
    """The account, if it is open and still as it was; nobody ends its sessions before this transaction does."""
    accounts = User.objects.with_hidden().active().select_for_update()
    user: User | None = accounts.filter(pk=user_id, **as_it_was).first()
    return user


def _reason_to_refuse(user: User | None, password: str) -> str:
    """Why not, or ''. Hashes once in every case, or the time would tell which addresses have an account."""
    if user is None:
        make_password(password)
        return "unknown_account"
    if not user.has_usable_password():
        make_password(password)
        return "no_password"
    if not user.check_password(password):
        return "wrong_password"
    return "" if user.email_confirmed_at else "email_not_confirmed"


def _start_family(user: User, client: Client) -> tuple[RefreshTokenFamily, RefreshToken]:
    now = timezone.now()
    token = RefreshToken.first(new_id())
    family = RefreshTokenFamily.objects.create(
        id=token.family_id,
        user=user,
        current_hash=token.sha256,
        user_agent=client.user_agent,
        ip_address=client.ip_address,
        rotated_at=now,
        proved_at=now,
        expires_at=now + settings.REFRESH_TOKEN_ABSOLUTE,
    )
    return family, token


def _locked_family(family_id: UUID) -> RefreshTokenFamily | None:
    """The family if it is alive, its row locked until the transaction ends: parallel refreshes pass one by one."""
    alive = RefreshTokenFamily.objects.alive().filter(pk=family_id, user__is_active=True)
    family: RefreshTokenFamily | None = alive.select_for_update(of=("self",)).select_related("user").first()
    return family


def _steps_behind(family: RefreshTokenFamily, presented: RefreshToken) -> int | None:
    """How many rotations ago `presented` was the active token; 0 when it is, None when it never was."""
    steps = family.rotations - presented.number
    if steps < 0 or not presented.next(steps).is_hashed_as(family.current_hash):
        return None
    return steps


def _rotated(family: RefreshTokenFamily, presented: RefreshToken, client: Client) -> Tokens | None:
    """The tokens to answer with, or None; the caller holds the family's lock."""
    steps = _steps_behind(family, presented)
    if steps is None:
        return None
    now = timezone.now()
    if steps == 0:
        _rotate(family, presented.next(), now)
        audit.record(AuditAction.TOKEN_REFRESHED, user=family.user, client=client, family=str(family.pk))
        return _tokens(family, presented.next())
    if steps == 1 or steps <= len(_within_window(family.recent_rotations, now)):
        return _tokens(family, presented.next(steps))
    _revoke(family)
    audit.record(AuditAction.TOKEN_REUSED, user=family.user, client=client, family=str(family.pk), steps=steps)
    publish(
        "notifications.send_account_email",
        payload={"user_id": str(family.user_id), "template": "refresh_token_reused"},
        key=f"account-email:refresh_token_reused:{family.pk}",
    )
    return None


def _rotate(family: RefreshTokenFamily, child: RefreshToken, now: datetime) -> None:
    family.current_hash = child.sha256
    family.rotations = child.number
    family.rotated_at = now
    family.recent_rotations = [*_within_window(family.recent_rotations, now), now]
    family.save(update_fields=["current_hash", "rotations", "rotated_at", "recent_rotations"])


def _within_window(rotations: list[datetime], now: datetime) -> list[datetime]:
    return [at for at in rotations if at > now - REUSE_WINDOW]


def _revoke(family: RefreshTokenFamily) -> None:
    """End it, and with it the change of address that it asked for: nobody confirms what an ended login wanted."""
    family.revoked_at = timezone.now()
    family.save(update_fields=["revoked_at"])
    EmailChange.objects.filter(session_id=family.pk, confirmed_at=None).delete()


def _tokens(family: RefreshTokenFamily, token: RefreshToken) -> Tokens:
    return Tokens(
        session_id=family.pk,
        access=issue_access_token(family.user, family_id=family.pk),
        refresh=str(token),
        expires_in=int(ACCESS_TOKEN_LIFETIME.total_seconds()),
        user=family.user,
    )
