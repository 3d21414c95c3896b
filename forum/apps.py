"""The forum app."""

from django.apps import AppConfig


class ForumConfig(AppConfig):
    """Helping each other: categories, threads, replies, votes, solutions, reports."""

    name = "forum"
    verbose_name = "Forum"

    def ready(self) -> None:
        """Register the catalogue's loader and what is derived."""
        from forum.personal_data import EXEMPT, SECTIONS
        from forum.services.catalogue_load import load_categories
        from forum.services.derived import DERIVED
        from skillbridge_backend.core.catalogue import register_catalogue
        from skillbridge_backend.core.derived import register_derived
        from skillbridge_backend.core.personal_data import register_personal_data

        register_derived(40, DERIVED)
        register_catalogue("forum", 40, load_categories)
        register_personal_data(70, SECTIONS, EXEMPT)
