"""Matches and what happens in them. Rounds have a page of their own: `rounds.py`."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from matches.admin.looking import LookOnly
from matches.models import Block, MentorMatch, MentorStanding, Review, Session, SessionSeat
from matches.services import MatchService


@admin.register(MentorMatch)
class MentorMatchAdmin(LookOnly):
    """Matches, without what the two write to each other."""

    list_display = ("learner", "mentor", "status", "score", "requested_at", "expires_at")
    list_filter = ("status",)
    search_fields = ("learner__handle", "learner__email", "mentor__handle", "mentor__email")
    list_select_related = ("learner", "mentor")
    date_hierarchy = "created_at"
    exclude = ("message", "answer", "end_reason")
    actions = ("expire_overdue",)

    def has_expire_permission(self, request: HttpRequest) -> bool:
        """For the action."""
        return request.user.has_perm("matches.change_mentormatch")

    @admin.action(description="Let everything overdue lapse now", permissions=["expire"])
    def expire_overdue(self, request: HttpRequest, queryset: QuerySet[MentorMatch]) -> None:
        """What the periodic task does, at once."""
        self.message_user(request, f"{MatchService.expire_overdue()} matches lapsed.", messages.SUCCESS)


@admin.register(Block)
class BlockAdmin(LookOnly):
    """Who keeps whom away, without what they noted. The database shows it to admins alone."""

    list_display = ("owner", "person", "kind", "created_at")
    list_filter = ("kind",)
    search_fields = ("owner__handle", "owner__email", "person__handle", "person__email")
    list_select_related = ("owner", "person")
    date_hierarchy = "created_at"
    exclude = ("note",)


@admin.register(MentorStanding)
class MentorStandingAdmin(LookOnly):
    """What matching knows of mentors."""

    list_display = ("mentor", "places_taken", "requests_decided", "requests_answered")
    search_fields = ("mentor__handle", "mentor__email")
    list_select_related = ("mentor",)


@admin.register(Session)
class SessionAdmin(LookOnly):
    """Meetings."""

    list_display = ("mentor", "learner", "status", "starts_at", "ends_at")
    list_filter = ("status",)
    list_select_related = ("mentor", "learner")
    date_hierarchy = "starts_at"


@admin.register(SessionSeat)
class SessionSeatAdmin(LookOnly):
    """Who is taken when."""

    list_display = ("person", "during", "session")
    search_fields = ("person__handle", "person__email")
    list_select_related = ("person", "session")


@admin.register(Review)
class ReviewAdmin(LookOnly):
    """Reviews."""

    list_display = ("author", "subject", "rating", "revealed_at")
    list_filter = ("rating",)
    list_select_related = ("author", "subject")
