"""Every read of this app. `visible_to(actor)` comes first; what an actor may not see does not exist for them."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from badges.enums import Metric
from users.querysets import hidden_of

if TYPE_CHECKING:
    from badges.models import Award, Badge, MetricTotal, PointsEntry
    from users.models import User


class _ObjectOf(models.Aggregate):
    """An object of the rows' keys and values."""

    function = "jsonb_object_agg"
    arity = 2
    output_field = models.JSONField()


class BadgeQuerySet(models.QuerySet["Badge"]):
    """The catalogue of badges."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """Everything, to everybody who is logged in."""
        return self if actor.is_authenticated else self.none()

    def shown_to(self, actor: "User | AnonymousUser") -> Self:
        """Those that can be earned now, and those that the actor holds already."""
        held = apps.get_model("badges", "Award").objects.owned_by(actor).held().values("badge_id")
        return self.visible_to(actor).filter(Q(is_active=True) | Q(pk__in=held))

    def with_amounts_of(self, actor: "User") -> Self:
        """With `amounts`: the actor's totals by metric, the same on each row and read once; None without bookings."""
        totals = apps.get_model("badges", "MetricTotal").objects.filter(user_id=actor.pk).order_by()
        by_metric = totals.values("user_id").annotate(amounts=_ObjectOf("metric", "amount")).values("amounts")
        return self.annotate(amounts=models.Subquery(by_metric))


class AwardQuerySet(models.QuerySet["Award"]):
    """Awards."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own; those of others while they hold them; all, to moderators."""
        if not actor.is_authenticated:
            return self.none()
        if actor.is_moderating:
            return self
        return self.filter(Q(user_id=actor.pk) | Q(revoked_at=None, user__is_active=True))

    def owned_by(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(user_id=actor.pk) if actor.is_authenticated else self.none()

    def held(self) -> Self:
        """Those that were not revoked."""
        return self.filter(revoked_at=None)

    def with_details(self) -> Self:
        """With badge and person."""
        return self.select_related("badge", "user").defer(*hidden_of("user"))


class PointsEntryQuerySet(models.QuerySet["PointsEntry"]):
    """The ledger."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own; all, to admins and moderators."""
        if not actor.is_authenticated:
            return self.none()
        return self if actor.is_moderating else self.filter(user_id=actor.pk)

    def owned_by(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(user_id=actor.pk) if actor.is_authenticated else self.none()

    def amounts_since(self, user: "User", since: datetime) -> dict[str, int]:
        """Amount by metric of what was booked after `since`, as `private.badges_amount` counts it."""
        later = self.filter(user=user, created_at__gt=since)
        amounts = dict(later.order_by("metric").values_list("metric").annotate(models.Sum("amount")))
        return amounts | {str(Metric.POINTS): later.aggregate(sum=models.Sum("points", default=0))["sum"]}


class MetricTotalQuerySet(models.QuerySet["MetricTotal"]):
    """Totals."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own; all, to admins and moderators."""
        if not actor.is_authenticated:
            return self.none()
        return self if actor.is_moderating else self.filter(user_id=actor.pk)

    def amounts_of(self, user: "User") -> dict[str, int]:
        """Amount by metric; a metric without bookings is absent."""
        return dict(self.filter(user=user).values_list("metric", "amount"))
