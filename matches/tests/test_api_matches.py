"""From the request to the review, over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from badges.models import PointsEntry
from matches.exceptions import MentorUnavailable
from matches.models import Conversation, MentorMatch, MentorStanding, Message, Review
from matches.services import MatchingService
from matches.tests.factories import MatchFactory, a_message, offering, python, seeking
from notifications.models import Notification
from users.models import LeaveWindow, MentorListing, Profile, User
from users.tests.factories import MentorFactory

pytestmark = pytest.mark.django_db
MATCHES = "/api/v1/matches/"
CONVERSATIONS = "/api/v1/conversations/"
ApiAs = Callable[[User], Any]


def step(client: Any, match: MentorMatch | str, name: str, **body: Any) -> Any:
    return client.post(f"{MATCHES}{getattr(match, 'pk', match)}/{name}/", body)


def told(person: User) -> list[str]:
    return list(Notification.objects.filter(recipient=person).order_by("id").values_list("kind", flat=True))


def booked(person: User) -> list[str]:
    return sorted(PointsEntry.objects.filter(user=person).values_list("metric", flat=True))


def code_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json().get("code", "")


def test_whole_way_from_request_to_reviews(api_as: ApiAs) -> None:
    skill = python()
    learner, mentor = seeking({skill: 4}), offering({skill: 5})
    mine, theirs = api_as(learner), api_as(mentor)

    asked = mine.post(MATCHES, {"mentor": str(mentor.pk), "message": "Please"})
    assert asked.status_code == 201, asked.content
    match = asked.json()["id"]
    assert asked["Location"] == f"{MATCHES}{match}/"
    assert asked.json()["status"] == "requested"
    assert sum(part["points"] for part in asked.json()["components"].values()) == asked.json()["score"] > 4000
    assert told(mentor) == ["match_requested"]

    question = step(theirs, match, "ask-info", question="How much time do you have?")
    assert (question.status_code, question.json()["status"]) == (200, "info_requested")
    assert told(learner) == ["match_info_requested", "message_received"]
    conversation = question.json()["conversation"]

    answered = step(mine, match, "answer-info", answer="Six hours a week.")
    assert answered.json()["status"] == "requested"
    accepted = step(theirs, match, "accept", answer="Welcome")
    assert (accepted.json()["status"], accepted.json()["answer"]) == ("accepted", "Welcome")
    assert "match_accepted" in told(learner)
    assert MentorStanding.objects.get(mentor=mentor).places_taken == 1
    assert booked(learner) == []

    written = mine.post(f"{CONVERSATIONS}{conversation}/messages/", a_message(body="Thank you"))
    assert (written.status_code, written.json()["seq"]) == (201, 3)
    assert mine.get(f"{MATCHES}{match}/").json()["status"] == "active"
    assert booked(learner) == ["mentorships_started"]
    assert booked(mentor) == ["learners_mentored", "mentorships_started"]

    assert step(mine, match, "pause").json()["status"] == "paused"
    assert step(theirs, match, "resume").json()["status"] == "active"
    assert step(theirs, match, "complete").json()["status"] == "completed"
    assert booked(learner) == ["mentorships_completed", "mentorships_started"]
    assert MentorStanding.objects.get(mentor=mentor).places_taken == 0

    reviews = f"{MATCHES}{match}/reviews/"
    first = mine.post(reviews, {"rating": 5, "text": "Patient"})
    assert first.status_code == 201, first.content
    assert theirs.get(reviews).json()["results"] == []
    assert theirs.post(reviews, {"rating": 4}).status_code == 201
    assert {row["rating"] for row in theirs.get(reviews).json()["results"]} == {4, 5}
    assert {row["subject"] for row in mine.get(reviews).json()["results"]} == {str(learner.pk), str(mentor.pk)}


def test_request_of_a_pair_with_nothing_in_common_has_no_score(api_as: ApiAs) -> None:
    learner, mentor = seeking({python(): 4}), MentorFactory().user
    asked = api_as(learner).post(MATCHES, {"mentor": str(mentor.pk)})
    assert (asked.status_code, asked.json()["score"], asked.json()["components"]) == (201, None, {})
    assert MentorMatch.objects.get().matcher["absent_because"] == "no_shared_skill"


def test_request_makes_a_proposal_of_the_pair_real(api_as: ApiAs) -> None:
    proposal = MatchFactory.in_state("proposed", learner=seeking({python(): 4}))
    assert api_as(proposal.mentor).get(f"{MATCHES}{proposal.pk}/").status_code == 404
    asked = api_as(proposal.learner).post(MATCHES, {"mentor": str(proposal.mentor_id)})
    assert (asked.status_code, asked.json()["id"], asked.json()["status"]) == (201, str(proposal.pk), "requested")
    assert told(proposal.mentor) == ["match_requested"]
    assert api_as(proposal.mentor).get(f"{MATCHES}{proposal.pk}/").status_code == 200


def full_mentor() -> User:
    mentor: User = MentorFactory(mentoring_capacity=1).user
    MatchFactory.in_state("active", mentor=mentor)
    return mentor


def absent_mentor() -> User:
    profile = MentorFactory()
    today = timezone.now().date()
    LeaveWindow.objects.create(profile=profile, starts_on=today, ends_on=today)
    mentor: User = profile.user
    return mentor


@pytest.mark.parametrize("mentor", [full_mentor, absent_mentor])
def test_request_to_a_mentor_without_a_place_is_refused(mentor: Callable[[], User], api_as: ApiAs) -> None:
    response = api_as(seeking({python(): 4})).post(MATCHES, {"mentor": str(mentor().pk)})
    assert code_of(response) == (409, "mentor_unavailable")


def test_request_to_somebody_who_is_no_mentor_finds_nobody(api_as: ApiAs) -> None:
    response = api_as(seeking({python(): 4})).post(MATCHES, {"mentor": str(seeking({}).pk)})
    assert code_of(response) == (404, "not_found")


def test_request_to_oneself_names_the_field(api_as: ApiAs) -> None:
    mentor = offering({python(): 3})
    response = api_as(mentor).post(MATCHES, {"mentor": str(mentor.pk)})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "mentor")


def test_second_request_to_the_same_mentor_is_refused(api_as: ApiAs) -> None:
    match = MatchFactory(learner=seeking({python(): 4}))
    response = api_as(match.learner).post(MATCHES, {"mentor": str(match.mentor_id)})
    assert code_of(response) == (409, "match_already_open")


def test_sixth_undecided_request_is_refused(api_as: ApiAs) -> None:
    learner = seeking({python(): 4})
    MatchFactory.create_batch(5, learner=learner)
    response = api_as(learner).post(MATCHES, {"mentor": str(MentorFactory().user.pk)})
    assert code_of(response) == (409, "too_many_open_requests")


def test_person_without_profile_cannot_request(api_as: ApiAs) -> None:
    learner = seeking({})
    learner.profile.delete()
    response = api_as(learner).post(MATCHES, {"mentor": str(MentorFactory().user.pk)})
    assert code_of(response) == (409, "profile_incomplete")


def test_same_idempotency_key_makes_one_request(api_as: ApiAs) -> None:
    client, body = api_as(seeking({python(): 4})), {"mentor": str(MentorFactory().user.pk)}
    first, second = (client.post(MATCHES, body, HTTP_IDEMPOTENCY_KEY="one") for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json()["id"] == second.json()["id"]


def test_decline_and_cancel_tell_the_other_side(api_as: ApiAs) -> None:
    declined, cancelled = MatchFactory(), MatchFactory()
    response = step(api_as(declined.mentor), declined, "decline", answer="No time")
    assert (response.json()["status"], response.json()["answer"]) == ("declined", "No time")
    assert told(declined.learner) == ["match_declined"]
    response = step(api_as(cancelled.learner), cancelled, "cancel", reason="Found somebody")
    assert (response.json()["status"], response.json()["end_reason"]) == ("cancelled", "Found somebody")
    assert told(cancelled.mentor) == ["match_requested", "match_cancelled"]


def test_dismissed_proposal_is_nobodys_news(api_as: ApiAs) -> None:
    proposal = MatchFactory.in_state("proposed")
    assert step(api_as(proposal.learner), proposal, "cancel").status_code == 200
    assert told(proposal.mentor) == []


def test_mentorship_ended_early_says_why(api_as: ApiAs) -> None:
    match = MatchFactory.in_state("active")
    assert step(api_as(match.learner), match, "end").status_code == 400
    response = step(api_as(match.learner), match, "end", reason="Moved away")
    assert (response.json()["status"], response.json()["end_reason"]) == ("ended_early", "Moved away")


def test_accepting_beyond_capacity_is_refused_and_changes_nothing(api_as: ApiAs) -> None:
    mentor = MentorFactory(mentoring_capacity=1).user
    match = MatchFactory(mentor=mentor)
    MatchFactory.in_state("accepted", mentor=mentor)
    assert code_of(step(api_as(mentor), match, "accept")) == (409, "mentor_full")
    match.refresh_from_db()
    assert match.status == "requested"


def test_step_that_is_not_possible_says_from_where_it_is(api_as: ApiAs) -> None:
    match = MatchFactory.in_state("declined")
    response = step(api_as(match.mentor), match, "accept")
    assert code_of(response) == (409, "illegal_transition")
    assert "The match is declined" in response.json()["detail"]


def test_list_has_both_sides_and_filters(api_as: ApiAs) -> None:
    person = MentorFactory().user
    asked = MatchFactory(mentor=person)
    asking = MatchFactory.in_state("active", learner=person)
    MatchFactory()
    client = api_as(person)

    def found(**query: str) -> set[str]:
        return {row["id"] for row in client.get(MATCHES, query).json()["results"]}

    assert found() == {str(asked.pk), str(asking.pk)}
    assert found(role="mentor") == {str(asked.pk)}
    assert found(role="learner") == {str(asking.pk)}
    assert found(status="active") == {str(asking.pk)}
    assert client.get(MATCHES, {"status": "nonsense"}).status_code == 400


# --- the chat -------------------------------------------------------------------------------------------------------


def chatting() -> tuple[MentorMatch, str]:
    match = MatchFactory.in_state("active")
    return match, f"{CONVERSATIONS}{match.conversation.pk}/"


def test_messages_come_in_order_and_unread_counts_the_other_sides(api_as: ApiAs) -> None:
    match, url = chatting()
    mine, theirs = api_as(match.learner), api_as(match.mentor)
    for client, body in ((mine, "one"), (theirs, "two"), (theirs, "three")):
        assert client.post(f"{url}messages/", a_message(body=body)).status_code == 201
    page = mine.get(f"{url}messages/", {"after_seq": 1}).json()
    assert [(row["seq"], row["body"]) for row in page["results"]] == [(2, "two"), (3, "three")]
    assert page["last_seq"] == 3
    assert mine.get(url).json()["unread_count"] == 2
    assert mine.post(f"{url}read/", {"seq": 2}).json() == {"seq": 2}
    assert mine.get(CONVERSATIONS).json()["results"][0]["unread_count"] == 1
    assert mine.post(f"{url}read/", {"seq": 1}).json() == {"seq": 2}
    assert mine.post(f"{url}read/", {"seq": 4}).status_code == 400


def test_unread_messages_are_one_notification_until_read(api_as: ApiAs) -> None:
    match, url = chatting()
    mine, theirs = api_as(match.learner), api_as(match.mentor)
    for _ in range(3):
        theirs.post(f"{url}messages/", a_message())
    assert told(match.learner).count("message_received") == 1
    mine.post(f"{url}read/", {"seq": 3})
    theirs.post(f"{url}messages/", a_message())
    assert told(match.learner).count("message_received") == 2


def test_message_sent_again_is_there_once(api_as: ApiAs) -> None:
    match, url = chatting()
    client, body = api_as(match.learner), a_message(body="once")
    first, again = (client.post(f"{url}messages/", body) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Message.objects.count() == 1
    assert code_of(client.post(f"{url}messages/", body | {"body": "other"})) == (409, "client_message_id_reused")


def test_nobody_writes_before_the_mentor_reacts_or_after_the_end(api_as: ApiAs) -> None:
    before = MatchFactory()
    Conversation.objects.create(match=before)
    after = MatchFactory.in_state("completed")
    for match in (before, after):
        response = api_as(match.learner).post(f"{CONVERSATIONS}{match.conversation.pk}/messages/", a_message())
        assert code_of(response) == (409, "chat_closed")


# --- sessions -------------------------------------------------------------------------------------------------------


def in_hours(start: float, end: float) -> dict[str, str]:
    now = timezone.now()
    return {
        "starts_at": (now + timedelta(hours=start)).isoformat(),
        "ends_at": (now + timedelta(hours=end)).isoformat(),
        "location": "https://meet.example.org/room",
    }


def test_session_is_proposed_by_one_and_confirmed_by_the_other(api_as: ApiAs) -> None:
    match = MatchFactory.in_state("accepted")
    mine, theirs = api_as(match.learner), api_as(match.mentor)
    proposed = mine.post(f"{MATCHES}{match.pk}/sessions/", in_hours(1, 2))
    assert (proposed.status_code, proposed.json()["status"]) == (201, "proposed")
    session = f"/api/v1/sessions/{proposed.json()['id']}/"
    assert mine.post(f"{session}confirm/").status_code == 403
    assert theirs.post(f"{session}confirm/").json()["status"] == "confirmed"
    assert code_of(theirs.post(f"{session}confirm/")) == (409, "illegal_transition")
    match.refresh_from_db()
    assert match.status == "active"
    assert [row["status"] for row in mine.get(f"{MATCHES}{match.pk}/sessions/").json()["results"]] == ["confirmed"]
    assert mine.post(f"{session}cancel/").json()["status"] == "cancelled"
    assert code_of(mine.post(f"{session}cancel/")) == (409, "illegal_transition")


def test_nobody_is_in_two_confirmed_sessions_at_once(api_as: ApiAs) -> None:
    mentor = MentorFactory().user
    theirs = api_as(mentor)
    answers = []
    for hours in ((1, 2), (1.5, 3)):
        match = MatchFactory.in_state("active", mentor=mentor)
        proposed = api_as(match.learner).post(f"{MATCHES}{match.pk}/sessions/", in_hours(*hours)).json()
        answers.append(theirs.post(f"/api/v1/sessions/{proposed['id']}/confirm/"))
    assert answers[0].status_code == 200
    assert code_of(answers[1]) == (409, "session_overlaps")


@pytest.mark.parametrize(("hours", "field"), [((-1, 1), "starts_at"), ((2, 1), "ends_at"), ((1, 10), "ends_at")])
def test_session_at_a_wrong_time_names_the_field(hours: tuple[float, float], field: str, api_as: ApiAs) -> None:
    match = MatchFactory.in_state("active")
    response = api_as(match.learner).post(f"{MATCHES}{match.pk}/sessions/", in_hours(*hours))
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, field)


def test_session_of_a_request_is_refused(api_as: ApiAs) -> None:
    match = MatchFactory()
    response = api_as(match.learner).post(f"{MATCHES}{match.pk}/sessions/", in_hours(1, 2))
    assert code_of(response) == (409, "illegal_transition")


# --- reviews --------------------------------------------------------------------------------------------------------


def test_review_before_the_end_twice_or_too_late_is_refused(api_as: ApiAs) -> None:
    running, over = MatchFactory.in_state("active"), MatchFactory.in_state("completed")
    response = api_as(running.learner).post(f"{MATCHES}{running.pk}/reviews/", {"rating": 5})
    assert code_of(response) == (409, "review_not_open")
    client, url = api_as(over.learner), f"{MATCHES}{over.pk}/reviews/"
    assert client.post(url, {"rating": 6}).status_code == 400
    assert client.post(url, {"rating": 5}).status_code == 201
    assert code_of(client.post(url, {"rating": 5})) == (409, "already_reviewed")
    long_ago = timezone.now() - timedelta(days=15)
    MentorMatch.objects.filter(pk=over.pk).update(ended_at=long_ago, started_at=long_ago)
    assert code_of(api_as(over.mentor).post(url, {"rating": 1})) == (409, "review_not_open")


def test_single_review_is_revealed_after_fourteen_days(api_as: ApiAs) -> None:
    over = MatchFactory.in_state("completed")
    url = f"{MATCHES}{over.pk}/reviews/"
    api_as(over.learner).post(url, {"rating": 5})
    assert api_as(over.mentor).get(url).json()["results"] == []
    review = Review.objects.get()
    assert over.ended_at
    assert review.revealed_at == over.ended_at + timedelta(days=14)
    Review.objects.update(revealed_at=timezone.now())
    assert [row["rating"] for row in api_as(over.mentor).get(url).json()["results"]] == [5]


def test_ratings_that_everybody_may_see_count_for_a_mentors_score(api_as: ApiAs) -> None:
    skill = python()
    mentor = offering({skill: 5}, mentoring_capacity=9)

    def score_after(*ratings: int) -> dict[str, Any]:
        for rating in ratings:
            over = MatchFactory.in_state("completed", mentor=mentor)
            for person, given in ((over.learner, rating), (mentor, 4)):
                api_as(person).post(f"{MATCHES}{over.pk}/reviews/", {"rating": given})
        asked = api_as(seeking({skill: 5})).post(MATCHES, {"mentor": str(mentor.pk)})
        components: dict[str, Any] = asked.json()["components"]
        return components

    assert "rating" not in score_after(2, 2)
    after = score_after(2)
    assert after["rating"]["value"] == ((2000 * 3 + 3500 * 5) // 8 - 1000) * 1000 // 4000
    assert after["reliability"]["value"] == 1000


def test_mentor_who_closes_while_being_asked_is_unavailable() -> None:
    skill = python()
    learner, mentor = seeking({skill: 3}), offering({skill: 3})
    read_before = MentorListing.objects.get(profile__user=mentor)
    Profile.objects.filter(user=mentor).update(is_offering_mentoring=False)

    with pytest.raises(MentorUnavailable):
        MatchingService.snapshot(learner=learner, mentor=read_before, now=timezone.now())
