"""Every table of ours has the same foundations, and no migration is missing."""

import pytest
from django.apps import apps
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
NUMBERED_BY_THE_DATABASE = {"users.AuditEntry", "users.AuditPending", "users.AuditSeal"}
"""Written by functions of the database alone: nothing of the application has to know a key before the row is there."""

ROOMS = ("apps.py", "enums.py", "urls.py", "sql", "tests")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_primary_keys_are_uuids_made_by_the_application(model: type[models.Model]) -> None:
    key = model._meta.pk
    if model._meta.label in NUMBERED_BY_THE_DATABASE:
        return
    assert isinstance(key, models.UUIDField | models.OneToOneField), key
    if isinstance(key, models.UUIDField) and model._meta.label != "core.InboxReceipt":
        assert key.default is not models.NOT_PROVIDED


@pytest.mark.parametrize("label", APPS[1:])
def test_every_app_has_the_same_rooms(label: str) -> None:
    here = {path.name for path in (BASE_DIR / label).iterdir()}
    assert not set(ROOMS) - here
    for room in ("admin", "models", "querysets", "services", "views"):
        assert {f"{room}.py", room} & here


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
