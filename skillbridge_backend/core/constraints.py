"""What a refusal of the database means to a client: a constraint's name becomes an error with a code and a field.

Three sources, the first that knows the name wins: an app's `exceptions.py` (`constraints` of an error, or `stand_for`),
the name's ending (a state machine's), the models (checks, unique and exclusion constraints, foreign keys).
`tests/architecture/test_constraints.py` holds every constraint of the live catalogue, and every one that a trigger
raises, against this. Belongs here: only the translation; the rules are in models and `sql/`.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import structlog
from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import DataError, IntegrityError, connection, models, transaction
from django.db.models.constraints import BaseConstraint

from skillbridge_backend.core.errors import (
    CONSTRAINT_TABLE,
    Conflict,
    DomainError,
    FieldError,
    IllegalTransition,
    InvalidInput,
)

log = structlog.get_logger(__name__)

TRANSITION_ENDINGS = ("_legal_transition", "_legal_start")
FK_ENDING = "_fk_%(to_table)s_%(to_column)s"
_STILL_REFERENCED = "update or delete on table"
_POSITIVE = (models.PositiveIntegerField, models.PositiveSmallIntegerField, models.PositiveBigIntegerField)
_COMPARISONS = {
    "exact": "be {}",
    "gt": "be greater than {}",
    "gte": "be at least {}",
    "lt": "be less than {}",
    "lte": "be at most {}",
    "in": "be one of {}",
    "regex": "match {}",
    "startswith": "begin with {}",
    "contained_by": "be within {}",
    "len": "have {} elements",
    "len__lte": "have at most {} elements",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One constraint in a client's terms. `message` says what would be right; empty where the database says it."""

    error: type[DomainError]
    fields: tuple[str, ...]
    code: str
    message: str = ""


def refusal_of(exc: IntegrityError | DataError) -> DomainError:
    """The error that a client sees for what the database refused, its field named where the database knows it."""
    diagnosis = getattr(exc.__cause__, "diag", None)
    constraint = getattr(diagnosis, "constraint_name", None) or ""
    said = getattr(diagnosis, "message_primary", None) or ""
    if not constraint:
        column = getattr(diagnosis, "column_name", None) or "body"
        code = "required" if isinstance(exc, IntegrityError) else "invalid"
        return InvalidInput.of(column, "A value that can be stored is needed here.", code=code)
    rule = rule_of(constraint)
    log.warning("refused_by_database", constraint=constraint, code=rule.error.code)
    if rule.code == "does_not_exist" and said.startswith(_STILL_REFERENCED):
        return Conflict("Something else still refers to it.", constraint=constraint)
    message = rule.message or f"{said[:1].upper()}{said[1:].rstrip('.')}."
    return rule.error(
        message, errors=[FieldError(field, rule.code, message) for field in rule.fields], constraint=constraint
    )


