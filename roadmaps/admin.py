"""What operators see of roadmaps: everything to read, resources to correct, planning to start again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from roadmaps.enums import ResourceReportState
from roadmaps.models import (
    Generation,
    GrantedRead,
    ModelSpending,
    Module,
    Publication,
    Resource,
    ResourceReport,
    Roadmap,
    RoadmapGrant,
    RoadmapRating,
    RoadmapVersion,
)
from roadmaps.services import PublicationService, ReportService, RoadmapService, check_soon
from skillbridge_backend.core.errors import DomainError


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Looked at, not edited: the rows belong to learners, and triggers and services own their numbers."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Roadmap)
class RoadmapAdmin(ReadOnlyAdmin):
    """Roadmaps, with an action for those whose planning failed."""

    list_display = ("title", "owner", "track", "status", "progress", "hours_per_week", "weeks", "created_at")
    list_filter = ("status", "visibility", "track")
    search_fields = ("title", "goal_text", "owner__email", "owner__handle")
    list_select_related = ("owner", "track")
    actions = ("plan_again",)

    def has_plan_permission(self, request: HttpRequest) -> bool:
        """For the action."""
        return request.user.has_perm("roadmaps.change_roadmap")

    @admin.action(description="Plan again (failed ones)", permissions=["plan"])
    def plan_again(self, request: HttpRequest, queryset: QuerySet[Roadmap]) -> None:
        """Queue a new job for each, in its owner's name; says how many and why others were not."""
        for roadmap in queryset.select_related("owner"):
            try:
                RoadmapService().retry(actor=roadmap.owner, roadmap_id=roadmap.pk)
            except DomainError as refusal:
                self.message_user(request, f"{roadmap}: {refusal.detail}", messages.WARNING)
            else:
                self.message_user(request, f"{roadmap}: queued.", messages.SUCCESS)


@admin.register(Module)
class ModuleAdmin(ReadOnlyAdmin):
    """Modules."""

    list_display = ("title", "roadmap", "position", "skill", "status", "estimated_minutes", "is_override")
    list_filter = ("status", "is_override")
    search_fields = ("title", "roadmap__title", "roadmap__owner__handle", "skill__slug")
    list_select_related = ("roadmap", "skill")


@admin.register(RoadmapVersion)
class RoadmapVersionAdmin(ReadOnlyAdmin):
    """What roadmaps said before."""

    list_display = ("roadmap", "number", "reason", "created_at")
    list_filter = ("reason",)
    search_fields = ("roadmap__title", "roadmap__owner__handle")
    list_select_related = ("roadmap",)


@admin.register(Generation)
class GenerationAdmin(ReadOnlyAdmin):
    """Jobs and their receipts."""

    list_display = (
        "roadmap", "kind", "status", "source", "model", "attempts", "is_cached", "cost", "fallback_reason", "error",
        "created_at", "finished_at",
    )  # fmt: skip
    list_filter = ("status", "kind", "source", "model")
    search_fields = ("roadmap__title", "roadmap__owner__handle", "fallback_reason", "error")
    list_select_related = ("roadmap",)


@admin.register(ModelSpending)
class ModelSpendingAdmin(ReadOnlyAdmin):
    """What models were paid, and what is set aside for jobs that run."""

    list_display = ("day", "owner", "kind", "microdollars", "created_at", "settled_at")
    list_filter = ("day", "kind")
    search_fields = ("owner__handle", "generation_id")
    list_select_related = ("owner",)


@admin.register(RoadmapGrant)
class RoadmapGrantAdmin(ReadOnlyAdmin):
    """Who may read whose roadmap. The learner alone gives and revokes."""

    list_display = ("title", "owner", "mentor", "created_at", "expires_at", "revoked_at")
    list_filter = ("revoked_at", "expires_at")
    search_fields = ("title", "owner__handle", "mentor__handle")
    list_select_related = ("owner", "mentor")


@admin.register(GrantedRead)
class GrantedReadAdmin(ReadOnlyAdmin):
    """The log of what mentors read."""

    list_display = ("read_at", "mentor", "owner", "roadmap_id", "grant_id")
    list_filter = ("read_at",)
    search_fields = ("owner__handle", "mentor__handle", "roadmap_id")
    list_select_related = ("owner", "mentor")


