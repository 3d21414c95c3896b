"""Asking, replying, editing, removing, voting, accepting, reporting, following. Not here: what moderators decide."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from forum.enums import ReportReason
from forum.exceptions import AlreadyReported, NotAReply, OwnPost, PostRemoved
from forum.models import (
    LEAST_TITLE,
    LONGEST_BODY,
    LONGEST_TITLE,
    Category,
    ForumPost,
    Mention,
    Report,
    Subscription,
    Vote,
)
from forum.rendering import MOST_MENTIONS, mentioned_handles, render
from forum.services.locking import lock_posts, locked_living_post, locked_post
from skillbridge_backend.core.errors import InvalidInput, NotFound, PermissionDenied
from users.models import User

Check = Callable[[ForumPost], None]


class ForumService:
    """What everybody who is logged in can do."""

    @transaction.atomic
    def ask(self, *, actor: User, category: str, title: str, body_markdown: str) -> ForumPost:
        """Open a thread in the category with this slug; its author follows it. Raises InvalidInput."""
        post = ForumPost(author=actor, category=_category(category), title=_title(title))
        return self._write(post, body_markdown)

    @transaction.atomic
    def reply(self, *, actor: User, thread_id: UUID, body_markdown: str, parent_id: UUID | None = None) -> ForumPost:
        """Reply to a post of the thread, to its opening post when none is named; its author follows the thread.

        Raises NotFound, PostRemoved when the post or the thread was removed, and InvalidInput.
        """
        thread = ForumPost.objects.visible_to(actor).threads().filter(pk=thread_id).first()
        if thread is None:
            raise NotFound("There is no thread with this id.")
        parent = thread
        if parent_id and parent_id != thread_id:
            found = ForumPost.objects.visible_to(actor).filter(pk=parent_id, thread_id=thread_id).first()
            if found is None:
                raise InvalidInput.of("parent", "Name a post of this thread.")
            parent = found
        if thread.is_removed or parent.is_removed:
            raise PostRemoved("Nobody can reply to a post that was removed.")
        return self._write(ForumPost(author=actor, thread=thread, parent=parent), body_markdown)

    @transaction.atomic
    def edit(
        self, *, actor: User, post_id: UUID, changes: Mapping[str, Any], check: Check = lambda _: None
    ) -> ForumPost:
        """Change title, category (of threads) or body_markdown of one's own post; `check` sees the locked row first.

        Whoever is named for the first time is told. Raises NotFound, PostRemoved, PermissionDenied, InvalidInput.
        """
        post = locked_living_post(actor=actor, post_id=post_id)
        if post.author_id != actor.pk:
            raise PermissionDenied("Only its author edits a post.")
        check(post)
        for field in ("title", "category"):
            if field in changes and not post.is_thread:
                raise InvalidInput.of(field, "Only threads have this; leave it out.")
        if "title" in changes:
            post.title = _title(changes["title"])
        if "category" in changes:
            post.category = _category(changes["category"])
        if "body_markdown" in changes:
            self._set_body(post, changes["body_markdown"])
        post.edited_at = timezone.now()
        post.save(update_fields=["title", "category", "body_markdown", "body_html", "edited_at", "updated_at"])
        self._sync_mentions(post)
        return post

    @transaction.atomic
    def remove(self, *, actor: User, post_id: UUID, check: Check = lambda _: None) -> None:
        """Leave a tombstone in the post's place; replies stay. For its author and moderators; a repeat is harmless.

        Raises NotFound and PermissionDenied.
        """
        post = locked_post(actor=actor, post_id=post_id, with_those_above=True)
        if not (actor.is_moderating or post.author_id == actor.pk):
            raise PermissionDenied("Only its author and moderators remove a post.")
        if post.is_removed:
            return
        check(post)
        post.is_solution, post.removed_at, post.removed_by = False, timezone.now(), actor
        post.save(update_fields=["is_solution", "removed_at", "removed_by", "updated_at"])

    @transaction.atomic
    def vote(self, *, actor: User, post_id: UUID, value: int | None) -> None:
        """Vote 1 or -1 for somebody else's post; None withdraws. The last vote counts.

        Locks the post, so votes on it come one after the other. Raises NotFound, PostRemoved, OwnPost.
        """
        post = locked_living_post(actor=actor, post_id=post_id)
        if post.author_id == actor.pk:
            raise OwnPost("Nobody votes for their own post.")
        if value is None:
            Vote.objects.filter(post=post, user=actor).delete()
        else:
            Vote.objects.bulk_create(
                [Vote(post=post, user=actor, value=value)],
                update_conflicts=True,
                unique_fields=["post", "user"],
                update_fields=["value", "updated_at"],
            )

    @transaction.atomic
    def accept_solution(self, *, actor: User, post_id: UUID, is_accepted: bool = True) -> ForumPost:
        """Make a reply the thread's one solution, or take that back. For who asked and for moderators.

        Locks thread, reply and the solution so far. Raises NotFound, PostRemoved, NotAReply, PermissionDenied.
        """
        thread_id = ForumPost.objects.visible_to(actor).filter(pk=post_id).values_list("thread_id", flat=True).first()
        if thread_id is None:
            # No row and an opening post look alike here; the lock below tells them apart.
            locked_post(actor=actor, post_id=post_id)
            raise NotAReply("Accept one of the replies.")
        solutions = ForumPost.objects.filter(thread=thread_id, is_solution=True).values_list("pk", flat=True)
        lock_posts(thread_id, post_id, *solutions)
        thread = locked_post(actor=actor, post_id=thread_id)
        post = locked_living_post(actor=actor, post_id=post_id)
        if not (actor.is_moderating or thread.author_id == actor.pk):
            raise PermissionDenied("Only who asked and moderators say what solved it.")
        now = timezone.now()
        if is_accepted:
            others = ForumPost.objects.filter(thread=thread, is_solution=True).exclude(pk=post.pk)
            others.update(is_solution=False, updated_at=now)
        if post.is_solution != is_accepted:
            post.is_solution = is_accepted
            post.save(update_fields=["is_solution", "updated_at"])
        return post

    @transaction.atomic
    def report(self, *, actor: User, post_id: UUID, reason: ReportReason, note: str = "") -> Report:
        """Ask the moderators to look at somebody else's post.

        Raises NotFound, PostRemoved, OwnPost, AlreadyReported.
        """
        post = locked_living_post(actor=actor, post_id=post_id)
        if post.author_id == actor.pk:
            raise OwnPost("You can remove your own post instead.")
        if Report.objects.filter(post=post, reporter=actor).open().exists():
            raise AlreadyReported("Your report of this post is being looked at.")
        return Report.objects.create(post=post, reporter=actor, reason=reason, note=note.strip())

    @transaction.atomic
    def follow(self, *, actor: User, thread_id: UUID, is_muted: bool = False) -> None:
        """Follow a thread, or mute it: then nothing about its replies comes, even to who writes in it.

        A repeat is harmless. Raises NotFound.
        """
        thread = ForumPost.objects.visible_to(actor).threads().filter(pk=thread_id).first()
        if thread is None:
            raise NotFound("There is no thread with this id.")
        Subscription.objects.bulk_create(
            [Subscription(thread=thread, user=actor, is_muted=is_muted)],
            update_conflicts=True,
            unique_fields=["thread", "user"],
            update_fields=["is_muted", "updated_at"],
        )

    def _write(self, post: ForumPost, body_markdown: str) -> ForumPost:
        """Save a new post; triggers place it, count it and tell people."""
        self._set_body(post, body_markdown)
        post.save(force_insert=True)
        self._sync_mentions(post)
        return post

    def _set_body(self, post: ForumPost, body_markdown: str) -> None:
        if not body_markdown.strip() or len(body_markdown) > LONGEST_BODY:
            raise InvalidInput.of("body_markdown", f"Write 1 to {LONGEST_BODY:,} characters.")
        if "\x00" in body_markdown:
            raise InvalidInput.of("body_markdown", "Leave out NUL characters.")
        if len(mentioned_handles(body_markdown)) > MOST_MENTIONS:
            raise InvalidInput.of("body_markdown", f"Mention at most {MOST_MENTIONS} people.")
        post.body_markdown, post.body_html = body_markdown, render(body_markdown)

    def _sync_mentions(self, post: ForumPost) -> None:
        """Bring the mentions to what the body says; handles of nobody are just text."""
        people = User.objects.filter(handle__in=mentioned_handles(post.body_markdown), is_active=True).order_by("pk")
        named = list(people.values_list("pk", flat=True))
        Mention.objects.filter(post=post).exclude(user__in=named).delete()
        known = set(Mention.objects.filter(post=post).values_list("user_id", flat=True))
        Mention.objects.bulk_create([Mention(post=post, user_id=person) for person in named if person not in known])


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not LEAST_TITLE <= len(title) <= LONGEST_TITLE:
        raise InvalidInput.of("title", f"Write {LEAST_TITLE} to {LONGEST_TITLE} characters.")
    return title


def _category(slug: str) -> Category:
    category = Category.objects.filter(slug=slug).first()
    if category is None:
        raise InvalidInput.of("category", "Name the slug of a category: GET /api/v1/forum/categories/ lists them.")
    return category
