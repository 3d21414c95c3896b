"""Recomputes the chain of seals over the audit trail and names whatever does not fit.

Trusts no function of ours in the database: digests and heads are computed here, from the columns. Reads one snapshot in
batches, so it may run beside everything else, and its memory does not grow with the trail.
"""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from skillbridge_backend.core.access import DatabaseRole, enter_role

SEALS_AT_ONCE = 50
_MINUTE = 60_000_000
_YEAR = 365 * 24 * 60 * _MINUTE
ENTRIES_AT_ONCE = 5000

# What is sealed is the same as in private.audit_digest (users/sql/0020_audit_parts.sql). After it the two parts that
# may be erased: whose each is, its salt, its text and its hash. Entries from before there were parts have no hashes.
_ENTRIES = """
    SELECT id, CASE WHEN told_hash IS NULL THEN jsonb_build_array(
            id, (extract(epoch FROM occurred_at) * 1000000)::bigint, user_id, actor_id,
            login, role, action, table_name, row_id, before::text, after::text,
            host(ip_address), user_agent, request_id, details::text
        ) ELSE jsonb_build_array(
            id, (extract(epoch FROM occurred_at) * 1000000)::bigint, user_id, actor_id,
            login, role, action, table_name, row_id, request_id, encode(told_hash, 'hex'), encode(source_hash, 'hex')
        ) END::text,
        user_id, told_salt::text, jsonb_build_array(before, after, details)::text, told_hash,
        coalesce(actor_id, user_id), source_salt::text, jsonb_build_array(host(ip_address), user_agent)::text,
        source_hash
    FROM users_auditentry WHERE id = ANY (%s) ORDER BY id
"""
# Whoever is still there was not erased, whatever an entry says.
_ERASED_PEOPLE = """
    SELECT user_id FROM users_auditentry AS entry WHERE action = 'erased'
    AND NOT EXISTS (SELECT FROM users_user WHERE id = entry.user_id)
"""
_EMPTY = ("[null, null, {}]", '[null, ""]')
_SEALS = """
    SELECT sequence, (extract(epoch FROM sealed_at) * 1000000)::bigint, entry_count, entry_ids, digests,
           previous_head, head
    FROM users_auditseal WHERE sequence > %s ORDER BY sequence LIMIT %s
"""
_ARCHIVED = """
    SELECT (details ->> 'through_seal')::bigint, sum((details ->> 'entries')::bigint)::bigint,
           (extract(epoch FROM min(occurred_at)) * 1000000)::bigint
    FROM users_auditentry
    WHERE action = 'archived' AND details ->> 'through_seal' ~ '^[0-9]{1,9}$' AND details ->> 'entries' ~ '^[0-9]{1,9}$'
    GROUP BY 1 ORDER BY 1
"""
_STRAYS = """
    SELECT entry.id FROM users_auditentry AS entry
    WHERE NOT EXISTS (
        SELECT FROM (SELECT unnest(entry_ids) AS id FROM users_auditseal) AS member WHERE member.id = entry.id
    ) AND NOT EXISTS (SELECT FROM users_auditpending AS pending WHERE pending.entry_id = entry.id)
    ORDER BY entry.id
"""
_VANISHED = """
    SELECT entry_id FROM users_auditpending AS pending
    WHERE NOT EXISTS (SELECT FROM users_auditentry AS entry WHERE entry.id = pending.entry_id) ORDER BY entry_id
"""


@dataclass(slots=True)
class Verdict:
    """What was looked at, and in `findings` a sentence for each thing that does not fit."""

    entries: int = 0
    seals: int = 0
    pending: int = 0
    erased: int = 0
    """Entries of which a part is gone with the person."""
    head: str = ""
    findings: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Archive:
    """What an entry says of an archive; anybody who gets to write one may have made it up."""

    through_seal: int
    entries: int
    said_at: int
    """Microseconds since 1970."""
    gone: int = 0
    """Entries that it accounts for."""

    def may_hold(self, seal: "Seal") -> bool:
        """True when the seal was old enough: the database archives nothing younger than a year."""
        return seal.sequence <= self.through_seal and seal.sealed_at <= self.said_at - _YEAR + _MINUTE


