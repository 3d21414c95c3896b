"""Sends people to a login provider and takes them back: who came, in which browser. What follows is not here.

A visit has a state, which travels through the provider, a cookie, which stays in the browser, and in the end a ticket,
which the page gets. Of all three the row has hashes. PKCE's verifier and the nonce are stored nowhere: they follow from
the state and our key. Each visit comes back once, within ten minutes, and its ticket works once, for five minutes, in
the same browser. The provider is asked between transactions. Lock order: the visit's row first.

A provider that posts its answer does so from its own site, and the cookie, which is `SameSite=Lax`, stays behind. Such
an answer is only sent on: the browser comes again with an address, and with the cookie, and what counts is that.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from skillbridge_backend.core.access import account_service
from skillbridge_backend.core.errors import DomainError, InvalidInput, NotAuthenticated, NotFound
from skillbridge_backend.core.retention import delete_in_batches, older_than
from users.enums import RefreshTransport, VisitPurpose
from users.exceptions import ChallengeOver, ProviderAnswerWrong, ProviderDenied
from users.landing import landing, with_fragment
from users.login_providers import Identity, Sent, provider_named
from users.models import ProviderVisit, User
from users.services.step_up import demand_proof


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and what it has to keep until it is back."""

    authorize_url: str
    mark: str
    """Names the cookie."""
    browser_secret: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser comes back with, as texts; '' for what it comes without."""

    state: str = ""
    code: str = ""
    error: str = ""
    iss: str = ""
    name: str = ""
    """How the person is called, sealed by `as_address`."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What an app of a person's got from a provider by itself, and says of it."""

    code: str
    code_verifier: str
    redirect_uri: str
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """Whom a provider means, and how the tokens of a login are wanted."""

    provider: str
    identity: Identity
    refresh_in: str = RefreshTransport.BODY


class ProviderVisitService:
    """Go there, come back."""

    def begin(
        self,
        *,
        provider: str,
        purpose: str,
        return_to: str,
        refresh_in: str,
        actor: User | None,
        session_id: UUID | None,
    ) -> Begun:
        """Begin a visit. To link needs somebody who is logged in and has proven it again.

        Raises NotFound for the provider, InvalidInput for `next`, NotAuthenticated, StepUpRequired, ProviderAway.
        """
        far_side, address = provider_named(provider), landing(return_to)
        is_link = purpose == VisitPurpose.LINK
        if is_link and actor and session_id:
            with account_service(user_id=actor.pk):
                demand_proof(actor, session_id)
        elif is_link:
            raise NotAuthenticated("Log in to link a provider with your account.")
        state, browser_secret = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        authorize_url = far_side.authorize_url(_sent(provider, state))
        with account_service(user_id=actor.pk if is_link and actor else None):
            ProviderVisit.objects.create(
                provider=provider,
                purpose=purpose,
                user=actor if is_link else None,
                state_hash=_digest(state),
                browser_hash=_digest(browser_secret),
                return_to=address,
                refresh_in=refresh_in,
                expires_at=timezone.now() + settings.PROVIDER_VISIT_LIFETIME,
            )
        lifetime = int(settings.PROVIDER_VISIT_LIFETIME.total_seconds())
        return Begun(authorize_url, mark_of(state), browser_secret, lifetime)

    def as_address(self, *, provider: str, answer: Answer, user: str) -> Answer:
        """A posted answer as it goes into an address, the name of `user` sealed. Reads and writes nothing.

        An address ends up in logs and histories; a code is worth nothing there once it was used, a name stays one. The
        key follows from the state and ours. Raises NotFound for a provider that does not post.
        """
        far_side = provider_named(provider)
        if not far_side.posts_answer:
            raise NotFound
        name = far_side.name_in(user)
        return replace(answer, name=_cipher(answer.state).encrypt(name.encode()).decode() if name else "")

    def come_back(self, *, provider: str, browser_secret: str, answer: Answer) -> str:
        """The address to lead the browser to, with a `ticket` behind its `#`, or with an `error` and what it means.

        Raises ChallengeOver where nobody of this browser is away with this state: then there is no address to go to.
        """
        with account_service():
            visit = _taken_back(provider, answer.state, browser_secret)
        if visit is None:
            raise ChallengeOver("This login was begun in another browser, or too long ago, or is over. Begin again.")
        try:
            identity = self._identity(visit, answer)
        except DomainError as problem:
            return with_fragment(visit.return_to, error=problem.code, error_description=problem.detail)
        ticket = f"{mark_of(answer.state)}.{secrets.token_urlsafe(32)}"
        with account_service(user_id=visit.user_id):
            ProviderVisit.objects.filter(pk=visit.pk).update(
                identity=asdict(identity),
                ticket_hash=_digest(ticket),
                expires_at=timezone.now() + settings.CHALLENGE_LIFETIME,
            )
        return with_fragment(visit.return_to, ticket=ticket, purpose=visit.purpose)

    def _identity(self, visit: ProviderVisit, answer: Answer) -> Identity:
        far_side = provider_named(visit.provider)
        if far_side.is_mixed_up(answer.iss):
            raise ProviderAnswerWrong("The answer is another provider's. Begin again.")
        if answer.error or not answer.code:
            raise ProviderDenied(f"{far_side.label} did not let you through. Begin again, or log in another way.")
        identity = far_side.identify(answer.code, _sent(visit.provider, answer.state))
        return replace(identity, name=identity.name or _name_in(answer))


