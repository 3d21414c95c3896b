"""What operators see of the outbox: dead letters, and what was decided about them."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from skillbridge_backend.core import dead_letters
from skillbridge_backend.core.models import DeadLetter, DeadLetterFate


class _LookedAt(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Read, not edited."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No."""
        return False


@admin.register(DeadLetter)
class DeadLetterAdmin(_LookedAt):
    """Messages that failed five times. Who may change dead letters replays them, who may delete them drops them."""

    list_display = ("topic", "dead_at", "attempts", "short_error", "request_id")
    list_filter = ("topic",)
    search_fields = ("=id", "topic", "last_error", "request_id")
    ordering = ("dead_at",)
    fields = ("id", "topic", "payload", "actor_id", "request_id", "created_at", "dead_at", "attempts", "last_error")
    readonly_fields = fields
    actions = ("replay", "drop")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[DeadLetter]":
        """Only the dead of the outbox."""
        letters: QuerySet[DeadLetter] = super().get_queryset(request).filter(dead_at__isnull=False)
        return letters

    @admin.display(description="last error")
    def short_error(self, letter: DeadLetter) -> str:
        """Its first line."""
        return letter.last_error.partition("\n")[0][:120]

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """For the action."""
        return bool(request.user.has_perm("core.change_deadletter"))

    def has_drop_permission(self, request: HttpRequest) -> bool:
        """For the action."""
        return bool(request.user.has_perm("core.delete_deadletter"))

    @admin.action(description="Replay: five new attempts, from now on", permissions=["replay"])
    def replay(self, request: HttpRequest, letters: "QuerySet[DeadLetter]") -> None:
        """The chosen ones."""
        self._decide(request, letters, dead_letters.replay, "replayed")

    @admin.action(description="Drop: remove for good", permissions=["drop"])
    def drop(self, request: HttpRequest, letters: "QuerySet[DeadLetter]") -> None:
        """The chosen ones."""
        self._decide(request, letters, dead_letters.drop, "dropped")

    def _decide(
        self,
        request: HttpRequest,
        letters: "QuerySet[DeadLetter]",
        decide: Callable[..., dead_letters.Decided],
        done: str,
    ) -> None:
        try:
            decided = decide(decided_by=f"admin, {request.user.pk}", ids=letters.values_list("pk", flat=True))
        except dead_letters.UnknownDeadLettersError:
            self.message_user(request, "Somebody else was faster: nothing was done.", messages.WARNING)
            return
        for key, why in decided.refused.items():
            self.message_user(request, f"{key} was not {done}: {why}", messages.WARNING)
        if decided.count or not decided.refused:
            self.message_user(request, f"{decided.count} {done}.", messages.SUCCESS)


@admin.register(DeadLetterFate)
class DeadLetterFateAdmin(_LookedAt):
    """What was decided, by whom."""

    list_display = ("decided_at", "action", "topic", "decided_by", "message_id")
    list_filter = ("action", "topic")
    search_fields = ("=message_id", "topic", "last_error")
    ordering = ("-decided_at",)
