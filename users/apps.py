"""The users app."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """People, their profiles and the skill catalogue."""

    name = "users"
    verbose_name = "People and skills"

    def ready(self) -> None:
        """Register the catalogue's loader, what is derived, the audit's metrics, and receivers of Django's signals."""
        from skillbridge_backend.core.catalogue import register_catalogue
        from skillbridge_backend.core.derived import register_derived
        from skillbridge_backend.core.metrics import READ_AT_SCRAPE
        from skillbridge_backend.core.personal_data import register_personal_data
        from users import receivers  # noqa: F401  # connects what it holds
        from users.metrics import AuditCollector
        from users.personal_data import EXEMPT, SECTIONS
        from users.services.catalogue_load import load_catalogue
        from users.services.derived import DERIVED

        register_catalogue("users", 10, load_catalogue)
        register_derived(5, DERIVED)
        READ_AT_SCRAPE.register(AuditCollector())
        register_personal_data(10, SECTIONS, EXEMPT)
