"""Locks that belong to no row: named, and held until the transaction ends."""

from django.db import connection


def hold(name: str) -> None:
    """Wait for the lock `name` and keep it until the current transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
