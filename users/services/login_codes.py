"""Logs people in with a code that is mailed to them.

The answers, and the work for them, are the same for an address without an account: its ticket exists, and no code is
right. Codes are stored nowhere. They follow from our key, the challenge and the account's address, so a copy of the
database holds none, and a new address ends those of the old one. Lock order: a challenge's row, the account's, then a
family's; nobody who holds an account's asks for these challenges.
"""

from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from skillbridge_backend.core.access import account_service
from skillbridge_backend.core.ids import new_id
from users.clients import Client
from users.enums import AuditAction, ChallengePurpose, LoginMethod
from users.exceptions import ChallengeOver, LoginCodeInvalid
from users.models import Challenge, User
from users.querysets import MOST_ATTEMPTS
from users.services import audit, challenges
from users.services.account_mail import ask_for_mail, ask_for_mail_about
from users.services.challenges import Asked
from users.services.sessions import Tokens, begin_session

DIGITS = 8


class LoginCodeService:
    """Ask for a code, log in with it."""

    def ask(self, *, email: str) -> Asked:
        """Mail a code to the owner of this address. The same work, and nothing mailed, for every other address."""
        with account_service():
            user = User.objects.by_email(email).filter(is_active=True).first()
            challenge, asked = challenges.ask_for_login_code(user, lifetime=settings.LOGIN_CODE_LIFETIME)
            ask_for_mail_about(challenge.pk, user, "login_code")
        return asked

    def log_in(self, *, ticket: str, code: str, client: Client) -> Tokens | Asked:
        """Start a session for whoever read the code in their mailbox, or ask for the second factor that they have.

        An address that waited for confirmation is confirmed by that, and its password goes (`_confirm`). Raises
        ChallengeOver, LoginCodeInvalid.
        """
        with account_service():
            challenge = challenges.locked(ticket, ChallengePurpose.EMAIL_CODE)
            begun = self._begun(challenge, code, client) if challenge else None
        if begun:
            return begun
        if challenge is None:
            raise ChallengeOver("It was answered, or tried too often, or it is too old.")
        left = MOST_ATTEMPTS - challenge.attempts
        raise LoginCodeInvalid(f"Try again; {left} more before you have to ask for a new one." if left else "Ask anew.")

    @staticmethod
    def code_for(user: User, challenge_id: UUID) -> str:
        """The code to mail. `user` is loaded with the address."""
        proof = salted_hmac("users.login-code", f"{challenge_id.hex} {user.pk} {user.email}", algorithm="sha256")
        return f"{int.from_bytes(proof.digest()) % 10**DIGITS:0{DIGITS}}"

    def _begun(self, challenge: Challenge, code: str, client: Client) -> Tokens | Asked | None:
        # The same query for nobody, or the time would tell. Locked, so that the address is what it will be at the end.
        accounts = User.objects.with_hidden().active().select_for_update()
        found = accounts.filter(pk=challenge.user_id or new_id()).first()
        expected = self.code_for(found or User(email=""), challenge.pk)
        is_right = constant_time_compare(code, expected) and found is not None
        if not is_right:
            audit.record(AuditAction.LOGIN_FAILED, user=found, client=client, reason="wrong_login_code")
            return None
        challenges.settle(challenge)
        if found.email_confirmed_at is None:
            _confirm(found, client)
        return begin_session(found, client, method=LoginMethod.EMAIL_CODE)


def _confirm(user: User, client: Client) -> None:
    """Confirm the address, and drop the password: who chose it had not shown that the mailbox is theirs.

    Otherwise somebody could sign up with another's address, wait for them to come by a code, and log in.
    """
    user.email_confirmed_at = timezone.now()
    had_password = user.has_usable_password()
    user.set_unusable_password()
    user.has_short_password = False
    user.save(update_fields=["email_confirmed_at", "password", "has_short_password", "updated_at"])
    audit.record(AuditAction.EMAIL_CONFIRMED, user=user, client=client)
    if had_password:
        ask_for_mail(user.pk, "password_dropped")
