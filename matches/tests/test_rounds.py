"""Rounds and the expiry of requests: real tasks, from the outbox row to the effect."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.contrib.admin.sites import site
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from matches import solver
from matches.enums import MatchStatus, RoundStatus
from matches.models import MatchRound, MentorMatch
from matches.services import MatchingService
from matches.services.rounds import RoundAnswer
from matches.tests.factories import MatchFactory, MatchRoundFactory, offering, python, seeking
from matches.tests.far_side import FarSide
from skillbridge_backend.core.dead_letters import ReplayRefusedError, replay
from skillbridge_backend.core.errors import NotFound, PermissionDenied
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.models import OutboxMessage
from skillbridge_backend.core.outbox import MOST_ATTEMPTS, publish
from users.enums import Role
from users.models import Profile, User
from users.tests.factories import UserFactory

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


def test_round_assigns_and_proposes(no_matcher: None, api_as: Any, drain_outbox: Drain) -> None:
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
    assert (done["status"], done["solver"], done["is_fallback"]) == ("succeeded", "python/scipy", True)
    assert len(done["input_hash"]) == 64
    assert done["objective"] == sum(one["score"] for one in done["result"]["assignments"])
    assert set(done["result"]["alternates"]) == {str(learner.pk) for learner in learners}
    proposals = MentorMatch.objects.filter(status=MatchStatus.PROPOSED)
    assert {(match.learner_id, match.mentor_id) for match in proposals} == {
        (learner.pk, mentor.pk) for learner, mentor in zip(learners, mentors, strict=True)
    }
    assert client.get("/api/v1/match-rounds/").json()["results"][0]["id"] == done["id"]


def test_round_does_not_repeat_a_refusal(no_matcher: None, drain_outbox: Drain) -> None:
    skill = python()
    learner, mentor = seeking({skill: 3}), offering({skill: 3})
    MatchFactory.in_state("declined", learner=learner, mentor=mentor)
    started = MatchingService.request_round(actor=an_admin())
    drain_outbox()
    started.refresh_from_db()
    assert started.status == RoundStatus.SUCCEEDED
    assert started.result["unmatched"] == [
        {"learner": str(learner.pk), "reason": "no_feasible_mentor", "counterfactual": None}
    ]
    assert not MentorMatch.objects.filter(status=MatchStatus.PROPOSED).exists()


def test_pair_that_met_meanwhile_is_left_alone(no_matcher: None) -> None:
    skill = python()
    learner, mentor = seeking({skill: 3}), offering({skill: 3})
    started = MatchingService.request_round(actor=an_admin())
    answer = MatchingService.solve_round(request=MatchingService.begin_round(round_id=started.pk))
    match = MatchFactory(learner=learner, mentor=mentor)
    MatchingService.finish_round(round_id=started.pk, answer=answer)
    assert list(MentorMatch.objects.values_list("pk", "status")) == [(match.pk, "requested")]


def test_round_too_large_for_the_builtin_solver_says_so(no_matcher: None) -> None:
    request = orjson.dumps({"learners": [{"id": str(number)} for number in range(7200)], "mentors": []})
    answer = MatchingService.solve_round(request=request)
    assert answer.solved is None
    assert "matcher is away" in answer.error


def test_failed_round_keeps_its_error() -> None:
    started = MatchingService.request_round(actor=an_admin())
    MatchingService.finish_round(round_id=started.pk, answer=RoundAnswer(None, "too large"))
    started.refresh_from_db()
    assert (started.status, started.error) == ("failed", "too large")


def test_unknown_round_is_not_found() -> None:
    with pytest.raises(NotFound):
        MatchingService.begin_round(round_id=new_id())


def test_learner_starts_no_round() -> None:
    with pytest.raises(PermissionDenied):
        MatchingService.request_round(actor=seeking({}))


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


def test_admin_starts_one_round_and_is_told_why_not_two() -> None:
    request = admin_request(an_admin())
    rounds = site._registry[MatchRound]
    for _ in range(2):
        rounds.start_round(request, MatchRound.objects.none())  # type: ignore[attr-defined]
    assert said(request) == ["The round is queued.", "A round is waiting to run."]
    assert MatchRound.objects.count() == 1


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
    started = MatchingService.request_round(actor=an_admin())

    for attempt in range(1, MOST_ATTEMPTS + 1):
        drain_outbox()
        started.refresh_from_db()
        assert (started.status == RoundStatus.FAILED) == (attempt == MOST_ATTEMPTS)

    assert started.error == "The round could not be run; we have been told."
    assert MatchingService.request_round(actor=an_admin()).status == RoundStatus.QUEUED


@pytest.fixture
def dead_round(no_matcher: None, drain_outbox: Drain) -> MatchRound:
    """It failed five times, and what it failed of is mended by now."""
    skill = python()
    learner = seeking({skill: 3})
    offering({skill: 3})
    Profile.objects.filter(user=learner).update(time_zone="Nowhere/Nope")
    started = MatchingService.request_round(actor=an_admin())
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
    assert dead_round.status == RoundStatus.SUCCEEDED
    assert MentorMatch.objects.get().round == dead_round


@pytest.mark.parametrize("is_over", [True, False])
def test_round_that_a_later_one_overtook_is_not_replayed(
    dead_round: MatchRound, drain_outbox: Drain, *, is_over: bool
) -> None:
    MatchingService.request_round(actor=an_admin())
    if is_over:
        drain_outbox()

    decided = replay(decided_by="test")

    assert decided.count == 0
    (why,) = decided.refused.values()
    assert "later round" in why
    dead_round.refresh_from_db()
    assert dead_round.status == RoundStatus.FAILED


def test_round_that_has_not_ended_just_gets_its_attempts(no_matcher: None, drain_outbox: Drain) -> None:
    started = MatchingService.request_round(actor=an_admin())
    OutboxMessage.objects.filter(topic="matches.run_round").update(dead_at=timezone.now(), attempts=MOST_ATTEMPTS)
    assert replay(decided_by="test").count == 1
    drain_outbox()
    started.refresh_from_db()
    assert started.status == RoundStatus.SUCCEEDED


def ended(status: str) -> MatchRound:
    found: MatchRound = MatchRoundFactory()
    MatchRound.objects.filter(pk=found.pk).update(status="running")
    MatchRound.objects.filter(pk=found.pk).update(status=status, finished_at=timezone.now())
    return found


def test_round_that_cannot_run_again_says_why() -> None:
    with pytest.raises(ReplayRefusedError, match="was deleted"):
        MatchingService.open_round_again(round_id=new_id())
    with pytest.raises(ReplayRefusedError, match="has run already"):
        MatchingService.open_round_again(round_id=ended("succeeded").pk)


def test_of_two_failed_rounds_one_is_opened_again() -> None:
    first, second = ended("failed"), ended("failed")
    MatchingService.open_round_again(round_id=first.pk)
    with pytest.raises(ReplayRefusedError, match="another round waits already"):
        MatchingService.open_round_again(round_id=second.pk)