def mark_of(text: str) -> str:
    """What names the cookie of a visit: of its state, or of its ticket, which begins with it."""
    head, dot, _ = text.partition(".")
    return head[:12] if dot and head.isalnum() else _digest(text)[:12]


def redeemed(ticket: str, browser_secret: str, purpose: VisitPurpose, *, user: User | None = None) -> Known | None:
    """What the visit of this ticket brought, which is over with that; None when it is worth nothing.

    Within the caller's `account_service()`; locks the visit's row.
    """
    waiting = ProviderVisit.objects.back().filter(ticket_hash=_digest(ticket), purpose=purpose, user=user)
    visit: ProviderVisit | None = waiting.select_for_update().first()
    if visit is None or visit.identity is None or not _is_of(visit, browser_secret):
        return None
    known = Known(visit.provider, Identity(**visit.identity), visit.refresh_in)
    visit.finished_at = timezone.now()
    visit.identity = None
    visit.save(update_fields=["finished_at", "identity"])
    return known


def shown_by_app(provider: str, shown: Shown) -> Known:
    """Whom the provider means with a code that an app got by itself. Asks the provider: never inside a transaction.

    Raises NotFound for the provider, InvalidInput for `redirect_uri`, or for `code` where the provider holds no code
    against a verifier, so that whoever caught one could use it; ProviderAway, ProviderCodeRefused, ProviderAnswerWrong.
    """
    far_side = provider_named(provider)
    if not far_side.takes_pkce:
        raise InvalidInput.of("code", f"{far_side.label} lets people in by a browser alone.", code="not_allowed")
    if shown.redirect_uri not in settings.LOGIN_APP_REDIRECTS:
        raise InvalidInput.of("redirect_uri", "This address is not among LOGIN_APP_REDIRECTS.", code="not_allowed")
    return Known(
        provider,
        far_side.identify(
            shown.code, Sent(redirect_uri=shown.redirect_uri, verifier=shown.code_verifier, nonce=shown.nonce)
        ),
    )


def remove_old() -> int:
    """Delete visits of more than a day ago, and return how many."""
    return delete_in_batches(older_than(ProviderVisit.objects.all(), days=1))


def _taken_back(provider: str, state: str, browser_secret: str) -> ProviderVisit | None:
    """The visit with this state, which comes back this once, whatever becomes of it."""
    away = ProviderVisit.objects.away().filter(state_hash=_digest(state), provider=provider)
    visit: ProviderVisit | None = away.select_for_update().first()
    # One of another browser's goes on waiting: whoever got hold of a state cannot end the visit with it.
    if visit is None or not _is_of(visit, browser_secret):
        return None
    visit.returned_at = timezone.now()
    visit.save(update_fields=["returned_at"])
    return visit


def _is_of(visit: ProviderVisit, browser_secret: str) -> bool:
    return constant_time_compare(_digest(browser_secret), visit.browser_hash)


def _sent(provider: str, state: str) -> Sent:
    return Sent(
        redirect_uri=f"{settings.PUBLIC_URL}/api/v1/auth/providers/{provider}/callback/",
        verifier=_derived("users.provider-visit.verifier", state),
        nonce=_derived("users.provider-visit.nonce", state),
        state=state,
    )


def _name_in(answer: Answer) -> str:
    """The name that `as_address` has sealed for this state, or ''."""
    try:
        return _cipher(answer.state).decrypt(answer.name.encode()).decode()
    except InvalidToken:
        return ""


def _cipher(state: str) -> Fernet:
    return Fernet(f"{_derived('users.provider-visit.name', state)}=")


def _derived(salt: str, state: str) -> str:
    """43 characters that follow from the state for us, and for nobody else."""
    return urlsafe_b64encode(salted_hmac(salt, state, algorithm="sha256").digest()).rstrip(b"=").decode()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
