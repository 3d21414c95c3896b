"""The ways to a login: open questions, accounts at providers, and the address on its way to another."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from skillbridge_backend.core.erasure import GONE
from skillbridge_backend.core.models import SHA_256, IdentifiedModel
from users.enums import ChallengePurpose, LoginMethod, RefreshTransport, VisitPurpose
from users.models.people import User
from users.querysets.logins import (
    MOST_ATTEMPTS,
    ChallengeQuerySet,
    EmailChangeQuerySet,
    ProviderVisitQuerySet,
    SocialLinkQuerySet,
)


class Challenge(IdentifiedModel):
    """A question that waits for a second factor or a passkey: a few minutes, a few attempts, one right answer."""

    user = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        related_name="challenges",
        null=True,
        blank=True,
        help_text="who is asked; anybody",
        db_comment=GONE,
    )
    purpose = models.CharField(max_length=20, choices=ChallengePurpose.choices)
    login_method = models.CharField(
        max_length=20, blank=True, choices=LoginMethod.choices, help_text="the first factor"
    )
    webauthn_challenge = models.CharField(max_length=100, help_text="what a passkey has to sign, in base64url")
    attempts = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    objects = ChallengeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(purpose__in=ChallengePurpose.values), name="challenge_purpose_known"),
            models.CheckConstraint(
                condition=Q(login_method__in=["", *LoginMethod.values]), name="challenge_login_method_known"
            ),
            models.CheckConstraint(condition=Q(attempts__lte=MOST_ATTEMPTS), name="challenge_attempts_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.user_id}"


class SocialLink(IdentifiedModel):
    """An account of a person's at a login provider, which lets them in here. Tokens of the provider are not kept."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="social_links", db_index=False, db_comment=GONE
    )
    provider = models.CharField(max_length=30, help_text="its name in LOGIN_PROVIDERS")
    subject = models.CharField(max_length=255, help_text="whom the provider means; it gives this to nobody else")
    email = models.CharField(max_length=254, blank=True, help_text="as the provider told it; nothing hangs on it")
    login = models.CharField(max_length=80, blank=True, help_text="their name there, as the provider told it")
    name = models.CharField(max_length=80, blank=True, help_text="as the provider told it")
    linked_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="the last login with it")
    objects = SocialLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "subject"], name="social_link_subject_once"),
            models.UniqueConstraint(fields=["user", "provider"], name="social_link_provider_once"),
            models.CheckConstraint(condition=~Q(provider="") & ~Q(subject=""), name="social_link_subject_given"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.login}".strip()


class ProviderVisit(IdentifiedModel):
    """Somebody was sent to a login provider in a browser, and comes back to it within ten minutes, once.

    Of what only that browser and the provider know (state, cookie, ticket) there are hashes; PKCE's verifier and the
    nonce follow from the state and our key (`services/provider_visits.py`).
    """

    provider = models.CharField(max_length=30)
    purpose = models.CharField(max_length=10, choices=VisitPurpose.choices)
    user = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        related_name="provider_visits",
        null=True,
        blank=True,
        help_text="who links; at a login nobody is known yet",
        db_comment=GONE,
    )
    state_hash = models.CharField(max_length=64)
    browser_hash = models.CharField(max_length=64, help_text="of the cookie of the browser that it began in")
    ticket_hash = models.CharField(max_length=64, blank=True, help_text="of what the browser came back with")
    return_to = models.CharField(max_length=500)
    refresh_in = models.CharField(max_length=10, choices=RefreshTransport.choices)
    expires_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    identity = models.JSONField(null=True, blank=True, help_text="what the provider said, until it is finished")
    objects = ProviderVisitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["state_hash"], name="provider_visit_state_once"),
            models.UniqueConstraint(
                fields=["ticket_hash"], condition=~Q(ticket_hash=""), name="provider_visit_ticket_once"
            ),
            models.CheckConstraint(condition=Q(purpose__in=VisitPurpose.values), name="provider_visit_purpose_known"),
            models.CheckConstraint(
                condition=Q(refresh_in__in=RefreshTransport.values), name="provider_visit_refresh_in_known"
            ),
            models.CheckConstraint(
                condition=Q(state_hash__regex=SHA_256, browser_hash__regex=SHA_256),
                name="provider_visit_hashes_are_sha_256",
            ),
            models.CheckConstraint(
                condition=Q(ticket_hash="", identity__isnull=True)
                | Q(ticket_hash__regex=SHA_256, returned_at__isnull=False),
                name="provider_visit_ticket_after_return",
            ),
            models.CheckConstraint(
                condition=Q(purpose=VisitPurpose.LOGIN, user=None) | Q(purpose=VisitPurpose.LINK, user__isnull=False),
                name="provider_visit_links_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.provider}"


class EmailChange(IdentifiedModel):
    """Somebody's way from one address to another: asked for, confirmed from the new one, stopped from the old one.

    Kept for as long as the old address can undo it, and no longer (`services/email_changes.py`).
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="email_changes", db_comment=GONE)
    old_address = models.EmailField(max_length=254)
    new_address = models.EmailField(max_length=254)
    session_id = models.UUIDField(help_text="the login that asked; it goes on when the others end")
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    objects = EmailChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(confirmed_at=None), name="email_change_one_waiting"),
            models.CheckConstraint(condition=~Q(new_address=F("old_address")), name="email_change_to_another"),
            models.CheckConstraint(
                condition=Q(old_address=Lower("old_address"), new_address=Lower("new_address")),
                name="email_change_lower_case",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(confirmed_at__gte=F("asked_at")),
                name="email_change_confirmed_after_asked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.asked_at:%Y-%m-%d}"
