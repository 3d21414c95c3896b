"""Accounts, profiles, the skill catalogue, sessions and the account's audit trail."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any, ClassVar, cast
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Coalesce, Concat, Greatest, Lower, LPad
from django.utils import timezone
from django.utils.crypto import salted_hmac

from skillbridge_backend.core.erasure import GONE
from skillbridge_backend.core.fields import EncryptedTextField
from skillbridge_backend.core.models import SHA_256, IdentifiedModel, TimestampedModel
from users.availability import open_slots, shared_minutes, utc_week_minutes
from users.contacts import CONTACT_RULES
from users.enums import (
    AuditAction,
    ChallengePurpose,
    ContactKind,
    ExportStatus,
    LoginMethod,
    ProfilePart,
    RefreshTransport,
    Role,
    SkillSource,
    SuggestionStatus,
    TokenScope,
    Visibility,
    VisitPurpose,
    Weekday,
)
from users.querysets import (
    HIDDEN,
    LEAST_REQUESTS,
    MOST_ATTEMPTS,
    AuditEntryQuerySet,
    AuditSealQuerySet,
    AuthenticatorAppQuerySet,
    AvailabilitySlotQuerySet,
    ChallengeQuerySet,
    ContactChannelQuerySet,
    DataExportQuerySet,
    DepartureQuerySet,
    EmailChangeQuerySet,
    LeaveWindowQuerySet,
    MentorListingQuerySet,
    PasskeyQuerySet,
    PersonalTokenQuerySet,
    PictureQuerySet,
    ProfileQuerySet,
    ProfileSkillQuerySet,
    ProviderVisitQuerySet,
    RecoveryCodeQuerySet,
    RefreshTokenFamilyQuerySet,
    SkillQuerySet,
    SkillSuggestionQuerySet,
    SocialLinkQuerySet,
    TrackQuerySet,
    UserQuerySet,
    WantedSkillQuerySet,
    audit_subjects,
)
from users.webauthn import Credential

LEAST_LEVEL, HIGHEST_LEVEL = 0, 5
LONGEST_BIO = 4000
MOST_LANGUAGES = 20
MOST_CONTACTS = 3
PICTURE_NAME = r"^[A-Za-z0-9_-]{43}$"
"""32 random bytes as `secrets.token_urlsafe` writes them."""
LONGEST_TOKEN_LIFE = timedelta(days=365)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]  # a class made at run time
    """Creates accounts; reads are in UserQuerySet. What requests may not read is left out until it is asked for."""

    def get_queryset(self) -> UserQuerySet:
        """Everybody, without the hidden columns: a relation that is followed must not ask for them either."""
        return cast(UserQuerySet, super().get_queryset()).defer(*HIDDEN)

    def get_by_natural_key(self, username: str | None) -> "User":
        """The account with this address, for Django's login."""
        return self.get_queryset().with_hidden().get(email=username)

    def create_user(self, *, email: str, password: str | None, **fields: Any) -> "User":
        """A new account with a hashed password (unusable when None). The address is kept in lower case."""
        user: User = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, *, email: str, password: str, **fields: Any) -> "User":
        """An admin, for `manage.py createsuperuser`."""
        return self.create_user(
            email=email, password=password, **fields, role=Role.ADMIN, is_staff=True, is_superuser=True
        )


