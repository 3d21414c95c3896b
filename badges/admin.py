"""The badges app in the admin: badges and rules are edited here; ledger, totals and awards are looked at.

What writes more than the form's own row goes through the services.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from badges.models import Award, Badge, MetricTotal, PointsEntry, PointsRule
from badges.services import BadgeService, GamificationService
from badges.services.gamification import LONGEST_NOTE, MOST_POINTS_BY_HAND
from skillbridge_backend.core.errors import DomainError
from users.models import User


def _admin(request: HttpRequest) -> User:
    """Who is logged in to the admin; the site lets in nobody else."""
    assert isinstance(request.user, User)  # noqa: S101  # for the type checker
    return request.user


@admin.register(Badge)
class BadgeAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Badges; their criteria are validated."""

    list_display = ("slug", "name", "tier", "is_active", "updated_at")
    list_filter = ("tier", "is_active")
    search_fields = ("slug", "name", "description")
    actions = ("preview", "back_fill")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Preview: who would get it now", permissions=["change"])
    def preview(self, request: HttpRequest, queryset: "QuerySet[Badge]") -> None:
        """A message for each badge."""
        for badge in queryset:
            found = BadgeService.preview(actor=_admin(request), badge=badge)
            names = f": {', '.join(found.sample)}" if found.sample else ""
            messages.info(request, f"{badge.name}: {found.count} would get it{names}")

    @admin.action(description="Award to everybody who has earned it", permissions=["change"])
    def back_fill(self, request: HttpRequest, queryset: "QuerySet[Badge]") -> None:
        """A message for each badge."""
        for badge in queryset:
            try:
                count = BadgeService.back_fill(actor=_admin(request), badge=badge)
            except DomainError as error:
                messages.error(request, f"{badge.name}: {error.title}. {error.detail}")
            else:
                messages.success(request, f"{badge.name}: awarded to {count}")


class AwardForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """Revoking is all that can be done with an award."""

    revoke_reason = forms.CharField(max_length=300, required=True, help_text="the person may read it")

    class Meta:
        model = Award
        fields = ("revoke_reason",)


@admin.register(Award)
class AwardAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Awards; to save one with a reason is to revoke it."""

    form = AwardForm
    list_display = ("awarded_at", "user", "badge", "seq", "revoked_at", "revoked_by")
    list_filter = ("badge", "revoked_at", "awarded_at")
    list_select_related = ("user", "badge", "revoked_by")
    search_fields = ("user__handle", "user__email", "badge__slug")
    readonly_fields = ("user", "badge", "seq", "awarded_at", "reason", "revoked_at", "revoked_by")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Award | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.revoked_at is None)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Award, form: "ModelForm[Award]", change: bool) -> None:
        """Revoke it."""
        BadgeService.revoke(actor=_admin(request), award_id=obj.pk, reason=form.cleaned_data["revoke_reason"])


@admin.register(PointsRule)
class PointsRuleAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """What a unit of each metric is worth from now on."""

    list_display = ("metric", "points", "updated_at")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class BookingForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A booking by hand."""

    points = forms.IntegerField(min_value=-MOST_POINTS_BY_HAND, max_value=MOST_POINTS_BY_HAND)
    note = forms.CharField(max_length=LONGEST_NOTE, help_text="the person may read it")

    class Meta:
        model = PointsEntry
        fields = ("user", "points", "note")

    def clean_points(self) -> int:
        """Not 0."""
        points = int(self.cleaned_data["points"])
        if points == 0:
            raise forms.ValidationError("Write a number that is not 0.")
        return points

    def _post_clean(self) -> None:
        """Nothing: the row's other fields are filled in by the service, which validates."""


@admin.register(PointsEntry)
class PointsEntryAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """The ledger: append-only, with bookings by hand."""

    form = BookingForm
    list_display = ("created_at", "user", "metric", "amount", "points", "source_type", "note", "booked_by")
    list_filter = ("metric", "source_type", "created_at")
    list_select_related = ("user", "booked_by")
    search_fields = ("user__handle", "user__email", "key", "note")
    raw_id_fields = ("user",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: PointsEntry, form: "ModelForm[PointsEntry]", change: bool) -> None:
        """Book it."""
        booked = GamificationService.book_manual(actor=_admin(request), **form.cleaned_data)
        # The admin's own log names the row.
        obj.pk = booked.pk
        obj.refresh_from_db()


@admin.register(MetricTotal)
class MetricTotalAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Totals, as the triggers keep them."""

    list_display = ("user", "metric", "amount", "points", "updated_at")
    list_filter = ("metric",)
    list_select_related = ("user",)
    search_fields = ("user__handle", "user__email")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
