"""Every table of ours has the same foundations, and every migration goes back as well as forth."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg2
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, models

from skillbridge_backend.settings.environment import BASE_DIR

APPS = ("core", "users", "notifications", "roadmaps", "progress", "badges", "matches", "forum")
MODELS = [
    model
    for label in APPS
    for model in apps.get_app_config(label).get_models(include_auto_created=True)
    if model._meta.managed and not (model._meta.auto_created and label == "users")
]
ROOMS = ("apps.py", "enums.py", "models.py", "querysets.py", "urls.py", "admin.py", "sql", "tests")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_primary_keys_are_uuids_made_by_the_application(model: type[models.Model]) -> None:
    key = model._meta.pk
    assert isinstance(key, models.UUIDField | models.OneToOneField), key
    if isinstance(key, models.UUIDField) and model._meta.label != "core.InboxReceipt":
        assert key.default is not models.NOT_PROVIDED


@pytest.mark.parametrize("label", APPS[1:])
def test_every_app_has_the_same_rooms(label: str) -> None:
    here = {path.name for path in (BASE_DIR / label).iterdir()}
    assert not set(ROOMS) - here
    assert {"services.py", "services"} & here
    assert {"views.py", "views"} & here


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_tables_belong_to_the_owner_and_the_service_may_read_them(model: type[models.Model]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_userbyid(relowner), has_table_privilege('service_role', oid, 'SELECT'),"
            " has_table_privilege('anon', oid, 'DELETE') FROM pg_class WHERE oid = %s::regclass",
            [model._meta.db_table],
        )
        assert cursor.fetchone() == ("sb_owner", True, False)


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_definer_functions_have_a_fixed_search_path_and_the_definer_as_owner() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname = 'private' AND p.prosecdef
              AND (p.proowner <> 'sb_definer'::regrole
                   OR NOT coalesce(p.proconfig::text, '') LIKE '%search_path=%')
            """
        )
        assert cursor.fetchall() == []


@pytest.fixture
def scratch_database() -> Iterator[str]:
    """The URL of an empty database of its own."""
    options = settings.DATABASES["default"]
    name = f"{connection.settings_dict['NAME']}_migrations"
    server = psycopg2.connect(
        host=options["HOST"],
        port=options["PORT"] or None,
        user=options["USER"],
        password=options["PASSWORD"] or None,
        dbname="postgres",
    )
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}"')
    yield os.environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{name}"
    with server.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    server.close()


def test_migrations_go_forth_and_back_and_forth_again(scratch_database: str) -> None:
    environment = os.environ | {"DATABASE_URL": scratch_database, "DATABASE_SET_ROLE": ""}

    def manage(*words: str, role: str = "sb_owner") -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=BASE_DIR,
            env=environment | {"DATABASE_SET_ROLE": role},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    manage("ensure_roles", role="")
    manage("migrate")
    first = schema_of(scratch_database)
    # In one process, for each start of Django costs seconds.
    backwards = "; ".join(f"call_command('migrate', '{label}', 'zero')" for label in (*reversed(APPS), "sessions"))
    manage("shell", "-c", f"from django.core.management import call_command; {backwards}")
    assert not [row for row in schema_of(scratch_database) if row[0] != "django_migrations"]
    manage("migrate")
    assert schema_of(scratch_database) == first


def schema_of(url: str) -> list[tuple[str, ...]]:
    """Tables with their columns, constraints, triggers, and our functions: what a migration leaves behind."""
    with psycopg2.connect(url) as database, database.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname::text, 'column', a.attname::text, format_type(a.atttypid, a.atttypmod)
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL
            SELECT conrelid::regclass::text, 'constraint', conname::text, pg_get_constraintdef(oid)
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
            UNION ALL
            SELECT tgrelid::regclass::text, 'trigger', tgname::text, pg_get_triggerdef(oid)
            FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL
            SELECT 'function', 'function', proname::text, pg_get_functiondef(oid)
            FROM pg_proc WHERE pronamespace = 'private'::regnamespace
            ORDER BY 1, 2, 3, 4
            """
        )
        rows: list[tuple[str, ...]] = cursor.fetchall()
    database.close()
    return rows
