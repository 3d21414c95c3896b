"""A migration never makes others wait for long, and never leaves what it made to the wrong owner."""

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, OperationalError, connection, models
from django.db.migrations.state import ModelState, ProjectState

from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.migrating import AddIndexConcurrently

TABLE = "core_migrating_probe"


@pytest.fixture
def as_owner(transactional_db: None) -> Iterator[None]:
    """The connection of `manage.py migrate`, with a table in use."""
    options = dict(connection.settings_dict["OPTIONS"])
    connection.close()
    connection.settings_dict["OPTIONS"] = options | {"options": "-c role=sb_owner"}
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TABLE} (id uuid PRIMARY KEY, name text NOT NULL)")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")
    connection.close()
    connection.settings_dict["OPTIONS"] = options


@pytest.fixture
def other_session() -> Iterator[Any]:
    """A request or a report that has the table in its hands."""
    settings = connection.settings_dict
    session = psycopg2.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        dbname=settings["NAME"],
    )
    yield session
    session.close()


@pytest.mark.django_db(transaction=True)
def test_migrate_as_another_role_is_refused_before_it_makes_anything() -> None:
    with pytest.raises(CommandError, match="set DATABASE_SET_ROLE=sb_owner"):
        call_command("migrate", verbosity=0)


def test_migrate_gives_up_a_lock_it_cannot_have(as_owner: None, other_session: Any, settings: Any) -> None:
    settings.MIGRATION_LOCK_TIMEOUT_SECONDS = 0.2
    call_command("migrate", verbosity=0)
    with other_session.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {TABLE}")

    with connection.cursor() as cursor, pytest.raises(OperationalError, match="lock timeout"):
        cursor.execute(f"ALTER TABLE {TABLE} ADD COLUMN more text")

    other_session.rollback()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} ADD COLUMN more text")


def test_an_index_is_built_beside_writers_and_again_after_an_interrupted_build(
    as_owner: None, other_session: Any
) -> None:
    row = str(new_id())
    with connection.cursor() as cursor:
        # What a build that found the same name twice leaves: an index that is there and invalid.
        cursor.execute(f"INSERT INTO {TABLE} VALUES (%s, 'twice'), (gen_random_uuid(), 'twice')", [row])
        with pytest.raises(IntegrityError):
            cursor.execute(f"CREATE UNIQUE INDEX CONCURRENTLY migrating_probe_name ON {TABLE} (name)")
        cursor.execute(f"DELETE FROM {TABLE} WHERE id = %s", [row])
    state = ProjectState()
    fields: dict[str, models.Field[Any, Any]] = {"id": models.UUIDField(primary_key=True), "name": models.TextField()}
    state.add_model(ModelState("core", "MigratingProbe", fields, options={"db_table": TABLE, "indexes": []}))
    after = state.clone()
    operation = AddIndexConcurrently("migratingprobe", models.Index(fields=["name"], name="migrating_probe_name"))
    operation.state_forwards("core", after)

    for _ in range(2):
        with connection.schema_editor(atomic=False) as editor:
            operation.database_forwards("core", editor, state, after)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indisvalid, indisunique FROM pg_index WHERE indexrelid = 'migrating_probe_name'::regclass"
        )
        assert cursor.fetchone() == (True, False)
        cursor.execute("SELECT current_setting('lock_timeout')")
        assert cursor.fetchone() == ("5s",)
