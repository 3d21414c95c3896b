"""What this app knows about a person, for the copy of their data (core/personal_data.py)."""

from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from skillbridge_backend.core.personal_data import Section
from users.models import (
    AuditEntry,
    AvailabilitySlot,
    ContactChannel,
    Departure,
    EmailChange,
    LeaveWindow,
    Passkey,
    PersonalToken,
    Picture,
    Profile,
    ProfileSkill,
    RefreshTokenFamily,
    SocialLink,
    User,
    WantedSkill,
)
from users.services.pictures import picture_files


def _account(person: UUID) -> QuerySet[Any]:
    account: QuerySet[Any] = User.objects.with_hidden().filter(pk=person).annotate(own_address=F("email"))
    return account


SECTIONS = (
    Section(
        "account",
        (),
        _account,
        (
            "id", "handle", "own_address", "email_confirmed_at", "display_name", "role", "last_login", "created_at",
            "updated_at",
        ),
        is_hidden=True,
    ),
    Section(
        "profile",
        ("users_profile.user_id",),
        lambda person: Profile.objects.filter(user_id=person),
        (
            "headline", "bio", "country", "time_zone", "languages", "hours_per_week", "is_seeking_mentoring",
            "seeking_since", "is_offering_mentoring", "mentoring_capacity", "visibility", "public_parts", "created_at",
            "updated_at",
        ),
    ),
    Section(
        "contacts",
        (),
        lambda person: ContactChannel.objects.filter(profile__user_id=person),
        ("kind", "value", "is_preferred", "created_at"),
    ),
    Section(
        "picture",
        (),
        lambda person: Picture.objects.filter(profile__user_id=person),
        ("name", "created_at", "updated_at"),
        files=picture_files,
    ),
    Section(
        "skills",
        (),
        lambda person: ProfileSkill.objects.filter(profile__user_id=person),
        ("skill__slug", "level", "source", "verified_at", "created_at"),
    ),
    Section(
        "wanted_skills",
        (),
        lambda person: WantedSkill.objects.filter(profile__user_id=person),
        ("skill__slug", "level", "created_at"),
    ),
    Section(
        "availability",
        (),
        lambda person: AvailabilitySlot.objects.filter(profile__user_id=person),
        ("weekday", "starts_at", "ends_at"),
    ),
    Section(
        "leave_windows",
        (),
        lambda person: LeaveWindow.objects.filter(profile__user_id=person),
        ("starts_on", "ends_on", "created_at"),
    ),
    Section(
        "logins",
        ("users_refreshtokenfamily.user_id",),
        lambda person: RefreshTokenFamily.objects.filter(user_id=person),
        ("id", "user_agent", "ip_address", "created_at", "rotated_at", "expires_at", "revoked_at"),
    ),
    Section(
        "login_providers",
        ("users_sociallink.user_id",),
        lambda person: SocialLink.objects.filter(user_id=person),
        ("provider", "subject", "email", "login", "name", "linked_at", "last_used_at"),
    ),
    Section(
        "passkeys",
        ("users_passkey.user_id",),
        lambda person: Passkey.objects.filter(user_id=person),
        ("name", "is_synced", "created_at", "last_used_at"),
        is_hidden=True,
    ),
    Section(
        "personal_tokens",
        ("users_personaltoken.user_id",),
        lambda person: PersonalToken.objects.filter(user_id=person),
        ("name", "prefix", "scopes", "created_at", "expires_at", "last_used_at"),
        is_hidden=True,
    ),
    Section(
        "account_events",
        (),
        lambda person: AuditEntry.objects.events().filter(user_id=person).as_told(),
        ("occurred_at", "action", "ip_address", "user_agent", "told"),
    ),
    Section(
        "email_changes",
        ("users_emailchange.user_id",),
        lambda person: EmailChange.objects.filter(user_id=person),
        ("old_address", "new_address", "asked_at", "confirmed_at"),
    ),
    Section(
        "departure",
        ("users_departure.user_id",),
        lambda person: Departure.objects.filter(user_id=person),
        ("asked_at", "due_at"),
    ),
)  # fmt: skip
EXEMPT = {
    "users_authenticatorapp.user_id": "a secret; when it came and went is in account_events.json",
    "users_recoverycode.user_id": "secrets; when they were made and used is in account_events.json",
    "users_providervisit.user_id": "ways to a login provider of the last day, and back",
    "users_challenge.user_id": "questions of the last day, without what was answered",
    "users_dataexport.user_id": "the jobs that make these copies",
    "users_user_groups.user_id": "rights in the admin; the role is in account.json",
    "users_user_user_permissions.user_id": "rights in the admin; the role is in account.json",
    "django_admin_log.user_id": "what an admin did for the platform, to other people's data",
}
