"""Who keeps whom away: neither direction is matched, suggested or asked, and nobody is told."""

from typing import Any

import orjson
import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from matches.enums import BlockKind
from matches.models import Block, MentorMatch
from matches.services import BlockService, MatchService, RoundService
from matches.services.rounds import request_of_round
from matches.tests.factories import (
    BlockFactory,
    MatchFactory,
    MatchRoundFactory,
    offering,
    proposed_round,
    python,
    seeking,
)
from matches.tests.test_candidates import chosen, ids
from skillbridge_backend.core.access import acting_as
from skillbridge_backend.core.ids import new_id
from users.enums import Role
from users.models import LeaveWindow, User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/matches/blocks/"
DIRECTIONS = pytest.mark.parametrize("is_learners", [True, False])


def a_pair() -> tuple[User, User]:
    """Who would be matched."""
    skill = python()
    return seeking({skill: 3}), offering({skill: 3})


def kept_apart(learner: User, mentor: User, *, is_learners: bool) -> Block:
    """By the one of the two whose block it is."""
    owner, person = (learner, mentor) if is_learners else (mentor, learner)
    made: Block = BlockFactory(owner=owner, person=person)
    return made


def test_one_keeps_somebody_away_and_lets_them_come_again(api_as: Any) -> None:
    me, other = UserFactory(), UserFactory()
    mine = api_as(me)
    made = mine.post(URL, {"person": str(other.pk), "kind": "conflict", "note": "We work together."})
    assert (made.status_code, made.json()["kind"], made.json()["note"]) == (201, "conflict", "We work together.")
    assert made.json()["person"] == {
        "id": str(other.pk), "handle": other.handle, "display_name": other.display_name
    }  # fmt: skip
    assert [one["id"] for one in mine.get(URL).json()["results"]] == [made.json()["id"]]
    assert mine.post(URL, {"person": str(other.pk)}).json()["code"] == "already_blocked"

    assert api_as(other).get(URL).json()["results"] == []
    assert api_as(other).delete(f"{URL}{made.json()['id']}/").status_code == 404
    assert mine.delete(f"{URL}{made.json()['id']}/").status_code == 204
    assert not Block.objects.exists()


@pytest.mark.parametrize("whom", ["oneself", "nobody", "who left"])
def test_who_cannot_be_kept_away(whom: str, api_as: Any) -> None:
    me = UserFactory()
    person = {"oneself": me.pk, "nobody": new_id(), "who left": UserFactory(is_active=False).pk}[whom]
    assert api_as(me).post(URL, {"person": str(person)}).status_code == (400 if whom == "oneself" else 404)


def test_nobody_keeps_more_away_than_a_round_can_be_told(api_as: Any) -> None:
    me = UserFactory()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Block.objects.bulk_create(Block(owner=me, person_id=new_id()) for _ in range(500))
        cursor.execute("SET LOCAL session_replication_role = origin")
    refused = api_as(me).post(URL, {"person": str(UserFactory().pk)})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_blocks")
    Block.objects.all().delete()


@DIRECTIONS
def test_they_are_in_no_suggestion(*, is_learners: bool) -> None:
    learner, mentor = a_pair()
    assert ids(chosen(learner, {"python": 3})) == [mentor.pk]
    block = kept_apart(learner, mentor, is_learners=is_learners)
    assert ids(chosen(learner, {"python": 3})) == []
    assert ids(chosen(seeking({python(): 3}), {"python": 3})) == [mentor.pk]
    block.delete()
    assert ids(chosen(learner, {"python": 3})) == [mentor.pk]


@DIRECTIONS
def test_they_are_out_in_a_round(*, is_learners: bool) -> None:
    learner, mentor = a_pair()
    kept_apart(learner, mentor, is_learners=is_learners)
    request = orjson.loads(request_of_round(MatchRoundFactory(), timezone.now()))
    assert request["constraints"]["forbidden"] == [{"learner": str(learner.pk), "mentor": str(mentor.pk)}]


@DIRECTIONS
def test_round_that_was_solved_before_proposes_them_no_more(*, is_learners: bool) -> None:
    learner, mentor = a_pair()
    found, admin = proposed_round(), UserFactory(role=Role.ADMIN)
    assert [one["learner"] for one in found.result["assignments"]] == [str(learner.pk)]
    kept_apart(learner, mentor, is_learners=is_learners)

    with acting_as(admin.pk, user_role=admin.role):
        RoundService.apply(actor=admin, round_id=found.pk)

    found.refresh_from_db()
    assert found.outcome == {
        "proposed": 0,
        "left_out": [{"learner": str(learner.pk), "mentor": str(mentor.pk), "reason": "refused_of_late"}],
    }


@DIRECTIONS
@pytest.mark.parametrize("is_proposed", [True, False])
def test_asking_is_answered_as_by_a_mentor_who_is_away(api_as: Any, *, is_learners: bool, is_proposed: bool) -> None:
    learner, mentor = a_pair()
    away = offering({python(): 3})
    today = timezone.now().date()
    LeaveWindow.objects.create(profile=away.profile, starts_on=today, ends_on=today)
    if is_proposed:
        MatchFactory.in_state("proposed", learner=learner, mentor=mentor)
    kept_apart(learner, mentor, is_learners=is_learners)
    client = api_as(learner)

    answers = [client.post("/api/v1/matches/", {"mentor": str(one.pk)}) for one in (mentor, away)]

    told = [{name: value for name, value in one.json().items() if name != "request_id"} for one in answers]
    assert told[0] == told[1]
    assert (answers[0].status_code, told[0]["code"]) == (409, "mentor_unavailable")
    assert not MentorMatch.objects.filter(status="requested").exists()


@DIRECTIONS
def test_no_writer_asks_for_them_and_what_is_open_stays(*, is_learners: bool) -> None:
    learner, mentor = a_pair()
    waiting = MatchFactory(learner=learner, mentor=mentor)
    kept_apart(learner, mentor, is_learners=is_learners)
    MatchService.ask_info(actor=mentor, match_id=waiting.pk, question="What for?")
    MatchService.answer_info(actor=learner, match_id=waiting.pk, answer="For work.")
    MatchService.decline(actor=mentor, match_id=waiting.pk)

    with pytest.raises(IntegrityError, match="all places are taken"), transaction.atomic():
        MatchFactory(learner=learner, mentor=mentor)
    proposal = MatchFactory.in_state("proposed", learner=learner, mentor=mentor)
    now = timezone.now()
    with pytest.raises(IntegrityError, match="all places are taken"), transaction.atomic():
        MentorMatch.objects.filter(pk=proposal.pk).update(status="requested", requested_at=now)


def test_block_tells_what_it_is() -> None:
    me, other = UserFactory(), UserFactory()
    made = BlockService.add(actor=me, person=other.pk, kind=BlockKind.CONFLICT)
    assert str(made) == f"{me.pk} keeps {other.pk} away"
