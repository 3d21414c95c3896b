"""A match's life: asked, answered, begun, paused, ended.

The mentor's yes makes a match `accepted` and takes a place; the first message or confirmed session after it makes it
`active`, for only then a mentorship has begun: that is what points and statistics count. Whether a step exists is the
database's rule (`sql/0002_rules.sql`); here stands who may take it and from where.

Locks, in this order everywhere: the match, then (in the database) the mentor's profile, the conversation, the standing,
the mentor's listing.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from matches.enums import HOLDING_A_PLACE, WAITING, MatchStatus
from matches.exceptions import ContactsClosed, MentorUnavailable
from matches.models import Conversation, MentorMatch
from matches.services.conversations import append_message
from matches.services.matching import MatchingService
from skillbridge_backend.core.constraints import database_refusals
from skillbridge_backend.core.errors import IllegalTransition, InvalidInput, NotFound, PermissionDenied
from skillbridge_backend.core.ids import new_id
from users.models import ContactChannel, MentorListing, Profile, User
from users.querysets import hidden_of

REQUEST_LIFETIME = timedelta(days=7)
MOST_REFRESHED = 500
"""Mentors whose figures are counted in one transaction."""


@dataclass(frozen=True, slots=True)
class Step:
    """Who may take it (`learner`, `mentor`, or either when ''), from which states, to which."""

    who: str
    sources: tuple[MatchStatus, ...]
    target: MatchStatus


ASK_INFO = Step("mentor", (MatchStatus.REQUESTED,), MatchStatus.INFO_REQUESTED)
ANSWER_INFO = Step("learner", (MatchStatus.INFO_REQUESTED,), MatchStatus.REQUESTED)
ACCEPT = Step("mentor", WAITING, MatchStatus.ACCEPTED)
DECLINE = Step("mentor", WAITING, MatchStatus.DECLINED)
CANCEL = Step("learner", (MatchStatus.PROPOSED, *WAITING, MatchStatus.ACCEPTED), MatchStatus.CANCELLED)
PAUSE = Step("", (MatchStatus.ACTIVE,), MatchStatus.PAUSED)
RESUME = Step("", (MatchStatus.PAUSED,), MatchStatus.ACTIVE)
COMPLETE = Step("", (MatchStatus.ACTIVE, MatchStatus.PAUSED), MatchStatus.COMPLETED)
END_EARLY = Step("", HOLDING_A_PLACE, MatchStatus.ENDED_EARLY)


class MatchService:
    """Steps of a match. Errors of each: `not_found`, `permission_denied`, `illegal_transition`."""

    @staticmethod
    def request(*, actor: User, mentor_id: UUID, message: str = "") -> MentorMatch:
        """A request to the mentor, with the pair's score as it is now; a round's proposal of the pair becomes it.

        The database locks the actor's profile and counts their requests: five at most wait. Errors: `not_found`,
        `mentor_unavailable`, `match_already_open`, `too_many_open_requests`, `profile_incomplete`.
        """
        if mentor_id == actor.pk:
            raise InvalidInput.of("mentor", "Choose somebody else: you cannot mentor yourself.")
        mentor = _open_mentor(actor, mentor_id)
        now = timezone.now()
        proposal = (
            MentorMatch.objects.select_for_update()
            .filter(learner=actor, mentor_id=mentor_id, status=MatchStatus.PROPOSED)
            .first()
        )
        match = proposal or MentorMatch(learner=actor, mentor_id=mentor_id)
        for field, value in MatchingService.snapshot(learner=actor, mentor=mentor, now=now).items():
            setattr(match, field, value)
        match.status = MatchStatus.REQUESTED
        match.message, match.requested_at, match.expires_at = message, now, now + REQUEST_LIFETIME
        with database_refusals():
            match.save()
        return match

    @staticmethod
    def ask_info(*, actor: User, match_id: UUID, question: str) -> MentorMatch:
        """The mentor asks back: the chat opens with the question in it."""
        match = _step(actor, match_id, ASK_INFO, is_reaction=True)
        append_message(conversation_of(match), sender=actor, body=question, client_message_id=new_id())
        return match

    @staticmethod
    def answer_info(*, actor: User, match_id: UUID, answer: str) -> MentorMatch:
        """The learner answers in the chat: the request is open for another seven days."""
        match = _step(actor, match_id, ANSWER_INFO, expires_at=timezone.now() + REQUEST_LIFETIME)
        append_message(conversation_of(match), sender=actor, body=answer, client_message_id=new_id())
        return match

    @staticmethod
    def accept(*, actor: User, match_id: UUID, answer: str = "") -> MentorMatch:
        """The mentor takes the learner: a place is taken and the chat is open. Error: `mentor_full`."""
        match = _step(actor, match_id, ACCEPT, is_reaction=True, answer=answer)
        conversation_of(match)
        return match

    @staticmethod
    def decline(*, actor: User, match_id: UUID, answer: str = "") -> MentorMatch:
        """The mentor says no."""
        return _step(actor, match_id, DECLINE, is_reaction=True, answer=answer, ended_at=timezone.now())

    @staticmethod
    def cancel(*, actor: User, match_id: UUID, reason: str = "") -> MentorMatch:
        """The learner takes the request back, or turns a proposal down; a place that was taken is free again."""
        return _step(actor, match_id, CANCEL, end_reason=reason, ended_at=timezone.now())

    @staticmethod
    def pause(*, actor: User, match_id: UUID) -> MentorMatch:
        """Either side rests; the place stays taken."""
        return _step(actor, match_id, PAUSE)

    @staticmethod
    def resume(*, actor: User, match_id: UUID) -> MentorMatch:
        """Either side goes on."""
        return _step(actor, match_id, RESUME)

    @staticmethod
    def complete(*, actor: User, match_id: UUID) -> MentorMatch:
        """Either side says that the goal is reached; reviews are open for 14 days."""
        return _step(actor, match_id, COMPLETE, ended_at=timezone.now())

    @staticmethod
    def end_early(*, actor: User, match_id: UUID, reason: str) -> MentorMatch:
        """Either side ends it before the goal is reached, and says why."""
        return _step(actor, match_id, END_EARLY, end_reason=reason, ended_at=timezone.now())

    @staticmethod
    def contacts_of_other_side(*, actor: User, match_id: UUID) -> list[ContactChannel]:
        """How the other of the two wants to be reached, in their order; may be empty.

        Raises NotFound for a match that is not the actor's, ContactsClosed for one that is not active.
        """
        match: MentorMatch | None = MentorMatch.objects.visible_to(actor).filter(pk=match_id).first()
        if match is None:
            raise NotFound
        if match.status != MatchStatus.ACTIVE:
            raise ContactsClosed(f"The match is {match.status}.")
        other = match.mentor_id if actor.pk == match.learner_id else match.learner_id
        return list(ContactChannel.objects.all().of_person(other))

    @staticmethod
    def expire_overdue() -> int:
        """Let what nobody decided on lapse, and return how many. Rights of the service; skips rows in use.

        A repeat is harmless: what has lapsed is not overdue.
        """
        overdue = MentorMatch.objects.overdue().select_for_update(skip_locked=True).order_by("pk")
        now = timezone.now()
        return MentorMatch.objects.filter(pk__in=list(overdue.values_list("pk", flat=True))).update(
            status=MatchStatus.EXPIRED, ended_at=now, updated_at=now
        )

    @staticmethod
    def refresh_due_figures() -> int:
        """Count anew the figures of mentors that time alone has changed, and return of how many. Rights of the service.

        At most 500 in the caller's transaction; fewer than that means that none is left. Harmless to repeat.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT private.matches_refresh_due(%s)", [MOST_REFRESHED])
            row = cursor.fetchone()
        return int(row[0]) if row else 0


