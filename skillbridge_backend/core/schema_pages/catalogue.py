"""What the catalogue of the connected database says about our tables, functions and roles, in an order of its own.

Belongs here: the queries. Only facts that are the same on every supported PostgreSQL, and none about other databases of
the cluster. How a page shows them is in `pages`.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

ROLES = (
    "anon", "authenticated", "account_service", "webhook_service", "service_role", "sb_owner", "sb_definer", "sb_web",
    "sb_worker", "sb_admin",
)  # fmt: skip


@dataclass
class Table:
    """A table or view of schema public; each list in the order of its names, columns in theirs."""

    name: str
    kind: str
    owner: str
    protection: str
    comment: str
    columns: list[dict[str, Any]] = field(default_factory=list)
    constraints: list[dict[str, Any]] = field(default_factory=list)
    indexes: list[dict[str, Any]] = field(default_factory=list)
    policies: list[dict[str, Any]] = field(default_factory=list)
    triggers: list[dict[str, Any]] = field(default_factory=list)
    grants: list[dict[str, Any]] = field(default_factory=list)


def tables() -> dict[str, Table]:
    """Every table and view of ours by name; a partition is told with the table it is part of."""
    found = {row["name"]: Table(**row) for row in _rows(TABLES)}
    for part, query in PARTS.items():
        for row in _rows(query):
            if row["table"] in found:
                getattr(found[row["table"]], part).append(row)
    return found


def functions() -> list[dict[str, Any]]:
    """Our functions, with who may call them."""
    return _rows(FUNCTIONS)


def roles() -> list[dict[str, Any]]:
    """What each role may, and which of the others it may become."""
    return _rows(ROLES_QUERY)


def default_rights() -> list[dict[str, Any]]:
    """What the roles get on whatever the owner makes next."""
    merged: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in _rows(DEFAULT_RIGHTS):
        merged[row["schema"], row["objects"], row["role"]].append(row["privilege"])
    return [
        {"schema": schema, "objects": objects, "role": role, "privileges": ", ".join(privileges)}
        for (schema, objects, role), privileges in merged.items()
    ]


def _rows(query: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"roles": list(ROLES)})
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


TABLES = """
SELECT c.relname::text AS name,
       CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'p' THEN 'partitioned table'
            ELSE 'table' END AS kind,
       pg_get_userbyid(c.relowner)::text AS owner,
       CASE WHEN c.relkind IN ('v', 'm') THEN
                CASE WHEN 'security_invoker=true' = ANY (c.reloptions) THEN 'with the rights of who reads it'
                     ELSE 'with the rights of its owner' END
            WHEN c.relrowsecurity AND c.relforcerowsecurity THEN 'enabled and forced'
            WHEN c.relrowsecurity THEN 'enabled, not forced'
            ELSE 'off' END AS protection,
       coalesce(obj_description(c.oid, 'pg_class'), '') AS comment
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
  AND NOT EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
  )
ORDER BY c.relname COLLATE "C"
"""

COLUMNS = """
SELECT a.attrelid::regclass::text AS "table", a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type,
       a.attnotnull AS required, a.attgenerated <> '' AS generated, pg_get_expr(d.adbin, d.adrelid) AS expression,
       coalesce(col_description(a.attrelid, a.attnum), '') AS comment
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relnamespace = 'public'::regnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname COLLATE "C", a.attnum
"""

# Of contype 'n' (NOT NULL) every version says something else; the columns tell it. 't' are constraint triggers.
CONSTRAINTS = """
SELECT conrelid::regclass::text AS "table", conname::text AS name, pg_get_constraintdef(oid) AS definition
FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND contype NOT IN ('n', 't') AND conparentid = 0
ORDER BY 1, conname COLLATE "C"
"""

INDEXES = """
SELECT i.indrelid::regclass::text AS "table", c.relname::text AS name,
       CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END
           || substring(pg_get_indexdef(c.oid) FROM ' USING (.*)$')
           || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END AS definition
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
ORDER BY 1, c.relname COLLATE "C"
"""

POLICIES = """
SELECT p.polrelid::regclass::text AS "table", p.polname::text AS name,
       CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
            ELSE 'ALL' END AS command,
       p.polpermissive AS permissive,
       ARRAY(SELECT CASE r WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r)::text END FROM unnest(p.polroles) AS r
             ORDER BY 1) AS roles,
       pg_get_expr(p.polqual, p.polrelid) AS visible, pg_get_expr(p.polwithcheck, p.polrelid) AS allowed,
       coalesce(obj_description(p.oid, 'pg_policy'), '') AS comment
