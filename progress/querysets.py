"""Every read of this app. `visible_to(actor)` comes first; what an actor may not see does not exist for them."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models.functions import TruncWeek

if TYPE_CHECKING:
    from progress.models import DailyActivity, ProgressLog, Repository, WebhookDelivery
    from users.models import User


class ProgressLogQuerySet(models.QuerySet["ProgressLog"]):
    """The log."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own; all, to admins and moderators."""
        if not actor.is_authenticated:
            return self.none()
        return self if actor.is_moderating else self.filter(user_id=actor.pk)

    def owned_by(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(user_id=actor.pk) if actor.is_authenticated else self.none()

    def with_details(self) -> Self:
        """With the skill and the repository's name."""
        return self.select_related("skill", "repository").defer(
            "repository__webhook_secret", "repository__previous_secret"
        )

    def minutes_entered_on(self, user: "User", day: date) -> int:
        """The minutes that are logged for this person and day already."""
        return int(self.filter(user=user, occurred_on=day).aggregate(sum=models.Sum("minutes"))["sum"] or 0)

    def minutes_by_module(self, modules: Iterable[UUID]) -> dict[UUID, int]:
        """The minutes logged for each of these modules that has any: one query."""
        named = self.filter(module_id__in=list(modules), minutes__isnull=False).order_by()
        return dict(named.values_list("module_id").annotate(sum=models.Sum("minutes")))


class RepositoryQuerySet(models.QuerySet["Repository"]):
    """Connections to repositories."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own that are connected."""
        return self.connected().filter(owner_id=actor.pk) if actor.is_authenticated else self.none()

    def connected(self) -> Self:
        """Those that were not disconnected."""
        return self.filter(disconnected_at=None)

    def without_secrets(self) -> Self:
        """What may be shown."""
        return self.defer("webhook_secret", "previous_secret")


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    """Deliveries."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """Those of one's own repositories, disconnected ones included."""
        return self.filter(repository__owner_id=actor.pk) if actor.is_authenticated else self.none()

    def with_details(self) -> Self:
        """With the repository's name; without the body, which nobody lists."""
        return self.select_related("repository").defer(
            "payload", "repository__webhook_secret", "repository__previous_secret"
        )

    def same_body(self, *, event: str, body_hash: str, since: datetime) -> Self:
        """Deliveries of this body under this event since then, whatever id they came with."""
        return self.filter(event=event, body_hash=body_hash, received_at__gte=since)


class DailyActivityQuerySet(models.QuerySet["DailyActivity"]):
    """Daily sums."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(user_id=actor.pk) if actor.is_authenticated else self.none()

    def active(self) -> Self:
        """Days on which something was done."""
        return self.filter(entries__gt=0)

    def between(self, first: date, last: date) -> Self:
        """Both days included, in order."""
        return self.filter(day__gte=first, day__lte=last).order_by("day")

    def totals(self) -> dict[str, int]:
        """The sums over all rows, 0 where there are none."""
        sums = {name: models.Sum(name, default=0) for name in _SUMMED}
        # First, for after the sums `entries` names the sum.
        return self.aggregate(active_days=models.Count("pk", filter=models.Q(entries__gt=0)), **sums)

    def by_week(self) -> list[dict[str, object]]:
        """The sums of each week that has any, named by its Monday."""
        sums = {name: models.Sum(name) for name in _SUMMED}
        weeks = self.annotate(monday=TruncWeek("day")).values("monday").annotate(**sums).order_by("monday")
        return [dict(week) for week in weeks]

    def days(self) -> list[date]:
        """The days themselves, ascending."""
        return list(self.order_by("day").values_list("day", flat=True))


_SUMMED = ("entries", "minutes", "commits", "pull_requests", "modules_completed")
