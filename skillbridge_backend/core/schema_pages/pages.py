"""The pages as Markdown: one for each app, one for Django's own tables, one for the roles.

Belongs here: how it reads. What there is to tell comes from `catalogue` and `sources`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from django.db.models import Field

from skillbridge_backend.core.schema_pages import catalogue, sources
from skillbridge_backend.core.schema_pages.catalogue import Table

NOTICE = "Written by `make schema` from a migrated database; a test fails when it is out of date. Do not edit."
VOLATILITY = {"i": "immutable", "s": "stable", "v": "volatile"}
EVERYTHING = {"DELETE", "INSERT", "REFERENCES", "SELECT", "TRIGGER", "TRUNCATE", "UPDATE"}
ROWS = {"SELECT": "read", "INSERT": "add", "UPDATE": "change", "DELETE": "delete", "ALL": "do anything with"}


def all_pages() -> dict[str, str]:
    """Every page by its file's name."""
    tables: dict[str, list[Table]] = defaultdict(list)
    for table in catalogue.tables().values():
        tables[sources.app_of_table(table.name)].append(table)
    known = sources.functions()
    functions: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for function in catalogue.functions():
        source = known.get(f"{function['schema']}.{function['name']}")
        function["comment"] = function["comment"] or (source.comment if source else "")
        functions[source.app if source else sources.REST].append(function)
    pages = {
        f"{app}.md": _page(f"The database of {app}", _app(tables[app], functions[app]))
        for app in [*sources.own_labels(), sources.REST]
    }
    return pages | {"roles.md": _page("Roles of the database", _roles())}


def _page(title: str, lines: Iterable[str]) -> str:
    text = "\n".join([f"# {title}", "", NOTICE, "", *lines])
    return text.rstrip("\n") + "\n"


def _app(tables: list[Table], functions: list[dict[str, Any]]) -> Iterator[str]:
    for table in tables:
        yield from _table(table)
    if functions:
        yield from ["## Functions", ""]
        for function in functions:
            yield from _function(function)


def _table(table: Table) -> Iterator[str]:
    model = sources.models_by_table().get(table.name)
    yield from [f"## {table.name}", ""]
    if text := table.comment or _first_line(model.__doc__ if model else ""):
        yield from [text, ""]
    if "view" in table.kind:
        yield from [f"A {table.kind} of `{table.owner}`, read {table.protection}.", ""]
    else:
        yield from [f"A {table.kind} of `{table.owner}`. Row-level security: {table.protection}.", ""]
    fields = {field.column: field for field in sources.options_of(model).concrete_fields} if model else {}
    yield from ["| column | type | | what |", "| --- | --- | --- | --- |"]
    for column in table.columns:
        yield _row(f"`{column['name']}`", column["type"], _column_notes(column), _help(column, fields))
    yield ""
    yield from _policies(table)
    yield from _grants(table)
    triggers = [(trigger["name"], trigger["definition"] + _disabled(trigger)) for trigger in table.triggers]
    yield from _named("Triggers", triggers)
    yield from _named("Constraints", [(one["name"], one["definition"]) for one in table.constraints])
    yield from _named("Indexes", [(one["name"], one["definition"]) for one in table.indexes])


def _column_notes(column: dict[str, Any]) -> str:
    notes = ["required"] if column["required"] else []
    if column["expression"]:
        notes.append(f"{'generated' if column['generated'] else 'default'} `{_flat(column['expression'])}`")
    return ", ".join(notes)


def _help(column: dict[str, Any], fields: "dict[str | None, Field[Any, Any]]") -> str:
    field = fields.get(column["name"])
    told = ["; ".join(filter(None, [str(field.help_text) if field else "", column["comment"]]))]
    if field and field.remote_field and field.remote_field.model:
        told.append(f"→ {sources.options_of(field.remote_field.model).db_table}")
    return " ".join(filter(None, told))


