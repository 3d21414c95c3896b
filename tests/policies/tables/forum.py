"""The forum: posts are for everybody to read; what a removed one said, votes, subscriptions and reports are not."""

from typing import Any

from django.utils import timezone

from forum.models import ForumPost, RemovedText
from forum.tests.factories import (
    CategoryFactory,
    MentionFactory,
    ReplyFactory,
    ReportFactory,
    SanctionFactory,
    SubscriptionFactory,
    ThreadFactory,
    VoteFactory,
)
from tests.policies.access import (
    EVERYBODY,
    MODERATING,
    MODERATOR,
    OTHER_LEARNER,
    OWNER,
    Access,
    columns_of,
)
from tests.policies.world import World

GUARDED = frozenset({"23514"})
"""A trigger says no to a person who may change something else of the post."""


def build(world: World) -> None:
    """A thread of the learner's with a reply of another learner, one that was removed, and what hangs on them.

    The sanction is a warning: who is muted could write nothing of what the cases are about.
    """
    thread = ThreadFactory(author=world.learner)
    reply = ReplyFactory(thread=thread, author=world.other_learner)
    removed = ReplyFactory(thread=thread, author=world.learner, body_markdown=world.SECRET)
    ForumPost.objects.filter(pk=removed.pk).update(removed_at=timezone.now())
    world.remember(
        thread.category,
        thread,
        RemovedText.objects.get(post=removed),
        MentionFactory(post=thread, user=world.mentor),
        VoteFactory(post=reply, user=world.learner),
        SubscriptionFactory(user=world.learner),
        ReportFactory(post=reply, reporter=world.learner, note=world.SECRET),
        SanctionFactory(person=world.learner, imposed_by=world.moderator, kind="warned", reason=world.SECRET),
    )


def reply_in_own_thread(world: World) -> ForumPost:
    """Of the other learner."""
    return ForumPost.objects.get(thread__author=world.learner, author=world.other_learner)


def removed_reply(world: World) -> ForumPost:
    """The learner's tombstone."""
    return ForumPost.objects.get(author=world.learner, removed_at__isnull=False)


def new_post(world: World, **fields: Any) -> dict[str, Any]:
    """A question of the learner's."""
    return columns_of(ThreadFactory.build(author=world.learner, category=CategoryFactory(), **fields))


def new_reply_to_tombstone(world: World) -> dict[str, Any]:
    """Below a reply that was removed."""
    parent = removed_reply(world)
    return columns_of(ReplyFactory.build(author=world.learner, thread=parent.thread, parent=parent))


def new_mention(world: World) -> dict[str, Any]:
    """In a question of the learner's."""
    return columns_of(MentionFactory.build(post=ThreadFactory(author=world.learner), user=world.mentor))


def new_report(world: World, **fields: Any) -> dict[str, Any]:
    """Of somebody else's question."""
    return columns_of(ReportFactory.build(post=ThreadFactory(), reporter=world.learner, **fields))


def suspension(world: World) -> dict[str, Any]:
    """Decided by the moderator: nobody decides in another's name."""
    return columns_of(SanctionFactory.build(person=world.learner, imposed_by=world.moderator, kind="suspended"))


TABLES = {
    "forum_category": Access(
        select=EVERYBODY,
        new_row=lambda world: columns_of(CategoryFactory.build()),
        change=("name", "Another"),
    ),
    "forum_forumpost": Access(
        select=EVERYBODY,
        insert=OWNER,
        update=OWNER,
        refusals=GUARDED,
        new_row=new_post,
        change=("body_markdown", "I meant something else."),
    ),
    "forum_forumpost: removing, and a question that is old": Access(
        select=EVERYBODY,
        update=OWNER | MODERATING,
        refusals=GUARDED,
        new_row=lambda world: new_post(world) | {"created_at": timezone.now().replace(year=2001)},
        change=("removed_at", timezone.now()),
    ),
    "forum_forumpost: restoring, and a reply to a tombstone": Access(
        row=removed_reply,
        select=EVERYBODY,
        update=MODERATING,
        refusals=GUARDED,
        new_row=new_reply_to_tombstone,
        change=("removed_at", None),
    ),
    "forum_forumpost: accepting a reply, and a question that was edited before it was asked": Access(
        row=reply_in_own_thread,
        select=EVERYBODY,
        update=OWNER | MODERATING,
        refusals=GUARDED,
        new_row=lambda world: new_post(world, edited_at=timezone.now()),
        change=("is_solution", True),
    ),
    "forum_forumpost: the words of a reply in one's own thread": Access(
        row=reply_in_own_thread,
        select=EVERYBODY,
        insert=OWNER,
        update=frozenset({OTHER_LEARNER}),
        refusals=GUARDED,
        new_row=new_post,
        change=("body_html", "<p>You are right.</p>"),
    ),
    "forum_removedtext": Access(
        select=MODERATING,
        new_row=lambda world: columns_of(RemovedText(post=ThreadFactory(), body_markdown="x", body_html="x")),
        change=("title", "Another"),
    ),
    "forum_mention": Access(
        select=EVERYBODY,
        insert=OWNER,
        delete=OWNER,
        new_row=new_mention,
        change=("created_at", timezone.now()),
    ),
    "forum_vote": Access(
        select=OWNER,
        insert=OWNER,
        update=OWNER,
        delete=OWNER,
        new_row=lambda world: columns_of(VoteFactory.build(post=ThreadFactory(), user=world.learner)),
        change=("value", -1),
    ),
    "forum_vote: of a removed post": Access(
        select=OWNER,
        update=OWNER,
        delete=OWNER,
        new_row=lambda world: columns_of(
            VoteFactory.build(post=ThreadFactory(removed_at=timezone.now()), user=world.learner)
        ),
        change=("value", -1),
    ),
    "forum_subscription": Access(
        select=OWNER,
        insert=OWNER,
        update=OWNER,
        new_row=lambda world: columns_of(SubscriptionFactory.build(thread=ThreadFactory(), user=world.learner)),
        change=("is_muted", True),
    ),
    "forum_report": Access(
        select=OWNER | MODERATING,
        insert=OWNER,
        update=frozenset(),
        new_row=new_report,
        change=("note", "I meant something else."),
    ),
    "forum_report: of one's own post, closed in another's name": Access(
        select=OWNER | MODERATING,
        new_row=lambda world: columns_of(
            ReportFactory.build(post=ThreadFactory(author=world.learner), reporter=world.learner)
        ),
        change=("resolution_note", "Gone"),
    ),
    "forum_sanction": Access(
        select=OWNER | MODERATING,
        insert=frozenset({MODERATOR}),
        update=MODERATING,
        new_row=suspension,
        change=("updated_at", "2026-01-01T00:00:00Z"),
    ),
}
