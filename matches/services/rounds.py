"""What a round asks the matcher: everybody who seeks, everybody who offers. And the score of a single pair."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Case, Exists, F, Max, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from matches import solver
from matches.enums import MatchStatus
from matches.models import HIGHEST_SCORE, Block, MatchRound, MentorMatch
from matches.services.people import (
    LARGEST_REQUEST_BYTES,
    REFUSAL_COUNTS_FOR,
    Learner,
    Mentors,
    continuity_json,
    histories_of,
    how_many_fit,
    mentors_told,
    request_bytes,
    zones_json,
)
from matches.services.wants import Catalogue
from users.models import MentorListing, Profile, WantedSkill

MOST_LEARNERS = 4_000
"""In a round. Applying it takes about two milliseconds for each, in one statement, which
may take 15 seconds."""


def snapshot_of(request: bytes) -> dict[str, Any]:
    """A single pair's score as fields of a match; no score when the pair is absent."""
    result = solver.solve("suggest", orjson.loads(request))
    who = {name: result[name] for name in ("solver", "version", "input_hash")}
    if not result["suggestions"]:
        reason = next(name for name, count in result["excluded"].items() if count)
        return {"matcher": who | {"absent_because": reason}}
    pair = result["suggestions"][0]
    shared = {name: pair[name] for name in ("matched_skills", "overlap_minutes", "shared_languages")}
    return {"score": pair["score"], "components": pair["components"], "matcher": who | shared}


def request_of_round(asked: MatchRound, now: datetime) -> bytes:
    """Learners who seek and have nobody; mentors with a place left; pairs that are out.

    And what the round aims at. Learners take half of LARGEST_REQUEST_BYTES at most, mentors the rest.
    """
    seeking = _seeking()
    wanted = {profile.pk: {want.skill.slug: want.level for want in profile.wanted_skills.all()} for profile in seeking}
    catalogue = Catalogue.of({slug for levels in wanted.values() for slug in levels})
    histories = histories_of((profile.user_id for profile in seeking), now=now)
    learners = [
        Learner.of(profile, histories[profile.user_id]).told(
            catalogue.wants(wanted[profile.pk], {known.skill.slug: known.level for known in profile.skills.all()}),
            waiting_days=max(0, (now - profile.waits_since).days),  # type: ignore[attr-defined]  # annotated
        )
        for profile in seeking
    ]
    for one in learners:
        one["priority"] = min(HIGHEST_SCORE, asked.weekly_priority * one["waiting_days"] // 7)
    told = [orjson.dumps(one) for one in learners]
    learners = learners[: how_many_fit(LARGEST_REQUEST_BYTES // 2, told)]
    mentors = mentors_told(
        MentorListing.objects.with_capacity().not_on_leave(),
        most_bytes=LARGEST_REQUEST_BYTES - sum(len(one) + 1 for one in told[: len(learners)]),
    )
    people = [UUID(one["id"]) for one in learners]
    fields = {
        "learners": learners,
        "continuity": continuity_json({person: histories[person] for person in people}, mentors),
        "zones": zones_json(mentors.zones | {one["time_zone"] for one in learners}, now=now),
        "constraints": {"forbidden": _forbidden(people, mentors)},
        "policy": _policy(asked, people, mentors),
    }
    return request_bytes(fields, mentors)


def _seeking() -> list[Profile]:
    """MOST_LEARNERS of the learners who seek and have nobody, longest waiting first, with `waits_since`.

    They wait since they seek, or since their last mentorship ended; a request that came to nothing does not put them
    back. Whom the latest round found no mentor for, and who have changed nothing since, come behind the others, so that
    these get their turn.
    """
    matches = MentorMatch.objects.filter(learner=OuterRef("user"))
    last_ended = matches.over().order_by().values("learner").values(last=Max("ended_at"))
    in_vain, began = MatchRound.objects.told_that_nobody_fits()
    is_in_vain = Case(When(user__in=in_vain, updated_at__lt=began, then=1), default=0) if began else Value(0)
    return list(
        Profile.objects.filter(is_seeking_mentoring=True, user__is_active=True)
        .filter(Exists(WantedSkill.objects.filter(profile=OuterRef("pk"))), ~Exists(matches.open()))
        .annotate(
            waits_since=Greatest(Coalesce("seeking_since", "created_at"), Subquery(last_ended)), is_in_vain=is_in_vain
        )
        .prefetch_related("wanted_skills__skill", "skills__skill", "availability")
        .order_by("is_in_vain", "waits_since", "id")[:MOST_LEARNERS]
    )


def _policy(asked: MatchRound, learners: list[UUID], mentors: Mentors) -> dict[str, Any]:
    """The options of the round, for the matcher."""
    seeking = {str(learner) for learner in learners}
    policy: dict[str, Any] = {"fair": asked.is_fair}
    if asked.floor_loss_permille is not None:
        policy["floor"] = {"loss_permille": asked.floor_loss_permille}
    if asked.sticky_bonus:
        pairs = [
            {"learner": pair["learner"], "mentor": pair["mentor"]}
            for pair in MatchRound.objects.newest_assignments()
            if pair["learner"] in seeking and pair["mentor"] in mentors.ids
        ]
        policy["sticky"] = {"bonus": asked.sticky_bonus, "pairs": pairs}
    return policy


def _forbidden(learners: list[UUID], mentors: Mentors) -> list[dict[str, str]]:
    """Nobody with themselves or with whom either keeps away, and not again so soon after a refusal.

    A proposal that was withdrawn is none.
    """
    refused = (
        MentorMatch.objects.filter(
            status__in=[MatchStatus.DECLINED, MatchStatus.CANCELLED, MatchStatus.ENDED_EARLY],
            ended_at__gt=timezone.now() - REFUSAL_COUNTS_FOR,
            learner__in=learners,
        )
        .exclude(round__undone_at=F("ended_at"))
        .values_list("learner", "mentor")
    )
    apart = Block.objects.all().pairs_of(learners)
    out = (*zip(learners, learners, strict=True), *refused, *apart)
    pairs = {(str(learner), str(mentor)) for learner, mentor in out}
    return [{"learner": learner, "mentor": mentor} for learner, mentor in sorted(pairs) if mentor in mentors.ids]
