"""`python -m bench.suggestion_world LEARNERS`: suggestions in the world that DATABASE_URL names, as JSON.

Belongs here: what `bench.suggestions` does in a process of its own.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from unittest.mock import patch

import django

django.setup()

from django.conf import settings  # noqa: E402 - models need settings
from django.test import override_settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from matches.services import MatchingService, people  # noqa: E402
from matches.services.wants import Catalogue  # noqa: E402
from skillbridge_backend.core.access import acting_as  # noqa: E402
from users.models import Profile, Skill, User  # noqa: E402

WARMING = 3
"""Questions that are not counted: they open connections, and the breaker of the client that nobody answers."""
NOBODY_LISTENS = "http://127.0.0.1:9"


def questions(learners: int) -> Iterator[tuple[User, dict[str, int]]]:
    """Who asks, and for which levels. The same each time."""
    chance = random.Random(1)
    slugs = list(Skill.objects.order_by("slug").values_list("slug", flat=True))
    for actor in User.objects.filter(role="learner", is_active=True).order_by("pk")[:learners]:
        # The n-th skill is drawn with the cube of a random number, as the mentors' skills are.
        drawn = {slugs[int(len(slugs) * chance.random() ** 3)] for _ in range(chance.randint(2, 6))}
        yield actor, {slug: chance.randint(1, 5) for slug in sorted(drawn)}


def measure(learners: int) -> dict[str, list[float]]:
    """What each waited, in milliseconds: with the matcher, without it, for the query; how many mentors were weighed."""
    measured: dict[str, list[float]] = {"matcher": [], "python": [], "query": [], "considered": []}
    for number, (actor, wanted) in enumerate(questions(learners + WARMING)):
        suggest = partial(MatchingService.find_matches, actor=actor, limit=10, wanted=wanted)
        # First, so that nothing of the question has been read before: what comes after finds the pages at hand.
        by_matcher, found = _timed(suggest)
        with override_settings(MATCHER_URL=NOBODY_LISTENS):
            by_python, same = _timed(suggest)
        with acting_as(actor.pk, user_role=actor.role):
            languages = Profile.objects.get(user=actor).languages
            wants = Catalogue.of(wanted).wants(wanted, {})
            query, _ = _timed(partial(people.candidates_for, wants, languages=languages, now=timezone.now()))
        if found.is_fallback or not same.is_fallback:
            raise SystemExit(f"the matcher at {settings.MATCHER_URL} did not answer, or somebody else did")
        if [one.mentor.id for one in found.suggestions] != [one.mentor.id for one in same.suggestions]:
            raise SystemExit(f"the two solvers suggest different mentors for {wanted}")
        if number >= WARMING:
            for name, value in zip(measured, (by_matcher, by_python, query, found.considered), strict=True):
                measured[name].append(value)
    return measured


def compare(learners: int) -> dict[str, list[float]]:
    """Of the ten best of 20,000 mentors the share that is suggested, and what the suggested reach of their scores."""
    compared: dict[str, list[float]] = {"held": [], "reached": []}
    for actor, wanted in questions(learners):
        suggest = partial(MatchingService.find_matches, actor=actor, limit=10, wanted=wanted)
        suggested = {one.mentor.id: one.score for one in suggest().suggestions}
        with patch.multiple(people, MOST_CANDIDATES=20_000, MOST_ENTRIES=10**9):
            best = {one.mentor.id: one.score for one in suggest().suggestions}
        if best:
            compared["held"].append(len(best.keys() & suggested.keys()) / len(best))
            compared["reached"].append(sum(suggested.values()) / sum(best.values()))
    return compared


def _timed(ask: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    answer = ask()
    return (time.perf_counter() - began) * 1000, answer


if __name__ == "__main__":
    # Nothing is remembered here: each question is answered anew.
    with override_settings(CACHES={"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}):
        print(json.dumps(measure(int(sys.argv[1])) | compare(int(sys.argv[1]))))
