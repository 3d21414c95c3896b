"""What this app refuses, one stable code each."""

from skillbridge_backend.core.errors import DomainError


class PostRemoved(DomainError):
    """Only the tombstone is left of the post."""

    code, status, title = "post_removed", 409, "This post was removed"


class OwnPost(DomainError):
    """Voting for and reporting what one wrote oneself makes no sense."""

    code, status, title = "own_post", 409, "This is your own post"


class AlreadyReported(DomainError):
    """The person's report of this post is still open."""

    code, status, title = "already_reported", 409, "You reported this post already"


class NotAReply(DomainError):
    """Only a reply can be the solution of a thread."""

    code, status, title = "not_a_reply", 409, "Only a reply can be a solution"
