"""A person's accounts at login providers: each is a way to log in beside the others.

Linking and unlinking need a recent proof (`step_up.demand_proof`), are in the audit trail, and are told by e-mail. Each
step is a transaction of its own with the rights of `account_service`, in the name of the person. Lock order: a visit's
row, the account's, then its links.
"""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from skillbridge_backend.core.access import account_service
from skillbridge_backend.core.errors import NotFound
from users.clients import Client
from users.enums import AuditAction, VisitPurpose
from users.exceptions import ChallengeOver, LastWayIn, LinkExists, LinkTaken
from users.login_providers import Identity
from users.models import Passkey, SocialLink, User
from users.services import audit
from users.services.account_mail import ask_for_mail
from users.services.provider_visits import Known, Shown, redeemed, shown_by_app
from users.services.step_up import demand_proof


class SocialLinkService:
    """List, link, unlink."""

    def overview(self, actor: User) -> list[SocialLink]:
        """Theirs, the newest first."""
        with account_service(user_id=actor.pk):
            return list(SocialLink.objects.visible_to(actor).order_by("-pk"))

    def link(self, actor: User, *, ticket: str, browser_secret: str, session_id: UUID, client: Client) -> SocialLink:
        """Link what a visit brought. Raises StepUpRequired, ChallengeOver, LinkTaken, LinkExists."""
        with account_service(user_id=actor.pk):
            demand_proof(actor, session_id)
            known = redeemed(ticket, browser_secret, VisitPurpose.LINK, user=actor)
            if known is None:
                raise ChallengeOver("Link a provider in the browser that went there, within five minutes, once.")
            return _linked(actor, known, session_id, client)

    def link_by_code(self, actor: User, *, provider: str, shown: Shown, session_id: UUID, client: Client) -> SocialLink:
        """Link what an app got from a provider by itself. Raises what `link` and `shown_by_app` raise."""
        with account_service(user_id=actor.pk):
            demand_proof(actor, session_id)
        known = shown_by_app(provider, shown)
        with account_service(user_id=actor.pk):
            return _linked(actor, known, session_id, client)

    def unlink(self, actor: User, *, link_id: UUID, session_id: UUID, client: Client) -> None:
        """Take a way to log in away. Raises StepUpRequired, NotFound, LastWayIn."""
        with account_service(user_id=actor.pk):
            user = User.objects.with_hidden().select_for_update().get(pk=actor.pk)
            demand_proof(user, session_id)
            links = SocialLink.objects.filter(user=user)
            link = links.filter(pk=link_id).first()
            if link is None:
                raise NotFound
            if not _has_way_in(user) and links.count() == 1:
                raise LastWayIn("Confirm your address, set a password, or add a passkey before you remove this.")
            _tell_unlinked(user, link, client)
            link.delete()
            ask_for_mail(user.pk, "provider_unlinked")


def add_link(user: User, provider: str, identity: Identity, client: Client) -> SocialLink | None:
    """Let this account of the provider into the person's account; None when it lets into one already.

    Within the caller's `account_service()`.
    """
    now = timezone.now()
    try:
        with transaction.atomic():
            link = SocialLink.objects.create(
                user=user,
                provider=provider,
                subject=identity.subject,
                email=identity.email,
                login=identity.login,
                name=identity.name,
                linked_at=now,
            )
    except IntegrityError:
        return None
    audit.record(AuditAction.PROVIDER_LINKED, user=user, client=client, provider=provider, link=str(link.pk))
    return link


def remove_all(user: User, client: Client, *, reason: str) -> None:
    """Remove a person's links. Within the caller's `account_service()`."""
    for link in list(SocialLink.objects.filter(user=user).order_by("pk")):
        _tell_unlinked(user, link, client, reason=reason)
        link.delete()


def _linked(actor: User, known: Known, session_id: UUID, client: Client) -> SocialLink:
    User.objects.select_for_update(of=("self",)).get(pk=actor.pk)
    # Now that nobody ends the session any more: whoever did while this waited wants no new way in.
    demand_proof(actor, session_id)
    if SocialLink.objects.filter(user=actor, provider=known.provider).exists():
        raise LinkExists("Remove the one that you have before you link another.")
    link = add_link(actor, known.provider, known.identity, client)
    if link is None:
        raise LinkTaken("Somebody logs in with it to another account here. If it is you, unlink it there first.")
    ask_for_mail(actor.pk, "provider_linked")
    return link


def _has_way_in(user: User) -> bool:
    """Whether there is one beside links: a code goes to every confirmed address."""
    return (
        user.email_confirmed_at is not None or user.has_usable_password() or Passkey.objects.filter(user=user).exists()
    )


def _tell_unlinked(user: User, link: SocialLink, client: Client, **details: str) -> None:
    audit.record(
        AuditAction.PROVIDER_UNLINKED, user=user, client=client, provider=link.provider, link=str(link.pk), **details
    )
