"""The matches app."""

from django.apps import AppConfig


class MatchesConfig(AppConfig):
    """Mentoring: suggestions, requests, conversations, sessions, reviews and rounds."""

    name = "matches"
    verbose_name = "Mentoring"

    def ready(self) -> None:
        """Connect the receivers, and register what is derived."""
        from matches import receivers  # noqa: F401  # importing connects them
        from matches.services.derived import DERIVED
        from skillbridge_backend.core.derived import register_derived

        register_derived(40, DERIVED)
