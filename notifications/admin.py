"""What operators see of notifications: read-only, but for messages to many, which go through the service."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from notifications.models import Broadcast, Delivery, Notification, Preference
from notifications.services import CommunicationService
from users.enums import Role


class ReadOnly:
    """Mixin: written by the database and by workers, never by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No."""
        return False


class DeliveryInline(ReadOnly, TabularInline):  # type: ignore[misc]  # unfold has no types
    """Why it went out or not."""

    model = Delivery
    extra = 0
    fields = ("channel", "status", "reason", "attempts", "sent_at")


@admin.register(Notification)
class NotificationAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Who was told what."""

    list_display = ("recipient", "kind", "actor", "created_at", "read_at")
    list_filter = ("kind", "created_at")
    list_select_related = ("recipient", "actor")
    search_fields = ("recipient__email", "recipient__handle", "uniqueness_key")
    inlines = (DeliveryInline,)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """What waits, and what could not be sent."""

    list_display = ("notification", "channel", "status", "reason", "attempts", "sent_at")
    list_filter = ("channel", "status", "reason")
    list_select_related = ("notification",)
    search_fields = ("notification__recipient__email", "notification__recipient__handle")


@admin.register(Preference)
class PreferenceAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """What people chose; theirs to change."""

    list_display = ("user", "kind", "channel", "is_enabled", "updated_at")
    list_filter = ("kind", "channel", "is_enabled")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__handle")


@admin.register(Broadcast)
class BroadcastAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Messages to many: written here, sent by workers, never changed after."""

    list_display = ("subject", "author", "role", "track", "status", "recipient_count", "created_at")
    list_filter = ("status", "role")
    list_select_related = ("author", "track")
    search_fields = ("subject", "body")
    fields = ("role", "track", "subject", "body")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Admins only, as the service says, and of them those who may."""
        return getattr(request.user, "role", None) == Role.ADMIN and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No: it is out."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No: people ask what they were sent."""
        return False

    def save_model(self, request: HttpRequest, obj: Broadcast, form: Any, change: bool) -> None:
        """Begin to send, by the service."""
        begun = CommunicationService().broadcast(
            actor=request.user,  # type: ignore[arg-type]  # the admin lets nobody else in
            subject=obj.subject,
            body=obj.body,
            role=Role(obj.role) if obj.role else None,
            track=obj.track,
        )
        obj.pk = begun.pk
