"""The shape of what a plan is asked for, what that was taken to mean, and how the plan fits."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from rest_framework import serializers

from roadmaps.enums import ResourceKind
from roadmaps.models import LONGEST_GOAL, MOST_HOURS_PER_WEEK, MOST_WEEKS
from roadmaps.planner import Plan
from roadmaps.services import SettledWish, Wish, summary_of
from users.models import HIGHEST_LEVEL

MOST_KNOWN, MOST_LANGUAGES = 200, 20
_EARLIEST_START, _LATEST_START = date(2000, 1, 1), date(2100, 12, 31)


class StartDateField(serializers.DateField):
    """The first day of week 1."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """The date, when it is one that weeks can be counted from."""
        value = super().run_validation(data)
        if isinstance(value, date) and not _EARLIEST_START <= value <= _LATEST_START:
            raise serializers.ValidationError(f"Write a day from {_EARLIEST_START} to {_LATEST_START}.")
        return value


class KnownSkillInput(serializers.Serializer[Any]):
    """A skill and the level one has."""

    skill = serializers.SlugField(max_length=60)
    level = serializers.IntegerField(min_value=0, max_value=HIGHEST_LEVEL)


class WishInput(serializers.Serializer[Any]):
    """What a plan is asked for: a goal, and weeks or a deadline."""

    goal = serializers.CharField(
        min_length=2, max_length=LONGEST_GOAL, help_text="in your own words: a kind of work, skills, or both"
    )
    hours_per_week = serializers.IntegerField(min_value=1, max_value=MOST_HOURS_PER_WEEK)
    weeks = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_WEEKS, help_text="the time wanted for all of it; or give a deadline"
    )
    deadline = serializers.DateField(required=False, help_text="the last day; or give weeks")
    started_on = StartDateField(required=False, help_text="first day of week 1; today when absent")
    track = serializers.SlugField(
        required=False, max_length=60, help_text="chosen from /api/v1/tracks/; wins over goal"
    )
    level = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=HIGHEST_LEVEL,
        help_text="how far to go; what the goal says, or 3, when absent",
    )
    known = serializers.ListField(
        required=False,
        child=KnownSkillInput(),
        max_length=MOST_KNOWN,
        help_text="what you know; wins over the levels of your profile",
    )
    refresh_below = serializers.IntegerField(
        default=0,
        min_value=0,
        max_value=HIGHEST_LEVEL,
        help_text="what is known at a lower level comes back as a short refresher; 0: nothing does",
    )
    languages = serializers.ListField(
        required=False,
        child=serializers.RegexField(
            r"^[a-z]{2,3}$", error_messages={"invalid": "Write a code of ISO 639, such as en."}
        ),
        max_length=MOST_LANGUAGES,
        help_text="of what to learn from, best first; those of your profile when absent",
    )
    resource_kinds = serializers.ListField(
        required=False,
        child=serializers.ChoiceField(
            choices=ResourceKind.choices,
            error_messages={"invalid_choice": f"Write one of {', '.join(ResourceKind.values)}."},
        ),
        max_length=len(ResourceKind),
        help_text="what you like to learn from, best first",
    )


class GenerateInput(WishInput):
    """The same, for a roadmap."""

    title = serializers.CharField(required=False, max_length=120)


def wish_of(fields: Mapping[str, Any]) -> Wish:
    """The validated input of `WishInput`, for the service."""
    asked = dict(fields)
    known = {each["skill"]: each["level"] for each in asked.pop("known", ())}
    languages = tuple(dict.fromkeys(asked.pop("languages"))) if "languages" in asked else None
    kinds = tuple(dict.fromkeys(asked.pop("resource_kinds", ())))
    return Wish(**asked, known=known, languages=languages, resource_kinds=kinds)


class UnderstoodPhraseSerializer(serializers.Serializer[Any]):
    """Words of the goal and what they were taken for."""

    text = serializers.CharField()
    skill = serializers.CharField(allow_blank=True)
    tracks = serializers.ListField(child=serializers.CharField())


class TargetSerializer(serializers.Serializer[Any]):
    """A skill to reach."""

    skill = serializers.CharField()
    level = serializers.IntegerField()
    is_named = serializers.BooleanField(help_text="named in the goal, not only part of its track")


class UnderstoodSerializer(serializers.Serializer[Any]):
    """What the goal was taken to mean; empty for a roadmap made by hand."""

    track = serializers.CharField(allow_blank=True, required=False)
    skills = serializers.ListField(child=serializers.CharField(), required=False)
    phrases = UnderstoodPhraseSerializer(many=True, required=False)
    targets = TargetSerializer(many=True, required=False)


class DroppableSerializer(serializers.Serializer[Any]):
    """A skill to leave out, and the minutes that saves."""

    skill = serializers.CharField()
    minutes = serializers.IntegerField()


class PlanSummarySerializer(serializers.Serializer[Any]):
    """How the plan fits the hours and weeks asked for; empty until it is planned."""

    total_minutes = serializers.IntegerField(required=False)
    weeks_needed = serializers.IntegerField(required=False)
    fits = serializers.BooleanField(required=False)
    shortfall_minutes = serializers.IntegerField(required=False)
    shortfall_weeks = serializers.IntegerField(required=False)
    hours_per_week_needed = serializers.IntegerField(required=False, help_text="to make it in the weeks asked for")
    could_drop = DroppableSerializer(many=True, required=False, help_text="skills of the track that were not named")
    fits_after_dropping = serializers.BooleanField(required=False)


class PreviewModuleSerializer(serializers.Serializer[Any]):
    """A module that a plan would have."""

    skill = serializers.CharField()
    title = serializers.CharField()
    from_level = serializers.IntegerField()
    to_level = serializers.IntegerField()
    estimated_minutes = serializers.IntegerField(source="minutes")
    starts_week = serializers.IntegerField()
    ends_week = serializers.IntegerField()
    milestone = serializers.CharField(allow_blank=True)


class PreviewSerializer(serializers.Serializer[Any]):
    """What was understood of a wish, and the plan that the built-in planner makes of it."""

    started_on = serializers.DateField()
    weeks = serializers.IntegerField()
    understood = UnderstoodSerializer()
    plan_summary = PlanSummarySerializer()
    modules = PreviewModuleSerializer(many=True)

    @classmethod
    def of(cls, settled: SettledWish, made: Plan) -> "PreviewSerializer":
        """The preview of this wish."""
        return cls(
            {
                "started_on": settled.started_on,
                "weeks": settled.request.weeks,
                "understood": settled.shown(),
                "plan_summary": summary_of(made),
                "modules": made.modules,
            }
        )
