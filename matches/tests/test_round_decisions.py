"""What is made of a round's answer: over HTTP, against what holds when it is applied."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from matches.models import MatchRound, MentorMatch
from matches.services import MatchService, RoundJobService
from matches.services.rounds import request_of_round
from matches.tests.factories import MatchFactory, MatchRoundFactory, offering, proposed_round, python, seeking
from notifications.models import Notification
from skillbridge_backend.core.access import acting_as
from users.enums import Role
from users.models import AuditEntry, LeaveWindow, Profile, User
from users.tests.clocks import elsewhere
from users.tests.factories import RefreshTokenFamilyFactory, UserFactory
from users.tokens import issue_access_token

pytestmark = pytest.mark.django_db


class Deciding:
    """Somebody with a recent proof, and the rounds' routes."""

    def __init__(self, role: Role) -> None:
        self.person: User = UserFactory(role=role)
        self.family = RefreshTokenFamilyFactory(user=self.person, proved_at=timezone.now())
        self.client = APIClient(raise_request_exception=False)
        token = issue_access_token(self.person, family_id=self.family.pk)
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")

    def post(self, found: MatchRound, step: str, body: dict[str, Any] | None = None, *, if_match: str = "") -> Any:
        headers = {"If-Match": if_match} if if_match else {}
        response = self.client.post(f"/api/v1/match-rounds/{found.pk}/{step}/", body or {}, headers=headers)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('role', 'none', true), set_config('request.jwt.claims', '', true)")
        return response


@pytest.fixture
def admin() -> Deciding:
    return Deciding(Role.ADMIN)


@pytest.fixture
def moderator() -> Deciding:
    return Deciding(Role.MODERATOR)


def pairs(count: int) -> list[tuple[User, User]]:
    """Learners and mentors who know the same skill and have a place each."""
    skill = python()
    return [(seeking({skill: 3}), offering({skill: 3}, mentoring_capacity=1)) for _ in range(count)]


def assigned(found: MatchRound) -> list[tuple[str, str]]:
    return [(pair["learner"], pair["mentor"]) for pair in found.result["assignments"]]


def told(person: User) -> list[str]:
    return list(Notification.objects.filter(recipient=person).order_by("pk").values_list("kind", flat=True))


def test_learner_hears_of_a_proposal_and_the_mentor_only_when_asked(admin: Deciding, drain_outbox: Any) -> None:
    learner, mentor = pairs(1)[0]
    admin.post(proposed_round(), "apply")
    assert (told(learner), told(mentor)) == (["match_proposed"], [])
    drain_outbox()
    assert [sent.subject for sent in mail.outbox if learner.email in sent.to] == ["We found a mentor for you"]
    with acting_as(learner.pk):
        MatchService.request(actor=learner, mentor_id=mentor.pk)
    assert (told(learner), told(mentor)) == (["match_proposed"], ["match_requested"])


def test_applied_round_proposes_each_pair_and_says_so(admin: Deciding) -> None:
    pairs(2)
    found = proposed_round()

    answer = admin.post(found, "apply")

    assert (answer.status_code, answer.json()["status"]) == (200, "applied")
    assert answer.json()["outcome"] == {"proposed": 2, "left_out": []}
    proposals = list(MentorMatch.objects.filter(round=found))
    assert {(str(match.learner_id), str(match.mentor_id)) for match in proposals} == set(assigned(found))
    pair = next(one for one in found.result["assignments"] if one["learner"] == str(proposals[0].learner_id))
    assert (proposals[0].status, proposals[0].score) == ("proposed", pair["score"])
    assert proposals[0].components == pair["components"]
    assert proposals[0].matcher["input_hash"] == found.input_hash
    assert proposals[0].expires_at is not None
    assert timedelta(days=13, hours=23) < proposals[0].expires_at - timezone.now() <= timedelta(days=14)


