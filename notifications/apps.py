"""The notifications app."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Telling people: notifications, preferences, deliveries, templates and channels."""

    name = "notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        """Register what is derived; after all others, for a repair of theirs may tell people."""
        from notifications.services.derived import derived
        from skillbridge_backend.core.derived import register_derived

        register_derived(90, derived())
