"""Rounds and the expiry of requests: real tasks, from the outbox row to the effect."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.contrib.admin.sites import site
from django.contrib.messages.storage.fallback import FallbackStorage
from django.db import IntegrityError, transaction
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from matches import solver
from matches.enums import MatchStatus, RoundStatus
from matches.models import MatchRound, MentorMatch
from matches.services import RoundJobService
from matches.services.people import how_many_fit
from matches.services.round_jobs import RoundAnswer
from matches.services.rounds import request_of_round
from matches.services.solving_apart import NoAnswerError, solve_apart
from matches.tests.factories import (
    MatchFactory,
    MatchRoundFactory,
    offering,
    proposed_round,
    python,
    round_after,
    seeking,
)
from matches.tests.far_side import FarSide
from skillbridge_backend.core.dead_letters import ReplayRefusedError, replay
from skillbridge_backend.core.errors import InvalidInput, PermissionDenied
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.models import OutboxMessage
from skillbridge_backend.core.outbox import MOST_ATTEMPTS, publish
from users.enums import Role
from users.models import Profile, User
from users.tests.factories import SkillFactory, UserFactory

pytestmark = pytest.mark.django_db
Drain = Callable[[], list[str]]


@pytest.fixture
def no_matcher(settings: Settings) -> None:
    with FarSide() as server:
        settings.MATCHER_URL = server.url
    # Nobody listens there any more.


def an_admin() -> User:
    admin: User = UserFactory(role=Role.ADMIN)
    return admin


def test_round_assigns_and_waits_to_be_looked_at(no_matcher: None, api_as: Any, drain_outbox: Drain) -> None:
    skill = python()
    learners = [seeking({skill: level}) for level in (3, 5)]
    mentors = [offering({skill: level}, mentoring_capacity=1) for level in (3, 5)]
    taken = seeking({skill: 5})
    MatchFactory(learner=taken)
    client = api_as(an_admin())
    queued = client.post("/api/v1/match-rounds/")
    assert (queued.status_code, queued.json()["status"]) == (202, "queued")
    assert client.post("/api/v1/match-rounds/").json()["code"] == "round_already_queued"
    assert "matches.run_round" in drain_outbox()
    done = client.get(queued["Location"]).json()
    assert (done["status"], done["solver"], done["is_fallback"]) == ("proposed", "python/scipy", True)
    assert len(done["input_hash"]) == 64
    assert done["objective"] == sum(one["score"] for one in done["result"]["assignments"])
    assert set(done["result"]["alternates"]) == {str(learner.pk) for learner in learners}
    assert {(one["learner"], one["mentor"]) for one in done["result"]["assignments"]} == {
        (str(learner.pk), str(mentor.pk)) for learner, mentor in zip(learners, mentors, strict=True)
    }
    assert not MentorMatch.objects.filter(status=MatchStatus.PROPOSED).exists()
    assert client.get("/api/v1/match-rounds/").json()["results"][0]["id"] == done["id"]


def test_round_does_not_repeat_a_refusal(no_matcher: None, drain_outbox: Drain) -> None:
    skill = python()
    learner, mentor = seeking({skill: 3}), offering({skill: 3})
    MatchFactory.in_state("declined", learner=learner, mentor=mentor)
    started = RoundJobService.request(actor=an_admin())
    drain_outbox()
    started.refresh_from_db()
    assert started.status == RoundStatus.PROPOSED
    assert started.result["unmatched"] == [
        {"learner": str(learner.pk), "reason": "no_feasible_mentor", "counterfactual": None}
    ]


def asked(found: MatchRound) -> dict[str, Any]:
    request: dict[str, Any] = orjson.loads(request_of_round(found, timezone.now()))
    return request


def test_round_aims_at_what_it_was_asked_for(no_matcher: None, api_as: Any, drain_outbox: Drain) -> None:
    skill = python()
    waited = seeking({skill: 3})
    Profile.objects.filter(user=waited).update(seeking_since=timezone.now() - timedelta(days=15))
    seeking({skill: 3})
    offering({skill: 3}, mentoring_capacity=1)
    aims = {"is_fair": True, "floor_loss_permille": 30, "sticky_bonus": 200, "weekly_priority": 7}
    queued = api_as(an_admin()).post("/api/v1/match-rounds/", aims | {"deadline_seconds": 60})
    assert (queued.status_code, {name: queued.json()[name] for name in aims}) == (202, aims)
    found = MatchRound.objects.get()

    request = asked(found)

    assert request["policy"] == {
        "fair": True, "floor": {"loss_permille": 30}, "sticky": {"bonus": 200, "pairs": []}
    }  # fmt: skip
    assert [one["priority"] for one in request["learners"]] == [15, 0]
    drain_outbox()
    found.refresh_from_db()
    assert (found.status, found.result["assignments"][0]["learner"]) == ("proposed", str(waited.pk))
    assert found.result["floor"]["threshold"] == found.result["assignments"][0]["score"]


def test_round_without_aims_asks_for_none() -> None:
    seeking({python(): 3})
    request = asked(MatchRoundFactory())
    assert request["policy"] == {"fair": False}
    assert request["learners"][0]["priority"] == 0


def test_too_many_are_taken_in_the_order_in_which_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    skill = python()
    mentors = [offering({skill: 3}) for _ in range(3)]
    learners = [seeking({skill: 3}) for _ in range(3)]
    Profile.objects.filter(user=learners[2]).update(seeking_since=timezone.now() - timedelta(days=15))
    monkeypatch.setattr("matches.services.rounds.MOST_LEARNERS", 2)
    monkeypatch.setattr("matches.services.people.MOST_MENTORS", 2)

    request = asked(MatchRoundFactory())

    assert [one["id"] for one in request["learners"]] == [str(learners[2].pk), str(learners[0].pk)]
    assert [one["id"] for one in request["mentors"]] == [str(mentor.pk) for mentor in mentors[:2]]


def test_waiting_begins_with_seeking_and_not_with_the_account() -> None:
    skill, year = python(), timezone.now() - timedelta(days=365)
    back, waits = seeking({skill: 3}, is_seeking_mentoring=False), seeking({skill: 3})
    Profile.objects.filter(user__in=[back, waits]).update(created_at=year)
    Profile.objects.filter(user=waits).update(seeking_since=timezone.now() - timedelta(days=56))
    Profile.objects.filter(user=back).update(is_seeking_mentoring=True)

    told = asked(MatchRoundFactory())["learners"]

    assert [(one["id"], one["waiting_days"]) for one in told] == [(str(waits.pk), 56), (str(back.pk), 0)]


@pytest.mark.parametrize(
    ("ending", "days"), [("completed", 0), ("ended_early", 0), ("declined", 56), ("cancelled", 56), ("expired", 56)]
)
def test_waiting_begins_anew_after_a_mentorship_and_not_after_a_refusal(ending: str, days: int) -> None:
    learner = seeking({python(): 3})
    Profile.objects.filter(user=learner).update(seeking_since=timezone.now() - timedelta(days=56))
    MatchFactory.in_state(ending, learner=learner)
    assert asked(MatchRoundFactory())["learners"][0]["waiting_days"] == days


def test_who_found_nobody_of_late_comes_behind_until_something_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    skill, other = python(), SkillFactory()
    in_vain, changed, new = seeking({other: 3}), seeking({other: 3}), seeking({skill: 3})
    offering({skill: 3})
    monkeypatch.setattr("matches.services.rounds.MOST_LEARNERS", 2)
    first = proposed_round()
    assert {one["reason"] for one in first.result["unmatched"]} == {"no_feasible_mentor"}
    Profile.objects.filter(user=changed).update(updated_at=timezone.now())

    second = MatchRoundFactory()

    assert [one["id"] for one in asked(second)["learners"]] == [str(changed.pk), str(new.pk)]
    MatchRound.objects.filter(pk=second.pk).delete()
    proposed_round()
    assert [one["id"] for one in asked(MatchRoundFactory())["learners"]] == [str(in_vain.pk), str(new.pk)]


def test_round_is_no_larger_than_the_matcher_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    skill = python()
    mentors = [offering({skill: 3}) for _ in range(3)]
    learners = [seeking({skill: 3}) for _ in range(3)]
    full = asked(MatchRoundFactory())

    def size(people: list[Any]) -> int:
        return sum(len(orjson.dumps(one)) + 1 for one in people)

    monkeypatch.setattr("matches.services.rounds.LARGEST_REQUEST_BYTES", 2 * size(full["learners"]) - 1)
    request = asked(MatchRound.objects.get())

    assert [one["id"] for one in request["learners"]] == [str(learner.pk) for learner in learners[:2]]
    assert size(request["learners"]) + size(request["mentors"]) < 2 * size(full["learners"])
    told = [one["id"] for one in request["mentors"]]
    assert told == [str(mentor.pk) for mentor in mentors][: len(told)]
    assert told


def test_mentor_whose_text_is_long_in_bytes_counts_by_them() -> None:
    assert how_many_fit(10, ["ä".encode(), "ää".encode(), b"z", b"z"]) == 3


@pytest.mark.parametrize("ending", ["", "discarded"])
def test_pairs_of_the_round_before_stay_together_unless_it_was_thrown_away(ending: str) -> None:
    skill = python()
    learner = seeking({skill: 3})
    mentors = [offering({skill: 3}), offering({skill: 3})]
    former = proposed_round()
    if ending:
        MatchRound.objects.filter(pk=former.pk).update(status=ending)
    pair = {name: former.result["assignments"][0][name] for name in ("learner", "mentor")}
    gone = next(mentor for mentor in mentors if str(mentor.pk) == pair["mentor"])

    sticky = MatchRoundFactory(sticky_bonus=500)

    assert asked(sticky)["policy"]["sticky"] == {"bonus": 500, "pairs": [] if ending else [pair]}
    Profile.objects.filter(user=gone).update(is_offering_mentoring=False)
    assert asked(sticky)["policy"]["sticky"]["pairs"] == [], "whoever is not asked is in no pair"
    assert learner.is_active


@pytest.mark.parametrize(
    ("field", "value"),
    [("floor_loss_permille", 1001), ("sticky_bonus", 4096), ("weekly_priority", -1), ("is_fair", "perhaps")],
)
def test_aim_out_of_range_is_refused(field: str, value: Any, api_as: Any) -> None:
    refused = api_as(an_admin()).post("/api/v1/match-rounds/", {field: value})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, field)
    if field != "is_fair":
        with pytest.raises(InvalidInput):
            RoundJobService.request(actor=an_admin(), **{field: value})
        with pytest.raises(IntegrityError), transaction.atomic():
            MatchRoundFactory(**{field: value})
    assert not MatchRound.objects.exists()


def test_round_too_large_for_the_builtin_solver_says_so(no_matcher: None) -> None:
    request = orjson.dumps({"learners": [{"id": str(number)} for number in range(7200)], "mentors": []})
    with pytest.raises(NoAnswerError, match="The matcher is away, and 7200 rows"):
        solve_apart(request, deadline_seconds=60, beat=lambda: True)


EMPTY: dict[str, list[Any]] = {"learners": [], "mentors": []}


@pytest.fixture
def far_side(settings: Settings) -> Iterator[FarSide]:
    with FarSide() as server:
        settings.MATCHER_URL = server.url
        server.answer = solver.solve("match", EMPTY) | {"solver": "far-side"}
        yield server


def test_round_waits_for_a_matcher_that_is_busy(far_side: FarSide) -> None:
    far_side.behaviour = "busy"
    solved = solve_apart(orjson.dumps(EMPTY), deadline_seconds=60, beat=lambda: True)
    assert (solved.answer["solver"], solved.is_fallback, len(far_side.requests)) == ("far-side", False, 3)


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [("too_large", "payload_too_large, The body is over 64 MiB."), ("too_many", "learners: too many choices")],
)
def test_round_that_the_matcher_refuses_says_why_and_is_not_tried_otherwise(
    behaviour: str, words: str, far_side: FarSide
) -> None:
    far_side.behaviour = behaviour
    with pytest.raises(NoAnswerError, match=f"The matcher refused the round: .*{words}"):
        solve_apart(orjson.dumps(EMPTY), deadline_seconds=60, beat=lambda: True)


def test_process_that_dies_is_no_answer(no_matcher: None) -> None:
    with pytest.raises(RuntimeError, match="ended with code 1"):
        solve_apart(b"this is no request", deadline_seconds=60, beat=lambda: True)


def test_failed_round_keeps_its_error() -> None:
    started = RoundJobService.request(actor=an_admin())
    RoundJobService.begin(round_id=started.pk)
    RoundJobService.finish(round_id=started.pk, answer=RoundAnswer(None, "too large"))
    started.refresh_from_db()
    assert (started.status, started.error) == ("failed", "too large")


def test_round_that_is_gone_is_not_begun() -> None:
    assert RoundJobService.begin(round_id=new_id()) is None


@pytest.mark.parametrize("seconds", [4, 91])
def test_deadline_that_no_worker_keeps_is_refused(seconds: int, api_as: Any) -> None:
    refused = api_as(an_admin()).post("/api/v1/match-rounds/", {"deadline_seconds": seconds})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "deadline_seconds")
    with pytest.raises(InvalidInput):
        RoundJobService.request(actor=an_admin(), deadline_seconds=seconds)


def test_learner_starts_no_round() -> None:
    with pytest.raises(PermissionDenied):
        RoundJobService.request(actor=seeking({}))


def test_overdue_requests_and_proposals_lapse(drain_outbox: Drain) -> None:
    past = timezone.now() - timedelta(days=8)
    overdue: list[MentorMatch] = [
        MatchFactory(requested_at=past),
        MatchFactory.in_state("proposed", expires_at=past),
        MatchFactory.in_state("info_requested", requested_at=past),
    ]
    untouched: list[MentorMatch] = [MatchFactory(), MatchFactory.in_state("active", requested_at=past)]
    publish("matches.expire_requests", payload={})
    assert "matches.expire_requests" in drain_outbox()
    assert {MentorMatch.objects.get(pk=match.pk).status for match in overdue} == {"expired"}
    for match in untouched:
        assert MentorMatch.objects.get(pk=match.pk).status == match.status


def admin_request(user: User) -> Any:
    request = RequestFactory().post("/admin/")
    request.user = user
    request.session = {}  # type: ignore[assignment]
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    return request


def said(request: Any) -> list[str]:
    return [str(message) for message in request._messages]


def test_admin_lets_requests_lapse_and_changes_nothing_else() -> None:
    MatchFactory(requested_at=timezone.now() - timedelta(days=8))
    request = admin_request(an_admin())
    matches = site._registry[MentorMatch]
    matches.expire_overdue(request, MentorMatch.objects.none())  # type: ignore[attr-defined]
    assert said(request) == ["1 matches lapsed."]
    assert not matches.has_add_permission(request)
    assert not matches.has_change_permission(request)
    assert not matches.has_delete_permission(request)


def test_rows_say_what_they_are() -> None:
    match = MatchFactory.in_state("active")
    assert str(match).endswith(": active")
    assert match.other_side(match.learner) == match.mentor
    assert match.other_side(match.mentor) == match.learner
    assert str(match.mentor.mentor_standing).endswith(": 1 places taken")
    assert str(match.conversation) == f"of {match.pk}"
    assert solver.SOLVER == "python/scipy"


def test_round_whose_last_attempt_fails_is_over_and_says_so(no_matcher: None, drain_outbox: Drain) -> None:
    skill = python()
    learner = seeking({skill: 3})
    offering({skill: 3})
    # What no API accepts and a statement by hand can do: a zone that does not exist.
    Profile.objects.filter(user=learner).update(time_zone="Nowhere/Nope")
    started = RoundJobService.request(actor=an_admin())

    for attempt in range(1, MOST_ATTEMPTS + 1):
        drain_outbox()
        started.refresh_from_db()
        assert (started.status == RoundStatus.FAILED) == (attempt == MOST_ATTEMPTS)

    assert started.error == "The round could not be run; we have been told."
    assert RoundJobService.request(actor=an_admin()).status == RoundStatus.QUEUED


@pytest.fixture
def dead_round(no_matcher: None, drain_outbox: Drain) -> MatchRound:
    """It failed five times, and what it failed of is mended by now."""
    skill = python()
    learner = seeking({skill: 3})
    offering({skill: 3})
    Profile.objects.filter(user=learner).update(time_zone="Nowhere/Nope")
    started = RoundJobService.request(actor=an_admin())
    for _ in range(MOST_ATTEMPTS):
        drain_outbox()
    Profile.objects.filter(user=learner).update(time_zone="UTC")
    started.refresh_from_db()
    return started


def test_replayed_round_runs(dead_round: MatchRound, drain_outbox: Drain) -> None:
    assert replay(decided_by="test").count == 1
    dead_round.refresh_from_db()
    assert (dead_round.status, dead_round.error) == (RoundStatus.QUEUED, "")

    drain_outbox()

    dead_round.refresh_from_db()
    assert dead_round.status == RoundStatus.PROPOSED


@pytest.mark.parametrize("is_over", [True, False])
def test_round_that_a_later_one_overtook_is_not_replayed(
    dead_round: MatchRound, drain_outbox: Drain, *, is_over: bool
) -> None:
    RoundJobService.request(actor=an_admin())
    if is_over:
        drain_outbox()

    decided = replay(decided_by="test")

    assert decided.count == 0
    (why,) = decided.refused.values()
    assert "later round" in why
    dead_round.refresh_from_db()
    assert dead_round.status == RoundStatus.FAILED


def test_round_that_has_not_ended_just_gets_its_attempts(no_matcher: None, drain_outbox: Drain) -> None:
    started = RoundJobService.request(actor=an_admin())
    OutboxMessage.objects.filter(topic="matches.run_round").update(dead_at=timezone.now(), attempts=MOST_ATTEMPTS)
    assert replay(decided_by="test").count == 1
    drain_outbox()
    started.refresh_from_db()
    assert started.status == RoundStatus.PROPOSED


def test_round_that_cannot_run_again_says_why() -> None:
    with pytest.raises(ReplayRefusedError, match="was deleted"):
        RoundJobService.open_again(round_id=new_id())
    with pytest.raises(ReplayRefusedError, match="has run already"):
        RoundJobService.open_again(round_id=round_after("running", "proposed").pk)
    with pytest.raises(ReplayRefusedError, match="was cancelled"):
        RoundJobService.open_again(round_id=round_after("running", "cancelled").pk)


def test_of_two_failed_rounds_one_is_opened_again() -> None:
    first, second = round_after("running", "failed"), round_after("running", "failed")
    RoundJobService.open_again(round_id=first.pk)
    with pytest.raises(ReplayRefusedError, match="another round waits already"):
        RoundJobService.open_again(round_id=second.pk)
