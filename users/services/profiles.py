"""Changes what people say about themselves. Reads are in `querysets/`, shapes in `serializers/profiles.py`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from django.db import transaction

from skillbridge_backend.core.errors import FieldError, InvalidInput
from users.availability import first_overlap
from users.enums import Role, SkillSource
from users.exceptions import HandleTaken
from users.models import AvailabilitySlot, ContactChannel, LeaveWindow, Profile, ProfileSkill, Skill, User, WantedSkill

_CLOSE_MATCHES = 3
_SHORTEST_GUESS = 2
"""Texts with fewer characters resemble everything and nothing."""


@dataclass(frozen=True, slots=True)
class SkillLevel:
    """A skill as a person typed it (slug or any alias), and a level."""

    skill: str
    level: int


@dataclass(frozen=True, slots=True)
class WeeklySlot:
    """A weekly slot in wall-clock time; an end before the start is on the next day."""

    weekday: int
    starts_at: time
    ends_at: time


@dataclass(frozen=True, slots=True)
class Leave:
    """Days of absence, both included."""

    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach somebody (`users/contacts.py`)."""

    kind: str
    value: str
    is_preferred: bool = False


@dataclass(frozen=True, slots=True)
class ProfileChanges:
    """What to change; None and absent keys leave things as they are, a list replaces the list there is."""

    account: Mapping[str, Any] = field(default_factory=dict)
    """Of `display_name`, `handle`."""
    profile: Mapping[str, Any] = field(default_factory=dict)
    """Plain fields of Profile."""
    skills: Sequence[SkillLevel] | None = None
    wanted_skills: Sequence[SkillLevel] | None = None
    availability: Sequence[WeeklySlot] | None = None
    leave_windows: Sequence[Leave] | None = None
    contacts: Sequence[Contact] | None = None


class ProfileService:
    """A person's own profile."""

    def own(self, actor: User) -> Profile:
        """The actor's profile, made when there is none yet (accounts from `createsuperuser`); harmless to repeat."""
        profile: Profile | None = Profile.objects.with_details().filter(user=actor).first()
        if profile is None:
            profile, _ = Profile.objects.get_or_create(user=actor)
        return _with_address(profile, actor)

    @transaction.atomic
    def update(
        self, actor: User, *, changes: ProfileChanges, check_version: Callable[[Profile], None] = lambda _: None
    ) -> Profile:
        """The changed profile. All or nothing: an unknown skill refuses the request and keeps nothing of it.

        `check_version` gets the locked profile and may refuse it. Lock order: profile, account. A level that a mentor
        or evidence vouches for stays whatever the person says, and stays when they leave it out. Raises InvalidInput
        naming each wrong field, such as `skills[1].skill`, and a reserved handle; HandleTaken.
        """
        Profile.objects.get_or_create(user=actor)
        profile = Profile.objects.select_for_update().get(user=actor)
        check_version(profile)
        for name, value in changes.profile.items():
            setattr(profile, name, value)
        _check_mentoring(actor, profile)
        if changes.availability is not None:
            _check_slots(changes.availability)
        if changes.contacts is not None:
            _check_contacts(changes.contacts)
        known = _known_skills(changes)
        self._save_account(actor, changes.account)
        if changes.skills is not None:
            _replace_skills(profile, {known[each.skill]: each.level for each in changes.skills})
        if changes.wanted_skills is not None:
            _replace_wanted(profile, {known[each.skill]: each.level for each in changes.wanted_skills})
        if changes.availability is not None:
            profile.availability.all().delete()
            AvailabilitySlot.objects.bulk_create(
                AvailabilitySlot(profile=profile, weekday=s.weekday, starts_at=s.starts_at, ends_at=s.ends_at)
                for s in changes.availability
            )
        if changes.leave_windows is not None:
            profile.leave_windows.all().delete()
            LeaveWindow.objects.bulk_create(
                LeaveWindow(profile=profile, starts_on=leave.starts_on, ends_on=leave.ends_on)
                for leave in changes.leave_windows
            )
        if changes.contacts is not None:
            profile.contacts.all().delete()
            ContactChannel.objects.bulk_create(
                ContactChannel(
                    profile=profile, position=position, kind=each.kind, value=each.value, is_preferred=each.is_preferred
                )
                for position, each in enumerate(changes.contacts)
            )
        profile.save()
        return _with_address(Profile.objects.with_details().get(pk=profile.pk), actor)

    def _save_account(self, actor: User, account: Mapping[str, Any]) -> None:
        if not account:
            return
        user = User.objects.select_for_update().get(pk=actor.pk)
        handle = account.get("handle", user.handle)
        if handle != user.handle and not user.may_be_called(handle):
            raise InvalidInput.of(
                "handle", "This handle is for those who run the platform. Choose another one.", code="handle_reserved"
            )
        if handle != user.handle and User.objects.filter(handle=handle).exists():
            raise HandleTaken(
                "Choose another handle.", errors=[FieldError("handle", "handle_taken", "Somebody has this handle.")]
            )
        user.handle = handle
        user.display_name = account.get("display_name", user.display_name)
        user.save(update_fields=["handle", "display_name", "updated_at"])


