"""Takes walls down: the filters of querysets, so that only policies stand; or policies, so that only filters do.

Two ways for the filters. `named` takes out `visible_to`, `owned_by` and the like, as if each returned everything.
`comparing` takes out every condition of a query, wherever it is written, that compares with the person who asks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.models import Q, QuerySet

from skillbridge_backend.core import context
from users.models import User

OWNER_FILTERS = ("visible_to", "owned_by", "readable_by", "granted_to")


def querysets() -> set[type[QuerySet[Any]]]:
    """The queryset class of every model, and those it is made of."""
    found: set[type[QuerySet[Any]]] = set()
    for model in apps.get_models():
        kind = type(model._default_manager.all())
        found |= {base for base in kind.__mro__ if issubclass(base, QuerySet) and base is not QuerySet}
    return found


@contextmanager
def named_filters_out() -> Iterator[int]:
    """Every owner filter of every queryset gives everything; yields how many there are."""
    with pytest.MonkeyPatch.context() as patch:
        methods = [(kind, name) for kind in querysets() for name in OWNER_FILTERS if name in vars(kind)]
        for kind, name in methods:
            patch.setattr(kind, name, lambda self, *_args, **_kwargs: self.all())
        yield len(methods)


@contextmanager
def comparing_filters_out() -> Iterator[None]:
    """Besides, no query compares anything with the person who asks, but for the account's own key."""
    original = QuerySet._filter_or_exclude_inplace  # type: ignore[attr-defined]  # private to Django

    def without_actor(self: QuerySet[Any], negate: bool, args: Any, kwargs: Any) -> None:
        actor = context.actor_id.get()
        if actor is not None and not negate and self.model is not User:
            args = tuple(stripped for stripped in (_strip(arg, actor) for arg in args) if stripped is not None)
            kwargs = {name: value for name, value in kwargs.items() if not _is_actor(value, actor)}
        original(self, negate, args, kwargs)

    with pytest.MonkeyPatch.context() as patch, named_filters_out():
        patch.setattr(QuerySet, "_filter_or_exclude_inplace", without_actor)
        yield


@contextmanager
def policies_out() -> Iterator[None]:
    """No table has policies any more; undone with the transaction that this is called in."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT oid::regclass::text FROM pg_class WHERE relrowsecurity")
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    yield


def _is_actor(value: Any, actor: UUID) -> bool:
    return bool((value.pk if isinstance(value, models.Model) else value) == actor)


def _strip(condition: Any, actor: UUID) -> Any:
    """The condition without its comparisons with the actor; None when nothing is left."""
    if not isinstance(condition, Q):
        return condition
    kept: list[Any] = []
    for child in condition.children:
        if isinstance(child, tuple):
            if _is_actor(child[1], actor):
                if condition.connector == Q.OR:
                    return None  # one side of an OR that is always true
                continue
            kept.append(child)
        elif (rest := _strip(child, actor)) is not None:
            kept.append(rest)
        elif condition.connector == Q.OR:
            return None
    return Q(*kept, _connector=condition.connector, _negated=condition.negated) if kept else None
