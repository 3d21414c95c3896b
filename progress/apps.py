"""The progress app."""

from django.apps import AppConfig


class ProgressConfig(AppConfig):
    """Work done: the log of it, GitHub connections and deliveries, streaks and daily figures."""

    name = "progress"
    verbose_name = "Progress"

    def ready(self) -> None:
        """Connect the receivers, and register what is derived."""
        from progress import receivers  # noqa: F401  # importing connects them
        from progress.personal_data import EXEMPT, SECTIONS
        from progress.services.derived import DERIVED
        from skillbridge_backend.core.derived import register_derived
        from skillbridge_backend.core.personal_data import register_personal_data

        register_derived(20, DERIVED)
        register_personal_data(40, SECTIONS, EXEMPT)