def _policies(table: Table) -> Iterator[str]:
    if not table.policies:
        return
    yield from ["### Policies", ""]
    for policy in table.policies:
        who = ", ".join(f"`{role}`" for role in policy["roles"])
        may = "may" if policy["permissive"] else "may, if another policy lets them,"
        rows = ROWS[policy["command"]]
        yield f"**{policy['name']}**: {who} {may} {rows} rows{': ' + policy['comment'] if policy['comment'] else ''}"
        yield ""
        if policy["visible"]:
            yield from _sql("-- rows that they find" if policy["allowed"] else "", policy["visible"])
        if policy["allowed"]:
            yield from _sql("-- rows that they leave behind", policy["allowed"])


def _grants(table: Table) -> Iterator[str]:
    if not table.grants:
        return
    yield from ["### Grants", ""]
    for role, of_role in groupby(table.grants, key=lambda grant: grant["role"]):
        told = []
        for privilege, grants in groupby(of_role, key=lambda grant: grant["privilege"]):
            columns = [grant["column"] for grant in grants if grant["column"]]
            told.append(f"{privilege} ({', '.join(columns)})" if columns else privilege)
        yield f"- `{role}`: {'everything' if set(told) >= EVERYTHING else ', '.join(told)}"
    yield ""


def _function(function: dict[str, Any]) -> Iterator[str]:
    yield from [f"### {function['schema']}.{function['name']}({function['arguments']})", ""]
    if function["comment"]:
        yield from [function["comment"], ""]
    runs = f"Runs as `{function['owner']}`" if function["definer"] else "Runs as whoever calls it"
    settings = f", `{function['settings']}`" if function["settings"] else ""
    callers = ", ".join(function["callers"]) or "nobody else"
    kind = f"{function['language']}, {VOLATILITY[function['volatility']]}{settings}"
    yield f"{runs}; {kind}; returns `{function['result']}`. Owner: `{function['owner']}`."
    yield f"May be called by: {callers}. Body: `{function['body']}`."
    yield ""


def _roles() -> Iterator[str]:
    yield from ["| role | logs in | own rights | may become | settings |", "| --- | --- | --- | --- | --- |"]
    for role in catalogue.roles():
        extras = {"superuser": "superuser", "bypasses": "bypasses policies", "creates_roles": "creates roles"}
        rights = [text for key, text in extras.items() if role[key]]
        becomes = ", ".join(f"`{group}`" for group in role["groups"])
        inherits = " (and has their rights)" if role["groups"] and role["inherits"] else ""
        login = "yes" if role["login"] else ""
        settings = f"`{role['settings']}`" if role["settings"] else ""
        yield _row(f"`{role['name']}`", login, ", ".join(rights), becomes + inherits, settings)
    yield from ["", "## What the owner makes next", "", "| in | on | role | gets |", "| --- | --- | --- | --- |"]
    for right in catalogue.default_rights():
        privileges = "everything" if set(right["privileges"].split(", ")) >= EVERYTHING else right["privileges"]
        yield _row(right["schema"], right["objects"], f"`{right['role']}`", privileges)


def _named(title: str, rows: list[tuple[str, str]]) -> Iterator[str]:
    if rows:
        yield from [f"### {title}", ""]
        for name, definition in rows:
            yield f"- `{name}`: `{_flat(definition)}`"
        yield ""


def _sql(comment: str, expression: str) -> list[str]:
    lines = [line.rstrip() for line in expression.strip().splitlines()]
    return ["```sql", *filter(None, [comment]), *lines, "```", ""]


def _disabled(trigger: dict[str, Any]) -> str:
    return "" if trigger["enabled"] else " DISABLED"


def _first_line(docstring: str | None) -> str:
    line = (docstring or "").strip().split("\n\n")[0]
    # Django writes `Model(field, …)` where there is no docstring.
    return "" if line.endswith(")") and " " not in line.split("(")[0] else " ".join(line.split())


def _flat(text: str) -> str:
    return " ".join(text.split())


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
