"""What people say about themselves. How mentors are found is in `mentor_listings.py`."""

from datetime import date, datetime
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from skillbridge_backend.core.erasure import GONE
from skillbridge_backend.core.models import IdentifiedModel, TimestampedModel
from users.availability import open_slots, shared_minutes, utc_week_minutes
from users.contacts import CONTACT_RULES
from users.enums import ContactKind, ProfilePart, SkillSource, Visibility, Weekday
from users.models.catalogue import HIGHEST_LEVEL, LEAST_LEVEL, Skill
from users.models.people import User
from users.querysets.profiles import (
    AvailabilitySlotQuerySet,
    ContactChannelQuerySet,
    LeaveWindowQuerySet,
    PictureQuerySet,
    ProfileQuerySet,
    ProfileSkillQuerySet,
    WantedSkillQuerySet,
)

LONGEST_BIO = 4000
MOST_LANGUAGES = 20
MOST_CONTACTS = 3
LEAVE_ENDS_BEFORE = date(2100, 1, 1)
"""Of a leave until the last day of the calendar nobody could say when it is over."""
PICTURE_NAME = r"^[A-Za-z0-9_-]{43}$"
"""32 random bytes as `secrets.token_urlsafe` writes them."""


class Profile(TimestampedModel):
    """What a person says about themselves and about mentoring."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="profile", db_comment=GONE)
    headline = models.CharField(max_length=120, blank=True)
    bio = models.TextField(max_length=LONGEST_BIO, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2")
    time_zone = models.CharField(max_length=64, default="UTC", help_text="IANA name")
    languages = ArrayField(models.CharField(max_length=3), default=list, blank=True, help_text="ISO 639, best first")
    hours_per_week = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(1), MaxValueValidator(80)], help_text="time for learning"
    )
    is_seeking_mentoring = models.BooleanField(default=False)
    seeking_since = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="when they began to seek mentoring; kept by the database"
    )
    is_offering_mentoring = models.BooleanField(default=False)
    mentoring_capacity = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(50)], help_text="learners at a time"
    )
    visibility = models.CharField(
        max_length=7,
        choices=Visibility.choices,
        default=Visibility.NOBODY,
        help_text="who sees the public profile",
    )
    public_parts = ArrayField(
        models.CharField(max_length=13, choices=ProfilePart.choices),
        default=list,
        blank=True,
        help_text="what is on it beside name, handle and role",
    )
    objects = ProfileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(hours_per_week__gte=1, hours_per_week__lte=80), name="profile_hours_1_to_80"
            ),
            models.CheckConstraint(condition=Q(mentoring_capacity__lte=50), name="profile_capacity_0_to_50"),
            models.CheckConstraint(condition=Q(bio__length__lte=LONGEST_BIO), name="profile_bio_length"),
            models.CheckConstraint(condition=Q(country__regex=r"^([A-Z]{2})?$"), name="profile_country_two_letters"),
            models.CheckConstraint(condition=~Q(time_zone=""), name="profile_time_zone_given"),
            models.CheckConstraint(condition=Q(languages__len__lte=MOST_LANGUAGES), name="profile_languages_to_20"),
            models.CheckConstraint(condition=Q(visibility__in=Visibility.values), name="profile_visibility_known"),
            models.CheckConstraint(
                condition=Q(public_parts__contained_by=ProfilePart.values), name="profile_public_parts_known"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(is_offering_mentoring=True), name="profile_offering"),
        ]

    def __str__(self) -> str:
        return self.headline or str(self.user_id)

    @property
    def completeness(self) -> int:
        """Per cent of what makes a profile tell something: each of seven counts the same."""
        told = (
            self.headline, self.bio, self.country, self.languages, self.skills.all(),
            self.wanted_skills.all() or self.is_offering_mentoring, self.availability.all(),
        )  # fmt: skip
        return sum(map(bool, told)) * 100 // len(told)

    def open_slots(self, zone: ZoneInfo, week_of: date) -> list[tuple[datetime, datetime]]:
        """Begin and end of the time they have in the week of this day on the reader's clock; merged, in order."""
        return open_slots(self.availability.all(), self.leave_windows.all(), ZoneInfo(self.time_zone), zone, week_of)

    def shared_skills(self, other: "Profile") -> dict[str, int]:
        """Skills that both have: slug → the lower of the two levels."""
        theirs = {known.skill_id: known.level for known in other.skills.all()}
        return {
            known.skill.slug: min(known.level, theirs[known.skill_id])
            for known in self.skills.select_related("skill")
            if known.skill_id in theirs
        }

    def shared_minutes(self, other: "Profile", week_of: date) -> int:
        """Minutes of the UTC week of this day in which both have time, each by the clock of their own zone."""
        return shared_minutes(self.utc_minutes(week_of), other.utc_minutes(week_of))

    def utc_minutes(self, week_of: date) -> list[tuple[int, int]]:
        """The minutes `[start, end)` of the UTC week of this day in which the person has time."""
        return utc_week_minutes(self.availability.all(), ZoneInfo(self.time_zone), week_of)


