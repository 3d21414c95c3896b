"""Reads of what is on its way: questions that wait, visits at providers, changes of addresses."""

from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from users.models import Challenge, EmailChange, ProviderVisit, SocialLink, User

MOST_ATTEMPTS = 5
"""Answers to one challenge, right or wrong."""


class ChallengeQuerySet(models.QuerySet["Challenge"]):
    """Challenges; for the account service alone."""

    def open(self) -> Self:
        """Those that may still be answered."""
        return self.filter(answered_at=None, expires_at__gt=timezone.now(), attempts__lt=MOST_ATTEMPTS)


class SocialLinkQuerySet(models.QuerySet["SocialLink"]):
    """Accounts at login providers."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(user_id=actor.pk) if actor.is_authenticated else self.none()


class ProviderVisitQuerySet(models.QuerySet["ProviderVisit"]):
    """Visits at login providers; for the account service alone."""

    def away(self) -> Self:
        """Those that have not come back and still may."""
        return self.filter(returned_at=None, expires_at__gt=timezone.now())

    def back(self) -> Self:
        """Those that have come back and can be finished."""
        return self.filter(finished_at=None, expires_at__gt=timezone.now()).exclude(ticket_hash="")


class EmailChangeQuerySet(models.QuerySet["EmailChange"]):
    """Changes of addresses; `visible_to` is the rule of users/sql/0028_email_changes.sql."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(user_id=actor.pk)

    def waiting(self) -> Self:
        """Those that the new mailbox can confirm: of a day, and of a session that goes on."""
        sessions = apps.get_model("users", "RefreshTokenFamily").objects.alive()
        return self.filter(
            models.Exists(sessions.filter(pk=models.OuterRef("session_id"))),
            confirmed_at=None,
            asked_at__gt=timezone.now() - settings.EMAIL_CHANGE_LIFETIME,
        )

    def stoppable(self) -> Self:
        """Those that the old mailbox can give up or undo."""
        undoable = models.Q(confirmed_at__gt=timezone.now() - settings.EMAIL_CHANGE_UNDO)
        asked_after = timezone.now() - settings.EMAIL_CHANGE_LIFETIME
        return self.filter(undoable | models.Q(confirmed_at=None, asked_at__gt=asked_after))

    def over(self) -> Self:
        """All others."""
        return self.exclude(pk__in=self.stoppable().values("pk"))
