"""The catalogue of skills and tracks, and what people typed that it does not know."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from skillbridge_backend.core.models import IdentifiedModel, TimestampedModel
from users.enums import SuggestionStatus
from users.querysets.catalogue import SkillQuerySet, SkillSuggestionQuerySet, TrackQuerySet

LEAST_LEVEL, HIGHEST_LEVEL = 0, 5


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
