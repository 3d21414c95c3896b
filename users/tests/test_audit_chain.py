"""The chain of seals: what is sealed, and that whatever is done to it afterwards is named."""

import gzip
import hashlib
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, connections, transaction
from django.utils import timezone

from skillbridge_backend.core.access import acting_as, acting_as_service
from skillbridge_backend.settings.environment import BASE_DIR
from users.enums import AuditAction
from users.models import AuditEntry, AuditPending, AuditSeal, Skill, User
from users.services.audit_archive import archive
from users.services.audit_seal import seal_once
from users.services.audit_verify import seals_after, verify
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def execute(sql: str, parameters: list[Any] | None = None) -> None:
    """As a superuser who has got round the triggers, which is whom the chain is for."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, parameters)


@pytest.fixture
def entries() -> list[int]:
    """Numbers of nine entries in three seals."""
    for _ in range(3):
        for _ in range(3):
            UserFactory()
        seal_once()
    return list(AuditEntry.objects.order_by("id").values_list("id", flat=True))


def test_seals_hold_every_entry_once_in_order(entries: list[int]) -> None:
    seals = AuditSeal.objects.order_by("sequence")

    assert [seal.sequence for seal in seals] == [1, 2, 3]
    assert [number for seal in seals for number in seal.entry_ids] == entries
    assert [seal.previous_head for seal in seals] == ["", seals[0].head, seals[1].head]
    assert not AuditPending.objects.exists()
    assert seal_once() is None
    verdict = verify()
    assert (verdict.findings, verdict.entries, verdict.seals, verdict.head) == ([], 9, 3, seals[2].head)


def test_batch_is_limited(entries: list[int]) -> None:
    Skill.objects.bulk_create(Skill(slug=f"s{n}", name=str(n), minutes_per_level=60) for n in range(25))

    sealed = [seal.entries for seal in iter(lambda: seal_once(10), None)]

    assert sealed == [10, 10, 5]
    assert verify().findings == []


def test_entry_that_commits_late_is_in_a_later_seal() -> None:
    early_is_written, may_commit = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with transaction.atomic():
            UserFactory(handle="early")
            early_is_written.set()
            may_commit.wait(10)
        connections.close_all()

    thread = threading.Thread(target=write_slowly)
    thread.start()
    early_is_written.wait(10)
    UserFactory(handle="late")
    first = seal_once()
    may_commit.set()
    thread.join()
    second = seal_once()

    assert first is not None
    assert second is not None
    (late,), (early,) = (seal.entry_ids for seal in AuditSeal.objects.order_by("sequence"))
    assert early < late
    assert verify().findings == []


TAMPERINGS: dict[str, tuple[Callable[[list[int]], str], str]] = {
    "one altered": (
        lambda ids: f'UPDATE users_auditentry SET after = after || \'{{"role": "admin"}}\' WHERE id = {ids[4]}',
        r"entry {4} of seal 2 was altered",
    ),
    "who did it altered": (
        lambda ids: f"UPDATE users_auditentry SET actor_id = gen_random_uuid() WHERE id = {ids[0]}",
        r"entry {0} of seal 1 was altered",
    ),
    "one removed": (
        lambda ids: f"DELETE FROM users_auditentry WHERE id = {ids[8]}",
        r"entry {8} of seal 3 was removed",
    ),
    "one put in": (
        lambda ids: (
            "INSERT INTO users_auditentry SELECT 999999999, occurred_at, user_id, actor_id, login, role, action,"
            " table_name, row_id, before, after, ip_address, user_agent, request_id, details"
            f" FROM users_auditentry WHERE id = {ids[2]}"
        ),
        r"entry 999999999 is in no seal",
    ),
    "one put in and given a seal": (
        lambda ids: (
            "UPDATE users_auditseal SET entry_ids = entry_ids || 5::bigint, entry_count = 4,"
            " digests = digests || sha256('x') WHERE sequence = 2"
        ),
        r"seal 2 was rewritten",
    ),
    "two reordered": (
        lambda ids: (
            "UPDATE users_auditseal SET entry_ids = entry_ids[2:2] || entry_ids[1:1] || entry_ids[3:3],"
            " digests = substr(digests, 33, 32) || substr(digests, 1, 32) || substr(digests, 65) WHERE sequence = 2"
        ),
        r"seal 2 was rewritten",
    ),
    "two exchanged": (
        lambda ids: (
            "UPDATE users_auditentry AS one SET after = other.after FROM users_auditentry AS other"
            f" WHERE (one.id, other.id) IN (({ids[3]}, {ids[4]}), ({ids[4]}, {ids[3]}))"
        ),
        r"entry {4} of seal 2 was altered",
    ),
    "a seal removed": (
        lambda ids: "DELETE FROM users_auditseal WHERE sequence = 2",
        r"seals 2 to 2 are missing",
    ),
    "a seal rewritten with its head": (
        lambda ids: "UPDATE users_auditseal SET head = encode(sha256('x'), 'hex') WHERE sequence = 2",
        r"seal 3 does not follow the head",
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found_and_named(entries: list[int], name: str) -> None:
    tampering, finding = TAMPERINGS[name]

    execute(tampering(entries))

    expected = re.sub(r"\{(\d)\}", lambda match: str(entries[int(match[1])]), finding)
    assert any(re.match(expected, found) for found in verify().findings), verify().findings
    with pytest.raises(CommandError, match="findings"):
        call_command("audit_verify", verbosity=0)


def test_chain_rewritten_from_its_beginning_is_found_by_a_head_that_was_logged(entries: list[int]) -> None:
    logged = AuditSeal.objects.get(sequence=2).head

    assert verify(known_head=logged).findings == []
    execute(f"UPDATE users_auditentry SET row_id = 'another' WHERE id = {entries[0]}")
    execute("TRUNCATE users_auditseal; INSERT INTO users_auditpending SELECT id FROM users_auditentry")
    seal_once()

    assert verify().findings == []
    assert verify(known_head=logged).findings == [
        f"head {logged} is nowhere in the chain: it was rewritten, or its end cut off"
    ]


def test_entry_removed_before_it_was_sealed_is_named_and_the_others_are_sealed() -> None:
    UserFactory()
    gone = AuditEntry.objects.get().pk
    UserFactory()
    execute(f"DELETE FROM users_auditentry WHERE id = {gone}")

    seal = seal_once()

    assert seal is not None
    assert seal.entries == 1
    assert verify().findings == [f"entry {gone} was removed before it was sealed"]


@pytest.mark.parametrize("statement", ["UPDATE users_auditseal SET head = ''", "DELETE FROM users_auditseal"])
@pytest.mark.parametrize("role", ["service_role", "sb_admin", "sb_worker", "authenticated", "sb_definer", "sb_owner"])
def test_nobody_changes_a_seal(entries: list[int], statement: str, role: str) -> None:
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SET LOCAL ROLE {role}; {statement}")


def test_people_cannot_seal(entries: list[int]) -> None:
    person = User.objects.all()[0]

    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        acting_as(person.pk),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT private.audit_seal(1)")


def test_archive_is_refused_to_services_and_for_what_is_young(entries: list[int]) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        acting_as_service(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT private.audit_archive(1)")
    with (
        pytest.raises(ProgrammingError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET LOCAL ROLE sb_owner; SELECT private.audit_archive(1)")


def seal_long_ago() -> None:
    """Seal two entries as a sealer 13 months ago would have."""
    UserFactory()
    UserFactory()
    execute("UPDATE users_auditentry SET occurred_at = now() - interval '13 months'")
    seal_once()
    execute("UPDATE users_auditseal SET sealed_at = sealed_at - interval '13 months'")
    with connection.cursor() as cursor:
        (seal,) = seals_after(cursor, 0)
    execute("UPDATE users_auditseal SET head = %s", [seal.computed_head()])


MADE_UP = {
    "a young seal": (
        2,
        1,
        "DELETE FROM users_auditentry WHERE id IN (SELECT unnest(entry_ids) FROM users_auditseal WHERE sequence = 2)",
        r"entry \d+ of seal 2 was removed",
    ),
    "one entry of an old seal": (
        1,
        1,
        "DELETE FROM users_auditentry WHERE id = (SELECT entry_ids[1] FROM users_auditseal WHERE sequence = 1)",
        r"entry \d+ of seal 1 was removed",
    ),
    "nothing": (1, 2, "", "2 entries are said to be archived as far as seal 1, and 0 are gone that may be"),
}


@pytest.mark.parametrize("removed", MADE_UP)
def test_archive_that_somebody_made_up_excuses_nothing(removed: str) -> None:
    through, entries, statement, finding = MADE_UP[removed]
    seal_long_ago()
    UserFactory()
    seal_once()
    with acting_as_service(), connection.cursor() as cursor:
        details = json.dumps({"through_seal": through, "entries": entries})
        cursor.execute("SELECT private.audit_event('archived', NULL, %s, NULL, '')", [details])
    seal_once()

    if statement:
        execute(statement)

    assert re.fullmatch(finding, verify().findings[0])


def test_erasure_that_somebody_made_up_excuses_nothing(entries: list[int]) -> None:
    person = User.objects.all()[0]
    with acting_as_service(), connection.cursor() as cursor:
        cursor.execute("SELECT private.audit_event('erased', %s, '{}', NULL, '')", [person.pk])
    seal_once()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT private.audit_erase(%s)", [person.pk])

    findings = verify().findings
    assert findings
    assert all(re.fullmatch(r"entry \d+ of seal \d was altered", finding) for finding in findings)


def test_owner_archives_what_is_old_and_the_chain_still_verifies(tmp_path: Path) -> None:
    seal_long_ago()
    UserFactory()
    seal_once()

    call_command("audit_archive", before=f"{timezone.now() - timedelta(days=380):%Y-%m-%d}", to=tmp_path / "trail.gz")
    seal_once()

    line = json.loads(gzip.decompress((tmp_path / "trail.gz").read_bytes()))
    first = AuditSeal.objects.get(sequence=1)
    assert (line["sequence"], line["head"]) == (1, first.head)
    assert b"".join(hashlib.sha256(text.encode()).digest() for text in line["entries"]) == bytes(first.digests)

    assert AuditEntry.objects.changes("users_user").count() == 1
    assert AuditEntry.objects.events().get().details == {"through_seal": 1, "entries": 2}
    assert verify().findings == []
    execute("DELETE FROM users_auditentry WHERE table_name = 'users_user'")
    (finding,) = verify().findings
    assert re.fullmatch(r"entry \d+ of seal 2 was removed", finding)


def test_sealers_process_seals_and_stops_on_sigterm_while_a_second_one_waits() -> None:
    command = [sys.executable, "manage.py", "audit_seal"]
    sealers = [subprocess.Popen(command, cwd=BASE_DIR, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        for number in range(1, 4):
            UserFactory()
            deadline = time.monotonic() + 30
            while AuditPending.objects.exists():
                assert time.monotonic() < deadline
                time.sleep(0.05)
            assert AuditSeal.objects.count() == number
    finally:
        for sealer in sealers:
            sealer.send_signal(signal.SIGTERM)
        outputs = [sealer.communicate(timeout=20)[1] for sealer in sealers]

    assert [sealer.returncode for sealer in sealers] == [0, 0]
    # Only one of the two has sealed, and the heads stand in its log.
    assert sorted(output.count("audit_sealed") for output in outputs) == [0, 3]
    assert AuditSeal.objects.get(sequence=3).head in "".join(outputs)
    assert AuditEntry.objects.filter(action=AuditAction.INSERTED).count() == 3
    assert verify().findings == []


def test_metrics_show_what_waits_for_its_seal(api: Any) -> None:
    def figures() -> dict[str, float]:
        text = api.get("/metrics", HTTP_AUTHORIZATION="Bearer development").content.decode()
        lines = [line.split() for line in text.splitlines() if line.startswith("skillbridge_audit_unsealed")]
        return {name: float(value) for name, value in lines}

    UserFactory()
    execute("UPDATE users_auditentry SET occurred_at = now() - interval '90 seconds'")
    waiting = figures()
    assert waiting["skillbridge_audit_unsealed"] == 1
    assert 90 <= waiting["skillbridge_audit_unsealed_oldest_seconds"] < 200

    seal_once()

    assert figures() == {"skillbridge_audit_unsealed": 0, "skillbridge_audit_unsealed_oldest_seconds": 0}


def test_archive_of_what_is_young_is_refused_and_leaves_no_file(entries: list[int], tmp_path: Path) -> None:
    with pytest.raises(ProgrammingError, match="append-only"):
        archive(before=timezone.now(), file=tmp_path / "trail.gz")

    assert not (tmp_path / "trail.gz").exists()
    assert AuditEntry.objects.count() == len(entries)


def test_archive_of_nothing_old_makes_no_file(
    entries: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("audit_archive", before="2020-01-01", to=tmp_path / "trail.gz")

    assert "nothing was archived" in capsys.readouterr().out
    assert not (tmp_path / "trail.gz").exists()


def test_archive_wants_a_day_a_new_file_and_a_whole_trail(entries: list[int], tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.touch()
    with pytest.raises(CommandError, match="--before is a day as 2025-11-01, not 'soon'"):
        call_command("audit_archive", before="soon", to=there)
    with pytest.raises(CommandError, match="--before is a year ago or more"):
        call_command("audit_archive", before=f"{timezone.now():%Y-%m-%d}", to=there)
    with pytest.raises(FileExistsError):
        archive(before=timezone.now(), file=there)
    execute("UPDATE users_auditentry SET action = 'deleted' WHERE id = %s", [entries[0]])
    with pytest.raises(CommandError, match=f"not whole.*entry {entries[0]} of seal 1 was altered"):
        call_command("audit_archive", before="2020-01-01", to=tmp_path / "new")
    assert there.read_bytes() == b""
