"""Every read of this app. `visible_to(actor)` comes first; what an actor may not see does not exist for them."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Count, F, FilteredRelation, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from matches.enums import (
    HOLDING_A_PLACE,
    OPEN,
    UNDECIDED,
    UNDECIDED_ROUND,
    UNFINISHED,
    MatchStatus,
    RoundStatus,
    SessionStatus,
)
from users.querysets import hidden_of

if TYPE_CHECKING:
    from matches.models import (
        Block,
        Conversation,
        MatchRound,
        MentorMatch,
        MentorStanding,
        Message,
        ReadPointer,
        Review,
        Session,
        SessionSeat,
    )
    from users.models import User


class MentorMatchQuerySet(models.QuerySet["MentorMatch"]):
    """Matches."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """The learner's own; the mentor's, from the moment they were asked."""
        if not actor.is_authenticated:
            return self.none()
        return self.filter(Q(learner_id=actor.pk) | Q(mentor_id=actor.pk, requested_at__isnull=False))

    def over(self) -> Self:
        """Mentorships that came to their end, or to an early one."""
        return self.filter(status__in=[MatchStatus.COMPLETED, MatchStatus.ENDED_EARLY])

    def open(self) -> Self:
        """Neither refused nor over."""
        return self.filter(status__in=OPEN)

    def holding_a_place(self) -> Self:
        """Those that take one of the mentor's places."""
        return self.filter(status__in=HOLDING_A_PLACE)

    def overdue(self) -> Self:
        """Proposals and requests whose time has run out."""
        return self.filter(status__in=UNDECIDED, expires_at__lte=timezone.now())

    def counts_of(self, actor: "User") -> dict[str, int]:
        """How many are active and completed, on each of the two sides."""
        sides, states = ("learner", "mentor"), (MatchStatus.ACTIVE, MatchStatus.COMPLETED)
        return self.aggregate(
            **{
                f"{state}_as_{side}": Count("pk", filter=Q(status=state, **{f"{side}_id": actor.pk}))
                for side in sides
                for state in states
            }
        )

    def with_people(self) -> Self:
        """With the names of both, and the id of the conversation where there is one."""
        return self.select_related("learner__profile__picture", "mentor__profile__picture", "conversation").defer(
            *hidden_of("learner", "mentor")
        )


class MatchRoundQuerySet(models.QuerySet["MatchRound"]):
    """Rounds."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """All, to moderators and admins."""
        return self if actor.is_authenticated and actor.is_moderating else self.none()

    def newest_assignments(self) -> list[dict[str, Any]]:
        """The assignments of the latest round that has an answer which nobody threw away."""
        answered = self.filter(status__in=[*UNDECIDED_ROUND, RoundStatus.APPLIED]).order_by("-created_at")
        return answered.values_list("result__assignments", flat=True).first() or []

    def told_that_nobody_fits(self) -> tuple[list[UUID], datetime | None]:
        """Learners for whom the latest round that has an answer found no mentor who fits, and when that began."""
        without = (*UNFINISHED, RoundStatus.FAILED, RoundStatus.CANCELLED)
        latest = self.exclude(status__in=without).order_by("-created_at")
        unmatched, began = latest.values_list("result__unmatched", "started_at").first() or (None, None)
        return [UUID(one["learner"]) for one in unmatched or () if one["reason"] == "no_feasible_mentor"], began

    def silent_since(self, moment: datetime) -> Self:
        """Those that run and whose worker was not heard of since then.

        One of the release before, which knows no heartbeat, has five minutes.
        """
        heard_of = Coalesce("heartbeat_at", F("started_at") + timedelta(minutes=5))
        return self.alias(heard_of=heard_of).filter(status=RoundStatus.RUNNING, heard_of__lt=moment)


class SessionQuerySet(models.QuerySet["Session"]):
    """Meetings."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """To the two who meet."""
        if not actor.is_authenticated:
            return self.none()
        return self.filter(Q(learner_id=actor.pk) | Q(mentor_id=actor.pk))

    def held(self) -> Self:
        """Those that took place."""
        return self.filter(status=SessionStatus.DONE)


class SessionSeatQuerySet(models.QuerySet["SessionSeat"]):
    """When people are taken."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(person_id=actor.pk) if actor.is_authenticated else self.none()


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Conversations."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """To the two who talk; nobody else, moderators included."""
        if not actor.is_authenticated:
            return self.none()
        return self.filter(Q(match__learner_id=actor.pk) | Q(match__mentor_id=actor.pk))

    def with_unread(self, actor: "User") -> Self:
        """With `unread_count`: what the other side wrote after the actor's read pointer.

        Reads what came after the pointer, and not what was read long ago.
        """
        unread = (
            apps.get_model("matches", "Message")
            .objects.filter(conversation=OuterRef("pk"), seq__gt=OuterRef("read_seq"))
            .exclude(sender=actor)
            .order_by()
            .values("conversation")
            .values(count=Count("pk"))
        )
        return (
            self.annotate(own_pointer=FilteredRelation("read_pointers", condition=Q(read_pointers__user=actor)))
            .annotate(read_seq=Coalesce("own_pointer__last_read_seq", 0))
            .annotate(unread_count=Coalesce(Subquery(unread), 0))
        )

    def with_people(self) -> Self:
        """With the match and the names of both."""
        return self.select_related("match__learner__profile__picture", "match__mentor__profile__picture").defer(
            *hidden_of("match__learner", "match__mentor")
        )


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """To the two who talk."""
        if not actor.is_authenticated:
            return self.none()
        return self.filter(Q(conversation__match__learner_id=actor.pk) | Q(conversation__match__mentor_id=actor.pk))

    def after(self, seq: int) -> Self:
        """Those with a higher sequence number, oldest first."""
        return self.filter(seq__gt=seq).order_by("seq")


class BlockQuerySet(models.QuerySet["Block"]):
    """Whom people keep away."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(owner_id=actor.pk) if actor.is_authenticated else self.none()

    def with_people(self) -> Self:
        """With the name of who is kept away."""
        return self.select_related("person").defer(*hidden_of("person"))

    def pairs_of(self, people: Iterable[UUID]) -> Iterator[tuple[UUID, UUID]]:
        """Each of these people with whom they keep away, and with who keeps them away."""
        listed = list(people)
        yield from self.filter(owner__in=listed).values_list("owner", "person")
        yield from self.filter(person__in=listed).values_list("person", "owner")


class ReadPointerQuerySet(models.QuerySet["ReadPointer"]):
    """How far people have read."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(user_id=actor.pk) if actor.is_authenticated else self.none()


class ReviewQuerySet(models.QuerySet["Review"]):
    """Reviews."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own, and every one that is revealed."""
        if not actor.is_authenticated:
            return self.none()
        return self.filter(Q(author_id=actor.pk) | Q(revealed_at__lte=timezone.now()))

    def revealed(self) -> Self:
        """Those that everybody may see."""
        return self.filter(revealed_at__lte=timezone.now())


class MentorStandingQuerySet(models.QuerySet["MentorStanding"]):
    """What matching knows about mentors from their matches."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """All, to everybody who is logged in: it names no learner."""
        return self if actor.is_authenticated else self.none()

    def with_free_places(self) -> Self:
        """Of mentors who can take one more."""
        return self.filter(places_taken__lt=F("mentor__profile__mentoring_capacity"))

    def with_answer_time(self) -> Self:
        """With `median_answer_minutes`, as the list of mentors shows it; null for who is not in it."""
        return self.annotate(median_answer_minutes=F("mentor__profile__listing__median_answer_minutes"))
