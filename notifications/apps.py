"""The notifications app."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Telling people: notifications, preferences, deliveries, templates and channels."""

    name = "notifications"
    verbose_name = "Notifications"
