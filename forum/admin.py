"""What operators see and do in the forum. Posts change by the services only; categories are plain rows."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from forum.enums import Resolution
from forum.models import Category, ForumPost, RemovedText, Report, Sanction
from forum.services import ForumService, ModerationService, SanctionService
from skillbridge_backend.core.errors import DomainError


class WrittenElsewhere:
    """Mixin: looked at here, written by the API and by actions."""

    opts: Any

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No: removing leaves a tombstone."""
        return False

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """For the actions, which the services do."""
        return request.user.has_perm(f"forum.change_{self.opts.model_name}")


@admin.register(Category)
class CategoryAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Categories; those of the catalogue's file come back with the next load."""

    list_display = ("name", "slug", "position", "updated_at")
    search_fields = ("name", "slug", "description")


@admin.register(ForumPost)
class ForumPostAdmin(WrittenElsewhere, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Threads and replies."""

    list_display = (
        "__str__", "author", "category", "reply_count", "vote_score", "report_count", "created_at", "removed_at",
    )  # fmt: skip
    list_filter = ("category", ("removed_at", admin.EmptyFieldListFilter), "is_solution", "created_at")
    list_select_related = ("author", "category")
    search_fields = ("title", "body_markdown", "author__handle", "author__email")
    exclude = ("search",)
    actions = ("remove",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ForumPost]:
        """Without the search vector."""
        return ForumPost.objects.visible_to(request.user)

    @admin.action(description="Remove, leaving tombstones", permissions=["decide"])
    def remove(self, request: HttpRequest, posts: QuerySet[ForumPost]) -> None:
        """By the service, so that it is counted and taken back as for everybody."""
        for post in posts.order_by("pk"):
            try:
                ForumService().remove(actor=request.user, post_id=post.pk)  # type: ignore[arg-type]  # staff only
            except DomainError as error:
                messages.error(request, f"{post}: {error.detail}")


@admin.register(RemovedText)
class RemovedTextAdmin(WrittenElsewhere, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """What removed posts said."""

    list_display = ("__str__", "post_author", "removed_at", "removed_by")
    list_select_related = ("post__author", "post__removed_by")
    search_fields = ("title", "body_markdown", "post__author__handle")

    @admin.display(description="author")
    def post_author(self, text: RemovedText) -> str:
        """Who wrote it."""
        return str(text.post.author)

    @admin.display(ordering="post__removed_at")
    def removed_at(self, text: RemovedText) -> object:
        """Since when only the tombstone is left."""
        return text.post.removed_at

    @admin.display
    def removed_by(self, text: RemovedText) -> str:
        """Its author or a moderator."""
        return str(text.post.removed_by)


@admin.register(Report)
class ReportAdmin(WrittenElsewhere, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """The queue of the moderators."""

    list_display = ("post", "reason", "state", "reporter", "created_at", "resolved_by", "resolved_at")
    list_filter = ("state", "reason", "created_at")
    list_select_related = ("post", "reporter", "resolved_by")
    search_fields = (
        "note", "post__title", "post__body_markdown", "post__removed_text__body_markdown", "reporter__handle",
    )  # fmt: skip
    actions = ("dismiss", "remove_post")

    @admin.action(description="Reject: the post stays", permissions=["decide"])
    def dismiss(self, request: HttpRequest, reports: QuerySet[Report]) -> None:
        """By the service."""
        self._resolve(request, reports, Resolution.DISMISS)

    @admin.action(description="Resolve: remove the post", permissions=["decide"])
    def remove_post(self, request: HttpRequest, reports: QuerySet[Report]) -> None:
        """By the service; closes every open report of the post."""
        self._resolve(request, reports, Resolution.REMOVE_POST)

    def _resolve(self, request: HttpRequest, reports: QuerySet[Report], resolution: Resolution) -> None:
        for report in reports.order_by("post_id", "pk"):
            try:
                ModerationService().resolve_report(
                    actor=request.user,  # type: ignore[arg-type]  # staff only
                    report_id=report.pk,
                    resolution=resolution,
                )
            except DomainError as error:
                messages.error(request, f"{report}: {error.detail}")


@admin.register(Sanction)
class SanctionAdmin(WrittenElsewhere, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Decisions about people; imposed over the API, where the person's posts are."""

    list_display = ("person", "kind", "starts_at", "ends_at", "lifted_at", "imposed_by", "reason")
    list_filter = ("kind", ("lifted_at", admin.EmptyFieldListFilter), "starts_at")
    list_select_related = ("person", "imposed_by")
    search_fields = ("person__handle", "person__email", "reason")
    actions = ("lift",)

    @admin.action(description="Lift", permissions=["decide"])
    def lift(self, request: HttpRequest, sanctions: QuerySet[Sanction]) -> None:
        """By the service."""
        for sanction in sanctions.order_by("pk"):
            try:
                SanctionService().lift(actor=request.user, sanction_id=sanction.pk)  # type: ignore[arg-type]  # staff only
            except DomainError as error:
                messages.error(request, f"{sanction}: {error.detail}")
