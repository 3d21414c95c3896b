"""`manage.py ensure_roles`: creates the PostgreSQL roles and schemas that the migrations and the processes rely on."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection, transaction
from psycopg2 import sql

GROUPS = {
    "sb_owner": "NOLOGIN",
    "sb_definer": "NOLOGIN BYPASSRLS",
    "anon": "NOLOGIN",
    "authenticated": "NOLOGIN",
    "account_service": "NOLOGIN",
    "webhook_service": "NOLOGIN",
    "service_role": "NOLOGIN BYPASSRLS",
}
SUPABASE_GROUPS = ("anon", "authenticated", "service_role")
OWN_GROUPS = tuple(role for role in GROUPS if role not in SUPABASE_GROUPS)
LOGINS = {
    "sb_web": ("NOINHERIT", ("anon", "authenticated", "account_service", "webhook_service"), "SB_WEB_PASSWORD"),
    "sb_worker": ("NOINHERIT", ("authenticated", "service_role"), "SB_WORKER_PASSWORD"),
    "sb_admin": ("BYPASSRLS INHERIT", ("service_role",), "SB_ADMIN_PASSWORD"),
}


class Command(BaseCommand):
    """Harmless to repeat; needs a login that may create roles and owns the database."""

    help = "Creates the database roles and schemas; SB_{WEB,WORKER,ADMIN}_PASSWORD set the logins' passwords."

    def handle(self, *args: Any, **options: Any) -> None:
        """All or nothing, in one transaction."""
        try:
            with transaction.atomic():
                self._ensure()
        except DatabaseError as error:
            raise CommandError(
                f"the roles could not be created: {str(error).strip().splitlines()[0]}. Connect with a login that may"
                " create roles (CREATEROLE) and owns the database, or have an administrator run this command once."
            ) from error

    def _ensure(self) -> None:
        # Roles belong to the cluster: two databases set up side by side must not create them at once.
        self._run("SELECT pg_advisory_xact_lock(20261122)")
        for role, attributes in GROUPS.items():
            self._ensure_role(role, attributes)
        for role, (attributes, groups, variable) in LOGINS.items():
            self._ensure_role(role, f"LOGIN {attributes}")
            for group in groups:
                self._run(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), sql.Identifier(role)))
            if password := os.environ.get(variable):
                self._run(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
        for statement in STATEMENTS:
            self._run(statement)
        self._share_auth()
        database = sql.Identifier(connection.settings_dict["NAME"])
        self._run(sql.SQL("GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {} TO sb_owner").format(database))
        # A temporary table or view would come before ours in the search path of whoever makes one.
        self._run(sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(database))
        self.stdout.write(f"{len(GROUPS) + len(LOGINS)} roles are in place")

    def _share_auth(self) -> None:
        """Lets our own roles call `auth.uid()`.

        On Supabase schema auth is its own and may not be granted on: there they get it as `anon` has it.
        """
        for role in OWN_GROUPS:
            with connection.cursor() as cursor:
                cursor.execute("SELECT has_schema_privilege(%s, 'auth', 'USAGE')", [role])
                (may_use,) = cursor.fetchone() or (False,)
            if not may_use:
                self._run(f"GRANT anon TO {role}")

    def _ensure_role(self, role: str, attributes: str) -> None:
        """Create the role; one that is there is altered only where it differs, which managed servers may not allow."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolcanlogin, rolbypassrls FROM pg_roles WHERE rolname = %s", [role])
            found = cursor.fetchone()
        wanted = (" LOGIN" in f" {attributes}", "BYPASSRLS" in attributes)
        if found is None:
            self._run(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role), sql.SQL(attributes)))
        elif found != wanted:
            logs_in, bypasses = ("" if is_wanted else "NO" for is_wanted in wanted)
            change = sql.SQL(f"ALTER ROLE {{}} {logs_in}LOGIN {bypasses}BYPASSRLS")
            self._run(change.format(sql.Identifier(role)))

    def _run(self, statement: str | sql.Composable) -> None:
        with connection.cursor() as cursor:
            text = statement if isinstance(statement, str) else statement.as_string(cursor.connection)
            cursor.execute(text)


STATEMENTS = (
    "GRANT sb_definer TO sb_owner",
    "GRANT sb_owner TO CURRENT_USER",
    "GRANT USAGE, CREATE ON SCHEMA public TO sb_owner",
    "CREATE SCHEMA IF NOT EXISTS auth",
    "CREATE SCHEMA IF NOT EXISTS private",
    "GRANT USAGE, CREATE ON SCHEMA auth, private TO sb_owner WITH GRANT OPTION",
    "GRANT USAGE, CREATE ON SCHEMA private TO sb_definer",
    f"GRANT USAGE ON SCHEMA public, auth, private TO {', '.join((*GROUPS, *LOGINS))}",
    # Supabase has a schema for pg_trgm and the like; where there is none of that name, the path may still name it.
    *(f'ALTER ROLE {login} SET search_path = "$user", public, extensions' for login in LOGINS),
    # Policies make statements look dear to the planner, and to compile one takes longer than to run it: 300 ms for 3.
    *(f"ALTER ROLE {login} SET jit = off" for login in LOGINS),
    # A statement that runs away must not take a web worker with it.
    "ALTER ROLE sb_web SET statement_timeout = '15s'",
    "ALTER ROLE sb_web SET idle_in_transaction_session_timeout = '60s'",
    "ALTER ROLE sb_worker SET idle_in_transaction_session_timeout = '300s'",
)
