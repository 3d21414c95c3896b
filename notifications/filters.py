"""Query parameters of this app's lists."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from notifications.enums import Kind
from notifications.models import Notification
from skillbridge_backend.core.filters import Filters


class NotificationFilter(Filters):
    """`?unread=true&kind=reply_posted&kind=mentioned`."""

    unread = filters.BooleanFilter(method="filter_unread", help_text="true: only unread ones; false: only read ones")
    kind = filters.MultipleChoiceFilter(choices=Kind.choices)

    class Meta:
        model = Notification
        fields = ["unread", "kind"]

    def filter_unread(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        """By whether it has been read."""
        return queryset.filter(read_at__isnull=value)
