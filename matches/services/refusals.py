"""The database's refusals in the words of this app: a rule's name becomes an error with a stable code."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from matches import exceptions
from skillbridge_backend.core.errors import DomainError, IllegalTransition

_ERRORS: dict[str, type[DomainError]] = {
    "match_legal_transition": IllegalTransition,
    "match_capacity": exceptions.MentorFull,
    "match_one_open_per_pair": exceptions.MatchAlreadyOpen,
    "session_legal_transition": IllegalTransition,
    "session_mentor_once_at_a_time": exceptions.SessionOverlaps,
    "session_learner_once_at_a_time": exceptions.SessionOverlaps,
    "message_chat_open": exceptions.ChatClosed,
    "review_after_mentorship": exceptions.ReviewNotOpen,
    "review_once": exceptions.AlreadyReviewed,
    "round_one_queued": exceptions.RoundAlreadyQueued,
}


@contextmanager
def database_refusals() -> Iterator[None]:
    """Raise the app's error for a rule that the database upholds, in a savepoint; other integrity errors pass."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        refusal = _ERRORS.get(name or "")
        if refusal is None:
            raise
        detail = str(error.__cause__.diag.message_primary) if name and name.endswith("_legal_transition") else ""  # type: ignore[union-attr]  # psycopg2's own error, as it has a diag
        raise refusal(f"{detail[:1].upper()}{detail[1:]}." if detail else "") from error
