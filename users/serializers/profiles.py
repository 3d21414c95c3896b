"""Shapes of profiles: one's own, and the part of a mentor's that learners see."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from skillbridge_backend.core.markdown import Kind, render
from users.contacts import CONTACT_RULES, as_stored
from users.enums import ContactKind, ProfilePart, Role, SkillSource, Visibility
from users.models import (
    MOST_CONTACTS,
    AvailabilitySlot,
    ContactChannel,
    LeaveWindow,
    MentorListing,
    Profile,
    ProfileSkill,
    WantedSkill,
)
from users.regions import LANGUAGES, TIME_ZONES, ZONE_OF_COUNTRY
from users.serializers.accounts import HANDLE_RULE, one_line
from users.serializers.pictures import PictureLinksSerializer
from users.services.pictures import PictureService, picture_links
from users.services.profiles import Contact, Leave, ProfileChanges, SkillLevel, WeeklySlot

_ACCOUNT_FIELDS = ("display_name", "handle")
_LISTS = ("skills", "wanted_skills", "availability", "leave_windows", "contacts")
_LONGEST_LIST = 100
_LONGEST_LEAVE = timedelta(days=3653)


class KnownSkillSerializer(serializers.ModelSerializer[ProfileSkill]):
    """A skill that a person has, and who says so."""

    skill = serializers.SlugRelatedField(slug_field="slug", read_only=True)  # type: ignore[var-annotated]  # the stubs want the related model
    name = serializers.CharField(source="skill.name", read_only=True)
    source = serializers.ChoiceField(choices=SkillSource.choices, read_only=True)  # type: ignore[assignment]  # the API's name of the field

    class Meta:
        model = ProfileSkill
        fields = ["skill", "name", "level", "source", "verified_at"]
        read_only_fields = fields


class WantedSkillSerializer(serializers.ModelSerializer[WantedSkill]):
    """A skill that a person wants, and the level to reach."""

    skill = serializers.SlugRelatedField(slug_field="slug", read_only=True)  # type: ignore[var-annotated]  # the stubs want the related model
    name = serializers.CharField(source="skill.name", read_only=True)

    class Meta:
        model = WantedSkill
        fields = ["skill", "name", "level"]
        read_only_fields = fields


@extend_schema_field({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["18:00"]})
class ClockField(serializers.TimeField):
    """A time on a clock, such as 18:00."""

    default_error_messages: ClassVar = {"invalid": "Write a time as 18:00."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M", input_formats=["%H:%M"], **kwargs)

    def to_internal_value(self, value: Any) -> Any:
        """Of two digits each: 9:5 is more often a slip than a time."""
        if isinstance(value, str) and len(value) != len("18:00"):
            self.fail("invalid")
        return super().to_internal_value(value)


class SlotSerializer(serializers.ModelSerializer[AvailabilitySlot]):
    """A weekly slot, wall-clock time in the profile's zone."""

    starts_at = ClockField()
    ends_at = ClockField()

    class Meta:
        model = AvailabilitySlot
        fields = ["weekday", "starts_at", "ends_at"]


class LeaveSerializer(serializers.ModelSerializer[LeaveWindow]):
    """Days of absence."""

    class Meta:
        model = LeaveWindow
        fields = ["starts_on", "ends_on"]


class ContactSerializer(serializers.ModelSerializer[ContactChannel]):
    """A way to reach oneself."""

    class Meta:
        model = ContactChannel
        fields = ["kind", "value", "is_preferred"]
        read_only_fields = fields


