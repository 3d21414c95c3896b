"""Every read of this app. `visible_to(actor)` comes first; categories and posts are public, the rest is not."""

from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.search import SearchQuery
from django.db import models
from django.utils import timezone

from forum.enums import ReportState
from users.querysets import hidden_of

if TYPE_CHECKING:
    from forum.models import Category, ForumPost, Mention, RemovedText, Report, Sanction, Subscription, Vote
    from users.models import User

SEARCH_CONFIGURATION = "english"
"""PostgreSQL's text search configuration of the generated column and of queries; both must name the same."""


class CategoryQuerySet(models.QuerySet["Category"]):
    """Categories."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """All, to everybody."""
        return self


class ForumPostQuerySet(models.QuerySet["ForumPost"]):
    """Threads and replies. Removed posts are read too: they are tombstones that hold a thread together."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """All, to everybody; what a removed post said is not in it (`RemovedText`)."""
        return self.defer("search")

    def threads(self) -> Self:
        """Opening posts."""
        return self.filter(thread=None)

    def living(self) -> Self:
        """Posts that are not removed."""
        return self.filter(removed_at=None)

    def with_names(self) -> Self:
        """With the category, and `author_handle` and `author_name`: what everybody may know of the author.

        Columns and not the author's row, because an anonymous request may read only these of an account.
        """
        return self.select_related("category").annotate(
            author_handle=models.F("author__handle"), author_name=models.F("author__display_name")
        )

    def with_solution(self) -> Self:
        """Threads, with `solution_id`: the reply that solved it, or NULL."""
        solution = ForumPostQuerySet(self.model).filter(thread_id=models.OuterRef("pk"), is_solution=True)
        return self.annotate(solution_id=models.Subquery(solution.values("pk")[:1]))

    def with_vote_of(self, actor: "User | AnonymousUser") -> Self:
        """With `own_vote`: 1, -1, or NULL where this person did not vote."""
        if not actor.is_authenticated:
            return self.annotate(own_vote=models.Value(None, output_field=models.SmallIntegerField()))
        votes = VoteQuerySet(apps.get_model("forum", "Vote")).filter(post_id=models.OuterRef("pk"), user_id=actor.pk)
        return self.annotate(own_vote=models.Subquery(votes.values("value")))

    def unanswered(self) -> Self:
        """Threads that nobody replied to."""
        return self.filter(reply_count=0, removed_at=None)

    def solved(self) -> Self:
        """Threads with a solution; there is at most one, so the join doubles nothing."""
        return self.filter(posts__is_solution=True)

    def unsolved(self) -> Self:
        """Threads without a solution."""
        return self.exclude(posts__is_solution=True)

    def matching(self, words: str) -> Self:
        """Threads in which the opening post or a reply has these words, in web-search syntax (`"a b" or c -d`)."""
        found = (
            ForumPostQuerySet(self.model)
            .filter(search=SearchQuery(words, config=SEARCH_CONFIGURATION, search_type="websearch"), removed_at=None)
            .annotate(found_in=models.functions.Coalesce("thread_id", "id"))
            .values("found_in")
        )
        return self.filter(pk__in=found)

    def of_participant(self, user_id: UUID) -> Self:
        """Threads that this person opened or wrote in."""
        # One list by one index; "opened, or in the list of" would be tried on thread after thread.
        root = models.functions.Coalesce("thread_id", "id")
        written = ForumPostQuerySet(self.model).filter(author_id=user_id).annotate(written_in=root)
        return self.filter(pk__in=written.values("written_in"))


class RemovedTextQuerySet(models.QuerySet["RemovedText"]):
    """What removed posts said."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """All, to moderators."""
        return self if actor.is_authenticated and actor.is_moderating else self.none()


class VoteQuerySet(models.QuerySet["Vote"]):
    """Votes."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own; others see the sum."""
        return self.filter(user_id=actor.pk) if actor.is_authenticated else self.none()


class MentionQuerySet(models.QuerySet["Mention"]):
    """Mentions."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """Those of living posts, to everybody: they stand in what the post says."""
        return self.filter(post__removed_at=None)


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Who follows which thread."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(user_id=actor.pk) if actor.is_authenticated else self.none()


class ReportQuerySet(models.QuerySet["Report"]):
    """Reports."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """All, to moderators; to others those they made."""
        if not actor.is_authenticated:
            return self.none()
        return self if actor.is_moderating else self.filter(reporter_id=actor.pk)

    def open(self) -> Self:
        """Reports that wait for a moderator."""
        return self.filter(state=ReportState.OPEN)

    def with_post(self) -> Self:
        """With the post, what it said when it is removed, its author and the reporter, in the same query."""
        return self.select_related("post__author", "post__removed_text", "reporter", "resolved_by").defer(
            "post__search", *hidden_of("post__author", "reporter", "resolved_by")
        )


class SanctionQuerySet(models.QuerySet["Sanction"]):
    """Sanctions."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """All, to moderators; to others their own."""
        if not actor.is_authenticated:
            return self.none()
        return self if actor.is_moderating else self.filter(person_id=actor.pk)

    def active(self) -> Self:
        """Those that count now."""
        now = timezone.now()
        is_running = models.Q(ends_at=None) | models.Q(ends_at__gt=now)
        return self.filter(is_running, lifted_at=None, starts_at__lte=now)

    def with_people(self) -> Self:
        """With who is concerned and who decided, in the same query."""
        return self.select_related("person", "imposed_by", "lifted_by").defer(
            *hidden_of("person", "imposed_by", "lifted_by")
        )
