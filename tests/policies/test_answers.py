"""The fields of every answer are pinned in answers.json: one that comes to be shown is seen, and read, in a review.

After a change that is meant to show another field: `ANSWERS=write pytest tests/policies/test_answers.py`.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import transaction

from tests.policies.calls import calls, client_of
from tests.policies.world import World
from tests.scale.test_query_counts import WHO, name_of

PINNED = Path(__file__).parent / "answers.json"
FREE = {"data", "details", "components", "receipt", "evidence"}
"""What is in these differs from row to row; the keys are not fields."""


def test_answers_have_the_pinned_fields(world: World, staged: dict[str, Any]) -> None:
    clients = [client_of(world, identity) for identity in WHO]
    fields: dict[str, list[str]] = {}
    for call in calls(world, staged):
        for client in clients:
            with transaction.atomic():
                with transaction.atomic():
                    response = getattr(client, call.verb)(call.url, call.body, format=call.format)
                transaction.set_rollback(True)
            if response.status_code < 400:
                is_json = "json" in response.get("Content-Type", "")
                told = set(paths(response.json())) if is_json else {response.get("Content-Type", "nothing")}
                fields[name_of(call)] = sorted(set(fields.get(name_of(call), [])) | told)
    fields = dict(sorted(fields.items()))

    if os.environ.get("ANSWERS") == "write":
        PINNED.write_text(json.dumps(fields, indent=2) + "\n")
    assert fields == json.loads(PINNED.read_text())


def paths(value: Any, before: str = "") -> Iterator[str]:
    """`results[].mentor.handle` and so on, for whatever is no object and no list."""
    if isinstance(value, dict) and before.rpartition(".")[2] not in FREE:
        for key, inner in value.items():
            yield from paths(inner, f"{before}.{key}" if before else key)
    elif isinstance(value, list) and value:
        for inner in value:
            yield from paths(inner, f"{before}[]")
    else:
        yield before
