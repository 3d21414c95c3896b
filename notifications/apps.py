"""The notifications app."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Telling people: notifications, preferences, deliveries, templates and channels."""

    name = "notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        """Register what the app knows about people."""
        from notifications.personal_data import EXEMPT, SECTIONS
        from skillbridge_backend.core.personal_data import register_personal_data

        register_personal_data(20, SECTIONS, EXEMPT)
