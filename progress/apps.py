"""The progress app."""

from django.apps import AppConfig


class ProgressConfig(AppConfig):
    """Work done: the log of it, GitHub connections and deliveries, streaks and daily figures."""

    name = "progress"
    verbose_name = "Progress"

    def ready(self) -> None:
        """Connect the receivers."""
        from progress import receivers  # noqa: F401  # importing connects them
