"""Foreign keys stand on an index, and no index repeats another. That none lies idle: tests/scale/test_indexes.py."""

import pytest
from django.db import connection

OURS = "c.relnamespace = 'public'::regnamespace AND c.relname !~ '^(django|auth)_|^users_user_'"
"""Without the tables that Django makes, those of its groups and permissions among them."""


def names(statement: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db
def test_every_foreign_key_leads_an_index() -> None:
    """Or deleting the row that it points to, and every join from there, reads the whole table."""
    keys = "SELECT format('%s.%s', c.relname, a.attname) FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid"
    keys += f" JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = f.conkey[1] WHERE f.contype = 'f' AND {OURS}"

    assert len(names(keys)) > 60
    assert (
        names(
            keys
            # A partial index serves, when it leaves out nothing but NULL.
            + " AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum"
            " AND i.indisvalid AND (i.indpred IS NULL"
            " OR pg_get_expr(i.indpred, c.oid) = format('(%I IS NOT NULL)', a.attname)))"
        )
        == []
    )


@pytest.mark.django_db
def test_no_index_is_the_beginning_of_another() -> None:
    repeated = names(
        f"""
        SELECT short.indexrelid::regclass::text || ' is part of ' || long.indexrelid::regclass
        FROM pg_index short
        JOIN pg_class c ON c.oid = short.indrelid
        JOIN pg_index long ON long.indrelid = short.indrelid AND long.indexrelid <> short.indexrelid
        WHERE {OURS} AND NOT short.indisunique AND short.indexprs IS NULL AND long.indexprs IS NULL
          AND short.indpred IS NOT DISTINCT FROM long.indpred
          AND (SELECT relam FROM pg_class WHERE oid = short.indexrelid)
            = (SELECT relam FROM pg_class WHERE oid = long.indexrelid)
          -- Vectors of numbers as text: "3 1" begins "3 1 7". Direction does not matter to who reads backwards.
          AND starts_with(long.indkey::text || ' ', short.indkey::text || ' ')
          AND starts_with(long.indclass::text || ' ', short.indclass::text || ' ')
        """
    )
    assert repeated == []
