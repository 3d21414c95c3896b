"""The progress app."""

from django.apps import AppConfig


class ProgressConfig(AppConfig):
    """Work done: the log of it, GitHub connections and deliveries, streaks and daily figures."""

    name = "progress"
    verbose_name = "Progress"

    def ready(self) -> None:
        """Connect the receivers, and register what is derived."""
        from progress import receivers  # noqa: F401  # importing connects them
        from progress.services.derived import DERIVED
        from skillbridge_backend.core.derived import register_derived

        register_derived(20, DERIVED)
