"""`python -m bench.audit URL`: what the audit trail costs, and how long a million entries take to verify.

URL names a migrated database of a superuser that may be filled and thrown away. The floor of each figure is the same
work on the same table with its audit triggers switched off, in the same run, in turn. Exit status 1 when a goal is
missed: 2,000 audited writes a second with the sealer at work, and one altered entry of a million found.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import threading
import time

import psycopg2

GOAL_WRITES = 2000
BULK_ROWS = 20_000
BULK_INSERT = """
    INSERT INTO users_user (id, password, is_superuser, created_at, updated_at, email, handle, display_name, role,
                            is_active, is_staff, token_version)
    SELECT private.new_id(), 'x', false, now(), now(), %(run)s || n || '@example.org', %(run)s || n, 'Somebody',
           'learner', true, false, 1
    FROM generate_series(1, %(rows)s) AS n
"""
# Entries that look like what the triggers write, for as many as the triggers would take minutes to write.
FILL = """
    WITH written AS (
        INSERT INTO users_auditentry (occurred_at, user_id, actor_id, login, role, action, table_name, row_id, before,
                                      after, user_agent, request_id, details)
        SELECT clock_timestamp(), u, u, 'sb_web', 'authenticated', 'updated', 'users_user', u::text,
               '{"role": "learner", "token_version": 1}', '{"role": "mentor", "token_version": 2}',
               'Mozilla/5.0 (X11; Linux x86_64)', u::text, '{}'
        FROM (SELECT private.new_id() AS u FROM generate_series(1, %s)) AS ids
        RETURNING id
    )
    INSERT INTO users_auditpending (entry_id) SELECT id FROM written
"""


def main() -> int:
    """Measure and print; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="postgresql://… of a superuser, a database to throw away")
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=10, help="of single writes, each way")
    parser.add_argument("--clients", type=int, default=8)
    options = parser.parse_args()
    connection = psycopg2.connect(options.url)
    connection.autocommit = True
    cursor = connection.cursor()
    _bulk(cursor)
    misses = _single_writes(cursor, options)
    misses += _verification(cursor, options)
    print("\n".join(misses) or "every goal is met")
    return 1 if misses else 0


def _bulk(cursor: "psycopg2.extensions.cursor") -> None:
    took: dict[bool, list[float]] = {False: [], True: []}
    for run in range(10):
        is_audited = run % 2 == 1
        _switch(cursor, on=is_audited)
        started = time.perf_counter()
        cursor.execute(BULK_INSERT, {"run": f"bulk{run}-{time.time_ns()}-", "rows": BULK_ROWS})
        took[is_audited].append((time.perf_counter() - started) * 1000)
    floor, audited = (statistics.median(took[way]) for way in (False, True))
    print(f"insert of {BULK_ROWS:,} accounts in one statement: {floor:.0f} ms, audited {audited:.0f} ms")


def _single_writes(cursor: "psycopg2.extensions.cursor", options: argparse.Namespace) -> list[str]:
    cursor.execute("SELECT id FROM users_user LIMIT 10000")
    ids = [row[0] for row in cursor.fetchall()]
    _switch(cursor, on=False)
    floor = _writes_per_second(options, ids)
    _switch(cursor, on=True)
    sealer = _manage(options.url, "audit_seal")
    try:
        _wait_until_all_is_sealed(cursor)
        audited = _writes_per_second(options, ids)
        behind = _wait_until_all_is_sealed(cursor)
    finally:
        sealer.terminate()
        sealer.wait(30)
    print(
        f"updates of one account each, {options.clients} clients: {floor:,.0f} a second,"
        f" audited with the sealer at work {audited:,.0f} (sealed {behind:.1f} s after the last)"
    )
    return [f"{audited:,.0f} audited writes a second, the goal is {GOAL_WRITES:,}"] if audited < GOAL_WRITES else []


def _wait_until_all_is_sealed(cursor: "psycopg2.extensions.cursor") -> float:
    """Seconds it took."""
    started = time.perf_counter()
    while _count(cursor, "users_auditpending") and time.perf_counter() - started < 300:
        time.sleep(0.1)
    return time.perf_counter() - started


def _writes_per_second(options: argparse.Namespace, ids: list[str]) -> float:
    ends = time.perf_counter() + options.seconds
    counts = [0] * options.clients

    def write(client: int) -> None:
        connection = psycopg2.connect(options.url)
        connection.autocommit = True
        with connection.cursor() as cursor:
            own = ids[client :: options.clients]
            while time.perf_counter() < ends:
                person = own[counts[client] % len(own)]
                cursor.execute("UPDATE users_user SET token_version = token_version + 1 WHERE id = %s", [person])
                counts[client] += 1
        connection.close()

    threads = [threading.Thread(target=write, args=[client]) for client in range(options.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return float(sum(counts) / options.seconds)


def _verification(cursor: "psycopg2.extensions.cursor", options: argparse.Namespace) -> list[str]:
    missing = max(0, options.entries - _count(cursor, "users_auditentry"))
    while missing > 0:
        cursor.execute(FILL, [min(missing, 100_000)])
        missing -= 100_000
    started = time.perf_counter()
    while True:
        cursor.execute("SELECT entry_count FROM private.audit_seal(5000)")
        if cursor.fetchone() is None:
            break
    print(f"sealing what waited: {time.perf_counter() - started:.1f} s")
    untouched = _verified(options.url)
    # In the middle of the trail, past the trigger that refuses it.
    cursor.execute("SELECT id FROM users_auditentry ORDER BY id OFFSET %s LIMIT 1", [options.entries // 2])
    (number,) = cursor.fetchone() or (0,)
    cursor.execute("SET session_replication_role = replica")
    cursor.execute("UPDATE users_auditentry SET request_id = request_id || 'x' WHERE id = %s", [number])
    altered = _verified(options.url)
    cursor.execute("UPDATE users_auditentry SET request_id = left(request_id, -1) WHERE id = %s", [number])
    cursor.execute("RESET session_replication_role")
    is_named = untouched.startswith("the trail is whole") and f"entry {number} of seal" in altered
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{untouched}\nwith one entry altered: {altered}\nmemory of the largest process: {megabytes:.0f} MB")
    return [] if is_named else [f"entry {number} was altered and not named"]


def _verified(url: str) -> str:
    process = _manage(url, "audit_verify", output=subprocess.PIPE)
    return " | ".join((process.communicate()[0] or "").strip().splitlines())


def _manage(url: str, command: str, output: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
    environment = os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "skillbridge_backend.settings.development",
    }
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "manage.py", command],
        env=environment, stdout=output, stderr=output, text=True,
    )  # fmt: skip


def _switch(cursor: "psycopg2.extensions.cursor", *, on: bool) -> None:
    for trigger in ("audit_inserted", "audit_updated", "audit_deleted"):
        cursor.execute(f"ALTER TABLE users_user {'ENABLE' if on else 'DISABLE'} TRIGGER {trigger}")


def _count(cursor: "psycopg2.extensions.cursor", table: str) -> int:
    cursor.execute(f"SELECT count(*) FROM {table}")
    (count,) = cursor.fetchone() or (0,)
    return int(count)


if __name__ == "__main__":
    sys.exit(main())
