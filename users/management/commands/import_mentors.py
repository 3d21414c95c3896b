"""`manage.py import_mentors FILE`: makes accounts of the mentors in a JSON file and says what became of every skill."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from users.mentor_files import read_mentors
from users.services.mentor_import import DOMAIN, ImportReport, MentorImportService


class Command(BaseCommand):
    """All or nothing; harmless to repeat."""

    help = "Imports mentors from a JSON file; the format is described in docs/catalogue.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and what to do with it."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="report what would happen and write nothing")
        parser.add_argument("--skip-invalid", action="store_true", help="import the rest when some entries are faulty")
        parser.add_argument(
            "--password",
            default=os.environ.get("MENTOR_PASSWORD"),
            help="lets the mentors log in with it (or MENTOR_PASSWORD); without it nobody can",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and print the report; exit 1 when the file's faults kept everything out."""
        path: Path = options["file"]
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} cannot be read: {error}") from error
        report = MentorImportService().import_mentors(
            file=read_mentors(text),
            source=f"import of {path.name}"[:120],
            password=options["password"] or None,
            skip_invalid=options["skip_invalid"],
            is_dry_run=options["dry_run"],
        )
        for fault in report.faults:
            self.stderr.write(f"{path}: {fault}")
        if report.is_refused:
            raise CommandError(f"{len(report.faults)} fault(s); nothing was imported")
        self._print(path, report, is_dry_run=options["dry_run"])

    def _print(self, path: Path, report: ImportReport, *, is_dry_run: bool) -> None:
        write = self.stdout.write
        write(
            f"{path.name}: {report.imported} mentors imported, {report.already_there} already there,"
            f" {report.skipped} skipped"
        )
        matched = report.matched_by_name + report.matched_by_alias
        write(
            f"skills: {report.skill_texts} texts; {matched} matched ({report.matched_by_name} by name,"
            f" {report.matched_by_alias} by alias; {report.named_twice} name a skill that the mentor named before);"
            f" {report.skill_texts - matched} unknown"
        )
        for remark in report.remarks:
            write(f"  {remark}")
        if report.unknown:
            write("skills that the catalogue does not know, kept as suggestions:")
        for text, lines in report.unknown.items():
            write(f"  {text!r}: line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}")
        if is_dry_run:
            write("dry run: nothing was written")
        elif report.imported:
            write(f"accounts: mentor-…@{DOMAIN}")