class User(AbstractBaseUser, PermissionsMixin, TimestampedModel):
    """A person's account. They log in with their e-mail address; `handle` is how others see and mention them."""

    email = models.EmailField(max_length=254, unique=True)
    handle = models.SlugField(max_length=40, unique=True)
    display_name = models.CharField(max_length=80)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.LEARNER)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="may log in to the admin")
    email_confirmed_at = models.DateTimeField(null=True, blank=True)
    token_version = models.PositiveIntegerField(
        default=1, help_text="raised by whatever must end all access tokens at once"
    )
    has_short_password = models.BooleanField(
        default=False, db_default=False, help_text="long enough only as long as there is a second factor"
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["handle", "display_name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower_case"),
            models.CheckConstraint(condition=Q(handle=Lower("handle")), name="user_handle_lower_case"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(condition=~Q(display_name=""), name="user_display_name_given"),
        ]
        indexes = [
            models.Index(fields=["role"], name="user_role"),
        ]

    def __str__(self) -> str:
        return self.handle

    @property
    def is_moderating(self) -> bool:
        """True for moderators and admins."""
        return self.role in {Role.MODERATOR, Role.ADMIN}

    @property
    def response_rate(self) -> int | None:
        """Per cent of the requests to this mentor that were answered; None for who is no mentor, or had too few."""
        listing = MentorListing.objects.filter(profile__user=self).first()
        return listing.response_rate if listing else None

    def has_second_factor(self) -> bool:
        """Whether a login asks for more than its first factor. For the account service."""
        return not self._state.adding and (
            AuthenticatorApp.objects.confirmed().filter(user=self).exists()
            or Passkey.objects.filter(user=self).exists()
        )

    def get_session_auth_hash(self) -> str:
        """What the admin's sessions hang on, which are Django's: password, role, and second factors.

        A session ends with the first request after one of them has changed, as those of the API do.
        """
        factors = [
            *AuthenticatorApp.objects.confirmed().filter(user=self).values_list("pk", "confirmed_at"),
            *Passkey.objects.filter(user=self).order_by("pk").values_list("pk", "created_at"),
        ]
        state = f"{super().get_session_auth_hash()} {self.token_version} {factors}"
        return salted_hmac("users.admin-session", state, algorithm="sha256").hexdigest()

    def refresh_from_db(self, using: str | None = None, fields: Any = None, from_queryset: Any = None) -> None:
        """As Django's; the whole row is the whole row, hidden columns included, where they were there before."""
        if fields is None and from_queryset is None and not self.get_deferred_fields():
            from_queryset = type(self).objects.with_hidden()
        super().refresh_from_db(using, fields, from_queryset)


class Skill(TimestampedModel):
    """One skill of the catalogue. `js`, `JavaScript` and `javascript` are aliases of one skill."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=400, blank=True)
    minutes_per_level = models.PositiveIntegerField(help_text="study time for one level of five")
    prerequisites: "models.ManyToManyField[Skill, SkillPrerequisite]" = models.ManyToManyField(
        "self", through="SkillPrerequisite", symmetrical=False, related_name="unlocks"
    )
    objects = SkillQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.CheckConstraint(condition=Q(minutes_per_level__gt=0), name="skill_minutes_positive")]

    def __str__(self) -> str:
        return self.name


class SkillAlias(IdentifiedModel):
    """A way people write a skill, normalised (`users/normalisation.py`); its own name and slug are among them."""

    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="aliases")
    text = models.CharField(max_length=60)
    normalised = models.CharField(max_length=60, unique=True)

    class Meta:
        verbose_name_plural = "skill aliases"

    def __str__(self) -> str:
        return self.text


class SkillPrerequisite(IdentifiedModel):
    """`skill` builds on `requires`. The graph has no cycle; the database refuses the edge that would close one."""

    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="requirements", db_index=False)
    requires = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="required_by")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["skill", "requires"], name="prerequisite_once"),
            models.CheckConstraint(condition=~Q(skill=F("requires")), name="prerequisite_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.skill_id} requires {self.requires_id}"


class Track(TimestampedModel):
    """A direction one can take, such as backend development with Python: skills with the level each should reach."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=400, blank=True)
    keywords = ArrayField(models.CharField(max_length=60), default=list, help_text="words people use in a goal")
    skills: "models.ManyToManyField[Skill, TrackSkill]" = models.ManyToManyField(
        Skill, through="TrackSkill", related_name="tracks"
    )
    objects = TrackQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TrackSkill(IdentifiedModel):
    """A skill of a track and the level to reach."""

    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="track_skills", db_index=False)
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="track_skills")
    level = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(HIGHEST_LEVEL)])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["track", "skill"], name="track_skill_once"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=HIGHEST_LEVEL), name="track_skill_level"),
        ]

    def __str__(self) -> str:
        return f"{self.track_id} {self.skill_id} {self.level}"


