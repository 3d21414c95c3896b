"""Brings the database up to date in one process: roles, migrations, catalogue, development logins.

    python -m skillbridge_backend.embedded.prepare

Belongs here: the order, and which role does what. The work is done by the management commands of those names, which an
operator runs one by one. Ends with exit code 1 and the reason as its last line.
"""

import sys

import django
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection


def main() -> int:
    """Run all steps; each is harmless to repeat, so an interrupted preparation is simply run again."""
    django.setup()
    for command, role in (
        ("ensure_roles", ""),
        ("migrate", "sb_owner"),
        ("load_catalogue", "sb_owner"),
        ("seed_logins", ""),
    ):
        _act_as(role)
        try:
            call_command(command, verbosity=0)
        except (CommandError, DatabaseError) as error:
            sys.stdout.write(f"{command} failed: {str(error).strip().splitlines()[0]}\n")
            return 1
    return 0


def _act_as(role: str) -> None:
    """Reconnects as the given role, as DATABASE_SET_ROLE does for a process of its own; '' is the login itself."""
    connection.close()
    connection.settings_dict["OPTIONS"] = {
        **{name: value for name, value in connection.settings_dict["OPTIONS"].items() if name != "options"},
        **({"options": f"-c role={role}"} if role else {}),
    }


if __name__ == "__main__":
    sys.exit(main())