def obstruct(kind: str, learner: User, mentor: User) -> None:
    """What may happen between a round's answer and its application."""
    theirs, offered = Profile.objects.filter(user=learner), Profile.objects.filter(user=mentor)
    today = timezone.now().date()
    changes: dict[str, Callable[[], Any]] = {
        "seeks no more": lambda: theirs.update(is_seeking_mentoring=False),
        "learner gone": lambda: User.objects.filter(pk=learner.pk).update(is_active=False),
        "offers no more": lambda: offered.update(is_offering_mentoring=False),
        "mentor gone": lambda: User.objects.filter(pk=mentor.pk).update(is_active=False),
        "no mentor now": lambda: User.objects.filter(pk=mentor.pk).update(role=Role.LEARNER),
        "on leave": lambda: LeaveWindow.objects.create(profile=offered.get(), starts_on=today, ends_on=today),
        "place taken": lambda: MatchFactory.in_state("active", mentor=mentor),
        "no place": lambda: offered.update(mentoring_capacity=0),
        "met": lambda: MatchFactory(learner=learner, mentor=mentor),
        "has another": lambda: MatchFactory.in_state("accepted", learner=learner),
        "declined": lambda: MatchFactory.in_state("declined", learner=learner, mentor=mentor),
    }
    changes[kind]()


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("seeks no more", "learner_not_seeking"),
        ("learner gone", "learner_not_seeking"),
        ("offers no more", "mentor_not_offering"),
        ("mentor gone", "mentor_not_offering"),
        ("no mentor now", "mentor_not_offering"),
        ("on leave", "mentor_on_leave"),
        ("place taken", "mentor_full"),
        ("no place", "mentor_full"),
        ("met", "learner_has_somebody"),
        ("has another", "learner_has_somebody"),
        ("declined", "refused_of_late"),
    ],
)
def test_pair_that_does_not_hold_any_more_is_left_out_with_the_reason(admin: Deciding, kind: str, reason: str) -> None:
    pairs(2)
    found = proposed_round()
    learner, mentor = assigned(found)[0]
    obstruct(kind, User.objects.get(pk=learner), User.objects.get(pk=mentor))

    outcome = admin.post(found, "apply").json()["outcome"]

    assert outcome == {"proposed": 1, "left_out": [{"learner": learner, "mentor": mentor, "reason": reason}]}
    assert [str(match.learner_id) for match in MentorMatch.objects.filter(round=found)] == [assigned(found)[1][0]]


@pytest.mark.parametrize(("is_their_day", "proposed"), [(True, 0), (False, 1)])
def test_leave_is_by_the_mentors_own_calendar(admin: Deciding, *, is_their_day: bool, proposed: int) -> None:
    _, mentor = pairs(1)[0]
    found = proposed_round()
    now = timezone.now()
    zone, their_day = elsewhere(now)
    Profile.objects.filter(user=mentor).update(time_zone=zone)
    day = their_day if is_their_day else now.date()
    LeaveWindow.objects.create(profile=mentor.profile, starts_on=day, ends_on=day)

    assert admin.post(found, "apply").json()["outcome"]["proposed"] == proposed


def test_of_a_mentors_assignments_the_best_stay_when_places_are_fewer(admin: Deciding) -> None:
    skill = python()
    mentor = offering({skill: 5}, mentoring_capacity=2, languages=["en", "de"])
    best = seeking({skill: 5}, languages=["en"])
    second = seeking({skill: 5}, languages=["fr", "de"])
    found = proposed_round()
    scores = {pair["learner"]: pair["score"] for pair in found.result["assignments"]}
    assert scores[str(best.pk)] > scores[str(second.pk)]
    Profile.objects.filter(user=mentor).update(mentoring_capacity=1)

    outcome = admin.post(found, "apply").json()["outcome"]

    assert [(one["learner"], one["reason"]) for one in outcome["left_out"]] == [(str(second.pk), "mentor_full")]


