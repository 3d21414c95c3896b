"""`python -m bench.world ROUNDS ONLY`: the measurements of the world that DATABASE_URL names, as a line of JSON."""

import json
import sys

import django

django.setup()

from bench.hot_requests import HOT, cast_of_this_world  # noqa: E402 - models need settings
from bench.statements import measure, role_past_policies  # noqa: E402


def main() -> None:
    """Each hot request with `ONLY` in its name."""
    rounds, only = int(sys.argv[1]), sys.argv[2]
    cast = cast_of_this_world()
    asked = {name: ask(cast) for name, ask in HOT.items() if only in name}
    with role_past_policies():
        print(json.dumps({name: measure(*ask, rounds=rounds).as_dict() for name, ask in asked.items()}))


if __name__ == "__main__":
    main()
