"""Migrations that run a `.sql` file of an app: triggers, functions, grants, policies.

A file has two halves, parted by a line `-- reverse`: what the migration does, and what undoes it. A landed file is
never edited, for migrations that ran would no longer say what they did; a change is a new file with the next number.
"""

from pathlib import Path

from django.apps import apps
from django.db.migrations import RunSQL

DIVIDER = "\n-- reverse\n"


def sql_file(app_label: str, name: str) -> RunSQL:
    """The migration operation for `<app>/sql/<name>.sql`. ValueError when the file does not say how to go back."""
    path = Path(apps.get_app_config(app_label).path) / "sql" / f"{name}.sql"
    forwards, divider, backwards = path.read_text(encoding="utf-8").partition(DIVIDER)
    if not divider or not backwards.strip():
        raise ValueError(f"{path} needs a line '-- reverse' and, below it, the SQL that undoes what stands above")
    return RunSQL(forwards, backwards)
