"""How the other side may be reached: told to the two of an active match, and to nobody else."""

from typing import Any

import pytest

from matches.models import MentorMatch
from matches.tests.factories import STEPS_TO, MatchFactory
from users.enums import Role
from users.tests.factories import ContactChannelFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def contacts_of(match: MentorMatch) -> str:
    return f"/api/v1/matches/{match.pk}/contacts/"


def with_contacts(match: MentorMatch) -> MentorMatch:
    """The learner prefers their telephone, the mentor has an address."""
    ContactChannelFactory(profile=match.learner.profile, value="learner@example.org")
    ContactChannelFactory(
        profile=match.learner.profile, position=1, kind="phone", value="+4930123456", is_preferred=True
    )
    ContactChannelFactory(profile=match.mentor.profile, value="mentor@example.org")
    return match


def test_both_sides_of_an_active_match_see_each_others(api_as: Any) -> None:
    match = with_contacts(MatchFactory.in_state("active"))

    mentor_sees, learner_sees = (api_as(who).get(contacts_of(match)) for who in (match.mentor, match.learner))

    assert mentor_sees.json() == {
        "contacts": [
            {"kind": "email", "value": "learner@example.org", "is_preferred": False},
            {"kind": "phone", "value": "+4930123456", "is_preferred": True},
        ]
    }
    assert learner_sees.json() == {
        "contacts": [{"kind": "email", "value": "mentor@example.org", "is_preferred": False}]
    }


@pytest.mark.parametrize("state", sorted(set(STEPS_TO) - {"active"}))
def test_nobody_sees_them_before_and_after(api_as: Any, state: str) -> None:
    match = with_contacts(MatchFactory.in_state(state))

    answers = {side: api_as(getattr(match, side)).get(contacts_of(match)) for side in ("learner", "mentor")}

    learner, mentor = answers["learner"], answers["mentor"]
    assert (learner.status_code, learner.json()["code"]) == (409, "contacts_closed")
    # A round's proposal is the learner's to turn down unheard.
    expected = (404, "not_found") if state == "proposed" else (409, "contacts_closed")
    assert (mentor.status_code, mentor.json()["code"]) == expected


def test_strangers_and_moderators_do_not_see_them(api_as: Any) -> None:
    match = with_contacts(MatchFactory.in_state("active"))
    other = MatchFactory.in_state("active")

    for person in (other.learner, other.mentor, UserFactory(role=Role.MODERATOR), UserFactory(role=Role.ADMIN)):
        response = api_as(person).get(contacts_of(match))
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_they_are_on_no_other_page_about_the_person(api_as: Any) -> None:
    match = with_contacts(MatchFactory.in_state("active"))
    match.mentor.profile.visibility = "public"
    match.mentor.profile.save()
    learner = api_as(match.learner)

    for page in (
        f"/api/v1/users/{match.mentor.handle}/", f"/api/v1/mentors/{match.mentor_id}/", "/api/v1/mentors/",
        "/api/v1/matches/", f"/api/v1/matches/{match.pk}/",
    ):  # fmt: skip
        response = learner.get(page)
        assert response.status_code == 200, page
        assert "mentor@example.org" not in response.content.decode(), page
