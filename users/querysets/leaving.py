"""Reads of departures and of copies of people's data."""

from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone

from users.enums import ExportStatus

if TYPE_CHECKING:
    from users.models import DataExport, Departure, User


class DepartureQuerySet(models.QuerySet["Departure"]):
    """Who is leaving."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(user_id=actor.pk) if actor.is_authenticated else self.none()

    def due(self) -> Self:
        """Those whose time to change their mind is over."""
        return self.filter(due_at__lte=timezone.now()).order_by("due_at")


class DataExportQuerySet(models.QuerySet["DataExport"]):
    """Copies of people's data."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(user_id=actor.pk) if actor.is_authenticated else self.none()

    def active(self) -> Self:
        """Jobs that are not over."""
        return self.filter(status__in=[ExportStatus.QUEUED, ExportStatus.RUNNING])

    def expired(self) -> Self:
        """Those whose file has been there long enough."""
        return self.filter(expires_at__lte=timezone.now())
