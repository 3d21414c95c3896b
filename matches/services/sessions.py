"""Meetings: one side proposes, the other confirms, either cancels."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from matches.enums import HOLDING_A_PLACE, MatchStatus, SessionStatus
from matches.models import MentorMatch, Session
from matches.services.conversations import begin_mentorship
from skillbridge_backend.core.constraints import database_refusals
from skillbridge_backend.core.errors import IllegalTransition, InvalidInput, NotFound, PermissionDenied
from users.models import User

LONGEST_SESSION = timedelta(hours=8)


class SessionService:
    """Writes of sessions. Locks the match, then the session."""

    @staticmethod
    def propose(*, actor: User, match_id: UUID, starts_at: datetime, ends_at: datetime, location: str = "") -> Session:
        """A proposed session of a match that holds a place. Errors: `not_found`, `illegal_transition`, field errors."""
        match = _locked_match(actor, match_id)
        if match.status not in HOLDING_A_PLACE:
            raise IllegalTransition(f"The match is {match.status}; sessions need one that the mentor accepted.")
        if starts_at <= timezone.now():
            raise InvalidInput.of("starts_at", "Choose a time that is still to come.")
        if not timedelta(0) < ends_at - starts_at <= LONGEST_SESSION:
            raise InvalidInput.of("ends_at", "Choose an end after the start, at most 8 hours later.")
        session = Session.objects.create(
            match=match, proposed_by=actor, starts_at=starts_at, ends_at=ends_at, location=location
        )
        session.refresh_from_db()
        return session

    @staticmethod
    def confirm(*, actor: User, session_id: UUID) -> Session:
        """The other side agrees; the first confirmed session begins the mentorship. Error: `session_overlaps`."""
        session, match = _locked_session(actor, session_id)
        if session.proposed_by_id == actor.pk:
            raise PermissionDenied("The other side confirms what you proposed.")
        if match.status not in HOLDING_A_PLACE or session.status != SessionStatus.PROPOSED:
            raise IllegalTransition(
                f"The session is {session.status}, and its match {MatchStatus(match.status).value}."
            )
        _save(session, SessionStatus.CONFIRMED)
        begin_mentorship(match)
        return session

    @staticmethod
    def cancel(*, actor: User, session_id: UUID) -> Session:
        """Either side takes it off the calendar."""
        session, _ = _locked_session(actor, session_id)
        if session.status == SessionStatus.CANCELLED:
            raise IllegalTransition("The session is cancelled already.")
        _save(session, SessionStatus.CANCELLED)
        return session


def _save(session: Session, status: SessionStatus) -> None:
    session.status = status
    with database_refusals():
        session.save(update_fields=["status", "updated_at"])


def _locked_match(actor: User, match_id: UUID) -> MentorMatch:
    match = MentorMatch.objects.visible_to(actor).select_for_update().filter(pk=match_id).first()
    if match is None:
        raise NotFound("This match does not exist, or it is not yours to see.")
    return match


def _locked_session(actor: User, session_id: UUID) -> tuple[Session, MentorMatch]:
    found = Session.objects.visible_to(actor).filter(pk=session_id).first()
    if found is None:
        raise NotFound("This session does not exist, or it is not yours to see.")
    match = _locked_match(actor, found.match_id)
    return Session.objects.select_for_update().get(pk=session_id), match