class SkillSuggestion(TimestampedModel):
    """A skill that somebody typed and the catalogue does not know; an admin decides what becomes of it."""

    text = models.CharField(max_length=60)
    normalised = models.CharField(max_length=60, unique=True)
    times_seen = models.PositiveIntegerField(default=1)
    source = models.CharField(max_length=120, blank=True, help_text="where it was seen first")
    status = models.CharField(max_length=10, choices=SuggestionStatus.choices, default=SuggestionStatus.OPEN)
    skill = models.ForeignKey(
        Skill, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", help_text="what it became"
    )
    objects = SkillSuggestionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=SuggestionStatus.values), name="suggestion_status_known")
        ]

    def __str__(self) -> str:
        return self.text


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
        """Begin and end of the time they have in the UTC week of this day, on the reader's clock; merged, in order."""
        return open_slots(self.availability.all(), ZoneInfo(self.time_zone), zone, week_of)

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
        return shared_minutes(self._minutes(week_of), other._minutes(week_of))  # noqa: SLF001  # of the same class

    def _minutes(self, week_of: date) -> list[tuple[int, int]]:
        return utc_week_minutes(self.availability.all(), ZoneInfo(self.time_zone), week_of)


class MentorListingManager(models.Manager.from_queryset(MentorListingQuerySet)):  # type: ignore[misc]  # made at run time
    """Reads are in MentorListingQuerySet; what only searches need, and what no request may read, is left out."""

    def get_queryset(self) -> MentorListingQuerySet:
        """Every mentor who is listed."""
        return cast(MentorListingQuerySet, super().get_queryset()).defer("search", "skills", "away", "changes_at")


class MentorListing(models.Model):
    """A mentor as the list of mentors finds, orders and shows them; there is one for each who is open for learners.

    Kept by the database alone, recomputed from the rows and never counted up and down. What people say of themselves
    comes by `private.users_refresh_listings`; the figures come from above this app, by a function of matches.
    """

    profile = models.OneToOneField(Profile, on_delete=models.CASCADE, primary_key=True, related_name="listing")
    search = SearchVectorField(help_text="name, headline, skills with all their names, bio")
    skills = ArrayField(models.CharField(max_length=62), help_text="`python`, `python:1` … up to the level they have")
    languages = ArrayField(models.CharField(max_length=3))
    country = models.CharField(max_length=2, blank=True)
    time_zone = models.CharField(max_length=64)
    away = ArrayField(DateRangeField(), help_text="windows of leave, days half-open")
    capacity = models.PositiveSmallIntegerField()
    places_taken = models.PositiveIntegerField(default=0, db_default=0)
    rating_count = models.PositiveIntegerField(default=0, db_default=0, help_text="of ratings that everybody may see")
    rating_mean = models.DecimalField(max_digits=3, decimal_places=2, null=True, help_text="from three ratings on")
    requests_decided = models.PositiveIntegerField(
        default=0, db_default=0, help_text="of the last 180 days: answered, or lapsed"
    )
    requests_answered = models.PositiveIntegerField(default=0, db_default=0)
    median_answer_minutes = models.PositiveIntegerField(null=True, help_text="from three answers on")
    changes_at = models.DateTimeField(
        null=True, help_text="when a figure changes though nobody writes; hidden, for it tells of unseen reviews"
    )
    changed_at = models.DateTimeField()
    open_places = models.GeneratedField(
        expression=Greatest(F("capacity") - F("places_taken"), 0),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    by_rating = models.GeneratedField(
        expression=Concat(
            LPad(
                Cast(
                    Cast(Coalesce(F("rating_mean"), Decimal(0)) * 100, models.IntegerField()),
                    models.CharField(max_length=3),
                ),
                3,
                models.Value("0"),
            ),
            LPad(Cast("rating_count", models.CharField(max_length=6)), 6, models.Value("0")),
            Cast("profile", models.CharField(max_length=36)),
        ),
        output_field=models.CharField(max_length=45, db_collation="C"),
        db_persist=True,
    )
    by_answer_time = models.GeneratedField(
        expression=Concat(
            LPad(
                Cast(Coalesce(F("median_answer_minutes"), 9_999_999), models.CharField(max_length=7)),
                7,
                models.Value("0"),
            ),
            Cast("profile", models.CharField(max_length=36)),
        ),
        output_field=models.CharField(max_length=43, db_collation="C"),
        db_persist=True,
    )
    objects = MentorListingManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.CheckConstraint(
                condition=Q(requests_answered__lte=F("requests_decided")), name="listing_answered_of_decided"
            ),
            models.CheckConstraint(
                condition=Q(rating_mean=None) | Q(rating_mean__gte=1, rating_mean__lte=5), name="listing_mean_1_to_5"
            ),
        ]
        indexes = [
            # Read much more often than a mentor changes: nothing waits in it to be sorted in by readers.
            GinIndex(fields=["search", "skills", "languages"], fastupdate=False, name="listing_found_by"),
            models.Index(fields=["country", "profile"], name="listing_of_country"),
            models.Index(fields=["time_zone"], name="listing_of_zone"),
            models.Index(fields=["by_rating"], name="listing_by_rating"),
            models.Index(fields=["by_answer_time"], name="listing_by_answer_time"),
            models.Index(fields=["changes_at"], condition=Q(changes_at__isnull=False), name="listing_changing"),
        ]

    def __str__(self) -> str:
        return str(self.profile_id)

    @property
    def response_rate(self) -> int | None:
        """Per cent of the requests of the last 180 days that were answered; None where there were too few."""
        if self.requests_decided < LEAST_REQUESTS:
            return None
        return self.requests_answered * 100 // self.requests_decided

    @property
    def updated_at(self) -> datetime:
        """When what is shown of the mentor last changed."""
        return max(self.changed_at, self.profile.updated_at)


