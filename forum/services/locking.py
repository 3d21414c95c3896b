"""The lock that every write on a post begins with. Lock order: posts by id, then votes, reports and subscriptions."""

from uuid import UUID

from forum.exceptions import PostRemoved
from forum.models import ForumPost
from skillbridge_backend.core.errors import NotFound
from users.models import User


def locked_post(*, actor: User, post_id: UUID) -> ForumPost:
    """The post, locked until the transaction ends, removed or not. NotFound when there is none.

    NO KEY UPDATE, as the counters' triggers take it: replies to the post may refer to it meanwhile.
    """
    post = ForumPost.objects.visible_to(actor).select_for_update(no_key=True).filter(pk=post_id).first()
    if post is None:
        raise NotFound("There is no post with this id.")
    return post


def locked_living_post(*, actor: User, post_id: UUID) -> ForumPost:
    """As `locked_post`; PostRemoved when only a tombstone is left."""
    post = locked_post(actor=actor, post_id=post_id)
    if post.is_removed:
        raise PostRemoved("Nothing can be done with a post that was removed.")
    return post
