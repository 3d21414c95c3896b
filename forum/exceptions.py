"""What this app refuses, one stable code each."""

from skillbridge_backend.core.errors import DomainError, InvalidInput, PermissionDenied, stand_for


class PostRemoved(DomainError):
    """Only the tombstone is left of the post."""

    code, status, title = "post_removed", 409, "This post was removed"


class OwnPost(DomainError):
    """Voting for and reporting what one wrote oneself makes no sense."""

    code, status, title = "own_post", 409, "This is your own post"
    constraints = {"vote_not_own": "post"}


class ForumSanctioned(DomainError):
    """The person is muted or suspended; the detail says until when."""

    code, status, title = "forum_sanctioned", 403, "You cannot write in the forum now"
    constraints = {"sanction_forbids_writing": "author"}


class AlreadySanctioned(DomainError):
    """A sanction of this kind is active."""

    code, status, title = "already_sanctioned", 409, "This person is under such a sanction already"
    constraints = {"sanction_one_active": "kind"}


class SanctionOver(DomainError):
    """The sanction was lifted, or it has run out."""

    code, status, title = "sanction_over", 409, "This sanction is over"


class AlreadyReported(DomainError):
    """The person's report of this post is still open."""

    code, status, title = "already_reported", 409, "You reported this post already"
    constraints = {"report_open_once": "post"}


class NotAReply(DomainError):
    """Only a reply can be the solution of a thread."""

    code, status, title = "not_a_reply", 409, "Only a reply can be a solution"


stand_for(
    InvalidInput, {"post_parent_in_thread": "parent", "post_stays_in_place": "parent", "sanction_stays": "lifted_at"}
)
stand_for(InvalidInput, {"mention_to_10": "body_markdown"})
stand_for(PermissionDenied, {"post_change_of_its_person": "post"})