class ProfileSerializer(serializers.ModelSerializer[Profile]):
    """Everything about oneself."""

    id = serializers.UUIDField(source="user_id", read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True)
    handle = serializers.CharField(source="user.handle", read_only=True)
    display_name = serializers.CharField(source="user.display_name", read_only=True)
    role = serializers.ChoiceField(source="user.role", choices=Role.choices, read_only=True)
    skills = KnownSkillSerializer(many=True, read_only=True)
    wanted_skills = WantedSkillSerializer(many=True, read_only=True)
    availability = SlotSerializer(many=True, read_only=True)
    leave_windows = LeaveSerializer(many=True, read_only=True)
    contacts = ContactSerializer(
        many=True, read_only=True, help_text="shown to the other side of an active match, to nobody else"
    )
    bio_html = serializers.SerializerMethodField(help_text="of the bio as Markdown, safe to show as it is")
    picture = serializers.SerializerMethodField(help_text="set by `PUT /users/me/picture/`")
    deletion_due_at = serializers.SerializerMethodField(
        help_text="when the account is erased, unless it is kept by `POST /users/me/keep/`; usually null"
    )

    class Meta:
        model = Profile
        fields = [
            "id", "email", "handle", "display_name", "role", "headline", "bio", "bio_html", "country", "time_zone",
            "languages", "hours_per_week", "is_seeking_mentoring", "is_offering_mentoring", "mentoring_capacity",
            "skills", "wanted_skills", "availability", "leave_windows", "contacts", "picture", "visibility",
            "public_parts", "deletion_due_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_bio_html(self, profile: Profile) -> str:
        """Paragraphs, lists, links and emphasis."""
        return render(profile.bio, Kind.PROFILE)

    @extend_schema_field(PictureLinksSerializer(allow_null=True))
    def get_picture(self, profile: Profile) -> dict[str, str] | None:
        """Of the picture that `with_details` reads along."""
        return picture_links(profile)

    def get_deletion_due_at(self, profile: Profile) -> datetime | None:
        """Of the departure that `with_details` reads along."""
        departure = getattr(profile.user, "departure", None)
        return departure.due_at if departure else None


class ListedSkillSerializer(serializers.Serializer[Any]):
    """A skill that a mentor has, and who says so."""

    skill = serializers.SlugField(help_text="slug")
    name = serializers.CharField()
    level = serializers.IntegerField(min_value=0, max_value=5)
    source = serializers.ChoiceField(choices=SkillSource.choices)  # type: ignore[assignment]  # the API's name of the field
    verified_at = serializers.DateTimeField(allow_null=True)


class MentorRatingSerializer(serializers.Serializer[Any]):
    """What learners said, as far as everybody may read it."""

    mean = serializers.FloatField(min_value=1, max_value=5)
    count = serializers.IntegerField(min_value=3)


class MentorSerializer(serializers.ModelSerializer[MentorListing]):
    """What learners see of a mentor; `id` is the account's."""

    id = serializers.UUIDField(source="about.id", read_only=True)
    handle = serializers.CharField(source="about.handle", read_only=True)
    display_name = serializers.CharField(source="about.display_name", read_only=True)
    headline = serializers.CharField(source="about.headline", read_only=True)
    bio = serializers.CharField(source="about.bio", read_only=True)
    mentoring_capacity = serializers.IntegerField(source="capacity", read_only=True, help_text="learners at a time")
    skills = ListedSkillSerializer(many=True, read_only=True, source="known_skills")
    availability = SlotSerializer(many=True, read_only=True, source="weekly_slots")
    picture = serializers.SerializerMethodField()
    rating = serializers.SerializerMethodField(help_text="null below three ratings")
    response_rate = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        min_value=0,
        max_value=100,
        help_text="per cent of `requests_decided` that were answered before they lapsed; null below three",
    )
    requests_decided = serializers.IntegerField(
        read_only=True, help_text="requests of the last 180 days that were answered or lapsed"
    )
    median_answer_minutes = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="from a request to the first answer; null below three answers"
    )
    open_places = serializers.IntegerField(read_only=True, help_text="learners whom they can take now")
    back_on = serializers.DateField(
        read_only=True, allow_null=True, help_text="the day on which their leave is over; null when they are there"
    )

    class Meta:
        model = MentorListing
        fields = [
            "id", "handle", "display_name", "picture", "headline", "bio", "country", "time_zone", "languages",
            "mentoring_capacity", "open_places", "skills", "availability", "rating", "response_rate",
            "requests_decided", "median_answer_minutes", "back_on",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(PictureLinksSerializer(allow_null=True))
    def get_picture(self, mentor: Any) -> dict[str, str] | None:
        """Where it is fetched, from what `with_details` reads along."""
        name = mentor.about["picture"]
        return PictureService.links(name) if name else None

    @extend_schema_field(MentorRatingSerializer(allow_null=True))
    def get_rating(self, mentor: MentorListing) -> dict[str, Any] | None:
        """The mean, with how many it is of."""
        if mentor.rating_mean is None:
            return None
        return {"mean": float(mentor.rating_mean), "count": mentor.rating_count}


class SkillFacetSerializer(serializers.Serializer[Any]):
    """A skill, and how many of the mentors know it."""

    skill = serializers.SlugField(help_text="slug")
    name = serializers.CharField()
    count = serializers.IntegerField(min_value=1)


class LanguageFacetSerializer(serializers.Serializer[Any]):
    """A language, and how many of the mentors speak it."""

    language = serializers.CharField(help_text="ISO 639-1")
    count = serializers.IntegerField(min_value=1)


class CountryFacetSerializer(serializers.Serializer[Any]):
    """A country, and how many of the mentors live there."""

    country = serializers.CharField(help_text="ISO 3166-1 alpha-2")
    count = serializers.IntegerField(min_value=1)


class MentorFacetsSerializer(serializers.Serializer[Any]):
    """How many of the mentors that a list would give have what: the twenty most frequent of each kind."""

    mentors = serializers.IntegerField(min_value=0, help_text="of whom was counted, at most the 2,000 who came last")
    is_complete = serializers.BooleanField(help_text="false: there are more mentors, and all counts are at least")
    skills = SkillFacetSerializer(many=True)
    languages = LanguageFacetSerializer(many=True)
    countries = CountryFacetSerializer(many=True)


class StatedSkillSerializer(serializers.Serializer[Any]):
    """A skill that a person says they have: 0 nothing yet, 5 shapes how others do it."""

    skill = serializers.CharField(max_length=60, help_text="slug or any way in which people write it")
    level = serializers.IntegerField(min_value=0, max_value=5)


class StatedWishSerializer(serializers.Serializer[Any]):
    """A skill that a person wants."""

    skill = serializers.CharField(max_length=60, help_text="slug or any way in which people write it")
    level = serializers.IntegerField(min_value=1, max_value=5, help_text="the level to reach")


class StatedSlotSerializer(serializers.Serializer[Any]):
    """A weekly slot; an end before the start is on the next day, and the two are not the same."""

    weekday = serializers.IntegerField(min_value=0, max_value=6, help_text="0 is Monday")
    starts_at = ClockField()
    ends_at = ClockField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A slot has a length."""
        if attrs["starts_at"] == attrs["ends_at"]:
            raise serializers.ValidationError({"ends_at": "Start and end are the same; write another end."})
        return attrs


class StatedLeaveSerializer(serializers.Serializer[Any]):
    """Days of absence, both included; the last is within ten years."""

    starts_on = serializers.DateField()
    ends_on = serializers.DateField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The last day is not before the first."""
        if attrs["ends_on"] < attrs["starts_on"]:
            raise serializers.ValidationError({"ends_on": "The last day is before the first."})
        if attrs["ends_on"] > timezone.now().date() + _LONGEST_LEAVE:
            raise serializers.ValidationError({"ends_on": "Write a last day within ten years."})
        return attrs


class StatedContactSerializer(serializers.Serializer[Any]):
    """A way to reach oneself; what `value` is depends on `kind`."""

    kind = serializers.ChoiceField(
        choices=ContactKind.choices,
        error_messages={"invalid_choice": f"Write one of {', '.join(ContactKind.values)}."},
    )
    value = serializers.CharField(
        max_length=254,
        help_text="an e-mail address, an address on the web with https, a number such as +4930123456, or a user name",
    )
    is_preferred = serializers.BooleanField(
        default=False, help_text="true for one at most; without one it is the conversation of the match"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The value is one of its kind."""
        kind = ContactKind(attrs["kind"])
        attrs["value"] = as_stored(kind, attrs["value"])
        if not CONTACT_RULES[kind].fits(attrs["value"]):
            raise serializers.ValidationError({"value": CONTACT_RULES[kind].hint})
        return attrs


class LanguageField(serializers.CharField):
    """A language of ISO 639-1, in whatever case it is written."""

    def to_internal_value(self, data: Any) -> str:
        """The code in lower case. Checked here, so that an item of a list is named by its place."""
        code: str = super().to_internal_value(data).lower()
        if code not in LANGUAGES:
            raise serializers.ValidationError(f"{code!r} is not a language of ISO 639-1; write en for English.")
        return code


class ProfileChangesSerializer(serializers.ModelSerializer[Profile]):
    """What to change; what is left out stays, a list replaces the list there is.

    Every field may be left out, so it needs no `partial`, which would let the items of lists be incomplete too.
    """

    display_name = serializers.CharField(required=False, max_length=80, validators=[one_line])
    handle = serializers.CharField(required=False, validators=[HANDLE_RULE])
    headline = serializers.CharField(required=False, allow_blank=True, max_length=120, validators=[one_line])
    country = serializers.CharField(required=False, allow_blank=True, max_length=2, help_text="ISO 3166-1 alpha-2")
    time_zone = serializers.CharField(required=False, max_length=64, help_text="IANA name")
    languages = serializers.ListField(
        required=False,
        child=LanguageField(max_length=3),
        max_length=20,
        help_text="ISO 639-1, best first",
    )
    skills = serializers.ListField(required=False, child=StatedSkillSerializer(), max_length=_LONGEST_LIST)
    wanted_skills = serializers.ListField(required=False, child=StatedWishSerializer(), max_length=_LONGEST_LIST)
    availability = serializers.ListField(required=False, child=StatedSlotSerializer(), max_length=_LONGEST_LIST)
    leave_windows = serializers.ListField(required=False, child=StatedLeaveSerializer(), max_length=_LONGEST_LIST)
    contacts = serializers.ListField(required=False, child=StatedContactSerializer(), max_length=MOST_CONTACTS)
    visibility = serializers.ChoiceField(
        required=False,
        choices=Visibility.choices,
        error_messages={"invalid_choice": f"Write one of {', '.join(Visibility.values)}."},
        help_text="who sees the public profile",
    )
    public_parts = serializers.ListField(
        required=False,
        child=serializers.ChoiceField(
            choices=ProfilePart.choices,
            error_messages={"invalid_choice": f"Write one of {', '.join(ProfilePart.values)}."},
        ),
        max_length=_LONGEST_LIST,
        help_text="what is on the public profile beside name, handle and role",
    )

    class Meta:
        model = Profile
        fields = [
            "display_name", "handle", "headline", "bio", "country", "time_zone", "languages", "hours_per_week",
            "is_seeking_mentoring", "is_offering_mentoring", "mentoring_capacity", "skills", "wanted_skills",
            "availability", "leave_windows", "contacts", "visibility", "public_parts",
        ]  # fmt: skip

    def validate_public_parts(self, value: list[str]) -> list[str]:
        """Each once."""
        return list(dict.fromkeys(value))

    def validate_country(self, value: str) -> str:
        """A country of ISO 3166-1, or none."""
        code = value.upper()
        if code and code not in ZONE_OF_COUNTRY:
            raise serializers.ValidationError("Write a country's two letters as in ISO 3166-1, such as DE.")
        return code

    def validate_time_zone(self, value: str) -> str:
        """A zone that the time zone database knows."""
        if value not in TIME_ZONES:
            raise serializers.ValidationError("Write an IANA time zone, such as Europe/Berlin.")
        return value

    def validate_languages(self, value: list[str]) -> list[str]:
        """Each once."""
        return list(dict.fromkeys(value))

    def changes(self) -> ProfileChanges:
        """The validated input, for the service."""
        data = dict(self.validated_data)
        return ProfileChanges(
            account={name: data[name] for name in _ACCOUNT_FIELDS if name in data},
            profile={name: value for name, value in data.items() if name not in (*_ACCOUNT_FIELDS, *_LISTS)},
            skills=_each(SkillLevel, data.get("skills")),
            wanted_skills=_each(SkillLevel, data.get("wanted_skills")),
            availability=_each(WeeklySlot, data.get("availability")),
            leave_windows=_each(Leave, data.get("leave_windows")),
            contacts=_each(Contact, data.get("contacts")),
        )


def _each(kind: Any, items: list[dict[str, Any]] | None) -> Any:
    return None if items is None else [kind(**item) for item in items]
