"""`python -m bench.model_cost`: what a thousand roadmaps of fifty wishes cost with a model, and would without cache.

Twenty learners make each wish at the same time, over HTTP against an installation of its own; some write it in capitals
or with more spaces. They know nothing yet: what a learner knows is part of the question, so that others share less.
The service is LLMock (`bench.model_server`), at the prices of gpt-4o-mini. Exit status 1 when a wish was asked for more
than once, a roadmap is not worded by the model, or the receipts do not add up to the service's journal.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from uuid import uuid4

import httpx

from bench.model_server import (
    PRICES,
    Learners,
    ModelServer,
    Wish,
    answer,
    installation,
    model_server,
    prompt_tokens_of,
    reply,
)
from skillbridge_backend.demo.world import Person

TRACKS = (
    "backend developer", "frontend developer", "data analyst", "machine learning engineer", "devops engineer",
    "android developer", "ios developer", "data engineer", "game developer", "security engineer",
)  # fmt: skip
TOKEN_SECONDS = 150.0
WEEKS = (12, 20, 28, 36, 44)
Receipt = dict[str, Any]


def main() -> int:
    """Print the figures; 1 when something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wishes", type=int, default=50, choices=range(1, 51), metavar="1-50")
    parser.add_argument("--learners", type=int, default=20)
    options = parser.parse_args()
    wishes = [{"goal": track, "hours_per_week": 6, "weeks": weeks} for track in TRACKS for weeks in WEEKS]
    with model_server() as model, installation(model, "cost", timeout_seconds=60) as learners:
        people = [learners.sign_up() for _ in range(options.learners)]
        receipts: list[Receipt] = []
        asked: list[Any] = []
        began = logged_in_at = time.monotonic()
        for number, wish in enumerate(wishes[: options.wishes]):
            if time.monotonic() - logged_in_at > TOKEN_SECONDS:
                logged_in_at = time.monotonic()
                for person in people:
                    learners.log_in_again(person)
            # Another learner is the first each time: a model is asked for so many roadmaps a day of one person.
            turn = number % len(people)
            receipts += _made(wish, [*people[turn:], *people[:turn]], model, learners)
            asked += model.requests()
            print(f"{number + 1} wishes, {time.monotonic() - began:.0f} s", file=sys.stderr)
        took = time.monotonic() - began
    return _told(receipts, asked, options.wishes, took)


def _made(wish: Wish, people: list[Person], model: ModelServer, learners: Learners) -> list[Receipt]:
    """The receipts of this wish of all of them."""
    model.script(reply(answer(learners.modules_for(people[0], wish)), times=None))

    def make(number: int) -> Receipt:
        goal = (wish["goal"], wish["goal"].upper(), f"  {wish['goal'].replace(' ', '   ')} ")[number % 3]
        key = {"Idempotency-Key": str(uuid4())}
        job = _persistent(
            people[number], "POST", "/api/v1/roadmaps/", json=wish | {"goal": goal}, headers=key, expect=202
        )
        deadline = time.monotonic() + 120
        while True:
            receipt: Receipt = _persistent(people[number], "GET", job["links"]["self"])
            if receipt["finished_at"] or time.monotonic() > deadline:
                return receipt
            time.sleep(1)

    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(make, range(len(people))))


def _persistent(person: Person, method: str, path: str, **options: Any) -> Any:
    """The JSON of the answer, asked for again where a connection was closed between two requests."""
    for _ in range(3):
        with suppress(httpx.TransportError):
            return person.call(method, path, **options).json()
    return person.call(method, path, **options).json()


def _told(receipts: list[Receipt], asked: list[Any], wishes: int, took: float) -> int:
    paid = [receipt for receipt in receipts if receipt["attempts"]]
    tokens = tuple(sum(receipt[f"{kind}_tokens"] or 0 for receipt in paid) for kind in ("prompt", "completion"))
    cost = sum(float(receipt["cost"] or 0) for receipt in receipts)
    print("| | with cache | without |\n| --- | --- | --- |")
    print(f"| generations (different wishes) | {len(receipts):,} ({wishes}) | |")
    print(f"| the model was asked | {len(asked):,} | {len(receipts):,} |")
    times = len(receipts) / max(1, len(paid))
    print(f"| tokens in / out | {tokens[0]:,} / {tokens[1]:,} | {tokens[0] * times:,.0f} / {tokens[1] * times:,.0f} |")
    print(f"| cost, $ | {cost:.4f} | {cost * times:.4f} |")
    print(f"| seconds | {took:.0f} | |")
    misses = []
    if not len(asked) == len(paid) == wishes:
        misses.append(f"{len(asked)} requests, {len(paid)} receipts that cost, for {wishes} wishes")
    if strangers := [receipt for receipt in receipts if receipt["source"] != "model" or receipt["faults"]]:
        misses.append(f"{len(strangers)} are not worded by the model, the first: {strangers[0]}")
    if any(receipt["is_cached"] == bool(receipt["attempts"]) for receipt in receipts):
        misses.append("a receipt does not say whether its answer was shared")
    if tokens[0] != (told := sum(map(prompt_tokens_of, asked))):
        misses.append(f"the receipts say {tokens[0]} tokens of prompts, the service {told}")
    exact = (tokens[0] * PRICES[0] + tokens[1] * PRICES[1]) / 1e6
    if not exact <= cost + 1e-9 <= exact + len(paid) / 1e6 + 2e-9:
        misses.append(f"the receipts say {cost:.6f} dollars, their tokens {exact:.6f}")
    print(f"\nload {os.getloadavg()[0]:.1f}; {len(misses)} misses" + "".join(f"\n  {miss}" for miss in misses))
    return 1 if misses else 0


if __name__ == "__main__":
    raise SystemExit(main())
