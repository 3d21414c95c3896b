"""The progress app in the admin: everything can be looked at, nothing changed; the log is append-only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from progress.models import DailyActivity, ProgressLog, Repository, WebhookDelivery


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Rows to look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ProgressLog)
class ProgressLogAdmin(ReadOnlyAdmin):
    """The log."""

    list_display = ("occurred_at", "user", "kind", "evidence", "minutes", "commits", "skill", "repository")
    list_filter = ("kind", "evidence", "occurred_on")
    list_select_related = ("user", "skill", "repository")
    search_fields = ("user__handle", "user__email", "external_id", "data__title")
    ordering = ("-occurred_at",)


@admin.register(Repository)
class RepositoryAdmin(ReadOnlyAdmin):
    """Connections, without their secrets."""

    list_display = ("full_name", "owner", "created_at", "last_delivery_at", "disconnected_at")
    list_filter = ("created_at", "disconnected_at")
    list_select_related = ("owner",)
    search_fields = ("full_name", "owner__handle", "owner__email")
    exclude = ("webhook_secret", "previous_secret")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    """Deliveries and what became of them."""

    list_display = ("received_at", "repository", "event", "action", "status", "reason", "entries_recorded")
    list_filter = ("status", "event", "reason", "received_at")
    list_select_related = ("repository",)
    search_fields = ("repository__full_name", "delivery_guid", "body_hash")
    ordering = ("-received_at",)


@admin.register(DailyActivity)
class DailyActivityAdmin(ReadOnlyAdmin):
    """Daily sums."""

    list_display = ("day", "user", "entries", "minutes", "commits", "pull_requests", "modules_completed")
    list_filter = ("day",)
    list_select_related = ("user",)
    search_fields = ("user__handle", "user__email")
    ordering = ("-day",)
