"""What this app refuses, each with its stable code."""

from skillbridge_backend.core.errors import DomainError, InvalidInput, PermissionDenied, stand_for


class ProfileIncomplete(DomainError):
    """Suggestions need something that the profile does not say; `errors` name the field."""

    code, status, title = "profile_incomplete", 409, "Your profile does not say enough yet"


class ContactsClosed(DomainError):
    """How the other side may be reached is shown while the match is active, and not before or after."""

    code, status, title = "contacts_closed", 409, "Contacts are shown while the match is active"


class MentorUnavailable(DomainError):
    """The mentor takes no new learners now."""

    code, status, title = "mentor_unavailable", 409, "This mentor takes no new learners now"
    constraints = {"match_mentor_available": "mentor"}


class MentorFull(DomainError):
    """All of the mentor's places are taken."""

    code, status, title = "mentor_full", 409, "This mentor has no place left"
    constraints = {"match_capacity": "mentor"}


class MatchAlreadyOpen(DomainError):
    """The pair has an open match."""

    code, status, title = "match_already_open", 409, "There is an open match with this mentor already"
    constraints = {"match_one_open_per_pair": "mentor"}


class TooManyOpenRequests(DomainError):
    """The learner has as many undecided requests as one may have."""

    code, status, title = "too_many_open_requests", 409, "You have too many undecided requests"
    constraints = {"match_open_requests": "mentor"}


class AlreadyBlocked(DomainError):
    """One keeps the person away already."""

    code, status, title = "already_blocked", 409, "You keep this person away already"
    constraints = {"block_once": "person"}


class TooManyBlocks(DomainError):
    """One keeps as many people away as one may."""

    code, status, title = "too_many_blocks", 409, "You keep as many people away as you may"
    constraints = {"block_to_500": "person"}


class ChatClosed(DomainError):
    """Nobody writes in this match now."""

    code, status, title = "chat_closed", 409, "This conversation is closed"
    constraints = {"message_chat_open": "conversation"}


class ClientMessageIdReused(DomainError):
    """The client's id stands for another message."""

    code, status, title = "client_message_id_reused", 409, "This client_message_id was used for another message"


class SessionOverlaps(DomainError):
    """One of the two is in another confirmed session then."""

    code, status, title = "session_overlaps", 409, "One of you is in another session then"
    constraints = {"session_person_once_at_a_time": "starts_at"}


class ReviewNotOpen(DomainError):
    """Reviews are written in the 14 days after a mentorship that took place."""

    code, status, title = "review_not_open", 409, "This match cannot be reviewed now"
    constraints = {"review_after_mentorship": "match"}


class AlreadyReviewed(DomainError):
    """One review per person and match."""

    code, status, title = "already_reviewed", 409, "You have reviewed this match"
    constraints = {"review_once": "match"}


class RoundAlreadyQueued(DomainError):
    """A round is waiting to run."""

    code, status, title = "round_already_queued", 409, "A round is waiting to run"
    constraints = {"round_one_queued": "status"}


class RoundAskedFor(DomainError):
    """Learners have asked for what the round proposed; `asked_for` says how many."""

    code, status, title = "round_asked_for", 409, "Learners have taken up what this round proposed"


stand_for(InvalidInput, {"match_people_stay": "learner"})
stand_for(PermissionDenied, {"message_by_participant": "conversation", "match_step_of_its_person": "status"})