class ProfileSkill(TimestampedModel):
    """A skill that a person has, from 0 (heard of it) to 5 (teaches it), and who says so."""

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="skills", db_index=False)
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="known_by", db_index=False)
    level = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(LEAST_LEVEL), MaxValueValidator(HIGHEST_LEVEL)]
    )
    source = models.CharField(max_length=10, choices=SkillSource.choices, default=SkillSource.SELF)
    verified_at = models.DateTimeField(null=True, blank=True)
    objects = ProfileSkillQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["profile", "skill"], name="profile_skill_once"),
            models.CheckConstraint(condition=Q(level__gte=0, level__lte=HIGHEST_LEVEL), name="profile_skill_level"),
            models.CheckConstraint(condition=Q(source__in=SkillSource.values), name="profile_skill_source_known"),
        ]
        indexes = [models.Index(fields=["skill", "profile"], include=["level"], name="profile_skill_of_skill")]

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
    """A weekly slot in wall-clock time of the profile's zone; an end at or before the start is on the next day."""

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
        constraints = [models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="leave_ends_after_start")]

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


class RefreshTokenFamily(IdentifiedModel):
    """A login and the chain of refresh tokens that came of it. Only hashes are stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="token_families", db_comment=GONE)
    current_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token that is valid now")
    rotations = models.PositiveIntegerField(default=0, help_text="number of the token that is valid now")
    recent_rotations = ArrayField(
        models.DateTimeField(), default=list, blank=True, help_text="times within the reuse window, oldest first"
    )
    user_agent = models.CharField(max_length=200, blank=True)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    rotated_at = models.DateTimeField(help_text="last rotation, at first the login")
    expires_at = models.DateTimeField(help_text="the absolute end, however often it is refreshed")
    revoked_at = models.DateTimeField(null=True, blank=True)
    proved_at = models.DateTimeField(
        null=True, blank=True, help_text="when the person last showed who they are, with all their factors"
    )
    impersonated_by = models.UUIDField(
        null=True, blank=True, help_text="the admin who looks through this person's eyes; such a session only reads"
    )
    objects = RefreshTokenFamilyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "refresh token families"
        constraints = [
            models.CheckConstraint(condition=Q(current_hash__regex=SHA_256), name="family_hash_is_sha_256"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="family_expires_after_login"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.created_at:%Y-%m-%d}"


class AuthenticatorApp(TimestampedModel):
    """The secret that a person's authenticator app makes codes of. Without `confirmed_at` it counts for nothing yet."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="authenticator_app", db_comment=GONE)
    secret = EncryptedTextField(help_text="base32")
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="when the first code was right")
    last_step = models.BigIntegerField(default=0, help_text="the 30 seconds of the last code that was taken")
    last_used_at = models.DateTimeField(null=True, blank=True)
    objects = AuthenticatorAppQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.user_id)


