"""`python -m bench.matcher_load [MINUTES]`: mixed load on the matcher, and whether its memory stays flat.

Starts the release build on a free port. Six clients without a pause: suggestions, rounds and bare problems of many
sizes, and among them what goes wrong in a day: bodies that are refused, deadlines that pass, callers that leave. A line
a minute; the exit code is 1 if an answer was not the expected one, or if memory at the end is more than a tenth above
what it was after a fifth of the time.
"""

import itertools
import random
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson

from skillbridge_backend.embedded import matcher_build
from skillbridge_backend.embedded.installation import PROJECT_DIR
from skillbridge_backend.embedded.lifeline import LOOPBACK, free_port

CLIENTS = 6
REQUESTS = 100
"""Of each client, again and again: to make one takes longer than to answer it."""
SKILLS = [f"skill-{number}" for number in range(60)]
LANGUAGES = ["en", "de", "fr", "es", "hi"]


@dataclass(frozen=True, slots=True)
class Case:
    """A request, and the statuses that answer it rightly; none, where the caller leaves before."""

    name: str
    path: str
    body: bytes
    expected: frozenset[int]
    headers: dict[str, str] = field(default_factory=dict)


def person(chance: random.Random, number: int) -> dict[str, Any]:
    """What both sides have."""
    evenings = [[day * 1440 + 1080, day * 1440 + 1080 + chance.choice([60, 90, 180])] for day in range(7)]
    return {
        "id": f"{number:06}",
        "languages": chance.sample(LANGUAGES, chance.randint(1, 3)),
        "availability": chance.sample(evenings, chance.randint(0, 4)),
        "utc_offset_minutes": chance.choice([None, *range(-480, 600, 60)]),
    }


def learner(chance: random.Random, number: int) -> dict[str, Any]:
    """Somebody who wants one to five skills."""
    wanted = chance.sample(SKILLS, chance.randint(1, 5))
    wants = [{"skill": skill, "level": chance.randint(1, 5), "weight": chance.randint(50, 400)} for skill in wanted]
    return person(chance, number) | {"wants": wants, "waiting_days": chance.randint(0, 60)}


def mentor(chance: random.Random, number: int) -> dict[str, Any]:
    """Somebody who knows three to twelve."""
    known = chance.sample(SKILLS, chance.randint(3, 12))
    skills = [{"skill": skill, "level": chance.randint(1, 5)} for skill in known]
    return person(chance, number) | {"skills": skills, "capacity": chance.randint(0, 4)}


