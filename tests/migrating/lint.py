"""What a migration must not do to a database in use; docs/migrations.md says what to do instead.

Locks and breaking changes are found by squawk in the SQL that Django would run. What no linter of SQL can know is here:
how our migrations are made, and that FORCE hides every row from the owner. The migrations of the baseline in
`rules.json` are exempt, for they ran on no database that was in use.
"""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import connection, migrations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from skillbridge_backend.core.migrating import AddIndexConcurrently
from skillbridge_backend.core.schema_pages.sources import own_labels
from skillbridge_backend.settings.environment import BASE_DIR

RULES = Path(__file__).parent / "rules.json"
CONCURRENT = (AddIndexConcurrently, RemoveIndexConcurrently)
OLDEST_POSTGRES = "15.0"
_BODY = re.compile(r"(\$\w*\$).*?\1", re.DOTALL)
_TOUCHES_ROWS = re.compile(
    r"(?:^|;)\s*(?:WITH\b.*?)?(?:UPDATE|DELETE\s+FROM|INSERT\s+INTO|MERGE)\b", re.IGNORECASE | re.DOTALL
)
_ROLE = "set local role sb_definer"


def ours() -> dict[str, migrations.Migration]:
    """Every migration of our apps, as `app.name`."""
    found = MigrationLoader(None, replace_migrations=False).disk_migrations
    labels = own_labels()
    return {f"{app}.{name}": migration for (app, name), migration in sorted(found.items()) if app in labels}


def faults_after_baseline() -> dict[str, list[str]]:
    """What is wrong with those that run, or will run, on databases in use; by migration, none that is in order."""
    baseline: dict[str, str] = json.loads(RULES.read_text())["baseline"]
    loader = MigrationLoader(connection, replace_migrations=False)
    state = ProjectState()
    found = {}
    for key in _in_order(loader):
        migration = loader.graph.nodes[key]
        if key[0] in own_labels() and key[1] > baseline.get(key[0], ""):
            found[str(migration)] = faults(migration, state)
        state = migration.mutate_state(state, preserve=False)
    return {name: complaints for name, complaints in found.items() if complaints}


def faults(migration: migrations.Migration, before: ProjectState) -> list[str]:
    """What is wrong with it, coming after `before`; empty when nothing is."""
    with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
        migration.apply(before.clone(), editor, collect_sql=True)
    sql = "\n".join(editor.collected_sql)
    found = [*squawk(sql, is_atomic=migration.atomic), *_of_operations(migration)]
    if reads_rows_as_owner(sql):
        found.append("rows-as-owner: FORCE hides every row from sb_owner; say SET LOCAL ROLE sb_definer first")
    allowed: dict[str, str] = json.loads(RULES.read_text())["allowed"].get(str(migration), {})
    return [fault for fault in found if fault.partition(":")[0] not in allowed]


def _in_order(loader: MigrationLoader) -> list[tuple[str, str]]:
    plan = MigrationExecutor(connection).migration_plan(loader.graph.leaf_nodes(), clean_start=True)
    return [(migration.app_label, migration.name) for migration, _ in plan]


def squawk(sql: str, *, is_atomic: bool) -> list[str]:
    """squawk's complaints, each as `rule: message`."""
    command = [
        str(Path(sys.executable).parent / "squawk"),
        "--reporter=json",
        f"--pg-version={OLDEST_POSTGRES}",
        *(["--assume-in-transaction"] if is_atomic else []),
    ]
    done = subprocess.run(command, input=sql, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return [f"{found['rule_name']}: {found['message']}" for found in json.loads(done.stdout or "[]")]


def reads_rows_as_owner(sql: str) -> bool:
    """True when a statement outside a function's body touches rows before the role is one that sees them."""
    plain = re.sub(r"--[^\n]*", "", _BODY.sub("''", sql))
    statement = _TOUCHES_ROWS.search(plain)
    return statement is not None and _ROLE not in " ".join(plain[: statement.start() + 1].lower().split())


def _of_operations(migration: migrations.Migration) -> list[str]:
    found = [
        f"one-way: {type(operation).__name__} cannot be undone"
        for operation in migration.operations
        if not operation.reversible
    ]
    concurrent = [isinstance(operation, CONCURRENT) for operation in migration.operations]
    if not migration.atomic and not all(concurrent):
        found.append("concurrent-alone: outside a transaction whatever else fails is half done, and cannot be repeated")
    return found


def model_imports(path: Path) -> list[str]:
    """Modules of models that a migration imports: they say what a table is now, not what it was then."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return [name for name in names if re.search(r"(^|\.)models(\.|$)", name) and not name.startswith("django.db")]
