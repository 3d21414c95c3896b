"""The users app."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """People, their profiles and the skill catalogue."""

    name = "users"
    verbose_name = "People and skills"

    def ready(self) -> None:
        """Register the catalogue's loader and the receivers of Django's own signals."""
        from skillbridge_backend.core.catalogue import register_catalogue
        from users import receivers  # noqa: F401  # connects what it holds
        from users.services.catalogue_load import load_catalogue

        register_catalogue("users", 10, load_catalogue)
