"""`python -m bench.model_faults`: what a learner gets while the model's service misbehaves, as a Markdown table.

For each fault somebody signs up, makes a wish, watches its events, and reads roadmap and receipt, over HTTP against an
installation of its own; the service is LLMock (`bench.model_server`). Exit status 1 when a roadmap is not usable, when
a receipt does not agree with the service's journal, when the books hold less than the service worked for, or more than
the calls can have cost. Seconds are from the wish to its last event.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.model_server import (
    MOST_COMPLETION_TOKENS,
    PRICES,
    Behaviour,
    Learners,
    ModelServer,
    answer,
    installation,
    model_server,
    prompt_tokens_of,
    reply,
)
from skillbridge_backend.demo.steps import GOAL

TIMEOUT_SECONDS = 15.0
REST_SECONDS = 31.0
"""After this the service is no longer left alone."""
Modules = list[dict[str, Any]]


@dataclass(frozen=True)
class Fault:
    """What goes wrong; `script` makes the service's behaviour of a good answer's modules."""

    name: str
    script: Callable[[Modules], list[Behaviour]]
    by_model: str = "all"
    """Whose words the modules have to be: the model's in all, some, or none."""
    requests: int = 1
    rests_before: bool = False


def _good(modules: Modules) -> Behaviour:
    return reply(answer(modules), times=None)


def _fail(status: int, **fields: Any) -> Behaviour:
    return {"type": "fail", "status": status, **fields}


def _broken(kind: str, **fields: Any) -> Behaviour:
    return {"type": "stream_fault", "kind": kind, "after_chunks": 150, **fields}


def _delay(seconds: float) -> Behaviour:
    return {"type": "delay", "seconds": seconds}


def _changed(modules: Modules, **fields: Any) -> str:
    """Every second module is changed."""
    return answer([each | fields if place % 2 else each for place, each in enumerate(modules)])


def _twice(text: str) -> list[Behaviour]:
    return [reply(text, times=None)]


def _then_good(text: str, modules: Modules) -> list[Behaviour]:
    return [reply(text), _good(modules)]


PROSE = (
    "Sure! Start with the basics of Python, then read about databases, and build something that you like. Good luck!"
)
LINK = "Read it at https://example.com/python and ask [here](http://evil.example/x)."