@contextmanager
def database_refusals() -> Iterator[None]:
    """Raise the app's own error for a rule that the database upholds, in a savepoint; all else passes unchanged."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        if name in CONSTRAINT_TABLE or name.endswith(TRANSITION_ENDINGS):
            raise refusal_of(error) from error
        raise


def rule_of(constraint: str) -> Rule:
    """The rule of this name; for a name that nobody knows a conflict without a field."""
    declared = _rules_of_models().get(constraint)
    if constraint in CONSTRAINT_TABLE:
        error, field = CONSTRAINT_TABLE[constraint]
        return Rule(error, (field,), error.code, error.title + "." if declared else "")
    if constraint.endswith(TRANSITION_ENDINGS):
        return Rule(IllegalTransition, ("status",), IllegalTransition.code)
    return declared or Rule(Conflict, (), "conflict", "This contradicts something that is already stored.")


@cache
def _rules_of_models() -> Mapping[str, Rule]:
    """Every constraint that the models make, by the name that it has in PostgreSQL."""
    rules: dict[str, Rule] = {}
    editor: Any = connection.schema_editor()  # the only one who knows how Django names what has no name of ours
    for model in apps.get_models(include_auto_created=True):
        meta: Any = model._meta  # noqa: SLF001  # Django's documented name
        table = meta.db_table
        for field in meta.local_fields:
            is_reference = isinstance(field, models.ForeignKey)
            if field.unique:
                ending = "pkey" if field.primary_key else f"{field.column}_key"
                rules[f"{table}_{ending}"] = Rule(Conflict, (field.name,), "unique", "This is taken already.")
            if is_reference:
                name = editor._fk_constraint_name(model, field, FK_ENDING)  # noqa: SLF001
                rules[str(name).strip('"')] = Rule(
                    InvalidInput,
                    (field.name,),
                    "does_not_exist",
                    "It refers to something that is not there.",
                )
            if isinstance(field, _POSITIVE):
                rules[f"{table}_{field.column}_check"] = Rule(
                    InvalidInput, (field.name,), "invalid", f"{field.name} must be at least 0."
                )
        for together in meta.unique_together:
            columns = [meta.get_field(name).column for name in together]
            name = editor._create_index_name(table, columns, "_uniq")  # noqa: SLF001
            rules[name] = Rule(Conflict, tuple(together), "unique", "This is there already.")
        for constraint in meta.constraints:
            rules[constraint.name] = _rule_of_constraint(constraint)
    return rules


def _rule_of_constraint(constraint: BaseConstraint) -> Rule:
    said = constraint.violation_error_message
    own = "" if said == BaseConstraint.default_violation_error_message else str(said)
    match constraint:
        case models.UniqueConstraint():
            fields = constraint.fields or _names(constraint.expressions)
            return Rule(Conflict, tuple(fields), "unique", own or "There is one like this already.")
        case ExclusionConstraint():
            fields = _names(expression for expression, _operator in constraint.expressions)
            return Rule(Conflict, tuple(fields), "overlaps", own or "This overlaps with another one.")
        case models.CheckConstraint():
            condition = constraint.condition
            return Rule(InvalidInput, tuple(_names([condition])), "invalid", own or f"{_sentence(condition)}.")
    raise TypeError(f"{constraint.name} is of a kind that is not known here")


def _names(nodes: Iterable[Any]) -> list[str]:
    """The fields of conditions and expressions, each once, in the order in which they stand."""
    found: dict[str, None] = {}
    for node in nodes:
        if isinstance(node, str):
            found[node.split("__")[0]] = None
        elif isinstance(node, models.F):
            found[str(node.name).split("__")[0]] = None  # type: ignore[attr-defined]  # django-stubs do not know it
        elif isinstance(node, tuple):  # of a Q: a lookup, and a value or an expression
            found |= dict.fromkeys(_names([node[0], *(v for v in node[1:] if hasattr(v, "resolve_expression"))]))
        elif isinstance(node, models.Q):
            found |= dict.fromkeys(_names(node.children))
        elif hasattr(node, "get_source_expressions"):
            found |= dict.fromkeys(_names(node.get_source_expressions()))
    return list(found)


def _sentence(node: Any) -> str:
    """A condition as people say it: `rating must be at least 1 and rating must be at most 5`."""
    if isinstance(node, tuple):
        path, value = node
        field, _, lookup = path.partition("__")
        if lookup == "isnull" or value is None:
            return f"{field} must {'be empty' if value in (True, None) else 'be given'}"
        return f"{field} must {_COMPARISONS.get(lookup or 'exact', lookup + ' {}').format(_value(value))}"
    if not isinstance(node, models.Q):
        return "the fields must fit together"
    if node.negated and len(node.children) == 1 and isinstance(node.children[0], tuple):
        return _sentence(node.children[0]).replace(" must ", " must not ", 1)
    said = (
        f"({_sentence(child)})" if isinstance(child, models.Q) and len(child.children) > 1 else _sentence(child)
        for child in node.children
    )
    words = f" {node.connector.lower()} ".join(said)
    return f"not ({words})" if node.negated else words


def _value(value: Any) -> str:
    if isinstance(value, models.F):
        return str(value.name)  # type: ignore[attr-defined]  # django-stubs do not know it
    if hasattr(value, "get_source_expressions"):
        return f"{type(value).__name__.lower()}({', '.join(_names([value]))})"
    if isinstance(value, list | tuple | set):
        return ", ".join(str(item) for item in value)
    return "empty" if value == "" else str(value)
