"""Query parameters of this app's lists."""

from django_filters import rest_framework as filters

from progress.enums import DeliveryStatus, Evidence, LogKind
from progress.models import ProgressLog, WebhookDelivery
from skillbridge_backend.core.filters import Filters


class ProgressLogFilters(Filters):
    """By kind (several possible), evidence, skill, repository and time."""

    kind = filters.MultipleChoiceFilter(choices=LogKind.choices)
    evidence = filters.ChoiceFilter(choices=Evidence.choices)
    skill = filters.CharFilter(field_name="skill__slug")
    repository = filters.UUIDFilter(field_name="repository_id")
    module = filters.UUIDFilter(field_name="module_id")
    since = filters.IsoDateTimeFilter(field_name="occurred_at", lookup_expr="gte")
    until = filters.IsoDateTimeFilter(field_name="occurred_at", lookup_expr="lt")

    class Meta:
        model = ProgressLog
        fields: tuple[str, ...] = ()


class WebhookDeliveryFilters(Filters):
    """By repository and outcome."""

    repository = filters.UUIDFilter(field_name="repository_id")
    status = filters.ChoiceFilter(choices=DeliveryStatus.choices)

    class Meta:
        model = WebhookDelivery
        fields: tuple[str, ...] = ()
