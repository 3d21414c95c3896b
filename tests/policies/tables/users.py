"""Accounts by name, profiles of one's own and of mentors, the catalogue for everybody."""

from datetime import time, timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from skillbridge_backend.core.ids import new_id
from tests.policies.access import (
    ADMIN,
    EVERYBODY,
    LOGGED_IN,
    MENTOR,
    MODERATING,
    NOBODY,
    OTHER_MENTOR,
    OWNER,
    Access,
    columns_of,
)
from tests.policies.world import World
from users.models import AuditSeal, MentorListing
from users.tests.factories import (
    AuditEntryFactory,
    AuthenticatorAppFactory,
    AvailabilitySlotFactory,
    ChallengeFactory,
    ContactChannelFactory,
    DataExportFactory,
    DepartureFactory,
    EmailChangeFactory,
    LeaveWindowFactory,
    PasskeyFactory,
    PersonalTokenFactory,
    PictureFactory,
    ProfileFactory,
    ProfileSkillFactory,
    ProviderVisitFactory,
    RecoveryCodeFactory,
    RefreshTokenFamilyFactory,
    SkillAliasFactory,
    SkillFactory,
    SkillPrerequisiteFactory,
    SkillSuggestionFactory,
    SocialLinkFactory,
    TrackFactory,
    TrackSkillFactory,
    UserFactory,
    WantedSkillFactory,
)

SEES_PROFILE = OWNER | MODERATING | {MENTOR}
"""The mentor of a match sees the learner's profile (a policy of matches) and what hangs on it."""


def build(world: World) -> None:
    """The learner's profile with all that hangs on it, their login, and a small catalogue."""
    profile = world.learner.profile
    profile.bio = world.SECRET
    profile.save()
    login = RefreshTokenFamilyFactory(user=world.learner, user_agent=world.SECRET)
    world.remember(
        world.learner,
        profile,
        login,
        AuthenticatorAppFactory(user=world.learner),
        PasskeyFactory(user=world.learner, name=world.SECRET),
        PersonalTokenFactory(user=world.learner, name=world.SECRET),
        EmailChangeFactory(user=world.learner, session_id=login.pk),
        RecoveryCodeFactory(user=world.learner),
        SocialLinkFactory(user=world.learner, login=world.SECRET),
        ProviderVisitFactory(user=world.learner),
        ChallengeFactory(user=world.learner),
        DepartureFactory(user=world.learner),
        DataExportFactory(user=world.learner, status="failed", finished_at=timezone.now()),
        ProfileSkillFactory(profile=profile),
        MentorListing.objects.get(profile__user=world.mentor),
        WantedSkillFactory(profile=profile),
        AvailabilitySlotFactory(profile=profile),
        # Not this week: on a Monday it would leave nothing of their hours to be shown.
        LeaveWindowFactory(profile=profile, starts_on=timezone.now().date() + timedelta(days=14)),
        PictureFactory(profile=profile),
        ContactChannelFactory(profile=profile, value=f"{world.SECRET}@example.org"),
        SkillFactory(),
        SkillAliasFactory(),
        SkillPrerequisiteFactory(),
        TrackFactory(),
        TrackSkillFactory(),
        SkillSuggestionFactory(),
        AuditEntryFactory(user_id=world.learner.pk),
        AuditSeal.objects.create(**a_seal(sequence=1)),
    )


def a_seal(**columns: Any) -> dict[str, Any]:
    """A seal over nothing."""
    nothing: dict[str, Any] = {"entry_count": 0, "entry_ids": [], "digests": b"", "head": "0" * 64}
    return {"sealed_at": timezone.now()} | nothing | columns


def entry(world: World) -> dict[str, Any]:
    """An event of the learner's; the database numbers it."""
    columns = columns_of(AuditEntryFactory.build(user_id=world.learner.pk))
    return {name: value for name, value in columns.items() if name != "id"}


def of_profile(factory: Any, world: World, **fields: Any) -> dict[str, Any]:
    """A fresh row that hangs on the learner's profile."""
    return columns_of(factory.build(profile=world.learner.profile, **fields))


def with_skill(factory: Any, world: World) -> dict[str, Any]:
    """The same, with a skill that the profile does not name yet."""
    return of_profile(factory, world, skill=SkillFactory())


def without_profile(world: World) -> dict[str, Any]:
    """A profile for the learner, who has none for the length of the statement."""
    return columns_of(ProfileFactory.build(user=UserFactory()))


def read_by_everybody(factory: Any, column: str, **parts: Any) -> Access:
    """A table of the catalogue: everybody reads, no request writes. `parts` are factories of what the row names."""
    return Access(
        select=EVERYBODY,
        new_row=lambda world: columns_of(factory.build(**{name: part() for name, part in parts.items()})),
        change=(column, 3 if column == "level" else "other"),
    )


def listing(world: World) -> dict[str, Any]:
    """As if the learner were a mentor."""
    words: dict[str, Any] = {"search": "", "skills": [], "languages": [], "away": []}
    return columns_of(
        MentorListing(profile=world.learner.profile, time_zone="UTC", capacity=1, changed_at=timezone.now(), **words)
    )


def vouched_for(world: World) -> Any:
    """A level that a mentor vouches for."""
    return ProfileSkillFactory(profile=world.learner.profile, source="mentor")


