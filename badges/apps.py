"""The badges app."""

from django.apps import AppConfig


class BadgesConfig(AppConfig):
    """Rewards: badges with declared criteria, awards, the points ledger, levels and leaderboards."""

    name = "badges"
    verbose_name = "Badges"

    def ready(self) -> None:
        """Register the catalogue's loader and what is derived: totals and awards come after all bookings."""
        from badges.personal_data import EXEMPT, SECTIONS
        from badges.services.catalogue import load_catalogue
        from badges.services.derived import BOOKINGS, NEWS, TOTALS
        from skillbridge_backend.core.catalogue import register_catalogue
        from skillbridge_backend.core.derived import register_derived
        from skillbridge_backend.core.personal_data import register_personal_data

        register_derived(30, BOOKINGS)
        register_derived(50, TOTALS)
        register_derived(60, NEWS)
        register_catalogue("badges", 30, load_catalogue)
        register_personal_data(50, SECTIONS, EXEMPT)