class Passkey(TimestampedModel):
    """A key that an authenticator of the person holds; we have the public half (`users/webauthn.py`)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys", db_comment=GONE)
    name = models.CharField(max_length=60)
    credential_id = models.BinaryField(max_length=1023, unique=True)
    public_key = models.BinaryField(max_length=4096, help_text="COSE key in CBOR")
    aaguid = models.UUIDField(help_text="the make of the authenticator; zeros where it is not told")
    counter = models.BigIntegerField(default=0, help_text="of signatures; 0 for keys that do not count")
    is_synced = models.BooleanField(help_text="may be on several devices of the person")
    last_used_at = models.DateTimeField(null=True, blank=True)
    objects = PasskeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="passkey_name_given"),
            models.CheckConstraint(condition=Q(counter__gte=0), name="passkey_counter_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def credential(self) -> Credential:
        """As `users/webauthn.py` takes it."""
        return Credential(bytes(self.credential_id), bytes(self.public_key), self.aaguid, self.counter, self.is_synced)


class PersonalToken(IdentifiedModel):
    """A token for scripts of its owner's (`users/personal_tokens.py`); of its secret only a hash is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="personal_tokens", db_comment=GONE)
    name = models.CharField(max_length=60, help_text="what it is for, in its owner's words")
    prefix = models.CharField(max_length=10, help_text="how it begins; finds the row")
    token_hash = models.CharField(max_length=64, help_text="HMAC-SHA256 of the whole token (PERSONAL_TOKEN_KEYS)")
    scopes = ArrayField(models.CharField(max_length=30, choices=TokenScope.choices))
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="to a minute or so")
    objects = PersonalTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prefix"], name="personal_token_prefix_once"),
            models.CheckConstraint(condition=~Q(name=""), name="personal_token_name_given"),
            models.CheckConstraint(condition=Q(token_hash__regex=SHA_256), name="personal_token_hash_is_sha_256"),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=TokenScope.values, scopes__len__gte=1),
                name="personal_token_scopes_known",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at"), expires_at__lte=F("created_at") + LONGEST_TOKEN_LIFE),
                name="personal_token_expires_in_a_year",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class EmailChange(IdentifiedModel):
    """Somebody's way from one address to another: asked for, confirmed from the new one, stopped from the old one.

    Kept for as long as the old address can undo it, and no longer (`services/email_changes.py`).
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="email_changes", db_comment=GONE)
    old_address = models.EmailField(max_length=254)
    new_address = models.EmailField(max_length=254)
    session_id = models.UUIDField(help_text="the login that asked; it goes on when the others end")
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    objects = EmailChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(confirmed_at=None), name="email_change_one_waiting"),
            models.CheckConstraint(condition=~Q(new_address=F("old_address")), name="email_change_to_another"),
            models.CheckConstraint(
                condition=Q(old_address=Lower("old_address"), new_address=Lower("new_address")),
                name="email_change_lower_case",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(confirmed_at__gte=F("asked_at")),
                name="email_change_confirmed_after_asked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.asked_at:%Y-%m-%d}"


class RecoveryCode(IdentifiedModel):
    """A code for whoever has lost the other factors. A person has ten, of which each works once."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="recovery_codes", db_index=False, db_comment=GONE
    )
    code_hash = models.CharField(max_length=200, help_text="Argon2; the codes of one person share their salt")
    used_at = models.DateTimeField(null=True, blank=True)
    objects = RecoveryCodeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "code_hash"], name="recovery_code_once")]

    def __str__(self) -> str:
        return str(self.user_id)


