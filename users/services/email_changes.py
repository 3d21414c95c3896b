"""Changes the address of an account: asked for by its owner, confirmed from the new mailbox, stopped from the old one.

The answers do not tell whether another account has the new address: a worker looks when it mails the link, and tells
the owner of that account instead (`mail_for`). The old mailbox can undo a change for a week, for whoever took the
account over would begin with the address. Steps are transactions of their own with the rights of `account_service`.
Lock order: the account's row, then the change's, then sessions.
"""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils import timezone

from skillbridge_backend.core.access import account_service, acting_as_service
from skillbridge_backend.core.errors import InvalidInput, NotFound
from skillbridge_backend.core.ids import first_id_at
from users.clients import Client
from users.enums import AuditAction
from users.exceptions import EmailChangeOver, EmailTaken
from users.models import AuthenticatorApp, EmailChange, Passkey, RecoveryCode, User
from users.services import audit, personal_tokens, social_links
from users.services.account_mail import ask_for_mail, ask_for_mail_about
from users.services.leaving import LeavingService
from users.services.sessions import SessionService
from users.services.step_up import demand_proof

_CONFIRM_SALT, _STOP_SALT = "users.confirm-new-email", "users.stop-email-change"


@dataclass(frozen=True, slots=True)
class ChangeMail:
    """What one of the mails about a change says, and to which address it goes; `template` may be another one."""

    template: str
    address: str
    link: str = ""


class EmailChangeService:
    """Ask, confirm, give up, undo."""

    def waiting(self, actor: User) -> EmailChange | None:
        """The change that waits for its confirmation."""
        with account_service(user_id=actor.pk):
            return EmailChange.objects.waiting().filter(user=actor).first()

    def ask(self, actor: User, *, email: str, session_id: UUID, client: Client) -> EmailChange:
        """Mail a link to the new address, and one that stops it to the present one; takes the place of an earlier one.

        Raises InvalidInput for `email` where it is the present one, StepUpRequired.
        """
        address = email.strip().lower()
        with account_service(user_id=actor.pk):
            user = User.objects.with_hidden().select_for_update().get(pk=actor.pk)
            demand_proof(user, session_id)
            if address == user.email:
                raise InvalidInput.of("email", "This is the address that you have. Give another one.", code="unchanged")
            EmailChange.objects.filter(user=user, confirmed_at=None).delete()
            change = EmailChange.objects.create(
                user=user,
                old_address=user.email,
                new_address=address,
                session_id=session_id,
                asked_at=timezone.now(),
            )
            audit.record(AuditAction.EMAIL_CHANGE_ASKED, user=user, client=client)
            ask_for_mail_about(change.pk, user, "confirm_new_email")
            ask_for_mail_about(change.pk, user, "email_change_asked")
        return change

    def give_up(self, actor: User, *, client: Client) -> None:
        """Stay with the present address. Raises NotFound when no change waits."""
        with account_service(user_id=actor.pk):
            change = EmailChange.objects.waiting().select_for_update().filter(user=actor).first()
            if change is None:
                raise NotFound
            _give_up(change, actor, client)

    def confirm(self, *, token: str, client: Client) -> None:
        """Give the account its new address, end all logins but the one that asked, and tell the old mailbox.

        Raises EmailChangeOver for a link that is damaged, a day old, used, replaced or stopped, and where the session
        that asked is over; EmailTaken.
        """
        change_id = _subject_of(token, _CONFIRM_SALT)
        with account_service():
            user = _locked_owner(change_id)
            change = EmailChange.objects.waiting().select_for_update().filter(pk=change_id).first()
            if user is None or change is None:
                raise _over()
            if _is_taken(change.new_address, by_other_than=user):
                raise EmailTaken("Log in to that account, or use another address.")
            user.email, user.email_confirmed_at = change.new_address, timezone.now()
            user.save(update_fields=["email", "email_confirmed_at", "updated_at"])
            change.confirmed_at = timezone.now()
            change.save(update_fields=["confirmed_at"])
            audit.record(AuditAction.EMAIL_CHANGED, user=user, client=client)
            SessionService().end_all(user, keep=change.session_id, client=client)
            ask_for_mail_about(change.pk, user, "email_changed")

    def stop(self, *, token: str, client: Client) -> bool:
        """What the owner of the old mailbox says: it was not me. Whether the address had changed already.

        Where it had, the account has its old address again, and nothing that an intruder may have left: no login, no
        personal token, no password, no factor of the last days, no date to be erased on. A link for a new password is
        in the mail that follows.
        Raises EmailChangeOver.
        """
        change_id = _subject_of(token, _STOP_SALT)
        with account_service():
            user = _locked_owner(change_id)
            change = EmailChange.objects.stoppable().select_for_update().filter(pk=change_id).first()
            if user is None or change is None:
                raise _over()
            if change.confirmed_at is None:
                _give_up(change, user, client)
                return False
            _restore(user, change, client)
            return True

    def remove_old(self) -> int:
        """Forget the changes that nobody can confirm or undo any more, and return how many. For workers."""
        with acting_as_service():
            removed, _ = EmailChange.objects.over().delete()
        return removed

    @staticmethod
    def mail_for(template: str, change_id: UUID) -> ChangeMail | None:
        """What this mail says now; None when the change is over. For workers."""
        change = EmailChange.objects.stoppable().filter(pk=change_id).first()
        if change is None or (template == "confirm_new_email" and change.confirmed_at):
            return None
        if template != "confirm_new_email":
            return ChangeMail(template, change.old_address, _link("stop", change, _STOP_SALT))
        if User.objects.by_email(change.new_address).exists():
            return ChangeMail("address_in_use", change.new_address)
        return ChangeMail(template, change.new_address, _link("confirm", change, _CONFIRM_SALT))


