"""Brings the database up to date in one process: roles, migrations, catalogue, development logins.

    python -m skillbridge_backend.embedded.prepare

Belongs here: the order, and which role does what. The work is done by the management commands of those names, which an
operator runs one by one. Ends with exit code 1 and the reason as its last line.
"""

import sys

import django
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

STEPS = (
    ("ensure_roles", ""),
    ("migrate", "sb_owner"),
    ("load_catalogue", "sb_owner"),
    ("ensure_admin_groups", "sb_owner"),
    ("seed_logins", ""),
)


def main() -> int:
    """Run all steps; each is harmless to repeat, so an interrupted preparation is simply run again."""
    django.setup()
    try:
        return next((1 for command, role in STEPS if run_step(command, role=role) != 0), 0)
    finally:
        act_as("")


def run_step(command: str, *, role: str) -> int:
    """Run one command as a role; 1 and a line that says why if it fails."""
    act_as(role)
    try:
        call_command(command, verbosity=0)
    except (CommandError, DatabaseError) as error:
        sys.stdout.write(f"{command} failed: {str(error).strip().splitlines()[0]}\n")
        return 1
    return 0


def act_as(role: str) -> None:
    """Reconnect as the given role, as DATABASE_SET_ROLE does for a process of its own; '' is the login itself."""
    connection.close()
    options = {name: value for name, value in connection.settings_dict["OPTIONS"].items() if name != "options"}
    connection.settings_dict["OPTIONS"] = options | ({"options": f"-c role={role}"} if role else {})


if __name__ == "__main__":
    sys.exit(main())
