"""Logs people in, and opens accounts, with what a login provider says of them. A provider is a first factor.

Whom a provider means is linked to an account, or not. If not, an address that the provider has verified and that is
unknown here opens an account. An address that has an account here links nothing: a provider that is careless with
addresses would otherwise open every account here, and whoever opened an account with another's address would be in it
with them. Each step is a transaction of its own with the rights of `account_service`; the provider is asked before.
Lock order: a visit's row, the account's, then its link.
"""

from dataclasses import dataclass

from django.utils import timezone

from skillbridge_backend.core.access import account_service
from skillbridge_backend.core.errors import DomainError
from users.clients import Client
from users.enums import AuditAction, LoginMethod, VisitPurpose
from users.exceptions import AccountExists, ChallengeOver, ProviderEmailNotVerified, ProviderLoginRefused
from users.login_providers import provider_named
from users.models import Profile, SocialLink, User
from users.services import audit
from users.services.account_mail import ask_for_mail
from users.services.accounts import insert_account
from users.services.challenges import Asked
from users.services.provider_visits import Known, Shown, redeemed, shown_by_app
from users.services.sessions import Tokens, begin_session
from users.services.social_links import add_link


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody is in, or asked for their second factor; `is_new` when the account was opened for them."""

    begun: Tokens | Asked
    is_new: bool
    refresh_in: str


class ProviderLoginService:
    """Log in with a ticket, or with a code."""

    def finish(self, *, ticket: str, browser_secret: str, client: Client) -> Arrival:
        """Log in whom a visit brought. Raises ChallengeOver, and what `log_in_by_code` raises of an identity."""
        with account_service():
            known = redeemed(ticket, browser_secret, VisitPurpose.LOGIN)
            outcome = (
                _arrived(known, client)
                if known
                else ChallengeOver("Finish a login in the browser that it was begun in, within five minutes, once.")
            )
        return _in_or_refused(outcome)

    def log_in_by_code(self, *, provider: str, shown: Shown, refresh_in: str, client: Client) -> Arrival:
        """Log in whom a provider means with a code that an app got by itself.

        Raises what `shown_by_app` raises; ProviderEmailNotVerified, AccountExists, ProviderLoginRefused.
        """
        known = shown_by_app(provider, shown)
        with account_service():
            outcome = _arrived(Known(known.provider, known.identity, refresh_in), client)
        return _in_or_refused(outcome)


def _in_or_refused(outcome: Arrival | DomainError) -> Arrival:
    """The arrival. A refusal is raised here, after the commit: the ticket is used up, and the audit trail knows it."""
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


def _arrived(known: Known, client: Client) -> Arrival | DomainError:
    link = _link_of(known)
    if link:
        return _returned(link, known, client)
    if not (known.identity.email and known.identity.is_email_verified):
        audit.record(
            AuditAction.LOGIN_FAILED, user=None, client=client, reason="email_not_verified", provider=known.provider
        )
        label = provider_named(known.provider).label
        return ProviderEmailNotVerified(f"Verify your address at {label}, or sign up with it here.")
    return _signed_up(known, client)


def _link_of(known: Known) -> SocialLink | None:
    return SocialLink.objects.filter(provider=known.provider, subject=known.identity.subject).first()


def _returned(link: SocialLink, known: Known, client: Client) -> Arrival | DomainError:
    user: User | None = User.objects.with_hidden().active().select_for_update().filter(pk=link.user_id).first()
    if user and not SocialLink.objects.select_for_update().filter(pk=link.pk).exists():
        return _arrived(known, client)  # unlinked in the meantime
    if user is None:
        closed = User.objects.filter(pk=link.user_id).first()
        audit.record(
            AuditAction.LOGIN_FAILED, user=closed, client=client, reason="closed_account", provider=known.provider
        )
        return ProviderLoginRefused("Log in another way, or write to the operator.")
    link.last_used_at = timezone.now()
    link.email, link.login = known.identity.email, known.identity.login
    link.name = known.identity.name or link.name  # Apple tells it once
    link.save(update_fields=["last_used_at", "email", "login", "name"])
    begun = begin_session(user, client, method=LoginMethod.SOCIAL, provider=known.provider)
    return Arrival(begun, is_new=False, refresh_in=known.refresh_in)


def _signed_up(known: Known, client: Client) -> Arrival | DomainError:
    """A new account for a verified address, or AccountExists where it has one."""
    identity = known.identity
    user = User(email=identity.email, display_name=identity.name or identity.login or "Member", email_confirmed_at=None)
    user.set_unusable_password()
    owner = insert_account(user, like=identity.login or user.display_name)
    if owner.pk != user.pk:
        # Two logins at once for the same person: the other one has opened the account, and linked it.
        link = _link_of(known)
        return _returned(link, known, client) if link else _refused_for_address(owner, known, client)
    Profile.objects.create(user=user)
    user.email_confirmed_at = timezone.now()
    user.save(update_fields=["email_confirmed_at", "updated_at"])
    audit.record(AuditAction.SIGNED_UP, user=user, client=client, method=LoginMethod.SOCIAL, provider=known.provider)
    audit.record(AuditAction.EMAIL_CONFIRMED, user=user, client=client)
    link = add_link(user, known.provider, identity, client)
    if link is None:
        # Never committed: the account goes with the transaction, and the one who was faster is logged in next time.
        raise ProviderLoginRefused("Try again.")
    link.last_used_at = link.linked_at
    link.save(update_fields=["last_used_at"])
    ask_for_mail(user.pk, "signed_up_by_provider")
    begun = begin_session(user, client, method=LoginMethod.SOCIAL, provider=known.provider)
    return Arrival(begun, is_new=True, refresh_in=known.refresh_in)


def _refused_for_address(owner: User, known: Known, client: Client) -> AccountExists:
    audit.record(AuditAction.LOGIN_FAILED, user=owner, client=client, reason="not_linked", provider=known.provider)
    label = provider_named(known.provider).label
    return AccountExists(
        f"Log in to it, with a code by e-mail if you have no password, and link {label} then: POST"
        f" /api/v1/auth/providers/{known.provider}/start/ with the purpose `link`."
    )
