"""Migrations keep a database in use at work, and our own rules; each rule is shown a migration that breaks it."""

import functools
from pathlib import Path

import pytest
from django.contrib.postgres import operations as postgres_operations
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from skillbridge_backend.core.migrating import AddIndexConcurrently
from skillbridge_backend.core.sql import DIVIDER
from skillbridge_backend.settings.environment import BASE_DIR
from tests.migrating import lint

_HOMES = (BASE_DIR, BASE_DIR / "skillbridge_backend")
SQL_FILES = sorted(path for home in _HOMES for path in home.glob("*/sql/[0-9]*.sql"))
MIGRATIONS = sorted(path for home in _HOMES for path in home.glob("*/migrations/[0-9]*.py"))
# Made before the rule, and only for a default that Django writes by name.
IMPORTS_MODELS = {"matches/0001_matches_and_rounds"}
INDEX = models.Index(fields=["display_name"], name="probe")


@functools.cache
def today() -> ProjectState:
    """The models as all migrations leave them."""
    return MigrationLoader(None, replace_migrations=False).project_state()


def migration(*operations: Operation, atomic: bool = True) -> migrations.Migration:
    """One that would come after all of users'."""
    kind = type("Migration", (migrations.Migration,), {"operations": list(operations), "atomic": atomic})
    made: migrations.Migration = kind("9999_probe", "users")
    return made


def rules_broken(made: migrations.Migration) -> list[str]:
    return [fault.partition(":")[0] for fault in lint.faults(made, today())]


@pytest.mark.django_db(transaction=True)
def test_migrations_after_the_baseline_keep_the_rules() -> None:
    assert lint.faults_after_baseline() == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rule", "breaking"),
    [
        ("require-concurrent-index-creation", migrations.AddIndex("user", INDEX)),
        ("ban-drop-column", migrations.RemoveField("user", "display_name")),
        ("renaming-column", migrations.RenameField("user", "display_name", "shown_name")),
        ("adding-required-field", migrations.RunSQL("ALTER TABLE users_user ADD COLUMN x text NOT NULL", "SELECT 1")),
        (
            "constraint-missing-not-valid",
            migrations.AddConstraint(
                "user", models.CheckConstraint(condition=~models.Q(display_name=""), name="probe_named")
            ),
        ),
        ("rows-as-owner", migrations.RunSQL("UPDATE users_user SET display_name = 'x'", "SELECT 1")),
        ("one-way", migrations.RunSQL("SELECT 1")),
        ("one-way", migrations.RunPython(migrations.RunPython.noop)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_migration_that_breaks_a_rule_is_found(rule: str, breaking: Operation) -> None:
    assert rule in rules_broken(migration(breaking))


@pytest.mark.django_db(transaction=True)
def test_an_index_beside_writers_stands_alone() -> None:
    alone = migration(AddIndexConcurrently("user", INDEX), atomic=False)
    in_company = migration(AddIndexConcurrently("user", INDEX), migrations.RunSQL("SELECT 1", "SELECT 1"), atomic=False)

    assert rules_broken(alone) == []
    assert rules_broken(in_company) == ["concurrent-alone"]


@pytest.mark.parametrize(
    "sql",
    [
        "SET LOCAL ROLE sb_definer; UPDATE users_user SET display_name = 'x'; RESET ROLE",
        "CREATE FUNCTION private.f() RETURNS void LANGUAGE sql AS $$ UPDATE users_user SET handle = '' $$",
        "GRANT UPDATE (handle) ON users_user TO authenticated",
        "CREATE TRIGGER t AFTER UPDATE ON users_user FOR EACH ROW EXECUTE FUNCTION private.f()",
        "CREATE POLICY p ON users_user FOR UPDATE TO authenticated USING (true)",
    ],
)
def test_a_backfill_as_the_definer_and_what_only_names_a_command_pass(sql: str) -> None:
    assert not lint.reads_rows_as_owner(sql)


def test_every_sql_file_is_loaded_by_a_migration_and_says_how_to_go_back() -> None:
    text = "\n".join(path.read_text() for path in MIGRATIONS)
    orphans = [path.name for path in SQL_FILES if f'sql_file("{path.parent.parent.name}", "{path.stem}")' not in text]
    one_way = [path.name for path in SQL_FILES if not path.read_text().partition(DIVIDER)[2].strip()]
    assert (orphans, one_way) == ([], [])


def test_no_migration_reads_todays_models() -> None:
    found = {f"{path.parent.parent.name}/{path.stem}" for path in MIGRATIONS if lint.model_imports(path)}
    assert found == IMPORTS_MODELS


def test_an_import_of_models_is_found(tmp_path: Path) -> None:
    path = tmp_path / "0002_probe.py"
    path.write_text("from django.db import migrations, models\nfrom users.models import User\nimport forum.models\n")
    assert lint.model_imports(path) == ["users.models.User", "forum.models"]


def test_every_concurrent_index_is_ours() -> None:
    """Django's own leaves an invalid index behind when it is interrupted, and cannot be run again."""
    found = [
        name
        for name, one in lint.ours().items()
        for operation in one.operations
        if type(operation) is postgres_operations.AddIndexConcurrently
    ]
    assert found == []
