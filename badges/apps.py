"""The badges app."""

from django.apps import AppConfig


class BadgesConfig(AppConfig):
    """Rewards: badges with declared criteria, awards, the points ledger, levels and leaderboards."""

    name = "badges"
    verbose_name = "Badges"

    def ready(self) -> None:
        """Register the catalogue's loader."""
        from badges.services.catalogue import load_catalogue
        from skillbridge_backend.core.catalogue import register_catalogue

        register_catalogue("badges", 30, load_catalogue)
