"""How many statements each endpoint but those of logins takes, context included: pinned in query_counts.json.

After a change that is meant to need another number: `QUERY_COUNTS=write pytest tests/scale/test_query_counts.py`.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from tests.policies.access import ADMIN, LEARNER, MENTOR, MODERATOR, OTHER_LEARNER
from tests.policies.calls import Call, calls, client_of
from tests.policies.world import World
from tests.scale.statements import statements_of

PINNED = Path(__file__).parent / "query_counts.json"
WHO = (LEARNER, MENTOR, OTHER_LEARNER, MODERATOR, ADMIN)
"""Each call is made by the first of these who may."""


def test_every_endpoint_takes_the_pinned_number_of_statements(world: World, staged: dict[str, Any]) -> None:
    clients = [client_of(world, identity) for identity in WHO]
    counts = {name_of(call): count(clients, call) for call in calls(world, staged)}

    if os.environ.get("QUERY_COUNTS") == "write":
        PINNED.write_text(json.dumps(dict(sorted(counts.items())), indent=2) + "\n")
    assert counts == json.loads(PINNED.read_text())


def name_of(call: Call) -> str:
    """As the OpenAPI document names it: "GET /api/v1/roadmaps/{pk}/"."""
    route = re.sub(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>", r"{\1\2}", call.route)
    return f"{call.verb.upper()} /api/v1/{route}"


def count(clients: list[APIClient], call: Call) -> int:
    """The statements of the first of these clients whose call succeeds; each call is undone."""
    for client in clients:
        with transaction.atomic():
            with CaptureQueriesContext(connection) as queries, transaction.atomic():
                response = getattr(client, call.verb)(call.url, call.body, format=call.format)
            transaction.set_rollback(True)
        if response.status_code < 400:
            return len(statements_of(queries))
    pytest.fail(f"nobody's request passes: {call}")
