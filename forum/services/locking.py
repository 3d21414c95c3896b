"""The locks that a write on posts begins with: posts by id, then votes, reports, subscriptions, then people's totals.

NO KEY UPDATE, as the counters' triggers take it: replies to a post may refer to it meanwhile.
"""

from uuid import UUID

from django.db import connection

from forum.exceptions import PostRemoved
from forum.models import ForumPost
from skillbridge_backend.core.errors import NotFound
from users.models import User


def lock_posts(*post_ids: UUID, with_those_above: bool = False) -> None:
    """Lock these posts in the one order until the transaction ends; for a removal also their parents and threads."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT private.forum_lock_posts(%s::uuid[], %s)", [list(post_ids), with_those_above])


def locked_post(*, actor: User, post_id: UUID, with_those_above: bool = False) -> ForumPost:
    """The post, locked until the transaction ends, removed or not. NotFound when there is none."""
    lock_posts(post_id, with_those_above=with_those_above)
    post = ForumPost.objects.visible_to(actor).filter(pk=post_id).first()
    if post is None:
        raise NotFound("There is no post with this id.")
    return post


def locked_living_post(*, actor: User, post_id: UUID) -> ForumPost:
    """As `locked_post`; PostRemoved when only a tombstone is left."""
    post = locked_post(actor=actor, post_id=post_id)
    if post.is_removed:
        raise PostRemoved("Nothing can be done with a post that was removed.")
    return post