def _link(page: str, change: EmailChange, salt: str) -> str:
    token = signing.dumps(str(change.pk), salt=salt)
    return f"{settings.PUBLIC_URL}/api/v1/auth/email/{page}/?{urlencode({'token': token})}"


def _subject_of(token: str, salt: str) -> UUID:
    try:
        return UUID(signing.loads(token, salt=salt))
    except (signing.BadSignature, ValueError) as error:
        raise _over() from error


def _over() -> EmailChangeOver:
    return EmailChangeOver("It was used, replaced or stopped, or it is too old.")


def _locked_owner(change_id: UUID) -> User | None:
    found: User | None = (
        User.objects.with_hidden().active().select_for_update(of=("self",)).filter(email_changes=change_id).first()
    )
    return found


def _is_taken(address: str, *, by_other_than: User) -> bool:
    """An account has it, or may have it back."""
    others = User.objects.exclude(pk=by_other_than.pk)
    kept = EmailChange.objects.stoppable().exclude(user=by_other_than).filter(old_address=address)
    return others.filter(email=address).exists() or kept.exists()


def _give_up(change: EmailChange, user: User, client: Client) -> None:
    change.delete()
    audit.record(AuditAction.EMAIL_CHANGE_STOPPED, user=user, client=client)


def _restore(user: User, change: EmailChange, client: Client) -> None:
    user.email, user.email_confirmed_at = change.old_address, timezone.now()
    user.set_unusable_password()
    user.has_short_password = False
    user.save(update_fields=["email", "email_confirmed_at", "password", "has_short_password", "updated_at"])
    _remove_factors(user, since=change.asked_at - settings.EMAIL_CHANGE_UNDO, client=client)
    personal_tokens.remove_all(user, client, reason="email_restored")
    social_links.remove_all(user, client, reason="email_restored")
    SessionService().end_all(user, keep=None, client=client)
    # The mail about it, and its link, went to the other address.
    LeavingService().keep(user, client=client)
    # With those that came after it: their old addresses were not the owner's. Earlier ones stay, for the old address of
    # this one may be the intruder's, and that of an earlier one the owner's.
    EmailChange.objects.filter(user=user, asked_at__gte=change.asked_at).delete()
    audit.record(AuditAction.EMAIL_RESTORED, user=user, client=client)
    ask_for_mail(user.pk, "email_restored")


def _remove_factors(user: User, *, since: datetime, client: Client) -> None:
    """Remove those that came since: an intruder who adds one before the address must not keep the owner out by it."""
    first = first_id_at(since)
    recent = {
        "authenticator_app": AuthenticatorApp.objects.filter(user=user, confirmed_at__gte=since),
        "passkey": Passkey.objects.filter(user=user, pk__gte=first),
    }
    for kind, found in recent.items():
        removed, _ = found.delete()
        for _each in range(removed):
            audit.record(AuditAction.FACTOR_REMOVED, user=user, client=client, factor=kind, reason="email_restored")
    codes = RecoveryCode.objects.filter(user=user)
    if not user.has_second_factor() or codes.filter(pk__gte=first).exists():
        codes.delete()