FAULTS = (
    Fault("none", lambda m: [_good(m)]),
    Fault("slow: 5 s before the answer", lambda m: [_delay(5), _good(m)]),
    Fault("slower than the deadline", lambda m: [_delay(20), _good(m)], by_model="none"),
    Fault("stands still in the middle", lambda m: [_broken("stall", stall_seconds=60), _good(m)], by_model="some"),
    Fault("429, Retry-After 2, once", lambda m: [_fail(429, retry_after=2), _good(m)], requests=2),
    Fault("429, Retry-After beyond the deadline", lambda _: [_fail(429, retry_after=120)], by_model="none"),
    Fault("429, no money left", lambda _: [_fail(429, code="insufficient_quota")], by_model="none"),
    Fault("500 once", lambda m: [_fail(500), _good(m)], requests=2),
    Fault("503 three times, Retry-After 1", lambda m: [_fail(503, retry_after=1, times=3), _good(m)], requests=4),
    Fault("401", lambda _: [_fail(401)], by_model="none"),
    Fault("connection lost in the middle", lambda m: [_broken("disconnect"), _good(m)], requests=2),
    Fault("connection lost, always", lambda m: [_broken("disconnect", times=None), _good(m)], "some", requests=2),
    Fault("stream ends early, as if whole", lambda m: [_broken("truncate"), _good(m)], requests=2),
    Fault("a broken event in the stream", lambda m: [_broken("malformed"), _good(m)], requests=2),
    Fault("a broken first event", lambda m: [_broken("malformed", after_chunks=0), _good(m)], by_model="none"),
    Fault("truncated JSON", lambda m: _then_good(answer(m)[: len(answer(m)) // 2], m), requests=2),
    Fault("truncated JSON, twice", lambda m: _twice(answer(m)[: len(answer(m)) // 2]), "some", requests=2),
    Fault(
        "out of tokens, twice",
        lambda m: [reply(answer(m)[: len(answer(m)) // 2], finish_reason="length", times=None)],
        "some",
        requests=2,
    ),
    Fault("prose", lambda m: _then_good(PROSE, m), requests=2),
    Fault("prose, twice", lambda _: _twice(PROSE), "none", requests=2),
    Fault("wrong schema, as LLMock makes it up", lambda _: [], "none", requests=2),
    Fault("wrong types in half of the modules", lambda m: _then_good(_changed(m, minutes="many"), m), requests=2),
    Fault("other skills in half, twice", lambda m: _twice(_changed(m, skill="cobol")), "some", requests=2),
    Fault("made-up links in half", lambda m: _then_good(_changed(m, description=LINK), m), requests=2),
    Fault("made-up links in half, twice", lambda m: _twice(_changed(m, description=LINK)), "some", requests=2),
    Fault(
        "made-up links in all, twice", lambda m: _twice(answer([x | {"title": LINK} for x in m])), "none", requests=2
    ),
    Fault("refusal", lambda _: [reply("", finish_reason="content_filter")], by_model="none"),
    Fault("500, always", lambda _: [_fail(500, times=None)], "none", requests=4),
    Fault("just after that", lambda m: [_good(m)], "none", requests=0),
    Fault("half a minute later", lambda m: [_good(m)], rests_before=True),
)


def main() -> int:
    """Print a row for each fault; 1 when something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="faults with this in their name")
    only = parser.parse_args().only
    misses: list[str] = []
    with model_server() as model, installation(model, "faults", timeout_seconds=TIMEOUT_SECONDS) as learners:
        print(
            "| fault | words of the model | told to the learner | requests | tokens in/out | cost, $ (reserved) | s |"
        )
        print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
        for number, fault in enumerate(FAULTS):
            if only in fault.name:
                misses += [f"{fault.name}: {each}" for each in _tried(fault, number, model, learners)]
    print(f"\nload {os.getloadavg()[0]:.1f}; {len(misses)} misses" + "".join(f"\n  {miss}" for miss in misses))
    return 1 if misses else 0


def _tried(fault: Fault, number: int, model: ModelServer, learners: Learners) -> list[str]:
    """Print the row of this fault; what does not hold."""
    if fault.rests_before:
        time.sleep(REST_SECONDS)
    person = learners.sign_up()
    # Each in other words: an answer that was good is shared with equal wishes.
    wish = {"goal": f"{GOAL}, attempt {number}", "hours_per_week": 6, "weeks": 40}
    modules = learners.modules_for(person, wish)
    model.script(*fault.script(modules))
    with learners.reservations() as reserved:
        began = time.monotonic()
        job = person.post("/api/v1/roadmaps/", wish, expect=202)
        events = learners.watch(person, job)
        took = time.monotonic() - began
    receipt = person.get(job["links"]["self"])
    roadmap = person.get(job["links"]["roadmap"])
    asked = model.requests(at_least=receipt["attempts"])
    spent = learners.spent_on(job)
    worded = sum(module["title"].startswith("For you: ") for module in roadmap["modules"])
    most = max(reserved, default=0)
    tokens = f"{receipt['prompt_tokens']} / {receipt['completion_tokens']}" if receipt["prompt_tokens"] else "not told"
    reasons = [receipt["fallback_reason"]] if receipt["fallback_reason"] else _counted(receipt["faults"])
    print(
        f"| {fault.name} | {worded} of {len(roadmap['modules'])} | {' '.join(reasons) or '–'} | {receipt['attempts']}"
        f" | {tokens} | {float(receipt['cost'] or 0):.6f} ({most / 1e6:.6f}) | {took:.1f} |",
        flush=True,
    )
    return [
        *_unusable(roadmap, events, len(modules)),
        *_dishonest(fault, receipt, worded, len(modules), asked),
        *_miscounted(receipt, asked, spent, most),
    ]


def _counted(faults: list[dict[str, str]]) -> list[str]:
    reasons = [fault["reason"] for fault in faults]
    return [f"{reasons.count(reason)} × {reason}" for reason in dict.fromkeys(reasons)]


def _unusable(roadmap: dict[str, Any], events: list[str], planned: int) -> list[str]:
    modules = roadmap["modules"]
    place = {module["id"]: module["position"] for module in modules}
    found = [] if roadmap["status"] == "ready" and len(modules) == planned else ["the roadmap is not whole"]
    if not all(module["title"] and module["description"] and module["resources"] for module in modules):
        found.append("a module lacks its title, text or resources")
    if any("://" in module["title"] + module["description"] for module in modules):
        found.append("a link of the model's has reached the learner")
    if any(place[each] >= module["position"] for module in modules for each in module["requires"]):
        found.append("a module comes before what it requires")
    if events[-1:] != ["succeeded"]:
        found.append(f"the events end with {events[-1:]}")
    return found


def _dishonest(fault: Fault, receipt: dict[str, Any], worded: int, planned: int, asked: list[Any]) -> list[str]:
    found = []
    if not len(asked) == receipt["attempts"] == fault.requests:
        found.append(f"{receipt['attempts']} attempts, {len(asked)} requests came, {fault.requests} were expected")
    share = {0: "none", planned: "all"}.get(worded, "some")
    if share != fault.by_model:
        found.append(f"{share} of the modules are worded by the model, not {fault.by_model}")
    if receipt["source"] != ("planner" if worded == 0 else "model"):
        found.append(f"the receipt names {receipt['source']}")
    if len(receipt["faults"]) != (planned - worded if worded else 0) or bool(receipt["fallback_reason"]) != (
        not worded
    ):
        found.append("the receipt does not say why modules have built-in words")
    return found


def _miscounted(receipt: dict[str, Any], asked: list[Any], spent: list[tuple[int, bool]], most: int) -> list[str]:
    """The service knows of whole answers what they cost; what it only began is between nothing and the most."""
    worked_on = [request for request in asked if request["status"] == 200 or request["fault"] is None]
    least = sum(prompt_tokens_of(request) * PRICES[0] for request in worked_on)
    ceiling = sum(
        len(json.dumps(request["body"]).encode()) * PRICES[0] + MOST_COMPLETION_TOKENS * PRICES[1]
        for request in worked_on
    )
    cost = round(float(receipt["cost"] or 0) * 1e6)
    found = []
    if len(spent) != bool(receipt["prompt_hash"] and (asked or spent)) or any(not settled for _, settled in spent):
        found.append(f"the books hold {spent}")
    if sum(microdollars for microdollars, _ in spent) != cost:
        found.append(f"the receipt says {cost} microdollars, the books {spent}")
    if not least - 1 <= cost <= ceiling + 1:
        found.append(f"{cost} microdollars, between {least:.0f} and {ceiling:.0f} are right")
    if cost > most:
        found.append(f"{cost} microdollars were spent, {most} reserved")
    if receipt["prompt_tokens"] is not None:
        told = sum(prompt_tokens_of(request) for request in worked_on), receipt["completion_tokens"]
        exact = told[0] * PRICES[0] + told[1] * PRICES[1]
        if receipt["prompt_tokens"] != told[0] or abs(cost - exact) > len(worked_on):
            found.append(f"{receipt['prompt_tokens']} tokens and {cost} microdollars, not {told[0]} and {exact:.0f}")
    return found


if __name__ == "__main__":
    raise SystemExit(main())
