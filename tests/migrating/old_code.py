"""Does the last release's code still work once this release's migrations have run?

    python -m tests.migrating.old_code [--base BASE] [APP …]

`migrate` runs while the last release still answers requests. So its API tests are run, from its own commit, on a
database that today's migrations made: its test run finds a template database of the name that it looks for, and takes
it for its own. BASE is a tag or commit; without it the newest tag `v…`, and before the first release the commit that
added `rules.json`. Ends with the exit code of those tests; with 0 at once when no migration came since.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from psycopg2 import sql

from skillbridge_backend.embedded.for_tests import TestServers, template_name
from skillbridge_backend.settings.environment import BASE_DIR

RULES = Path(__file__).parent / "rules.json"
SCHEMA_PATHS = (":(glob)**/migrations/*.py", ":(glob)**/sql/*.sql")
PLUGINS = Path(__file__).parent / "for_old_code"
WHAT_CLIENTS_SEE = ("test_api*.py", "test_access*.py")


def main(arguments: list[str]) -> int:
    """Says what it tries, tries it, and cleans up after itself."""
    parser = argparse.ArgumentParser(prog="old_code")
    parser.add_argument("--base", default="", help="tag or commit of the old code")
    parser.add_argument("apps", nargs="*", default=["*"], help="whose tests; all apps' when none is named")
    told = parser.parse_args(arguments)
    base = told.base or _last_release()
    commit = _git("rev-parse", "--short", f"{base}^{{commit}}")
    since = _git("diff", "--name-only", "--diff-filter=ACMRD", commit, "HEAD", "--", *SCHEMA_PATHS).split()
    since = [path for path in since if "/tests/" not in path]
    if not since:
        sys.stdout.write(f"no migration since {base} ({commit}): there is no new schema to try\n")
        return 0
    sys.stdout.write(f"the code of {base} ({commit}) on a schema that {len(since)} newer files made:\n")
    for path in since:
        sys.stdout.write(f"  {path}\n")
    sys.stdout.flush()
    with _checkout(commit) as folder, _servers() as servers:
        name = _name_of_template(folder)
        _copy_template(servers.environment["DATABASE_URL"], name)
        tests = sorted(
            str(path.relative_to(folder))
            for app in told.apps
            for kind in WHAT_CLIENTS_SEE
            for path in folder.glob(f"{app}/tests/{kind}")
        )
        environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"} | {
            "TEST_DATABASE_URL": servers.environment["DATABASE_URL"],
            "TEST_REDIS_URL": servers.environment["REDIS_URL"],
            "PYTHONPATH": str(PLUGINS),
        }
        options = ["--quiet", "-p", "no:cacheprovider", "-p", "cascading_flush"]
        # What counts rows that a migration brings sees the new ones, which harm nobody: each with its reason.
        counting = json.loads(RULES.read_text())["old_tests_that_count"]
        options += [f"--deselect={test}" for test in counting]
        command = [sys.executable, "-m", "pytest", *options, *tests]
        return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


def _last_release() -> str:
    tags = _git("tag", "--list", "v*", "--merged", "HEAD", "--sort=-version:refname").split()
    return tags[0] if tags else _git("log", "-1", "--diff-filter=A", "--format=%H", "--", str(RULES))


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=BASE_DIR, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"git {' '.join(arguments)}: {done.stderr.strip()} (is this a shallow clone?)")
    return done.stdout.strip()


@contextmanager
def _checkout(commit: str) -> Iterator[Path]:
    """The files of that commit, in a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="skillbridge-release-"))
    folder.chmod(0o755)
    try:
        packed = folder.with_suffix(".tar")
        _git("archive", "--output", str(packed), commit)
        shutil.unpack_archive(packed, folder, filter="data")
        packed.unlink()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _servers() -> Iterator[TestServers]:
    """PostgreSQL and Redis, with the template database of today's migrations."""
    servers = TestServers(BASE_DIR)
    servers.plan({**os.environ, "TEST_MATCHER_URL": os.environ.get("TEST_MATCHER_URL", "http://127.0.0.1:9")})
    try:
        servers.start(lambda line: None)
        yield servers
    finally:
        servers.stop()


def _name_of_template(folder: Path) -> str:
    """The name by which that commit's tests look for a database that its own migrations made."""
    program = (
        "import pathlib; from skillbridge_backend.embedded import for_tests;"
        " print(for_tests._TEMPLATE_PREFIX + for_tests._schema_hash(pathlib.Path()))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _copy_template(server_url: str, name: str) -> None:
    server = psycopg2.connect(server_url)
    server.autocommit = True
    with server.cursor() as cursor:
        identifiers = {"name": sql.Identifier(name), "today": sql.Identifier(template_name(BASE_DIR))}
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {name} WITH (FORCE)").format(**identifiers))
        cursor.execute(sql.SQL("CREATE DATABASE {name} TEMPLATE {today}").format(**identifiers))
    server.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
