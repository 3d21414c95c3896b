"""`manage.py load_catalogue`: brings the database to what the catalogue files of all apps say."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from skillbridge_backend.core.access import acting_as_service
from skillbridge_backend.core.catalogue import CatalogueError, load_all


class Command(BaseCommand):
    """Harmless to repeat: a second run finds nothing to do."""

    help = "Loads skills, tracks, resources, badges and categories from the apps' catalogue files."

    def handle(self, *args: Any, **options: Any) -> None:
        """All or nothing; a faulty file is reported with a line for each fault."""
        try:
            with acting_as_service():
                loaded = load_all()
        except CatalogueError as error:
            for problem in error.problems:
                self.stderr.write(problem)
            raise CommandError(f"{len(error.problems)} problem(s); nothing was written") from error
        self.stdout.write(f"{'':<24}{'new':>7}{'changed':>9}{'removed':>9}{'the same':>10}")
        for counts in loaded:
            self.stdout.write(
                f"{counts.subject:<24}{counts.created:>7}{counts.updated:>9}{counts.removed:>9}{counts.unchanged:>10}"
            )
