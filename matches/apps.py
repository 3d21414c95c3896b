"""The matches app."""

from django.apps import AppConfig


class MatchesConfig(AppConfig):
    """Mentoring: suggestions, requests, conversations, sessions, reviews and rounds."""

    name = "matches"
    verbose_name = "Mentoring"

    def ready(self) -> None:
        """Connect the receivers, and register what is derived and what the app knows about people."""
        from matches import receivers  # noqa: F401  # importing connects them
        from matches.personal_data import EXEMPT, SECTIONS
        from matches.services.derived import DERIVED
        from skillbridge_backend.core.derived import register_derived
        from skillbridge_backend.core.personal_data import register_personal_data

        register_derived(40, DERIVED)
        register_personal_data(60, SECTIONS, EXEMPT)
