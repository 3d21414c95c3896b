"""The roadmaps app."""

from django.apps import AppConfig


class RoadmapsConfig(AppConfig):
    """Plans: roadmaps of modules, the jobs that make them, and the resources they point to."""

    name = "roadmaps"
    verbose_name = "Roadmaps"

    def ready(self) -> None:
        """Register the catalogue of resources, which come after the skills they belong to."""
        from roadmaps.catalogue_file import load_resources
        from skillbridge_backend.core.catalogue import register_catalogue

        register_catalogue("roadmaps", 20, load_resources)
