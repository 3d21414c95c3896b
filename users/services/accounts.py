"""Opens accounts and confirms their addresses. Logging in and what follows is `sessions.py`.

Each method runs in transactions of its own with the rights of `account_service`; call them outside of a request's.
"""

from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core import signing
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.text import slugify

from skillbridge_backend.core.access import DatabaseRole, account_service, acting_as_service, enter_role
from skillbridge_backend.core.errors import InvalidInput, PermissionDenied
from users.clients import Client
from users.enums import AuditAction, Role
from users.exceptions import ConfirmationTokenExpired, ConfirmationTokenInvalid, HandleTaken
from users.models import Departure, EmailChange, Profile, User
from users.services import audit
from users.services.account_mail import ask_for_mail_again_about, ask_for_mail_alike, ask_for_mail_now_and_then
from users.services.passwords import check_new_password

_CONFIRMATION_SALT = "users.confirm-email"
_HANDLE_TRIES = 5
_SHORTEST_HANDLE, _LONGEST_HANDLE = 3, 40
_PLAIN_STEM = "member"


class AccountService:
    """Sign-up, confirmation and roles."""

    def sign_up(self, *, email: str, password: str, display_name: str, client: Client) -> None:
        """Open an account and mail a confirmation link; for an address that has one, mail its owner that instead.

        The caller cannot tell the two apart by the answer; the time goes into hashing the password, done for both, and
        the few inserts that differ drown in it. The handle is made from the name: one that could be asked for would be
        taken only where the address was new, and so tell. An account that nobody has confirmed loses its password, and
        its owner is mailed the link for one. Who signs up with an address that an account has given up within the week
        is mailed how to take that back. Raises InvalidInput for `password`. Two sign-ups at once for one address: one
        account.
        """
        user = User(email=email.strip().lower(), display_name=display_name, email_confirmed_at=None)
        # The handle without what chance may add to it, for the password must not be like that either.
        user.handle = _stem(display_name)
        check_new_password(password, user)
        user.password = make_password(password)
        with account_service():
            owner = insert_account(user, like=display_name)
            if owner.pk == user.pk:
                Profile.objects.create(user=user)
                audit.record(AuditAction.SIGNED_UP, user=user, client=client)
                ask_for_mail_now_and_then(user.pk, "confirm_email")
            elif change := EmailChange.objects.stoppable().filter(old_address=user.email).first():
                ask_for_mail_again_about(change.pk, owner, "email_changed")
            else:
                _tell_of_sign_up(owner)

    def confirm_email(self, *, token: str, password: str | None = None, client: Client) -> User:
        """Confirm the address that `token` was mailed to; harmless to repeat.

        The token shows whose the mailbox is, `password` that they are who signed up: otherwise a stranger who signed up
        with their address would have a confirmed account. None is for clients of before, who do not ask for it.

        Raises ConfirmationTokenExpired after three days, ConfirmationTokenInvalid for a damaged token and for one of an
        address that the account no longer has, InvalidInput for `password`, which is in the audit trail then, like a
        failed login. Locks the account's row.
        """
        lifetime = settings.EMAIL_CONFIRMATION_LIFETIME
        try:
            claims = signing.loads(token, salt=_CONFIRMATION_SALT, max_age=lifetime)
        except signing.SignatureExpired as error:
            raise ConfirmationTokenExpired(f"Links are valid for {lifetime.days} days; ask for a new one.") from error
        except signing.BadSignature as error:
            raise ConfirmationTokenInvalid("Open the link from the e-mail, or ask for a new one.") from error
        with account_service():
            accounts = User.objects.with_hidden().active()
            user: User | None = accounts.select_for_update().filter(pk=UUID(claims["user"])).first()
            if user is None or user.email != claims["email"]:
                raise ConfirmationTokenInvalid("This link was made for an address that the account no longer has.")
            is_known = user.email_confirmed_at is not None or password is None or user.check_password(password)
            if not is_known:
                reason = "wrong_password_at_confirmation"
                audit.record(AuditAction.LOGIN_FAILED, user=user, client=client, reason=reason)
            elif user.email_confirmed_at is None:
                user.email_confirmed_at = timezone.now()
                user.save(update_fields=["email_confirmed_at", "updated_at"])
                audit.record(AuditAction.EMAIL_CONFIRMED, user=user, client=client)
        if not is_known:
            raise InvalidInput.of("password", "The account was opened with another password.", code="wrong_password")
        return user

    def resend_confirmation(self, *, email: str) -> None:
        """Mail a new confirmation link to an account that waits for it; the same work for every other address.

        Where the password is gone there is none to confirm the address with: then the link is for a new one.
        """
        with account_service():
            user = User.objects.by_email(email).filter(is_active=True, email_confirmed_at=None).first()
            has_none = user is not None and not user.has_usable_password()
            ask_for_mail_alike(user, "finish_sign_up" if has_none else "confirm_email")

    @staticmethod
    def confirmation_link(user: User) -> str:
        """The link to mail: valid for three days, for this purpose and the account's present address only."""
        token = signing.dumps({"user": str(user.pk), "email": user.email}, salt=_CONFIRMATION_SALT)
        return f"{settings.PUBLIC_URL}/api/v1/auth/confirm-email/?{urlencode({'token': token})}"

    def change_role(self, actor: User, *, user_id: UUID, role: Role) -> User:
        """Give somebody another role and end their access tokens; a trigger writes the audit entry. Admins only.

        Who moderated and comes down also loses all rights in the admin: those were given for what they did there, and a
        handle that is for those who run the platform. Who is no mentor any more offers no mentoring. Locks the
        account's row, then the profile's. For workers and the admin: runs as service_role.
        """
        if actor.role != Role.ADMIN:
            raise PermissionDenied("Only admins change roles.")
        with acting_as_service():
            # The same role with a name in it, so that the trigger can say who did this.
            enter_role(DatabaseRole.SERVICE, user_id=actor.pk, user_role=actor.role)
            user: User = User.objects.select_for_update().get(pk=user_id)
            if user.role != role:
                if user.is_moderating and role != Role.ADMIN:
                    user.is_staff = user.is_superuser = False
                    user.groups.clear()
                    user.user_permissions.clear()
                if role != Role.MENTOR:
                    Profile.objects.filter(user=user, is_offering_mentoring=True).update(is_offering_mentoring=False)
                    Departure.objects.filter(user=user).update(was_offering=False)
                user.role = role
                if not user.may_be_called(user.handle):
                    user.handle = _handles(_PLAIN_STEM)[1]
                user.token_version += 1
                user.save(update_fields=["role", "handle", "is_staff", "is_superuser", "token_version", "updated_at"])
        return user


