"""The roadmaps app."""

from django.apps import AppConfig


class RoadmapsConfig(AppConfig):
    """Plans: roadmaps of modules, the jobs that make them, and the resources they point to."""

    name = "roadmaps"
    verbose_name = "Roadmaps"
