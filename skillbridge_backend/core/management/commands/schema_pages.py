"""`manage.py schema_pages`: writes docs/schema/ from the catalogue of the database, or says where the two differ."""

import difflib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from skillbridge_backend.core.schema_pages.pages import all_pages
from skillbridge_backend.settings.environment import BASE_DIR


class Command(BaseCommand):
    """Reads the catalogue only, so it can be asked about a database in use too."""

    help = "Writes docs/schema/ from the live database; --check only says whether it is up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--check`, and another folder for tests."""
        parser.add_argument(
            "--check", action="store_true", help="write nothing, fail with a diff when something differs"
        )
        parser.add_argument("--folder", type=Path, default=BASE_DIR / "docs" / "schema")

    def handle(self, *args: Any, check: bool, folder: Path, **options: Any) -> None:
        """CommandError with the differences when `--check` finds any."""
        pages = all_pages()
        there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
        if not check:
            folder.mkdir(parents=True, exist_ok=True)
            for name in there.keys() - pages.keys():
                (folder / name).unlink()
            for name, text in pages.items():
                (folder / name).write_text(text, encoding="utf-8")
            self.stdout.write(f"{len(pages)} pages are in {folder}")
            return
        different = sorted(name for name in pages.keys() | there.keys() if pages.get(name) != there.get(name))
        if different:
            raise CommandError(
                "\n".join(_difference(name, there.get(name, ""), pages.get(name, "")) for name in different)
                + f"\n{folder} differs from the database: run `make schema`"
            )


def _difference(name: str, there: str, now: str) -> str:
    lines = difflib.unified_diff(there.splitlines(), now.splitlines(), f"{name}, as written", f"{name}, as it is", n=1)
    return "\n".join(list(lines)[:60])