def test_round_is_applied_to_some_or_without_some(admin: Deciding) -> None:
    pairs(3)
    found = proposed_round()
    first, second, third = (learner for learner, _ in assigned(found))

    outcome = admin.post(found, "apply", {"learners": [first, second], "without": [second]}).json()["outcome"]

    assert outcome["proposed"] == 1
    assert {(one["learner"], one["reason"]) for one in outcome["left_out"]} == {
        (second, "not_chosen"), (third, "not_chosen")
    }  # fmt: skip
    # A repeat is harmless, and no way to change one's mind.
    assert admin.post(found, "apply", {"learners": [first]}).json()["outcome"] == outcome
    refused = admin.post(found, "apply")
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")
    assert MentorMatch.objects.filter(round=found).count() == 1


@pytest.mark.parametrize("field", ["learners", "without"])
def test_stranger_to_the_round_is_named(admin: Deciding, field: str) -> None:
    pairs(1)
    found = proposed_round()
    refused = admin.post(found, "apply", {field: [str(admin.person.pk)]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, field)
    found.refresh_from_db()
    assert found.status == "proposed"


def test_moderator_looks_and_admin_decides(admin: Deciding, moderator: Deciding) -> None:
    pairs(1)
    found = proposed_round()
    for step in ("apply", "discard", "undo"):
        refused = moderator.post(found, step)
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied"), step
    reviewed = moderator.post(found, "review")
    assert (reviewed.status_code, reviewed.json()["status"]) == (200, "reviewed")
    assert moderator.post(found, "review")["ETag"] == reviewed["ETag"]
    assert admin.post(found, "apply").json()["status"] == "applied"


def test_database_lets_nobody_apply_by_hand_and_no_moderator_at_all(admin: Deciding, moderator: Deciding) -> None:
    found = proposed_round()
    with acting_as(admin.person.pk, user_role="admin"), connection.cursor() as cursor:
        for status in ("applied", "undone", "queued"):
            with pytest.raises(Exception, match=r"row-level security|cannot go"), transaction.atomic():
                cursor.execute("UPDATE matches_matchround SET status = %s WHERE id = %s", [status, found.pk])
    with acting_as(moderator.person.pk, user_role="admin"), connection.cursor() as cursor:
        with pytest.raises(Exception, match="only admins apply and undo rounds"), transaction.atomic():
            cursor.execute("SELECT private.matches_apply_round(%s, '{}', now(), now())", [found.pk])
        with pytest.raises(Exception, match="row-level security"), transaction.atomic():
            cursor.execute("UPDATE matches_matchround SET status = 'discarded' WHERE id = %s", [found.pk])
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            cursor.execute("UPDATE matches_matchround SET applied_at = now() WHERE id = %s", [found.pk])


@pytest.mark.parametrize("step", ["apply", "undo"])
def test_what_changes_other_peoples_matches_needs_a_recent_proof(admin: Deciding, step: str) -> None:
    found = proposed_round()
    admin.family.proved_at = timezone.now() - timedelta(hours=1)
    admin.family.save()
    refused = admin.post(found, step)
    assert (refused.status_code, refused.json()["code"]) == (403, "step_up_required")


@pytest.mark.parametrize("step", ["review", "apply", "discard"])
def test_decision_about_another_version_is_refused(admin: Deciding, step: str) -> None:
    found = proposed_round()
    refused = admin.post(found, step, if_match='W/"1"')
    assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed")
    assert admin.post(found, step, if_match=refused["ETag"]).status_code == 200


def test_steps_that_lead_nowhere_are_refused_with_the_state(admin: Deciding) -> None:
    queued = MatchRoundFactory()
    for step in ("review", "apply", "discard", "undo"):
        refused = admin.post(queued, step)
        assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition"), step
        assert "is queued" in refused.json()["detail"]
    assert admin.post(queued, "cancel").json()["status"] == "cancelled"
    assert admin.post(queued, "cancel").status_code == 200
    found = proposed_round()
    for step in ("discard", "discard"):
        assert admin.post(found, step).json()["status"] == "discarded"
    for step in ("cancel", "review", "apply", "undo"):
        assert admin.post(found, step).status_code == 409, step


def test_illegal_step_is_refused_to_a_function_of_the_database_too(admin: Deciding) -> None:
    queued = MatchRoundFactory()
    with acting_as(admin.person.pk, user_role="admin"), connection.cursor() as cursor:
        for call in ("matches_apply_round(%s, '{}', now(), now())", "matches_undo_round(%s)"):
            with pytest.raises(IntegrityError, match="only a round that is"), transaction.atomic():
                cursor.execute(f"SELECT private.{call}", [queued.pk])


def test_undone_round_withdraws_its_proposals_and_leaves_no_refusal_behind(admin: Deciding) -> None:
    learner, mentor = pairs(1)[0]
    found = proposed_round()
    admin.post(found, "apply")

    undone = admin.post(found, "undo")

    assert (undone.status_code, undone.json()["status"]) == (200, "undone")
    assert admin.post(found, "undo").status_code == 200
    withdrawn = MentorMatch.objects.get(round=found)
    assert (withdrawn.status, withdrawn.end_reason) == ("cancelled", "The round was undone.")
    assert told(learner) == ["match_proposed", "match_withdrawn"]
    assert told(mentor) == []
    again = proposed_round()
    assert assigned(again) == [(str(learner.pk), str(mentor.pk))]
    assert admin.post(again, "apply").json()["outcome"] == {"proposed": 1, "left_out": []}


def test_proposal_that_was_turned_down_stands_in_no_way_and_stays_refused(admin: Deciding) -> None:
    learner, mentor = pairs(1)[0]
    found, late = proposed_round(), proposed_round()
    admin.post(found, "apply")
    match = MentorMatch.objects.get(round=found)
    with acting_as(learner.pk):
        MatchService.cancel(actor=learner, match_id=match.pk)

    assert admin.post(found, "undo").json()["status"] == "undone"

    assert (
        f'{{"learner":"{learner.pk}","mentor":"{mentor.pk}"}}'
        in request_of_round(MatchRound(), timezone.now()).decode()
    )
    assert admin.post(late, "apply").json()["outcome"]["left_out"][0]["reason"] == "refused_of_late"


def test_round_that_learners_took_up_stands(admin: Deciding) -> None:
    pairs(3)
    found = proposed_round()
    admin.post(found, "apply")
    for match in MentorMatch.objects.filter(round=found)[:2]:
        with acting_as(match.learner_id):
            MatchService.request(actor=match.learner, mentor_id=match.mentor_id)

    refused = admin.post(found, "undo")

    assert (refused.status_code, refused.json()["code"], refused.json()["asked_for"]) == (409, "round_asked_for", 2)
    assert sorted(MentorMatch.objects.filter(round=found).values_list("status", flat=True)) == [
        "proposed", "requested", "requested"
    ]  # fmt: skip


def test_trail_knows_who_decided(admin: Deciding, moderator: Deciding) -> None:
    pairs(1)
    found = proposed_round()
    moderator.post(found, "review")
    admin.post(found, "apply")
    admin.post(found, "undo")
    entries = AuditEntry.objects.filter(table_name="matches_matchround", row_id=str(found.pk), action="updated")
    changes = [(entry.actor_id, entry.after or {}) for entry in entries.order_by("id")]
    told = [(actor, after["status"]) for actor, after in changes if "status" in after]
    assert told[-3:] == [
        (moderator.person.pk, "reviewed"), (admin.person.pk, "applied"), (admin.person.pk, "undone")
    ]  # fmt: skip
    assert not any({"result", "outcome", "heartbeat_at"} & after.keys() for _, after in changes)


def test_worker_of_the_release_before_still_ends_a_round() -> None:
    started = RoundJobService.request(actor=UserFactory(role=Role.ADMIN))
    RoundJobService.begin(round_id=started.pk)
    MatchRound.objects.filter(pk=started.pk).update(status="succeeded", finished_at=timezone.now())
    started.refresh_from_db()
    assert (started.status, started.applied_at) == ("applied", started.finished_at)