def insert_account(user: User, *, like: str) -> User:
    """Insert `user` with a handle made of `like`, and return it, or the account that has the address already.

    Raises HandleTaken when chance made only handles that others have. Within `account_service()`.
    """
    for handle in _handles(like):
        user.handle = handle
        # Whoever took an account over must not keep its owner from their address by signing up with it.
        kept = EmailChange.objects.stoppable().filter(old_address=user.email).select_related("user").first()
        if kept:
            former: User = kept.user
            return former
        # Conflicts are no errors here, for an error would end the transaction and take longer than a success.
        User.objects.bulk_create([user], ignore_conflicts=True)
        owner: User | None = User.objects.by_email(user.email).first()
        if owner:
            return owner
    raise HandleTaken("No free handle was found. Send the request again.")


def _tell_of_sign_up(owner: User) -> None:
    """Mail that somebody signed up with this address again. The same queries whether or not it is confirmed.

    Until it is, neither who signed up before nor who does now has shown that the mailbox is theirs. The password of the
    former would count once the latter confirms the address, so it goes, and the mail has the link for one.
    """
    waiting = User.objects.unverified().filter(pk=owner.pk)
    # In one statement: what was confirmed a moment ago is left alone.
    waiting.with_password().update(password=make_password(None), has_short_password=False, updated_at=timezone.now())
    ask_for_mail_now_and_then(owner.pk, "finish_sign_up" if waiting.exists() else "already_registered")


def _handles(like: str) -> list[str]:
    """Some handles made from a name, with a random end from the second on, or if it is too short."""
    stem = _stem(like)
    longer = [f"{stem}-{get_random_string(8, 'abcdefghjkmnpqrstuvwxyz23456789')}" for _ in range(_HANDLE_TRIES)]
    return [stem, *longer] if len(stem) >= _SHORTEST_HANDLE else longer


def _stem(like: str) -> str:
    """What a handle begins with; nobody's who opens an account is reserved, by whatever name they call themselves."""
    stem = slugify(like)[: _LONGEST_HANDLE - 9].strip("-_")
    return stem if stem and User().may_be_called(stem) else _PLAIN_STEM