class ProfileSkill(TimestampedModel):
    """A skill that a person has, from 0 (heard of it) to 5 (teaches it), and who says so."""

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="skills", db_index=False)
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="known_by", db_index=False)
    level = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(LEAST_LEVEL), MaxValueValidator(HIGHEST_LEVEL)]
    )
    source = models.CharField(max_length=10, choices=SkillSource.choices, default=SkillSource.SELF)
    verified_at = models.DateTimeField(null=True, blank=True)
    is_listed = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="of a listed mentor; kept by the database"
    )
    objects = ProfileSkillQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["profile", "skill"], name="profile_skill_once"),
            models.CheckConstraint(condition=Q(level__gte=0, level__lte=HIGHEST_LEVEL), name="profile_skill_level"),
            models.CheckConstraint(condition=Q(source__in=SkillSource.values), name="profile_skill_source_known"),
        ]
        indexes = [
            models.Index(fields=["skill", "profile"], include=["level"], name="profile_skill_of_skill"),
            models.Index(
                fields=["skill", "level", "profile"], condition=Q(is_listed=True), name="profile_skill_listed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.skill_id} {self.level}"


class WantedSkill(TimestampedModel):
    """A skill that a person wants, and the level they want to reach (1 to 5)."""

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="wanted_skills", db_index=False)
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="wanted_by")
    level = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(HIGHEST_LEVEL)])
    objects = WantedSkillQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["profile", "skill"], name="wanted_skill_once"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=HIGHEST_LEVEL), name="wanted_skill_level"),
        ]

    def __str__(self) -> str:
        return f"{self.skill_id} {self.level}"


class AvailabilitySlot(IdentifiedModel):
    """A weekly slot in wall-clock time of the profile's zone; an end before the start is on the next day."""

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="availability", db_index=False)
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    starts_at = models.TimeField()
    ends_at = models.TimeField()
    objects = AvailabilitySlotQuerySet.as_manager()

    class Meta:
        ordering = ["weekday", "starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "weekday", "starts_at"], name="slot_once"),
            models.CheckConstraint(condition=Q(weekday__gte=0, weekday__lte=6), name="slot_weekday_0_to_6"),
            models.CheckConstraint(condition=~Q(starts_at=F("ends_at")), name="slot_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{Weekday(self.weekday).label} {self.starts_at:%H:%M} to {self.ends_at:%H:%M}"


class LeaveWindow(TimestampedModel):
    """Days (both included, in the profile's zone) on which a person takes no new learners and no sessions."""

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="leave_windows")
    starts_on = models.DateField()
    ends_on = models.DateField()
    objects = LeaveWindowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="leave_ends_after_start"),
            models.CheckConstraint(condition=Q(ends_on__lt=LEAVE_ENDS_BEFORE), name="leave_ends_in_this_century"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on} to {self.ends_on}"


class Picture(TimestampedModel):
    """That a profile has a picture, and the random name under which its files are (`services/pictures.py`)."""

    profile = models.OneToOneField(Profile, on_delete=models.CASCADE, related_name="picture")
    name = models.CharField(max_length=43, help_text="random: who knows it may fetch the files")
    objects = PictureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name"], name="picture_name_once"),
            models.CheckConstraint(condition=Q(name__regex=PICTURE_NAME), name="picture_name_random"),
        ]

    def __str__(self) -> str:
        return f"of {self.profile_id}"


class ContactChannel(TimestampedModel):
    """How the other side of an active match may reach a person; nobody else is shown it."""

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="contacts", db_index=False)
    position = models.PositiveSmallIntegerField(help_text="0 to 2, in the order of their owner")
    kind = models.CharField(max_length=8, choices=ContactKind.choices)
    value = models.CharField(max_length=254)
    is_preferred = models.BooleanField(default=False)
    objects = ContactChannelQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "position"], name="contact_position_once"),
            models.UniqueConstraint(fields=["profile"], condition=Q(is_preferred=True), name="contact_one_preferred"),
            models.CheckConstraint(condition=Q(position__lt=MOST_CONTACTS), name="contact_three_at_most"),
            models.CheckConstraint(
                condition=reduce(
                    or_, (Q(kind=kind, value__regex=rule.pattern) for kind, rule in CONTACT_RULES.items())
                ),
                name="contact_value_fits_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.profile_id}"
