"""`python -m bench.random_reads [--reads 100000]`: rows asked for at random, and how many were told to a wrong person.

DATABASE_URL names a world of `manage.py seed_scale`, by a superuser. Each read is one statement on one row of any
table, by its key, as `authenticated` in the name of a random person; a third asks for rows that the person may have,
the others for anybody's. What the policies let through is held against `visible_to` of the same person, asked without
policies: what that does not give is a leak, what only that gives is missed. Exit status 1 when there is a leak, or when
nothing was told at all.
"""

# ruff: noqa: SLF001 - Django documents `_meta` and `_default_manager`

import argparse
import random
import sys
import time
from collections import Counter
from functools import cache
from typing import Any

import django

django.setup()

from django.apps import apps  # noqa: E402 - models need settings
from django.db import connection, transaction  # noqa: E402
from django.db.models import Model, Q, QuerySet  # noqa: E402

from matches.models import MentorMatch  # noqa: E402
from skillbridge_backend.core.access import DatabaseRole, enter_role  # noqa: E402
from users.models import User  # noqa: E402

PER_PERSON = 50
POOL = 5_000
PEOPLE = 100
OWN_SHARE = 1 / 3


def main() -> int:
    """Read, compare, print a line for each table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reads", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    pools = {model: ids for model in _readable_models() if (ids := _sample(model))}
    people = [*User.objects.filter(is_active=True).order_by("?")[:PEOPLE]]
    people += User.objects.filter(is_active=True).exclude(role__in=("learner", "mentor"))[: PEOPLE // 20]
    asked, told, leaked, missed = (Counter[str]() for _ in range(4))
    own = cache(lambda person, model: list(_allowed(model, person).values_list("pk", flat=True)[:PER_PERSON]))
    started = time.perf_counter()
    while asked.total() < options.reads:
        person = chance.choice(people)
        rows = set()
        for model in chance.choices(list(pools), k=PER_PERSON):
            near = own(person, model) if chance.random() < OWN_SHARE else []
            rows.add((model, chance.choice(near or pools[model])))
        found = _read_as(person, rows)
        for model in {model for model, _ in rows}:
            table, keys = model._meta.db_table, {key for of, key in rows if of is model}
            given = {key for of, key in found if of is model}
            allowed = set(_allowed(model, person).filter(pk__in=keys).values_list("pk", flat=True))
            asked[table] += len(keys)
            told[table] += len(given)
            leaked[table] += len(given - allowed)
            missed[table] += len(allowed - given)
    print(f"{'table':<32}{'asked':>9}{'told':>9}{'leaked':>8}{'missed':>8}")
    for table in sorted(asked):
        print(f"{table:<32}{asked[table]:>9,}{told[table]:>9,}{leaked[table]:>8,}{missed[table]:>8,}")
    sums = "".join(
        f"{counter.total():>{width},}"
        for counter, width in zip((asked, told, leaked, missed), (9, 9, 8, 8), strict=True)
    )
    print(f"{'all':<32}{sums}   {time.perf_counter() - started:.0f} s, seed {options.seed}")
    return 1 if leaked.total() or not told.total() else 0


def _readable_models() -> list[type[Model]]:
    """Tables whose rows `authenticated` may ask for and whose queryset says whose they are."""
    models = [model for model in apps.get_models() if hasattr(model._default_manager.all(), "visible_to")]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.column_privileges"
            " WHERE grantee = 'authenticated' AND privilege_type = 'SELECT'"
        )
        granted = {name for (name,) in cursor.fetchall()}
    return [model for model in models if model._meta.managed and model._meta.db_table in granted]


def _sample(model: type[Model]) -> list[Any]:
    return list(model._default_manager.order_by("?").values_list("pk", flat=True)[:POOL])


def _read_as(person: User, rows: set[tuple[type[Model], Any]]) -> set[tuple[type[Model], Any]]:
    """Those of the rows that the policies let this person have."""
    found = set()
    with transaction.atomic():
        enter_role(DatabaseRole.AUTHENTICATED, user_id=person.pk, user_role=person.role)
        with connection.cursor() as cursor:
            for model, key in rows:
                column = model._meta.pk.column if model._meta.pk else "id"
                cursor.execute(
                    f"SELECT {column} FROM {model._meta.db_table} WHERE {column} = %s",  # names of models
                    [key],
                )
                if cursor.fetchone():
                    found.add((model, key))
    return found


def _allowed(model: type[Model], person: User) -> QuerySet[Any]:
    """What `visible_to` gives, and what upper apps open by policies of theirs: the profiles of partners."""
    rows: Any = model._default_manager.all()
    visible = rows.visible_to(person).order_by()
    if model._meta.label in PROFILES:
        pairs = MentorMatch.objects.filter(Q(learner=person) | Q(mentor=person)).values_list("learner", "mentor")
        partners = {each for pair in pairs for each in pair}
        path = "user" if model._meta.label == "users.Profile" else "profile__user"
        return rows.filter(Q(pk__in=visible.values("pk")) | Q(**{f"{path}__in": partners})).order_by()  # type: ignore[no-any-return]  # of the model's own queryset
    return visible  # type: ignore[no-any-return]  # likewise


PROFILES = {"users.Profile", "users.ProfileSkill", "users.WantedSkill", "users.AvailabilitySlot", "users.LeaveWindow"}


if __name__ == "__main__":
    sys.exit(main())
