"""Changes passwords: by somebody who knows the old one, or who reads the account's mailbox.

Each step is a transaction of its own with the rights of `account_service`: what failed is in the audit trail although
the caller gets an error. Lock order: the account's row, then its sessions.
"""

from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.utils import timezone

from skillbridge_backend.core.access import account_service
from skillbridge_backend.core.errors import FieldError, InvalidInput
from users.clients import Client
from users.enums import AuditAction
from users.exceptions import ResetTokenInvalid
from users.models import User
from users.password_length import LEAST_LENGTH
from users.services import audit
from users.services.account_mail import ask_for_mail, ask_for_mail_alike
from users.services.personal_tokens import remove_all as remove_all_tokens
from users.services.sessions import SessionService
from users.services.social_links import remove_all as remove_all_links
from users.services.step_up import demand_proof


class _ResetLinks(PasswordResetTokenGenerator):
    """Proofs that end with the hour, the address, and the link's use, and not with a login or any new password.

    Django's end with those, too: whoever found out a password could log in again and again, or change it from one to
    another, and no link that its owner is mailed would ever work. A change that took a second factor ends them.
    """

    key_salt = "users.reset-password"

    def _make_hash_value(self, user: AbstractBaseUser, timestamp: int) -> str:
        ended = user.links_ended_at if isinstance(user, User) else None
        return f"{user.pk}{ended}{timestamp}{user.get_username()}"


_links = _ResetLinks()


class PasswordService:
    """Reset and change."""

    def ask_for_reset(self, *, email: str) -> None:
        """Mail a link to whoever has this address. The same work, and nothing mailed, for every other address."""
        with account_service():
            user = User.objects.by_email(email).filter(is_active=True).first()
            ask_for_mail_alike(user, "reset_password")

    def reset(self, *, token: str, password: str, client: Client) -> User:
        """Give the account a new password, and tell its owner. No login. The account, with its hidden columns.

        All that somebody else may have begun, made or linked ends: sessions, personal tokens, login providers.
        Who has the link reads the mailbox, so the address counts as confirmed. Raises ResetTokenInvalid for a link that
        is damaged, an hour old or used; InvalidInput for `password`, and the link remains.
        """
        user_id, _, proof = token.partition(".")
        with account_service():
            user = _locked(user_id)
            if user is None or not _links.check_token(user, proof):
                raise ResetTokenInvalid("Ask for a new link. Each works once, for an hour.")
            if user.email_confirmed_at is None:
                user.email_confirmed_at = timezone.now()
                user.save(update_fields=["email_confirmed_at", "updated_at"])
                audit.record(AuditAction.EMAIL_CONFIRMED, user=user, client=client)
            _set(user, password, ends_links=True)
            SessionService().end_all(user, keep=None, client=client)
            remove_all_tokens(user, client, reason="password_reset")
            remove_all_links(user, client, reason="password_reset")
        return user

    def change(self, actor: User, *, current: str, password: str, session_id: UUID, client: Client) -> None:
        """Give oneself a new password, end all other sessions and tell the owner by e-mail. Personal tokens stay.

        Links for a new password that are out end only where a second factor was shown: without one whoever changes it
        may not be the owner, and a link their way back.

        Raises InvalidInput for `current_password` (which is in the audit trail then, like a failed login) and for
        `password`; StepUpRequired where there is a second factor.
        """
        with account_service(user_id=actor.pk):
            user = User.objects.with_hidden().select_for_update().get(pk=actor.pk)
            is_proven = user.has_second_factor()
            if is_proven:
                demand_proof(user, session_id)
            is_known = user.has_usable_password() and user.check_password(current)
            if is_known:
                _set(user, password, ends_links=is_proven)
                SessionService().end_all(user, keep=session_id, client=client)
            else:
                audit.record(AuditAction.LOGIN_FAILED, user=user, client=client, reason="wrong_current_password")
        if not is_known:
            raise InvalidInput.of("current_password", "This is not your password.", code="wrong_password")

    @staticmethod
    def reset_link(user: User) -> str:
        """The link to mail: valid for an hour, once. `user` is loaded with its hidden columns."""
        token = f"{user.pk.hex}.{_links.make_token(user)}"
        return f"{settings.PUBLIC_URL}/api/v1/auth/password/reset/confirm/?{urlencode({'token': token})}"


def check_new_password(password: str, user: User) -> None:
    """Raises InvalidInput for `password` with every rule that it breaks (AUTH_PASSWORD_VALIDATORS)."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        problems = [FieldError("password", each.code or "invalid", each.messages[0]) for each in error.error_list]
        raise InvalidInput("Choose another password.", errors=problems) from error


def _locked(user_id: str) -> User | None:
    try:
        key = UUID(hex=user_id)
    except ValueError:
        return None
    user: User | None = User.objects.with_hidden().active().select_for_update().filter(pk=key).first()
    return user


def _set(user: User, password: str, *, ends_links: bool) -> None:
    check_new_password(password, user)
    user.password = make_password(password)
    user.has_short_password = len(password) < LEAST_LENGTH
    if ends_links:
        user.links_ended_at = timezone.now()
    user.save(update_fields=["password", "has_short_password", "links_ended_at", "updated_at"])
    ask_for_mail(user.pk, "password_changed")