OWN: dict[str, Any] = {"select": SEES_PROFILE, "insert": OWNER, "update": OWNER, "delete": OWNER}
TABLES = {
    "users_mentorlisting": Access(select=LOGGED_IN, new_row=listing, change=("capacity", 9)),
    "users_auditentry": Access(
        select=OWNER | {ADMIN}, new_row=entry, change=("action", "logged_out"), append_only=True
    ),
    "users_auditseal": Access(
        select=frozenset({ADMIN}),
        new_row=lambda world: a_seal(sequence=2, previous_head=""),
        change=("head", "1" * 64),
        append_only=True,
    ),
    "users_departure": Access(
        select=OWNER, new_row=lambda world: columns_of(
            DepartureFactory.build(user=UserFactory(), was_offering=False, was_seeking=False)
        ),
        change=("due_at", timezone.now() + timedelta(days=99)),
    ),
    "users_dataexport": Access(
        select=OWNER, insert=OWNER, new_row=lambda world: columns_of(DataExportFactory.build(user=world.learner)),
        change=("file", "exports/another.zip"),
    ),
    # The learner wrote in the forum, so visitors read their name too (a policy of forum).
    "users_user": Access(
        select=EVERYBODY, update=OWNER, new_row=lambda world: columns_of(UserFactory.build()),
        change=("display_name", "Another"),
    ),
    "users_user: who wrote nothing": Access(
        row=lambda world: world.other_mentor,
        select=LOGGED_IN, update=frozenset({OTHER_MENTOR}), new_row=lambda world: columns_of(UserFactory.build()),
        change=("display_name", "Another"),
    ),
    "users_user: role": Access(
        select=EVERYBODY, new_row=lambda world: columns_of(UserFactory.build()), change=("role", "admin"),
    ),
    "users_profile": Access(
        select=SEES_PROFILE, update=OWNER, new_row=without_profile, change=("headline", "Another"),
    ),
    "users_profile: of a mentor": Access(
        select=LOGGED_IN, update=frozenset({MENTOR}), row=lambda world: world.mentor.profile,
        new_row=without_profile, change=("headline", "Another"),
    ),
    "users_profileskill": Access(**OWN, new_row=partial(with_skill, ProfileSkillFactory), change=("level", 2)),
    "users_profileskill: vouched for": Access(
        select=SEES_PROFILE, row=vouched_for, change=("level", 5),
        new_row=lambda world: of_profile(ProfileSkillFactory, world, skill=SkillFactory(), source="mentor"),
    ),
    "users_wantedskill": Access(**OWN, new_row=partial(with_skill, WantedSkillFactory), change=("level", 2)),
    "users_availabilityslot": Access(
        **OWN, new_row=lambda world: of_profile(AvailabilitySlotFactory, world, weekday=3),
        change=("ends_at", time(21)),
    ),
    "users_leavewindow": Access(
        **OWN, new_row=partial(of_profile, LeaveWindowFactory), change=("ends_on", "2031-01-01"),
    ),
    # Whose profile one sees, of them one sees the picture; only the mentor, who has none yet, can be given one here.
    "users_picture": Access(
        select=SEES_PROFILE, insert=frozenset({MENTOR}), update=OWNER, delete=OWNER,
        new_row=lambda world: columns_of(PictureFactory.build(profile=world.mentor.profile)),
        change=("name", "n" * 43),
    ),
    # The mentor is the other side of an active match (a policy of matches); moderators are not.
    "users_contactchannel": Access(
        select=OWNER | {MENTOR}, insert=OWNER, update=OWNER, delete=OWNER,
        new_row=lambda world: of_profile(ContactChannelFactory, world, position=1),
        change=("value", "another@example.org"),
    ),
    "users_refreshtokenfamily": Access(
        select=OWNER, new_row=lambda world: columns_of(RefreshTokenFamilyFactory.build(user=world.learner)),
        change=("user_agent", "another"),
    ),
    "users_authenticatorapp": Access(
        select=NOBODY, new_row=lambda world: columns_of(AuthenticatorAppFactory.build(user=world.other_mentor)),
        change=("last_step", 7),
    ),
    "users_passkey": Access(
        select=NOBODY, new_row=lambda world: columns_of(PasskeyFactory.build(user=world.learner)),
        change=("name", "Another"),
    ),
    "users_personaltoken": Access(
        select=NOBODY, new_row=lambda world: columns_of(PersonalTokenFactory.build(user=world.learner)),
        change=("name", "Another"),
    ),
    "users_emailchange": Access(
        select=OWNER, new_row=lambda world: columns_of(EmailChangeFactory.build(user=world.other_mentor)),
        change=("new_address", "another@example.org"),
    ),
    "users_recoverycode": Access(
        select=NOBODY, new_row=lambda world: columns_of(RecoveryCodeFactory.build(user=world.learner)),
        change=("used_at", "2030-01-01"),
    ),
    "users_sociallink": Access(
        select=OWNER, new_row=lambda world: columns_of(SocialLinkFactory.build(user=world.learner, provider="other")),
        change=("login", "another"),
    ),
    "users_providervisit": Access(
        select=NOBODY, new_row=lambda world: columns_of(ProviderVisitFactory.build(user=world.learner)),
        change=("return_to", "https://elsewhere.test/"),
    ),
    "users_challenge": Access(
        select=NOBODY, new_row=lambda world: columns_of(ChallengeFactory.build(user=world.learner)),
        change=("attempts", 3),
    ),
    "users_skill": read_by_everybody(SkillFactory, "name"),
    "users_skillalias": read_by_everybody(SkillAliasFactory, "text", skill=SkillFactory),
    "users_skillprerequisite": Access(
        select=EVERYBODY, change=("requires_id", new_id()),
        new_row=lambda world: columns_of(SkillPrerequisiteFactory.build(skill=SkillFactory(), requires=SkillFactory())),
    ),
    "users_track": read_by_everybody(TrackFactory, "name"),
    "users_trackskill": read_by_everybody(TrackSkillFactory, "level", track=TrackFactory, skill=SkillFactory),
    "users_skillsuggestion": Access(
        select=MODERATING, new_row=lambda world: columns_of(SkillSuggestionFactory.build()), change=("text", "other"),
    ),
}  # fmt: skip
