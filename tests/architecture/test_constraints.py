"""What the models declare is in the database, and every refusal that it can utter has a code and a field."""

import re

import pytest
from django.apps import apps
from django.db import connection

from skillbridge_backend.core.constraints import rule_of

pytestmark = pytest.mark.django_db

NAMES_OF_CONSTRAINTS = """
    SELECT conname FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'u', 'p', 'f', 'x')
    UNION
    -- Unique constraints with a condition are indexes only.
    SELECT indexrelid::regclass::name FROM pg_index
    WHERE indisunique AND indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
"""
OF_DJANGO = re.compile("django_migrations_")
SOURCES_OF_FUNCTIONS = "SELECT prosrc FROM pg_proc WHERE pronamespace = 'private'::regnamespace"
RAISED_BY_NAME = re.compile(r"CONSTRAINT = '(\w+)'|refuse\('(\w+)'")
TRIGGERS_RAISING_THEIR_NAME = """
    SELECT DISTINCT tgname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE prosrc ~ 'CONSTRAINT = TG_NAME' AND NOT tgisinternal
"""


def column(query: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]


def test_every_constraint_and_index_of_the_models_is_in_the_database() -> None:
    missing = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            declared = {declaration.name for declaration in (*model._meta.constraints, *model._meta.indexes)}
            found = connection.introspection.get_constraints(cursor, model._meta.db_table)
            if declared - set(found):
                missing[model._meta.db_table] = declared - set(found)
    assert missing == {}


def test_every_constraint_of_the_catalogue_names_a_field() -> None:
    names = [name for name in column(NAMES_OF_CONSTRAINTS) if not OF_DJANGO.match(name)]
    assert len(names) > 250
    assert [name for name in names if not rule_of(name).fields] == []


def test_every_refusal_of_a_trigger_names_a_field() -> None:
    sources = "\n".join(column(SOURCES_OF_FUNCTIONS))
    raised = {name for pair in RAISED_BY_NAME.findall(sources) for name in pair}
    raised = (raised - {""}) | set(column(TRIGGERS_RAISING_THEIR_NAME))
    assert len(raised) > 10
    assert sorted(name for name in raised if not rule_of(name).fields) == []