def _with_address(profile: Profile, actor: User) -> Profile:
    """The profile with its owner's address, which no request reads from the account's row."""
    profile.user.email = actor.email
    return profile


def _check_mentoring(actor: User, profile: Profile) -> None:
    if not profile.is_offering_mentoring:
        return
    if actor.role != Role.MENTOR:
        raise InvalidInput.of("is_offering_mentoring", "Only mentors offer mentoring; an admin gives you that role.")
    if not profile.mentoring_capacity:
        raise InvalidInput.of("mentoring_capacity", "Say for how many learners at a time you have room, 1 to 50.")


def _check_slots(slots: Sequence[WeeklySlot]) -> None:
    if overlap := first_overlap(slots):
        earlier, later = overlap
        raise InvalidInput.of(f"availability[{later}]", f"This overlaps with availability[{earlier}].", code="overlap")


def _check_contacts(contacts: Sequence[Contact]) -> None:
    seen: dict[tuple[str, str], int] = {}
    preferred: int | None = None
    for position, each in enumerate(contacts):
        earlier = seen.setdefault((each.kind, each.value.lower()), position)
        if earlier != position:
            raise InvalidInput.of(
                f"contacts[{position}].value", f"This is contacts[{earlier}] again.", code="duplicate_contact"
            )
        if each.is_preferred:
            if preferred is not None:
                raise InvalidInput.of(
                    f"contacts[{position}].is_preferred",
                    f"Prefer one at most; contacts[{preferred}] is preferred already.",
                    code="preferred_twice",
                )
            preferred = position


def _known_skills(changes: ProfileChanges) -> dict[str, Skill]:
    """The skill of every text in the changes. Raises InvalidInput for unknown texts and for one skill named twice."""
    lists = {"skills": changes.skills or (), "wanted_skills": changes.wanted_skills or ()}
    known = Skill.objects.all().by_text(each.skill for statements in lists.values() for each in statements)
    errors = [error for name, statements in lists.items() for error in _faults(name, statements, known)]
    if errors:
        raise InvalidInput("Some skills cannot be taken as they are; see errors.", errors=errors)
    return known


def _faults(name: str, statements: Iterable[SkillLevel], known: Mapping[str, Skill]) -> Iterable[FieldError]:
    first_at: dict[Skill, int] = {}
    for position, statement in enumerate(statements):
        path = f"{name}[{position}].skill"
        skill = known.get(statement.skill)
        if skill is None:
            yield FieldError(path, "unknown_skill", unknown_skill_message(statement.skill))
        elif first_at.setdefault(skill, position) != position:
            message = f"This is {skill.name}, as {name}[{first_at[skill]}] is."
            yield FieldError(path, "duplicate_skill", message)


def unknown_skill_message(text: str) -> str:
    """A sentence that says so, with the closest skills of the catalogue where there are close ones."""
    close = list(Skill.objects.all().similar_to(text)[:_CLOSE_MATCHES]) if len(text.strip()) >= _SHORTEST_GUESS else []
    hint = f" Did you mean {', '.join(skill.slug for skill in close)}?" if close else ""
    return f"The catalogue has no skill {text!r}.{hint}"


def _replace_skills(profile: Profile, stated: Mapping[Skill, int]) -> None:
    """Make the person's own statements these; rows that somebody else vouches for are left alone."""
    existing = {row.skill_id: row for row in profile.skills.all()}
    own = [row for row in existing.values() if row.source == SkillSource.SELF]
    levels = {skill.pk: level for skill, level in stated.items()}
    ProfileSkill.objects.filter(pk__in=[row.pk for row in own if row.skill_id not in levels]).delete()
    for row in own:
        if levels.get(row.skill_id, row.level) != row.level:
            row.level = levels[row.skill_id]
            row.save(update_fields=["level", "updated_at"])
    ProfileSkill.objects.bulk_create(
        ProfileSkill(profile=profile, skill=skill, level=level)
        for skill, level in stated.items()
        if skill.pk not in existing
    )


def _replace_wanted(profile: Profile, wanted: Mapping[Skill, int]) -> None:
    profile.wanted_skills.all().delete()
    WantedSkill.objects.bulk_create(
        WantedSkill(profile=profile, skill=skill, level=level) for skill, level in wanted.items()
    )