@dataclass(frozen=True, slots=True)
class Part:
    """What an entry tells of one person, which is erased with them."""

    person: UUID | None
    salt: str | None
    text: str
    hash: bytes | None

    def fits(self) -> bool:
        """True when it is what was written."""
        return bool(self.salt) and hashlib.sha256(f"{self.salt}{self.text}".encode()).digest() == self.hash

    def is_erased(self, people: Collection[UUID]) -> bool:
        """True when nothing is left of it, and the person is one of those who are gone."""
        return self.salt is None and self.text in _EMPTY and self.person in people


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is: the text that was sealed, and its parts. Before there were parts they were in that text."""

    number: int
    sealed: str
    told: Part
    source: Part

    def is_altered(self, digest: bytes, people: Collection[UUID]) -> bool:
        """True when it is not what the seal has a digest of."""
        parts = (self.told, self.source)
        is_as_sealed = hashlib.sha256(self.sealed.encode()).digest() == digest
        if self.told.hash is None:
            # Nothing of an old entry can be proved once a part of it is gone.
            return not (is_as_sealed or any(part.is_erased(people) for part in parts))
        return not (is_as_sealed and all(part.fits() or part.is_erased(people) for part in parts))


@dataclass(frozen=True, slots=True)
class Seal:
    """A link of the chain as it is stored; `sealed_at` in microseconds since 1970."""

    sequence: int
    sealed_at: int
    entry_count: int
    entry_ids: list[int]
    digests: bytes
    previous_head: str
    head: str

    def computed_head(self) -> str:
        """What `head` must be."""
        text = f"{self.sequence}\n{self.previous_head}\n{self.sealed_at}\n{','.join(map(str, self.entry_ids))}"
        return hashlib.sha256(text.encode() + self.digests).hexdigest()

    def is_whole(self) -> bool:
        """True when it holds a digest for each of its entries."""
        count = len(self.entry_ids)
        return count == self.entry_count and len(self.digests) == count * hashlib.sha256().digest_size


def verify(*, known_head: str = "") -> Verdict:
    """Check every seal and every entry. `known_head` is one that was logged earlier: it has to be in the chain."""
    verdict = Verdict()
    is_known_head_there = not known_head
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        enter_role(DatabaseRole.SERVICE)
        archives = _archives(cursor)
        cursor.execute(_ERASED_PEOPLE)
        gone = {person for (person,) in cursor.fetchall()}
        expected = 1
        for seal in seals_after(cursor, 0):
            if seal.sequence != expected:
                verdict.findings.append(f"seals {expected} to {seal.sequence - 1} are missing")
            if seal.previous_head != verdict.head:
                verdict.findings.append(f"seal {seal.sequence} does not follow the head of the seal before it")
            if not seal.is_whole() or seal.computed_head() != seal.head:
                verdict.findings.append(f"seal {seal.sequence} was rewritten: its head does not fit what it seals")
            missing = _check_entries(cursor, seal, verdict, gone)
            archive = next((archive for archive in archives if archive.may_hold(seal)), None)
            # A seal goes into an archive whole.
            if archive and len(missing) == len(seal.entry_ids):
                archive.gone += len(missing)
            else:
                verdict.findings += [f"entry {number} of seal {seal.sequence} was removed" for number in missing]
            is_known_head_there = is_known_head_there or seal.head == known_head
            verdict.seals, verdict.entries = verdict.seals + 1, verdict.entries + len(seal.entry_ids)
            verdict.head, expected = seal.head, seal.sequence + 1
        if not is_known_head_there:
            verdict.findings.append(f"head {known_head} is nowhere in the chain: it was rewritten, or its end cut off")
        verdict.findings += [
            f"{archive.entries} entries are said to be archived as far as seal {archive.through_seal}, and"
            f" {archive.gone} are gone that may be"
            for archive in archives
            if archive.gone != archive.entries
        ]
        # Each of the two reads its tables once, whatever their statistics say.
        cursor.execute("SET LOCAL enable_nestloop = off")
        for statement, text in (
            (_STRAYS, "entry {} is in no seal and waits for none: it was not written by the trail's own functions"),
            (_VANISHED, "entry {} was removed before it was sealed"),
        ):
            cursor.execute(statement)
            verdict.findings += [text.format(row[0]) for row in cursor.fetchall()]
        cursor.execute("SELECT count(*) FROM users_auditpending")
        (verdict.pending,) = cursor.fetchone() or (0,)
    return verdict


def archived_through(cursor: Any) -> int:
    """The last seal whose entries were archived; 0 when none were."""
    return max((archive.through_seal for archive in _archives(cursor)), default=0)


def _archives(cursor: Any) -> list[Archive]:
    """Ascending."""
    cursor.execute(_ARCHIVED)
    return [Archive(*row) for row in cursor.fetchall()]


def entries_of(cursor: Any, ids: list[int]) -> list[Entry]:
    """Those of these entries that are there, in order."""
    cursor.execute(_ENTRIES, [ids])
    return [Entry(row[0], row[1], _part(row[2:6]), _part(row[6:10])) for row in cursor.fetchall()]


def _part(columns: tuple[Any, ...]) -> Part:
    person, salt, text, digest = columns
    return Part(person, salt, text, None if digest is None else bytes(digest))


def seals_after(cursor: Any, sequence: int) -> Iterator[Seal]:
    """The chain from the seal after this one to its end, read some seals at a time."""
    last = sequence
    while True:
        cursor.execute(_SEALS, [last, SEALS_AT_ONCE])
        rows = cursor.fetchall()
        for number, sealed_at, count, ids, digests, previous_head, head in rows:
            yield Seal(number, sealed_at, count, ids, bytes(digests), previous_head, head)
        if len(rows) < SEALS_AT_ONCE:
            return
        last = rows[-1][0]


def _check_entries(cursor: Any, seal: Seal, verdict: Verdict, gone: Collection[UUID]) -> list[int]:
    """Adds a sentence for each entry of the seal that is not what was sealed, counts the erased, gives the missing."""
    size = hashlib.sha256().digest_size
    missing: list[int] = []
    for start in range(0, len(seal.entry_ids), ENTRIES_AT_ONCE):
        ids = seal.entry_ids[start : start + ENTRIES_AT_ONCE]
        found = {entry.number: entry for entry in entries_of(cursor, ids)}
        for place, number in enumerate(ids, start):
            entry = found.get(number)
            if entry is None:
                missing.append(number)
                continue
            if entry.is_altered(seal.digests[place * size : (place + 1) * size], gone):
                verdict.findings.append(f"entry {number} of seal {seal.sequence} was altered")
            verdict.erased += any(part.is_erased(gone) for part in (entry.told, entry.source))
    return missing