def conversation_of(match: MentorMatch) -> Conversation:
    """The match's conversation, begun if there is none. Hold the match's lock."""
    return Conversation.objects.get_or_create(match=match)[0]


def _open_mentor(actor: User, mentor_id: UUID) -> MentorListing:
    visible = Profile.objects.visible_to(actor).filter(user_id=mentor_id, is_offering_mentoring=True)
    if not visible.exists():
        raise NotFound("There is no such mentor.")
    listings = MentorListing.objects.visible_to(actor).with_capacity().not_on_leave()
    mentor: MentorListing | None = listings.filter(profile__user_id=mentor_id).first()
    if mentor is None or not _may_ask(mentor_id):
        raise MentorUnavailable("All places are taken, or the mentor is away; look at the other suggestions.")
    return mentor


def _may_ask(mentor_id: UUID) -> bool:
    """Whether neither keeps the other away; who does is told to nobody, so it is no answer of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT private.matches_may_ask(%s)", [mentor_id])
        row = cursor.fetchone()
    return bool(row and row[0])


def _step(actor: User, match_id: UUID, step: Step, *, is_reaction: bool = False, **changes: Any) -> MentorMatch:
    """Lock the match, check who and from where, save. `is_reaction`: counts as the mentor's answer."""
    match = (
        MentorMatch.objects.visible_to(actor)
        .select_related("learner", "mentor")
        .defer(*hidden_of("learner", "mentor"))
        .select_for_update(of=("self",))
        .filter(pk=match_id)
        .first()
    )
    if match is None:
        raise NotFound("This match does not exist, or it is not yours to see.")
    if step.who and getattr(match, f"{step.who}_id") != actor.pk:
        raise PermissionDenied(f"Only the {step.who} can do this.")
    if match.status not in step.sources:
        raise IllegalTransition(f"The match is {match.status}; this needs {' or '.join(step.sources)}.")
    if is_reaction and match.answered_at is None:
        changes["answered_at"] = timezone.now()
    for field, value in changes.items():
        setattr(match, field, value)
    match.status = step.target
    with database_refusals():
        match.save(update_fields=["status", "updated_at", *changes])
    return match
