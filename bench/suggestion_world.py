"""`python -m bench.suggestion_world LEARNERS`: suggestions in the world that DATABASE_URL names, milliseconds as JSON.

Belongs here: what `bench.suggestions` does in a process of its own.
"""

import json
import random
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402 - models need settings
from django.test import override_settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from matches.services import MatchingService  # noqa: E402
from matches.services.people import candidates_for  # noqa: E402
from matches.services.wants import Catalogue  # noqa: E402
from skillbridge_backend.core.access import acting_as  # noqa: E402
from users.models import Profile, Skill, User  # noqa: E402

NOBODY_LISTENS = "http://127.0.0.1:9"


def measure(learners: int) -> dict[str, list[float]]:
    """What each learner waited: for the query, with the matcher, without it; and how many mentors were weighed."""
    chance = random.Random(1)
    slugs = list(Skill.objects.order_by("slug").values_list("slug", flat=True))
    measured: dict[str, list[float]] = {"query": [], "matcher": [], "python": [], "considered": []}
    actors = User.objects.filter(role="learner", is_active=True).order_by("pk")[: learners + 3]
    for number, actor in enumerate(actors):
        # The n-th skill is drawn with the cube of a random number, as the mentors' skills are.
        drawn = {slugs[int(len(slugs) * chance.random() ** 3)] for _ in range(chance.randint(2, 6))}
        wanted = {slug: chance.randint(1, 5) for slug in sorted(drawn)}
        with acting_as(actor.pk, user_role=actor.role):
            languages = Profile.objects.get(user=actor).languages
            wants = Catalogue.of(wanted).wants(wanted, {})
            query, _ = _timed(partial(candidates_for, wants, languages=languages, now=timezone.now()))
        suggest = partial(MatchingService.find_matches, actor=actor, limit=10, wanted=wanted)
        by_matcher, found = _timed(suggest)
        with override_settings(MATCHER_URL=NOBODY_LISTENS):
            by_python, same = _timed(suggest)
        if found.is_fallback or not same.is_fallback:
            raise SystemExit(f"the matcher at {settings.MATCHER_URL} did not answer, or somebody else did")
        if [one.mentor.id for one in found.suggestions] != [one.mentor.id for one in same.suggestions]:
            raise SystemExit(f"the two solvers suggest different mentors for {wanted}")
        # The first three open connections, and the breaker of the client that nobody answers.
        if number >= 3:
            for name, value in (
                ("query", query), ("matcher", by_matcher), ("python", by_python), ("considered", found.considered),
            ):  # fmt: skip
                measured[name].append(value)
    return measured


def _timed(ask: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    answer = ask()
    return (time.perf_counter() - began) * 1000, answer


if __name__ == "__main__":
    # Nothing is remembered here: each question is answered anew.
    with override_settings(CACHES={"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}):
        print(json.dumps(measure(int(sys.argv[1]))))
