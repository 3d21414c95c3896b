"""The roadmaps app."""

from django.apps import AppConfig


class RoadmapsConfig(AppConfig):
    """Plans: roadmaps of modules, the jobs that make them, and the resources they point to."""

    name = "roadmaps"
    verbose_name = "Roadmaps"

    def ready(self) -> None:
        """Connect the receivers; register what is derived, and the catalogue of resources, which come after skills."""
        from roadmaps import receivers  # noqa: F401  # importing connects them
        from roadmaps.catalogue_file import load_resources
        from roadmaps.metrics import LinkCollector
        from roadmaps.personal_data import EXEMPT, SECTIONS
        from roadmaps.services.derived import DERIVED
        from roadmaps.services.templates import load_templates
        from skillbridge_backend.core.catalogue import register_catalogue
        from skillbridge_backend.core.derived import register_derived
        from skillbridge_backend.core.metrics import READ_AT_SCRAPE
        from skillbridge_backend.core.personal_data import register_personal_data

        READ_AT_SCRAPE.register(LinkCollector())
        register_derived(10, DERIVED)
        register_catalogue("roadmaps", 20, load_resources)
        register_catalogue("roadmaps: templates", 40, load_templates)
        register_personal_data(30, SECTIONS, EXEMPT)
