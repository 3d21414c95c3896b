"""The shape of a public profile, and of what one may ask about it."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from rest_framework import serializers

from skillbridge_backend.core.markdown import Kind, render
from users.enums import Role, SkillSource, Visibility
from users.public_profiles import PublicProfile
from users.regions import TIME_ZONES
from users.serializers.pictures import PictureLinksSerializer
from users.services import PictureService

FARTHEST = timedelta(days=366)


class PublicProfileQuerySerializer(serializers.Serializer[Any]):
    """On which clock, and in which week, one wants to see when they have time."""

    zone = serializers.CharField(
        required=False, max_length=64, help_text="IANA name; without it that of one's own profile, else UTC"
    )
    week_of = serializers.DateField(
        required=False, help_text="a day of the week, Monday to Sunday on that clock; without it today"
    )

    def validate_zone(self, value: str) -> str:
        """A zone that the time zone database knows."""
        if value not in TIME_ZONES:
            raise serializers.ValidationError("Write an IANA time zone, such as Europe/Berlin.")
        return value

    def validate_week_of(self, value: Any) -> Any:
        """Within a year."""
        if abs(value - timezone.now().date()) > FARTHEST:
            raise serializers.ValidationError("Write a day within a year from today.")
        return value


class ShownSkillSerializer(serializers.Serializer[Any]):
    """A skill that a person has."""

    skill = serializers.CharField(help_text="slug")
    name = serializers.CharField()
    level = serializers.IntegerField()
    source = serializers.ChoiceField(choices=SkillSource.choices)  # type: ignore[assignment]  # the API's name of the field
    verified_at = serializers.DateTimeField(allow_null=True)


class ShownWishSerializer(serializers.Serializer[Any]):
    """A skill that a person wants."""

    skill = serializers.CharField(help_text="slug")
    name = serializers.CharField()
    level = serializers.IntegerField(help_text="the level to reach")


class OpenSlotSerializer(serializers.Serializer[Any]):
    """Time that a person has, on the reader's clock."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class PublicProfileSerializer(serializers.Serializer[Any]):
    """What a person opened of their profile; a part that they did not is null."""

    id = serializers.UUIDField()
    handle = serializers.CharField()
    display_name = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)
    member_since = serializers.DateField()
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    picture = PictureLinksSerializer(allow_null=True)
    headline = serializers.CharField(allow_null=True)
    bio = serializers.CharField(allow_null=True)
    bio_html = serializers.CharField(allow_null=True, help_text="of the bio as Markdown, safe to show as it is")
    country = serializers.CharField(allow_null=True)
    languages = serializers.ListField(child=serializers.CharField(), allow_null=True)
    skills = ShownSkillSerializer(many=True, allow_null=True)
    wanted_skills = ShownWishSerializer(many=True, allow_null=True)
    open_slots = OpenSlotSerializer(
        many=True, allow_null=True, help_text="those that begin in the week, but for days of leave; merged, in order"
    )


def shown(profile: PublicProfile, *, zone: ZoneInfo, week_of: Any) -> dict[str, Any]:
    """The profile as the API writes it; times keep the reader's offset, which a field of DRF would turn into UTC."""
    slots = profile.open_slots(zone, week_of)
    return {
        **profile.account,
        **profile.texts,
        "bio_html": None if profile.texts["bio"] is None else render(profile.texts["bio"], Kind.PROFILE),
        "picture": PictureService.links(profile.picture) if profile.picture else None,
        "skills": profile.skills,
        "wanted_skills": profile.wanted_skills,
        "open_slots": None
        if slots is None
        else [{"starts_at": start.isoformat(), "ends_at": end.isoformat()} for start, end in slots],
    }