FROM pg_policy p
ORDER BY 1, p.polname COLLATE "C"
"""

TRIGGERS = """
SELECT t.tgrelid::regclass::text AS "table", t.tgname::text AS name,
       regexp_replace(pg_get_triggerdef(t.oid), '^CREATE (CONSTRAINT )?TRIGGER \\S+ ', '\\1') AS definition,
       t.tgenabled <> 'D' AS enabled
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace AND t.tgparentid = 0
ORDER BY 1, t.tgname COLLATE "C"
"""

# MAINTAIN exists from PostgreSQL 17 on, and none of our roles is given it by name.
GRANTS = """
SELECT c.relname::text AS "table", pg_get_userbyid(g.grantee)::text AS role, g.privilege_type::text AS privilege,
       '' AS column
FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) AS g
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND g.grantee <> c.relowner
  AND g.privilege_type <> 'MAINTAIN'
UNION ALL
SELECT c.relname::text, pg_get_userbyid(g.grantee)::text, g.privilege_type::text, a.attname::text
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
CROSS JOIN LATERAL aclexplode(a.attacl) AS g
WHERE c.relnamespace = 'public'::regnamespace AND g.grantee <> c.relowner
ORDER BY 1, 2, 3, 4
"""

PARTS = {
    "columns": COLUMNS,
    "constraints": CONSTRAINTS,
    "indexes": INDEXES,
    "policies": POLICIES,
    "triggers": TRIGGERS,
    "grants": GRANTS,
}

FUNCTIONS = """
SELECT n.nspname::text AS schema, p.proname::text AS name, pg_get_function_identity_arguments(p.oid) AS arguments,
       pg_get_function_result(p.oid) AS result, l.lanname::text AS language, p.prosecdef AS definer,
       pg_get_userbyid(p.proowner)::text AS owner, p.provolatile::text AS volatility,
       coalesce(array_to_string(p.proconfig, ', '), '') AS settings,
       ARRAY(SELECT DISTINCT CASE g.grantee WHEN 0 THEN 'everybody' ELSE pg_get_userbyid(g.grantee)::text END
             FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS g
             WHERE g.grantee <> p.proowner ORDER BY 1) AS callers,
       left(md5(p.prosrc), 8) AS body, coalesce(obj_description(p.oid, 'pg_proc'), '') AS comment
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
WHERE n.nspname IN ('private', 'public')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY n.nspname COLLATE "C", p.proname COLLATE "C", 3
"""

ROLES_QUERY = """
SELECT r.rolname::text AS name, r.rolcanlogin AS login, r.rolinherit AS inherits, r.rolbypassrls AS bypasses,
       r.rolsuper AS superuser, r.rolcreaterole AS creates_roles,
       ARRAY(SELECT DISTINCT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
             WHERE m.member = r.oid AND g.rolname = ANY (%(roles)s) ORDER BY 1) AS groups,
       coalesce((SELECT array_to_string(array_agg(s ORDER BY s), ', ') FROM unnest(r.rolconfig) AS s), '') AS settings
FROM pg_roles r WHERE r.rolname = ANY (%(roles)s)
ORDER BY r.rolname COLLATE "C"
"""

DEFAULT_RIGHTS = """
SELECT coalesce(n.nspname::text, 'every schema') AS schema,
       CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
            WHEN 'T' THEN 'types' ELSE 'schemas' END AS objects,
       pg_get_userbyid(g.grantee)::text AS role, g.privilege_type::text AS privilege
FROM pg_default_acl d
LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
CROSS JOIN LATERAL aclexplode(d.defaclacl) AS g
WHERE pg_get_userbyid(d.defaclrole) = 'sb_owner' AND pg_get_userbyid(g.grantee) = ANY (%(roles)s)
  AND g.privilege_type <> 'MAINTAIN'
ORDER BY 1, 2, 3, 4
"""
