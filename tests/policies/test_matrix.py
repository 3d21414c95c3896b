"""Identity × table × command in raw SQL: exactly those may whom `tables/<app>.py` names, each beside a control."""

import pytest

from tests.policies.access import IDENTITIES, INSUFFICIENT_PRIVILEGE, rows_hit, statement_of
from tests.policies.world import World, tables

TABLES = tables()
COMMANDS = ("select", "insert", "update", "delete")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", TABLES)
def test_exactly_those_may_who_should(world: World, case: str, command: str) -> None:
    table, access = case.partition(":")[0], TABLES[case]
    statement, parameters = statement_of(world, table, access, command)
    allowed = getattr(access, command)
    refused_by = {0, INSUFFICIENT_PRIVILEGE, *access.refusals}

    outcomes = {identity: rows_hit(world, identity, statement, parameters) for identity in IDENTITIES}

    may = {identity for identity, outcome in outcomes.items() if outcome == 1}
    assert may == allowed, outcomes
    odd = {identity: outcome for identity, outcome in outcomes.items() if outcome not in {1, *refused_by}}
    assert not odd, f"neither done nor refused by right: {odd}"
    control = rows_hit(world, "superuser", statement, parameters)
    if access.append_only and command in {"update", "delete"}:
        assert isinstance(control, str), "nothing refuses to change this table"
        statement, parameters = statement_of(world, table, access, "select")
        control = rows_hit(world, "superuser", statement, parameters)
    assert control == 1, f"the statement does not work for the superuser either: {control}"
