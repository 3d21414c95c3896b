"""Meetings: one side proposes, the other confirms, either cancels; afterwards they say whether it took place."""

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
DONE_AFTER = timedelta(days=3)
"""After its end a confirmed session of which nobody says anything counts as held."""
DISPUTED_WITHIN = timedelta(days=14)
"""After its end; by the database's clock (`sql/0025_sessions_held.sql`)."""
MOST_CLOSED = 500
"""Sessions at a time."""


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
        """Either side takes it off the calendar; a confirmed one before it begins."""
        session, _ = _locked_session(actor, session_id)
        if session.status == SessionStatus.CANCELLED:
            raise IllegalTransition("The session is cancelled already.")
        if session.status == SessionStatus.CONFIRMED and session.starts_at <= timezone.now():
            raise IllegalTransition("The session has begun; say what became of it.")
        _save(session, SessionStatus.CANCELLED)
        return session

    @staticmethod
    def hold(*, actor: User, session_id: UUID) -> Session:
        """Either side says that it took place, once it has begun."""
        return _tell(_locked_session(actor, session_id)[0], SessionStatus.DONE)

    @staticmethod
    def miss(*, actor: User, session_id: UUID) -> Session:
        """The actor says that the other did not come, once it has begun. The other is told, and may dispute it."""
        session, _ = _locked_session(actor, session_id)
        is_learner = session.learner_id == actor.pk
        return _tell(session, SessionStatus.NO_SHOW_MENTOR if is_learner else SessionStatus.NO_SHOW_LEARNER)

    @staticmethod
    def dispute(*, actor: User, session_id: UUID) -> Session:
        """The one who did not come says otherwise, or the other takes it back; then it counts for neither.

        Within 14 days of its end.
        """
        session, _ = _locked_session(actor, session_id)
        if session.status not in (SessionStatus.NO_SHOW_MENTOR, SessionStatus.NO_SHOW_LEARNER):
            raise IllegalTransition(f"The session is {session.status}; nobody says that somebody did not come.")
        if session.ends_at + DISPUTED_WITHIN <= timezone.now():
            raise IllegalTransition(f"The session ended more than {DISPUTED_WITHIN.days} days ago.")
        _save(session, SessionStatus.DISPUTED)
        return session

    @staticmethod
    def close_past() -> int:
        """Count as held what was confirmed and ended three days ago, and return how many. Rights of the service.

        At most 500 in the caller's transaction; fewer means that none is left. Skips rows in use; harmless to repeat.
        """
        past = Session.objects.filter(status=SessionStatus.CONFIRMED, ends_at__lte=timezone.now() - DONE_AFTER)
        rows = past.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True)[:MOST_CLOSED]
        return Session.objects.filter(pk__in=list(rows)).update(status=SessionStatus.DONE, updated_at=timezone.now())


def _tell(session: Session, outcome: SessionStatus) -> Session:
    if session.status != SessionStatus.CONFIRMED:
        raise IllegalTransition(f"The session is {session.status}; this needs one that was confirmed.")
    if session.starts_at > timezone.now():
        raise IllegalTransition("The session has not begun.")
    _save(session, outcome)
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
