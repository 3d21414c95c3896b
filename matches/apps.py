"""The matches app."""

from django.apps import AppConfig


class MatchesConfig(AppConfig):
    """Mentoring: suggestions, requests, conversations, sessions, reviews and rounds."""

    name = "matches"
    verbose_name = "Mentoring"
