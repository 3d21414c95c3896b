"""`manage.py check_derived [--fix]`: holds every derived value of a live database against its recomputation."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from skillbridge_backend.core.derived import check_all, registered


class Command(BaseCommand):
    """Reads in one snapshot a value and locks nothing; `--fix` repairs in small transactions."""

    help = "Compares progress, counters, totals, awards and the like with their recomputation; exit code 1 for drift."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--fix`, and `--only` for some of the values."""
        parser.add_argument("--fix", action="store_true", help="repair by the functions that the triggers call")
        parser.add_argument(
            "--only", action="append", default=[], metavar="NAME", choices=[value.name for value in registered()]
        )

    def handle(self, *args: Any, fix: bool, only: list[str], **options: Any) -> None:
        """One line a value. Raises CommandError (exit code 1) when something is wrong, or still is after `--fix`."""
        self.stdout.write(f"{'value':<36}{'rows':>12}{'wrong':>10}" + (f"{'left':>10}" if fix else ""))
        wrong = 0
        for finding in check_all(is_repairing=fix, names=only):
            left = "" if finding.left is None else f"{finding.left:>10}"
            self.stdout.write(f"{finding.name:<36}{finding.rows:>12}{finding.wrong:>10}{left}")
            wrong += finding.wrong if finding.left is None else finding.left
        if wrong:
            raise CommandError(f"{wrong} derived value(s) are wrong" + ("" if fix else "; --fix repairs them"))
