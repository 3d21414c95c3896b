"""Copies the oldest seals of the audit trail, with their entries, to a file, and lets the database remove the entries.

A line of the file is a seal as JSON: its number, both heads, the entries in exactly the text that was digested, so that
the file can be verified without the database, and beside them what each tells of people: `told` and `sources`, in step
with the entries, as salt and text. Erasing somebody does not reach into files: take their pairs out by hand, and the
rest still verifies.
"""

import gzip
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from skillbridge_backend.core.access import DatabaseRole, enter_role
from skillbridge_backend.core.errors import InvalidInput
from users.services.audit_verify import Seal, archived_through, entries_of, seals_after, verify


@dataclass(frozen=True, slots=True)
class Archived:
    """What went: the number of the last seal and how many entries; 0 and 0 when nothing was old enough."""

    through_seal: int
    entries: int


def archive(*, before: datetime, file: Path) -> Archived:
    """Move the entries of the oldest seals, as long as all of a seal's entries are older than `before`, to a new file.

    The login must be able to become service_role, which reads, and sb_owner, which removes; the database refuses what
    is younger than a year. In one transaction, committed after the file (gzip) is on the disk; without it nothing is
    removed. Errors: InvalidInput for a trail that does not verify, and FileExistsError.
    """
    if findings := verify().findings:
        raise InvalidInput.of("trail", f"The trail is not whole, see manage.py audit_verify: {findings[0]}")
    with transaction.atomic(), connection.cursor() as cursor:
        enter_role(DatabaseRole.SERVICE)
        old = _old_seals(cursor, before)
        if not old:
            return Archived(0, 0)
        with file.open("xb") as raw:
            with gzip.open(raw, "wt", encoding="utf-8") as lines:
                for seal in old:
                    lines.write(json.dumps(_line(cursor, seal)) + "\n")
            raw.flush()
            os.fsync(raw.fileno())
        try:
            cursor.execute("SET LOCAL ROLE sb_owner")
            cursor.execute("SELECT private.audit_archive(%s)", [old[-1].sequence])
            (removed,) = cursor.fetchone()
        except BaseException:
            file.unlink()
            raise
    return Archived(old[-1].sequence, removed)


def _old_seals(cursor: Any, before: datetime) -> list[Seal]:
    old: list[Seal] = []
    for seal in seals_after(cursor, archived_through(cursor)):
        cursor.execute(
            "SELECT FROM users_auditentry WHERE id = ANY (%s) AND occurred_at >= %s LIMIT 1", [seal.entry_ids, before]
        )
        if cursor.rowcount:
            break
        old.append(seal)
    return old


def _line(cursor: Any, seal: Seal) -> dict[str, Any]:
    entries = entries_of(cursor, seal.entry_ids)
    return {
        "sequence": seal.sequence,
        "sealed_at_microseconds": seal.sealed_at,
        "previous_head": seal.previous_head,
        "head": seal.head,
        "entries": [entry.sealed for entry in entries],
        "told": [[entry.told.salt, entry.told.text] for entry in entries],
        "sources": [[entry.source.salt, entry.source.text] for entry in entries],
    }
