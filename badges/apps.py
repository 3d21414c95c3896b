"""The badges app."""

from django.apps import AppConfig


class BadgesConfig(AppConfig):
    """Rewards: badges with declared criteria, awards, the points ledger, levels and leaderboards."""

    name = "badges"
    verbose_name = "Badges"
