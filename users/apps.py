"""The users app."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """People, their profiles and the skill catalogue."""

    name = "users"
    verbose_name = "People and skills"

    def ready(self) -> None:
        """Register the catalogue's loader, the audit trail's metrics and the receivers of Django's own signals."""
        from skillbridge_backend.core.catalogue import register_catalogue
        from skillbridge_backend.core.metrics import READ_AT_SCRAPE
        from skillbridge_backend.core.personal_data import register_personal_data
        from users import receivers  # noqa: F401  # connects what it holds
        from users.metrics import AuditCollector
        from users.personal_data import EXEMPT, SECTIONS
        from users.services.catalogue_load import load_catalogue

        register_catalogue("users", 10, load_catalogue)
        READ_AT_SCRAPE.register(AuditCollector())
        register_personal_data(10, SECTIONS, EXEMPT)
