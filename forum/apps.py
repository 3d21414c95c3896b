"""The forum app."""

from django.apps import AppConfig


class ForumConfig(AppConfig):
    """Helping each other: categories, threads, replies, votes, solutions, reports."""

    name = "forum"
    verbose_name = "Forum"

    def ready(self) -> None:
        """Register the catalogue's loader."""
        from forum.services.catalogue_load import load_categories
        from skillbridge_backend.core.catalogue import register_catalogue

        register_catalogue("forum", 40, load_categories)
