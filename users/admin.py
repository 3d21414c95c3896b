"""What operators see of people and the catalogue. Every change that has rules goes through a service."""

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin, TabularInline

from skillbridge_backend.core.errors import DomainError
from users.enums import Role, SuggestionStatus
from users.models import (
    AuditEntry,
    AuditPending,
    AuditSeal,
    AvailabilitySlot,
    LeaveWindow,
    Profile,
    ProfileSkill,
    RefreshTokenFamily,
    Skill,
    SkillAlias,
    SkillPrerequisite,
    SkillSuggestion,
    Track,
    TrackSkill,
    User,
    WantedSkill,
)
from users.normalisation import normalise_skill
from users.querysets import AuditEntryQuerySet, UserQuerySet
from users.services import AccountService, CatalogueService, ImpersonationService, SessionService

LATEST_ENTRIES = 100
admin.site.login_template = "users/admin_login.html"


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Looked at, not edited."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No."""
        return False


def _if_may(request: HttpRequest, model: str, rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """The rows, or none for whoever has no right to their own page."""
    return rows if request.user.has_perm(f"users.view_{model}") else rows.none()


@admin.register(User)
class UserAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Accounts. They are opened by signing up; a role is changed by the service, and the database records it."""

    list_display = ("handle", "display_name", "email", "role", "is_active", "email_confirmed_at", "last_login")
    list_filter = ("role", "is_active", "is_staff", ("email_confirmed_at", admin.EmptyFieldListFilter))
    search_fields = ("handle", "email", "display_name")
    ordering = ("-created_at",)
    fields = (
        "email", "handle", "display_name", "role", "is_active", "is_staff", "groups", "email_confirmed_at",
        "last_login", "created_at", "updated_at",
    )  # fmt: skip
    readonly_fields = ("email", "email_confirmed_at", "last_login", "created_at", "updated_at")
    filter_horizontal = ("groups",)
    change_form_after_template = "users/admin_person.html"

    def get_urls(self) -> list[URLPattern]:
        """Beside the usual ones, looking through the person's eyes."""
        look = path("<uuid:pk>/look/", self.admin_site.admin_view(self.look), name="users_user_look")
        return [look, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """The account, and below it the person's sessions and what the audit trail says of them."""
        sessions, entries = RefreshTokenFamily.objects.alive(), AuditEntry.objects.all()
        about = {
            "sessions": _if_may(request, "refreshtokenfamily", sessions.filter(user_id=object_id).order_by("-pk")),
            "entries": _if_may(request, "auditentry", entries.filter(user_id=object_id).order_by("-id"))[
                :LATEST_ENTRIES
            ],
            "look_url": reverse("admin:users_user_look", args=[object_id]),
        }
        return super().change_view(request, object_id, form_url, {**about, **(extra_context or {})})

    def look(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Shows a read-only access token of the person's, once a reason was given."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), "title": "Look through somebody's eyes", "pk": pk}
        if request.method == "POST":
            try:
                context["eyes"] = ImpersonationService().look(
                    request.user,  # type: ignore[arg-type]  # staff only
                    person_id=pk,
                    reason=request.POST.get("reason", ""),
                )
                # In the admin's own log, with the address that the person is not told.
                self.log_change(request, User.objects.get(pk=pk), "Looked through this person's eyes.")
                context["api"] = settings.PUBLIC_URL
            except DomainError as problem:
                self.message_user(request, problem.detail, messages.ERROR)
        response = TemplateResponse(request, "users/admin_look.html", context)
        response.headers["Cache-Control"] = "no-store"
        return response

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Rights are given by superusers alone, or whoever edits accounts could give themselves all of them."""
        rights = () if getattr(request.user, "is_superuser", False) else ("role", "is_staff", "groups")
        return (*self.readonly_fields, *rights)

    def get_queryset(self, request: HttpRequest) -> UserQuerySet:
        """With addresses."""
        return cast(UserQuerySet, super().get_queryset(request)).with_hidden()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People sign up themselves."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An account is made inactive; what others built on it stays."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save the plain fields; the role stays as it was."""
        obj.role = form.initial.get("role", obj.role)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the groups, and hand a new role to the service: last, for it may take rights that the form names."""
        super().save_related(request, form, formsets, change)
        if "role" in form.changed_data:
            # The admin site lets in active staff accounts only.
            AccountService().change_role(
                request.user,  # type: ignore[arg-type]
                user_id=form.instance.pk,
                role=Role(form.cleaned_data["role"]),
            )


class ProfileSkillInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    """Skills that the person has."""

    model = ProfileSkill
    extra = 0
    autocomplete_fields = ("skill",)


class WantedSkillInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    """Skills that the person wants."""

    model = WantedSkill
    extra = 0
    autocomplete_fields = ("skill",)


class AvailabilityInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    """Weekly slots."""

    model = AvailabilitySlot
    extra = 0


class LeaveInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    """Days of absence."""

    model = LeaveWindow
    extra = 0


@admin.register(Profile)
class ProfileAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Profiles."""

    list_display = ("user", "headline", "country", "time_zone", "is_seeking_mentoring", "is_offering_mentoring")
    list_filter = ("is_seeking_mentoring", "is_offering_mentoring", "country")
    search_fields = ("user__handle", "user__email", "headline")
    list_select_related = ("user",)
    readonly_fields = ("user", "created_at", "updated_at")
    inlines = (ProfileSkillInline, WantedSkillInline, AvailabilityInline, LeaveInline)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A profile comes with its account."""
        return False


class AliasInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    """Ways in which people write the skill."""

    model = SkillAlias
    fields = ("text",)
    extra = 1


class PrerequisiteInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    """What the skill builds on; the database refuses a cycle."""

    model = SkillPrerequisite
    fk_name = "skill"
    autocomplete_fields = ("requires",)
    extra = 0


@admin.register(Skill)
class SkillAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """The catalogue's skills."""

    list_display = ("name", "slug", "minutes_per_level", "updated_at")
    search_fields = ("name", "slug", "aliases__normalised")
    inlines = (AliasInline, PrerequisiteInline)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save the inlines, each alias with its normalised form."""
        for row in formset.save(commit=False):
            if isinstance(row, SkillAlias):
                row.normalised = normalise_skill(row.text)
            row.save()
        for row in formset.deleted_objects:
            row.delete()


class TrackSkillInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    """Skills of the track with the level to reach."""

    model = TrackSkill
    autocomplete_fields = ("skill",)
    extra = 0


@admin.register(Track)
class TrackAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Tracks."""

    list_display = ("name", "slug", "updated_at")
    search_fields = ("name", "slug")
    inlines = (TrackSkillInline,)


@admin.register(SkillSuggestion)
class SkillSuggestionAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """What the catalogue did not know. Choose a skill and save to make the text an alias of it."""

    list_display = ("text", "times_seen", "status", "skill", "source", "created_at")
    list_filter = ("status",)
    search_fields = ("text", "normalised")
    ordering = ("status", "-times_seen")
    list_select_related = ("skill",)
    fields = ("text", "times_seen", "source", "status", "skill", "created_at")
    readonly_fields = ("text", "times_seen", "source", "status", "created_at")
    autocomplete_fields = ("skill",)
    actions = ("accept_as_skill", "reject")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They are kept when they are seen."""
        return False

    def save_model(self, request: HttpRequest, obj: SkillSuggestion, form: Any, change: bool) -> None:
        """Make the text an alias of the skill that was chosen."""
        if obj.skill_id is None:
            return
        try:
            CatalogueService().accept_as_alias(request.user, suggestion_id=obj.pk, skill_id=obj.skill_id)  # type: ignore[arg-type]  # staff only
        except DomainError as problem:
            self.message_user(request, problem.detail, messages.ERROR)

    @admin.action(description="Accept as a new skill", permissions=["change"])
    def accept_as_skill(self, request: HttpRequest, queryset: QuerySet[SkillSuggestion]) -> None:
        """Make a skill of each."""
        self._decide(request, queryset, CatalogueService().accept_as_skill)

    @admin.action(description="Reject", permissions=["change"])
    def reject(self, request: HttpRequest, queryset: QuerySet[SkillSuggestion]) -> None:
        """Decide that they name no skill."""
        self._decide(request, queryset, CatalogueService().reject)

    def _decide(self, request: HttpRequest, queryset: QuerySet[SkillSuggestion], decision: Any) -> None:
        done = 0
        for suggestion in queryset.order_by("pk"):
            try:
                decision(request.user, suggestion_id=suggestion.pk)
                done += 1
            except DomainError as problem:
                self.message_user(request, problem.detail, messages.ERROR)
        self.message_user(request, f"{done} decided.")

    def get_readonly_fields(self, request: HttpRequest, obj: SkillSuggestion | None = None) -> tuple[str, ...]:
        """A decided suggestion keeps its skill."""
        is_settled = obj is not None and obj.status != SuggestionStatus.OPEN
        return (*self.readonly_fields, "skill") if is_settled else self.readonly_fields


class AuditedTableFilter(admin.SimpleListFilter):
    """By table: those that are recorded, without reading the whole trail for their names."""

    title = "table"
    parameter_name = "table"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Events of accounts, and each table."""
        return [("-", "events of accounts"), *((table, table) for table in AuditEntry.objects.audited_tables())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """The chosen one's entries; `-` stands for events, whose table's name is empty."""
        chosen = self.value()
        return queryset.filter(table_name=chosen.strip("-")) if chosen else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """The audit trail; the database lets nobody change it. Search for an id, a handle, an address, a request."""

    list_display = ("occurred_at", "action", "table_name", "row_id", "user_id", "actor_id", "login", "request_id")
    list_filter = ("action", AuditedTableFilter, "occurred_at")
    search_fields = ("row_id", "request_id")
    search_help_text = "a handle or e-mail address of a person, an id, or a request's id"
    show_full_result_count = False
    ordering = ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: AuditEntryQuerySet, search_term: str
    ) -> tuple[AuditEntryQuerySet, bool]:
        """What concerns a person, was done by them, or is of a row or request; exact matches only."""
        term = search_term.strip()
        return (queryset.about(term), False) if term else (queryset, False)


@admin.register(AuditSeal)
class AuditSealAdmin(ReadOnlyAdmin):
    """The chain over the trail. `manage.py audit_verify` recomputes it."""

    list_display = ("sequence", "sealed_at", "entry_count", "head")
    fields = ("sequence", "sealed_at", "entry_count", "entry_ids", "previous_head", "head")
    search_fields = ("=head",)
    show_full_result_count = False
    ordering = ("-sequence",)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The list, headed by how much is waiting for a seal."""
        pending = AuditPending.objects.count()
        return super().changelist_view(
            request, {"title": f"Audit seals: {pending} entries wait for theirs", **(extra_context or {})}
        )


@admin.register(RefreshTokenFamily)
class RefreshTokenFamilyAdmin(ReadOnlyAdmin):
    """Logins and whether they are alive."""

    list_display = ("user", "created_at", "rotated_at", "rotations", "expires_at", "revoked_at", "ip_address")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("user__handle", "user__email")
    list_select_related = ("user",)
    exclude = ("current_hash",)
    ordering = ("-id",)
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """For the action."""
        return request.user.has_perm("users.change_refreshtokenfamily")

    @admin.action(description="End these sessions", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[RefreshTokenFamily]) -> None:
        """Revoke the families; their access tokens end with them."""
        try:
            ended = SessionService().revoke(request.user, family_ids=list(queryset.values_list("pk", flat=True)))  # type: ignore[arg-type]  # staff only
            self.message_user(request, f"{ended} ended.")
        except DomainError as problem:
            self.message_user(request, problem.detail, messages.ERROR)