@admin.register(Publication)
class PublicationAdmin(ReadOnlyAdmin):
    """Shared roadmaps, to be taken down and put back."""

    list_display = ("slug", "roadmap", "language", "shows_progress", "taken_down_at", "created_at")
    list_filter = ("roadmap__visibility", "taken_down_at", "language")
    search_fields = ("slug", "roadmap__title", "roadmap__owner__handle")
    list_select_related = ("roadmap",)
    actions = ("take_down", "put_back")

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        """For the actions."""
        return request.user.has_perm("roadmaps.change_publication")

    @admin.action(description="Take down: shown to nobody but the owner", permissions=["moderate"])
    def take_down(self, request: HttpRequest, queryset: QuerySet[Publication]) -> None:
        """From the next request on, by whatever link."""
        number = PublicationService().take_down(queryset.values_list("pk", flat=True))
        self.message_user(request, f"{number} taken down.", messages.SUCCESS)

    @admin.action(description="Put back", permissions=["moderate"])
    def put_back(self, request: HttpRequest, queryset: QuerySet[Publication]) -> None:
        """As its owner shares it."""
        number = PublicationService().put_back(queryset.values_list("pk", flat=True))
        self.message_user(request, f"{number} put back.", messages.SUCCESS)


@admin.register(RoadmapRating)
class RoadmapRatingAdmin(ReadOnlyAdmin):
    """What people think of roadmaps."""

    list_display = ("roadmap", "rater", "value", "updated_at")
    list_filter = ("value",)
    search_fields = ("roadmap__title", "rater__handle")
    list_select_related = ("roadmap", "rater")


@admin.register(Resource)
class ResourceAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Resources. The catalogue's file has the last word at its next load; a lasting change belongs there."""

    list_display = (
        "title", "skill", "kind", "language", "minutes", "is_free", "source", "state", "checked_at", "last_error",
    )  # fmt: skip
    list_filter = ("state", "source", "kind", "language", "is_free")
    search_fields = ("title", "url", "provider", "skill__slug")
    list_select_related = ("skill",)
    raw_id_fields = ("skill",)
    readonly_fields = (
        "source", "state", "checked_at", "next_check_at", "failures", "final_url", "last_error",
    )  # fmt: skip

    def save_model(self, request: HttpRequest, obj: Resource, form: Any, change: bool) -> None:  # Django's
        """A new address is checked soon."""
        super().save_model(request, obj, form, change)
        if "url" in form.changed_data:
            check_soon()


@admin.register(ResourceReport)
class ResourceReportAdmin(ReadOnlyAdmin):
    """What learners find wrong with resources, open ones first; decided with the actions."""

    list_display = ("resource", "reason", "text", "state", "reporter", "created_at", "resolved_by", "resolved_at")
    list_filter = ("state", "reason")
    search_fields = ("resource__title", "resource__url", "text", "reporter__handle")
    ordering = ("state", "created_at")
    list_select_related = ("resource", "reporter", "resolved_by")
    actions = ("resolve", "reject")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """For the actions."""
        return request.user.has_perm("roadmaps.change_resourcereport")

    @admin.action(description="Resolve (it was put right)", permissions=["decide"])
    def resolve(self, request: HttpRequest, queryset: QuerySet[ResourceReport]) -> None:
        """Close each."""
        self._close(request, queryset, ResourceReportState.RESOLVED)

    @admin.action(description="Reject (nothing is wrong)", permissions=["decide"])
    def reject(self, request: HttpRequest, queryset: QuerySet[ResourceReport]) -> None:
        """Close each."""
        self._close(request, queryset, ResourceReportState.REJECTED)

    def _close(self, request: HttpRequest, queryset: QuerySet[ResourceReport], state: ResourceReportState) -> None:
        for report in queryset.order_by("pk"):
            try:
                ReportService().close(actor=request.user, report_id=report.pk, state=state)  # type: ignore[arg-type]  # staff only
            except DomainError as refusal:
                self.message_user(request, f"{report}: {refusal.detail}", messages.WARNING)
            else:
                self.message_user(request, f"{report}: {state}.", messages.SUCCESS)