class Challenge(IdentifiedModel):
    """A question that waits for a second factor or a passkey: a few minutes, a few attempts, one right answer."""

    user = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        related_name="challenges",
        null=True,
        blank=True,
        help_text="who is asked; anybody",
        db_comment=GONE,
    )
    purpose = models.CharField(max_length=20, choices=ChallengePurpose.choices)
    login_method = models.CharField(
        max_length=20, blank=True, choices=LoginMethod.choices, help_text="the first factor"
    )
    webauthn_challenge = models.CharField(max_length=100, help_text="what a passkey has to sign, in base64url")
    attempts = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    objects = ChallengeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(purpose__in=ChallengePurpose.values), name="challenge_purpose_known"),
            models.CheckConstraint(
                condition=Q(login_method__in=["", *LoginMethod.values]), name="challenge_login_method_known"
            ),
            models.CheckConstraint(condition=Q(attempts__lte=MOST_ATTEMPTS), name="challenge_attempts_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.user_id}"


class SocialLink(IdentifiedModel):
    """An account of a person's at a login provider, which lets them in here. Tokens of the provider are not kept."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="social_links", db_index=False, db_comment=GONE
    )
    provider = models.CharField(max_length=30, help_text="its name in LOGIN_PROVIDERS")
    subject = models.CharField(max_length=255, help_text="whom the provider means; it gives this to nobody else")
    email = models.CharField(max_length=254, blank=True, help_text="as the provider told it; nothing hangs on it")
    login = models.CharField(max_length=80, blank=True, help_text="their name there, as the provider told it")
    name = models.CharField(max_length=80, blank=True, help_text="as the provider told it")
    linked_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="the last login with it")
    objects = SocialLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "subject"], name="social_link_subject_once"),
            models.UniqueConstraint(fields=["user", "provider"], name="social_link_provider_once"),
            models.CheckConstraint(condition=~Q(provider="") & ~Q(subject=""), name="social_link_subject_given"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.login}".strip()


class ProviderVisit(IdentifiedModel):
    """Somebody was sent to a login provider in a browser, and comes back to it within ten minutes, once.

    Of what only that browser and the provider know (state, cookie, ticket) there are hashes; PKCE's verifier and the
    nonce follow from the state and our key (`services/provider_visits.py`).
    """

    provider = models.CharField(max_length=30)
    purpose = models.CharField(max_length=10, choices=VisitPurpose.choices)
    user = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        related_name="provider_visits",
        null=True,
        blank=True,
        help_text="who links; at a login nobody is known yet",
        db_comment=GONE,
    )
    state_hash = models.CharField(max_length=64)
    browser_hash = models.CharField(max_length=64, help_text="of the cookie of the browser that it began in")
    ticket_hash = models.CharField(max_length=64, blank=True, help_text="of what the browser came back with")
    return_to = models.CharField(max_length=500)
    refresh_in = models.CharField(max_length=10, choices=RefreshTransport.choices)
    expires_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    identity = models.JSONField(null=True, blank=True, help_text="what the provider said, until it is finished")
    objects = ProviderVisitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["state_hash"], name="provider_visit_state_once"),
            models.UniqueConstraint(
                fields=["ticket_hash"], condition=~Q(ticket_hash=""), name="provider_visit_ticket_once"
            ),
            models.CheckConstraint(condition=Q(purpose__in=VisitPurpose.values), name="provider_visit_purpose_known"),
            models.CheckConstraint(
                condition=Q(refresh_in__in=RefreshTransport.values), name="provider_visit_refresh_in_known"
            ),
            models.CheckConstraint(
                condition=Q(state_hash__regex=SHA_256, browser_hash__regex=SHA_256),
                name="provider_visit_hashes_are_sha_256",
            ),
            models.CheckConstraint(
                condition=Q(ticket_hash="", identity__isnull=True)
                | Q(ticket_hash__regex=SHA_256, returned_at__isnull=False),
                name="provider_visit_ticket_after_return",
            ),
            models.CheckConstraint(
                condition=Q(purpose=VisitPurpose.LOGIN, user=None) | Q(purpose=VisitPurpose.LINK, user__isnull=False),
                name="provider_visit_links_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.provider}"


class Departure(IdentifiedModel):
    """Somebody asked for their account to be erased. Until `due_at` they can change their mind, and the row goes.

    While it is there their profile offers and seeks no mentoring; triggers remember what it did before
    (`sql/0021_leaving.sql`).
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="departure", db_comment=GONE)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="not before; the account is erased within an hour then")
    was_offering = models.BooleanField(db_default=False, editable=False, help_text="mentoring; written by the trigger")
    was_seeking = models.BooleanField(db_default=False, editable=False)
    objects = DepartureQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(due_at__gt=F("asked_at")), name="departure_due_after_asked")]
        indexes = [models.Index(fields=["due_at"], name="departure_due")]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.due_at:%Y-%m-%d}"


