"""`python -m bench.matcher_service [LEARNERS×MENTORS[:METHOD] …]`: rounds over HTTP, seconds and memory.

Starts the release build on a free port for each round, so that the peak of its memory is of that round, and posts
made-up people: as many places as learners, three to eight wanted skills, evenings and weekends in twelve time zones. A
line each: seconds from the first byte sent to the last byte read, seconds of processors, peak memory, bytes of the
request and of the answer, and what was answered. Exit status 1 if an answer is not proven, or not by the method that
was asked for.
"""

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import orjson

from skillbridge_backend.embedded import matcher_build
from skillbridge_backend.embedded.installation import PROJECT_DIR
from skillbridge_backend.embedded.lifeline import LOOPBACK, free_port

ROUNDS = ["2500x2000:pairs", "2500x2000:people", "20000x10000", "100000x20000"]
SKILLS = 200
ZONES = [-8, -6, -5, -3, 0, 1, 2, 3, 5, 8, 9, 10]
LANGUAGES = ["en", "de", "fr", "es", "pt", "hi", "ar", "bn", "ru", "ja", "sw", "tr"]


def person(chance: random.Random, number: int) -> dict[str, Any]:
    """What both sides have."""
    zone = chance.choice(ZONES)
    availability = []
    for day in range(7):
        weekend = day >= 5
        if chance.random() < (0.7 if weekend else 0.45):
            start = 60 * (24 * day + chance.randint(9 if weekend else 17, 19) - zone)
            minutes = [start % 10_080, start % 10_080 + 60 * chance.randint(2, 4)]
            availability.append([minutes[0], min(minutes[1], 10_080)])
    others = chance.sample(LANGUAGES[1:], chance.choice([0, 1, 1, 2]))
    return {
        "id": f"{number:06}",
        "languages": ["en", *others] if chance.random() < 0.8 or not others else others,
        "availability": availability,
        "utc_offset_minutes": 60 * zone,
        "country": f"c{zone}-{number % 2}",
    }


def skills(chance: random.Random, least: int, most: int) -> list[str]:
    """Frequent ones more often."""
    drawn = {int(SKILLS * chance.random() ** 2.2) for _ in range(chance.randint(least, most))}
    return [f"s{skill}" for skill in sorted(drawn)]


def learner(chance: random.Random, number: int) -> dict[str, Any]:
    """Somebody who wants three to eight skills."""
    wants = []
    for skill in skills(chance, 3, 8):
        level = chance.randint(1, 5)
        wants.append({"skill": skill, "level": level, "from": min(chance.randint(0, 2), level - 1),
                      "weight": 100 + int(skill[1:])})  # fmt: skip
    return person(chance, number) | {"wants": wants, "waiting_days": chance.randint(0, 60)}


def mentor(chance: random.Random, number: int, capacity: int) -> dict[str, Any]:
    """Somebody who has five to fifteen, and may be new."""
    known: dict[str, Any] = {"capacity": capacity}
    known["skills"] = [{"skill": skill, "level": chance.randint(1, 5)} for skill in skills(chance, 5, 15)]
    if chance.random() < 0.7:
        known["rating"] = {"mean_milli": chance.randint(3000, 5000), "count": chance.randint(1, 40)}
    if chance.random() < 0.85:
        known["answer_rate_permille"] = chance.randint(300, 1000)
    return person(chance, number) | known


def request(learners: int, mentors: int, method: str) -> bytes:
    """The same for the same numbers."""
    chance = random.Random(41)
    capacity = -(-learners // mentors)
    return orjson.dumps(
        {
            "method": method,
            "learners": [learner(chance, number) for number in range(learners)],
            "mentors": [mentor(chance, number, capacity) for number in range(mentors)],
        }
    )


def measure(binary: Path, name: str) -> bool:
    """Print what a round takes; whether its answer is what it should be."""
    size, _, method = name.partition(":")
    learners, mentors = (int(part) for part in size.replace("×", "x").split("x"))
    body = request(learners, mentors, method or "auto")
    address = f"{LOOPBACK}:{free_port()}"
    with subprocess.Popen([binary], env={"MATCHER_ADDRESS": address}, stderr=subprocess.DEVNULL) as matcher:
        try:
            transport = httpx.HTTPTransport(retries=10)
            with httpx.Client(base_url=f"http://{address}", transport=transport, trust_env=False, timeout=600) as http:
                http.get("/health/ready").raise_for_status()
                began = time.perf_counter()
                response = http.post("/v1/match", content=body, headers={"Content-Type": "application/json"})
                seconds = time.perf_counter() - began
            status = Path(f"/proc/{matcher.pid}/status").read_text()
            times = Path(f"/proc/{matcher.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        finally:
            matcher.terminate()
    response.raise_for_status()
    answer = orjson.loads(response.content)
    processors = sum(map(int, times)) / os.sysconf("SC_CLK_TCK")
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    print(
        f"{learners:,} × {mentors:,} by {answer['method']}: {seconds:.2f} s, {processors:.2f} s of processors, "
        f"peak {peak:.0f} MB; {len(body) / 1e6:.1f} MB in, {len(response.content) / 1e6:.1f} MB out; "
        f"{answer['matched']:,} matched, {answer['total_score']:,} in total, "
        f"{answer['blocking_pairs']:,} blocking pairs",
        flush=True,
    )
    return answer["objective"] == answer["dual_objective"] and method in {"", answer["method"]}


def main() -> int:
    """Measure the rounds that the command line names, or the usual ones."""
    binary = matcher_build.build(PROJECT_DIR)
    are_right = [measure(binary, name) for name in sys.argv[1:] or ROUNDS]
    return 0 if all(are_right) else 1


if __name__ == "__main__":
    sys.exit(main())
