"""The shape of a roadmap as a JSON file, and of what an import says of it."""

from typing import Any

from rest_framework import serializers

from roadmaps.documents import FORMAT, VERSION
from roadmaps.models import LONGEST_GOAL, MOST_HOURS_PER_WEEK, MOST_MODULE_MINUTES, MOST_WEEKS, MOST_WEIGHT
from roadmaps.pace import LATEST_WEEK
from roadmaps.serializers.wishes import StartDateField
from roadmaps.services import MOST_MODULES, MOST_OWN_RESOURCES
from users.models import HIGHEST_LEVEL, LEAST_LEVEL


class ExportQuerySerializer(serializers.Serializer[Any]):
    """`?as=` of an export."""

    def get_fields(self) -> dict[str, Any]:
        """`as` is a word of Python."""
        kinds = serializers.ChoiceField(choices=["json", "markdown", "icalendar"], default="json")
        return {"as": kinds}


class ImportQuerySerializer(serializers.Serializer[Any]):
    """`?dry_run=` of an import."""

    dry_run = serializers.BooleanField(default=False, help_text="say what would be imported, and keep nothing")


class DocumentResourceInput(serializers.Serializer[Any]):
    """An address of one's own."""

    title = serializers.CharField(max_length=200)
    url = serializers.URLField(max_length=500)


class DocumentModuleInput(serializers.Serializer[Any]):
    """A module. `requires` are numbers of modules of the document, from 1."""

    title = serializers.CharField(max_length=120)
    description = serializers.CharField(default="", allow_blank=True, max_length=4000, trim_whitespace=False)
    skill = serializers.SlugField(default=None, allow_null=True, max_length=60)
    from_level = serializers.IntegerField(default=0, min_value=LEAST_LEVEL, max_value=HIGHEST_LEVEL)
    to_level = serializers.IntegerField(default=0, min_value=LEAST_LEVEL, max_value=HIGHEST_LEVEL)
    weight = serializers.IntegerField(
        default=None, allow_null=True, min_value=1, max_value=MOST_WEIGHT, help_text="the minutes when absent"
    )
    estimated_minutes = serializers.IntegerField(min_value=1, max_value=MOST_MODULE_MINUTES)
    starts_week = serializers.IntegerField(default=None, allow_null=True, min_value=1, max_value=LATEST_WEEK)
    ends_week = serializers.IntegerField(default=None, allow_null=True, min_value=1, max_value=LATEST_WEEK)
    milestone = serializers.CharField(default="", allow_blank=True, max_length=120, trim_whitespace=False)
    requires = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MOST_MODULES), default=list, max_length=MOST_MODULES
    )
    note = serializers.CharField(default="", allow_blank=True, max_length=10_000, trim_whitespace=False)
    own_resources = serializers.ListField(child=DocumentResourceInput(), default=list, max_length=MOST_OWN_RESOURCES)


class DocumentInput(serializers.Serializer[Any]):
    """A roadmap as it is exported."""

    format = serializers.ChoiceField(choices=[FORMAT])
    version = serializers.ChoiceField(choices=[VERSION])
    title = serializers.CharField(max_length=120)
    goal_text = serializers.CharField(default="", allow_blank=True, max_length=LONGEST_GOAL, trim_whitespace=False)
    track = serializers.SlugField(default=None, allow_null=True, max_length=60)
    hours_per_week = serializers.IntegerField(min_value=1, max_value=MOST_HOURS_PER_WEEK)
    weeks = serializers.IntegerField(min_value=1, max_value=MOST_WEEKS)
    started_on = StartDateField()
    deadline = serializers.DateField(default=None, allow_null=True)
    modules = serializers.ListField(child=DocumentModuleInput(), max_length=MOST_MODULES)


class ImportedSerializer(serializers.Serializer[Any]):
    """What an import is, or would be."""

    roadmap = serializers.UUIDField(allow_null=True, help_text="null in a dry run")
    title = serializers.CharField()
    modules = serializers.IntegerField()
    prerequisites = serializers.IntegerField()
    notes = serializers.IntegerField()
    own_resources = serializers.IntegerField()