class DataExport(IdentifiedModel):
    """A copy of everything about one person: a job, then a file that is there until `expires_at`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="exports", db_index=False, db_comment=GONE)
    status = models.CharField(max_length=10, choices=ExportStatus.choices, default=ExportStatus.QUEUED)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="the file is removed then")
    file = models.CharField(max_length=100, blank=True, help_text="its random name in the private storage")
    bytes = models.PositiveIntegerField(null=True, blank=True)
    objects = DataExportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ExportStatus.values), name="export_status_known"),
            models.CheckConstraint(
                condition=Q(status=ExportStatus.READY, expires_at__isnull=False, bytes__isnull=False) & ~Q(file="")
                | ~Q(status=ExportStatus.READY) & Q(expires_at=None, bytes=None),
                name="export_ready_has_file",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(status__in=[ExportStatus.QUEUED, ExportStatus.RUNNING]),
                name="export_one_running",
            ),
        ]
        indexes = [models.Index(fields=["user", "-id"], name="export_by_user")]

    def __str__(self) -> str:
        return f"{self.status} for {self.user_id}"

    @property
    def is_there(self) -> bool:
        """True when there is a file to fetch."""
        return self.status == ExportStatus.READY and self.expires_at is not None and self.expires_at > timezone.now()


class AuditEntry(models.Model):
    """What happened to an account, or one changed row of a sensitive table. The database writes it and keeps it.

    Numbered by the database, which alone inserts (`sql/0003_audit.sql`). No foreign keys: an entry outlives whom and
    what it tells of. What it tells of the person (`before`, `after`, `details`) and of who did it from where
    (`ip_address`, `user_agent`) is in the chain as a salted hash each, so that it can be erased with the person: then
    the columns are empty, the salt is gone, and the entry still verifies (`sql/0020_audit_parts.sql`).
    """

    id = models.BigAutoField(primary_key=True)
    occurred_at = models.DateTimeField()
    user_id = models.UUIDField(null=True, blank=True, help_text="whom it concerns")
    actor_id = models.UUIDField(null=True, blank=True, help_text="who did it, as auth.uid() says")
    login = models.CharField(max_length=63, help_text="the login to PostgreSQL")
    role = models.CharField(max_length=63, help_text="the role it acted in")
    action = models.CharField(max_length=30, choices=AuditAction.choices)
    table_name = models.CharField(max_length=63, blank=True, help_text="empty for what happened to an account")
    row_id = models.CharField(max_length=64, blank=True)
    before = models.JSONField(null=True, blank=True, help_text="of an update: the changed columns only")
    after = models.JSONField(null=True, blank=True)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict, blank=True)
    told_salt = models.UUIDField(null=True, editable=False)
    told_hash = models.BinaryField(null=True, help_text="over before, after and details; NULL in the oldest entries")
    source_salt = models.UUIDField(null=True, editable=False)
    source_hash = models.BinaryField(null=True, help_text="over address and user agent")
    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        constraints = [models.CheckConstraint(condition=Q(action__in=AuditAction.values), name="audit_action_known")]
        indexes = [
            models.Index(fields=["user_id", "-occurred_at"], name="audit_by_user"),
            GinIndex(audit_subjects(), name="audit_about"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.table_name}".strip() + f" {self.occurred_at:%Y-%m-%d %H:%M}"


class AuditPending(models.Model):
    """The number of an entry that waits for its seal. Written with the entry, removed by `private.audit_seal`."""

    entry_id = models.BigIntegerField(primary_key=True)

    class Meta:
        verbose_name_plural = "pending audit entries"

    def __str__(self) -> str:
        return str(self.entry_id)


class AuditSeal(models.Model):
    """A link of the chain over the audit trail: which entries, a digest of each, and the head before."""

    sequence = models.BigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField()
    entry_count = models.PositiveIntegerField()
    entry_ids = ArrayField(models.BigIntegerField(), help_text="numbers of the entries, in order")
    digests = models.BinaryField(help_text="a SHA-256 for each entry, in the same order")
    previous_head = models.CharField(max_length=64, blank=True)
    head = models.CharField(max_length=64, help_text="SHA-256 over this seal and the head before it")
    objects = AuditSealQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.sequence} {self.head[:12]}"
