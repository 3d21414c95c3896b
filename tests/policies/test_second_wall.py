"""Every route × identity with one wall down: the API still gives nobody another's rows, and changes none of them.

With the filters out the policies hold; with the policies out the filters hold. What counts as a leak:

- a change of a row succeeds that is refused while both walls stand;
- the answer holds the id of a row, or the secret text in it, that `tables/<app>.py` does not let this identity read;
- a row of the learner's is another one afterwards, and would not be while both walls stand.

The last test takes both walls down and finds leaks on many routes: so the others can fail.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import pytest
from django.db import connection, transaction

from tests.policies.access import ADMIN, EVERYBODY, IDENTITIES, OTHER_LEARNER
from tests.policies.calls import calls, client_of
from tests.policies.walls import comparing_filters_out, named_filters_out, policies_out
from tests.policies.world import SECRET, World, tables


@dataclass(frozen=True)
class Outcome:
    """What a call came to: status, the texts and ids of the answer that are the learner's, and the rows it changed."""

    status: int
    shown: frozenset[str]
    changed: frozenset[str]

    @property
    def succeeded(self) -> bool:
        return self.status < 400


@pytest.fixture(scope="module")
def marked(world: World) -> World:
    """The world, in which the secret text of each row says of which table it is."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger minds
        for table, row in world.rows.items():
            cursor.execute(
                "SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = %s::regclass"
                " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
                " AND atttypid IN ('text'::regtype, 'varchar'::regtype, 'jsonb'::regtype)",
                [table],
            )
            for column, kind in cursor.fetchall():
                cursor.execute(
                    f'UPDATE {table} SET "{column}" = replace("{column}"::text, %s, %s)::{kind}'
                    f' WHERE {row._meta.pk.column} = %s AND "{column}"::text LIKE %s',
                    [SECRET, f"{SECRET}.{table}.", row.pk, f"%{SECRET}%"],
                )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    return world


def learners_rows(world: World) -> dict[str, str]:
    """Each remembered row as it is now, by its table."""
    parts = [f"SELECT '{table}', to_jsonb(t)::text FROM {table} t WHERE {row._meta.pk.column} = %s"
             for table, row in world.rows.items()]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), [row.pk for row in world.rows.values()])
        return dict(cursor.fetchall())


def shown_in(world: World, text: str) -> frozenset[str]:
    """The tables of whose learner's row the id or the secret stands in the text."""
    own_keys = {table: row for table, row in world.rows.items() if not row._meta.pk.is_relation}
    ids = {table for table, row in own_keys.items() if f'"id":"{row.pk}"' in text}
    return frozenset(ids | set(re.findall(rf"{SECRET}\.(\w+)\.", text)))


def outcomes_of(
    world: World, staged: dict[str, Any], identity: str, wall: Callable[[], AbstractContextManager[Any]] = nullcontext
) -> dict[str, Outcome]:
    """What each call comes to with this wall down; everything is undone."""
    client, outcomes, before = client_of(world, identity), {}, learners_rows(world)
    with transaction.atomic(), wall():
        for call in calls(world, staged):
            with transaction.atomic():
                with transaction.atomic():  # the request's own, which a refusal rolls back
                    response = getattr(client, call.verb)(call.url, call.body, format=call.format)
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT set_config('role', 'none', true), set_config('request.jwt.claims', '', true)"
                    )
                after = learners_rows(world)
                transaction.set_rollback(True)
            text = response.content.decode() if response.status_code < 400 else ""
            changed = frozenset(table for table in before if after.get(table) != before[table])
            outcomes[str(call)] = Outcome(response.status_code, shown_in(world, text), changed)
        transaction.set_rollback(True)
    return outcomes


@pytest.fixture(scope="module")
def with_both_walls(marked: World, staged: dict[str, Any]) -> Callable[[str], dict[str, Outcome]]:
    """What each call comes to for an identity as things are."""
    return cache(partial(outcomes_of, marked, staged))


def leaks(identity: str, outcomes: dict[str, Outcome], usual: dict[str, Outcome]) -> list[str]:
    """What the identity gets in these outcomes and should not."""
    readers = {case: access.select for case, access in tables().items() if ":" not in case}
    found = []
    for call, outcome in outcomes.items():
        # Only where the URL names a row: without the filter on oneself one can be taken for another whom one may see.
        is_write_of_a_row = not call.startswith("GET") and re.search("[0-9a-f-]{36}", call)
        if is_write_of_a_row and outcome.succeeded and not usual[call].succeeded:
            found.append(f"{call}: {outcome.status}, and {usual[call].status} with both walls")
        found += [f"{call}: shows {table}" for table in outcome.shown if identity not in readers.get(table, EVERYBODY)]
        found += [f"{call}: changes {table}" for table in outcome.changed - usual[call].changed]
    return found


@pytest.mark.parametrize("identity", IDENTITIES)
def test_api_leaks_nothing_with_both_walls(with_both_walls: Any, identity: str) -> None:
    usual = with_both_walls(identity)

    found = leaks(identity, usual, usual)
    assert not found, "\n".join(found)
    assert {call: outcome.status for call, outcome in usual.items() if outcome.status >= 500} == {}


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("wall", [comparing_filters_out, policies_out])
def test_api_leaks_nothing_with_one_wall_down(
    marked: World, staged: Any, with_both_walls: Any, wall: Callable[[], AbstractContextManager[Any]], identity: str
) -> None:
    found = leaks(identity, outcomes_of(marked, staged, identity, wall), with_both_walls(identity))

    assert not found, "\n".join(found)


def test_api_leaks_with_both_walls_down(marked: World, staged: Any, with_both_walls: Any) -> None:
    """The control: a test that finds nothing with both down would find nothing ever."""

    @contextmanager
    def no_walls() -> Iterator[None]:
        with named_filters_out(), policies_out():
            yield

    found = leaks(OTHER_LEARNER, outcomes_of(marked, staged, OTHER_LEARNER, no_walls), with_both_walls(OTHER_LEARNER))

    assert len({leak.partition(":")[0] for leak in found}) >= 30, found


def test_every_call_succeeds_for_somebody(with_both_walls: Any) -> None:
    """The control of each refusal: a call that nobody's request passes would be refused for its body or its state."""
    outcomes = {identity: with_both_walls(identity) for identity in IDENTITIES}
    never = {
        f"{call} {[outcomes[who][call].status for who in IDENTITIES]}"
        for call in outcomes[ADMIN]
        if not any(outcomes[who][call].succeeded for who in IDENTITIES)
    }

    assert not never, "\n".join(sorted(never))


def test_filters_are_found_in_every_app() -> None:
    with named_filters_out() as count:
        assert count >= 30
