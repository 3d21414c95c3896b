"""Rounds: a page for each, with its answer as tables and pictures, and what may be decided about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.decorators import action

from matches.admin.looking import LookOnly
from matches.admin.round_form import RoundForm
from matches.admin.round_page import RoundPage
from matches.enums import UNDECIDED_ROUND, UNFINISHED, RoundStatus
from matches.models import MatchRound
from matches.services import RoundJobService, RoundService
from skillbridge_backend.core.errors import DomainError, PreconditionFailed


@dataclass(frozen=True, slots=True)
class Decision:
    """What may be done with a round: from which states, and in which words it is asked about and told."""

    name: str
    sources: tuple[RoundStatus, ...]
    button: str
    question: str
    done: str
    is_dangerous: bool = False


DECISIONS = {
    decision.name: decision
    for decision in (
        Decision(
            "apply", UNDECIDED_ROUND, "Apply",
            "Each pair is checked again against today: places, leave, who still seeks and offers. What holds is"
            " proposed to the learner for 14 days; what does not is told here with its reason.",
            "The round is applied.",
        ),
        Decision(
            "review", (RoundStatus.PROPOSED,), "Mark as reviewed",
            "It says to others that you have looked at the round. Nothing else changes.",
            "The round is marked as reviewed.",
        ),
        Decision(
            "discard", UNDECIDED_ROUND, "Discard",
            "Nothing is made of this round, for good. Nobody hears of it.",
            "The round is discarded.", is_dangerous=True,
        ),
        Decision(
            "undo", (RoundStatus.APPLIED,), "Undo",
            "Its proposals are withdrawn, as long as no learner has asked for theirs.",
            "The round is undone: its proposals are withdrawn.", is_dangerous=True,
        ),
        Decision(
            "cancel", UNFINISHED, "Cancel",
            "The round is called off. If it runs, its worker and the matcher stop within seconds.",
            "The round is cancelled.", is_dangerous=True,
        ),
    )
}  # fmt: skip


@admin.register(MatchRound)
class MatchRoundAdmin(LookOnly):
    """Rounds and what came of them. Who may change rounds decides, where the service lets their role."""

    list_display = ("created_at", "status", "solver", "is_fallback", "objective", "requested_by")
    list_filter = ("status", "is_fallback")
    list_select_related = ("requested_by",)
    actions_list = ("start_round",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[MatchRound]":
        """The list reads no answers, which are large."""
        rounds: QuerySet[MatchRound] = super().get_queryset(request)
        return rounds.defer("result", "outcome")

    def get_urls(self) -> list[URLPattern]:
        """Beside the usual ones, a decision with its confirmation."""
        decide = self.admin_site.admin_view(self.decide)
        return [path("<uuid:pk>/decide/<slug:name>/", decide, name="matches_matchround_decide"), *super().get_urls()]

    def has_start_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """For the button above the list."""
        return request.user.has_perm("matches.add_matchround")

    def may_decide(self, request: HttpRequest) -> bool:
        """Whether there are buttons at all."""
        return request.user.has_perm("matches.change_matchround")

    @action(description="Start a round", url_path="start", permissions=["start"])  # type: ignore[untyped-decorator]
    def start_round(self, request: HttpRequest) -> HttpResponse:
        """Ask what the round is to aim at, and queue it for the worker."""
        form = RoundForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                queued = RoundJobService.request(actor=request.user, **form.cleaned_data)  # type: ignore[arg-type]
            except DomainError as error:
                self.message_user(request, error.detail, messages.ERROR)
                return HttpResponseRedirect(reverse("admin:matches_matchround_changelist"))
            self.message_user(request, "The round is queued.", messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:matches_matchround_change", args=[queued.pk]))
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": "Start a round", "form": form
        }  # fmt: skip
        return TemplateResponse(request, "matches/admin_round_start.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The round's own page."""
        found = self._round(request, object_id)
        lowest_first = request.GET.get("order") != "best"
        shown = None
        if found.result:
            shown = RoundPage(
                found,
                page=request.GET.get("page", "1"),
                unmatched_page=request.GET.get("unmatched", "1"),
                is_lowest_first=lowest_first,
            )
        open_ones = [one for one in DECISIONS.values() if self.may_decide(request) and found.status in one.sources]
        context = self._context(request, found) | {
            "shown": shown,
            "decisions": open_ones,
            "may_apply": any(one.name == "apply" for one in open_ones),
            "is_lowest_first": lowest_first,
            "seconds": (found.finished_at - found.started_at).total_seconds()
            if found.finished_at and found.started_at
            else None,
        }
        return TemplateResponse(request, "matches/admin_round.html", context)

    def decide(self, request: HttpRequest, pk: UUID, name: str) -> HttpResponse:
        """Ask whether it is meant; do it when it was confirmed, unless the round has changed since it was looked at."""
        found, decision = self._round(request, str(pk)), DECISIONS.get(name)
        if decision is None:
            raise Http404
        if not self.may_decide(request):
            raise PermissionDenied
        without = request.POST.getlist("without") if name == "apply" else []
        if request.method == "POST" and request.POST.get("confirmed"):
            try:
                self._carry_out(request, found, decision, without)
            except DomainError as problem:
                self.message_user(request, problem.detail, messages.ERROR)
            else:
                self.message_user(request, decision.done, messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:matches_matchround_change", args=[pk]))
        context = self._context(request, found) | {
            "decision": decision,
            "without": without,
            "assigned": len(found.result.get("assignments", ())),
        }
        return TemplateResponse(request, "matches/admin_round_decision.html", context)

    def _carry_out(self, request: HttpRequest, found: MatchRound, decision: Decision, without: list[str]) -> None:
        def check(locked: MatchRound) -> None:
            if locked.updated_at.isoformat() != request.POST.get("version"):
                raise PreconditionFailed("Somebody changed the round in the meantime: look at it again.")

        step: Callable[..., MatchRound] = getattr(RoundService, decision.name)
        left_out = {"without": [UUID(learner) for learner in without]} if without else {}
        step(actor=request.user, round_id=found.pk, check=check, **left_out)

    def _round(self, request: HttpRequest, object_id: str) -> MatchRound:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found: MatchRound | None = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return found

    def _context(self, request: HttpRequest, found: MatchRound) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Round of {found.created_at:%d %B %Y, %H:%M} UTC",
            "round": found,
        }