def cases(seed: int) -> Iterator[Case]:
    """Requests without end, the same for the same seed."""
    chance = random.Random(seed)
    good, refused, late = frozenset({200, 503}), frozenset({422, 400, 503}), frozenset({504, 503, 200})
    while True:
        kind = chance.choices(
            ["suggest", "match", "assign", "refused", "broken", "late", "leaves"], [50, 15, 15, 6, 4, 5, 5]
        )[0]
        many = chance.choice([5, 50, 300, 1500])
        mentors = [mentor(chance, number) for number in range(many)]
        suggest = orjson.dumps({"learner": learner(chance, 0), "mentors": mentors})
        if kind == "suggest":
            yield Case(kind, "/v1/suggest", suggest, good)
        elif kind == "match":
            learners = [learner(chance, number) for number in range(chance.choice([3, 40, 200]))]
            yield Case(kind, "/v1/match", orjson.dumps({"learners": learners, "mentors": mentors[:200]}), good)
        elif kind == "assign":
            side = chance.choice([3, 30, 150])
            dense = [[chance.randint(0, 1000) for _ in range(side)] for _ in range(side)]
            yield Case(kind, "/v1/assign", orjson.dumps({"dense": dense, "objective": "minimize"}), good)
        elif kind == "refused":
            mentors[0]["capacity"] = -1
            yield Case(kind, "/v1/match", orjson.dumps({"learners": [], "mentors": mentors}), refused)
        elif kind == "broken":
            yield Case(kind, "/v1/suggest", suggest[: len(suggest) // 2], refused)
        elif kind == "late":
            yield Case(kind, "/v1/suggest", suggest, late, {"X-Deadline-Ms": "1"})
        else:
            yield Case(kind, "/v1/suggest", suggest, frozenset())


@dataclass
class Tally:
    """What came back, for all clients together."""

    answered: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def client(self, url: str, requests: list[Case]) -> None:
        """Ask until it is over."""
        try:
            with httpx.Client(base_url=url, timeout=60, trust_env=False) as http:
                for case in itertools.takewhile(lambda _: not self.over.is_set(), itertools.cycle(requests)):
                    self._ask(http, case)
        except BaseException as failure:
            self.unexpected.append(repr(failure))
            raise

    def _ask(self, http: httpx.Client, case: Case) -> None:
        headers = {"Content-Type": "application/json"} | case.headers
        began = time.perf_counter()
        try:
            timeout = httpx.USE_CLIENT_DEFAULT if case.expected else 0.003
            response = http.post(case.path, content=case.body, headers=headers, timeout=timeout)
        except httpx.TimeoutException:
            self.answered[f"{case.name} left"] += 1
            return
        self.seconds.append(time.perf_counter() - began)
        self.answered[f"{case.name} {response.status_code}"] += 1
        if case.expected and response.status_code not in case.expected:
            self.unexpected.append(f"{case.name}: {response.status_code} {response.text[:200]}")


def resident_megabytes(process: subprocess.Popen[bytes]) -> float:
    """What the process has in memory now."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def main() -> int:
    """Run the load."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 15.0
    address = f"{LOOPBACK}:{free_port()}"
    binary = matcher_build.build(PROJECT_DIR)
    tally, memory = Tally(), []
    requests = [list(itertools.islice(cases(seed), REQUESTS)) for seed in range(CLIENTS)]
    with subprocess.Popen([binary], env={"MATCHER_ADDRESS": address}, stderr=subprocess.DEVNULL) as matcher:
        try:
            transport = httpx.HTTPTransport(retries=10)
            with httpx.Client(transport=transport, trust_env=False) as http:
                http.get(f"http://{address}/health/ready").raise_for_status()
            clients = [threading.Thread(target=tally.client, args=(f"http://{address}", own)) for own in requests]
            for client in clients:
                client.start()
            began = told = time.monotonic()
            while (now := time.monotonic()) - began < 60 * minutes and matcher.poll() is None:
                time.sleep(1)
                memory.append(resident_megabytes(matcher))
                if now - told >= 60:
                    told = now
                    print(_line(now - began, tally, memory), flush=True)
            tally.over.set()
            for client in clients:
                client.join()
        finally:
            matcher.terminate()
    print(_line(time.monotonic() - began, tally, memory))
    print(", ".join(f"{what}: {count}" for what, count in sorted(tally.answered.items())))
    fifth = max(1, len(memory) // 5)
    early, late = statistics.median(memory[fifth : 2 * fifth]), statistics.median(memory[-fifth:])
    print(f"memory after a fifth of the time {early:.1f} MB, at the end {late:.1f} MB: {late / early:.2f}")
    for what in tally.unexpected[:10]:
        print("unexpected:", what)
    return 1 if tally.unexpected or late > 1.1 * early else 0


def _line(seconds: float, tally: Tally, memory: list[float]) -> str:
    latencies = sorted(tally.seconds)
    median, high = (latencies[int(len(latencies) * part)] * 1000 for part in (0.5, 0.99))
    return (
        f"{seconds / 60:5.1f} min: {len(latencies):7} answers, {median:.0f} ms at the median, {high:.0f} ms at the 99th"
        f" percentile, {memory[-1]:.1f} MB"
    )


if __name__ == "__main__":
    sys.exit(main())
