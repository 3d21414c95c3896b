"""The notifications app."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Telling people: notifications, preferences, deliveries, templates and channels."""

    name = "notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        """Register what is known of people, and what is derived: after all others, whose repairs may tell people."""
        from notifications import receivers  # noqa: F401  # importing connects them
        from notifications.personal_data import EXEMPT, SECTIONS
        from notifications.services.derived import derived
        from skillbridge_backend.core.derived import register_derived
        from skillbridge_backend.core.personal_data import register_personal_data

        register_derived(90, derived())
        register_personal_data(20, SECTIONS, EXEMPT)
