"""Reads of the catalogue."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.search import TrigramSimilarity
from django.db import models

from users.normalisation import normalise_skill

if TYPE_CHECKING:
    from users.models import Skill, SkillSuggestion, Track, User


def prefetch_named(rows: str) -> "models.Prefetch[Any, Any, Any]":
    """These rows with the name of their skill, in one query: `skills`, `wanted_skills` or `track_skills`."""
    model = {"skills": "ProfileSkill", "wanted_skills": "WantedSkill", "track_skills": "TrackSkill"}[rows]
    return models.Prefetch(rows, queryset=apps.get_model("users", model).objects.select_related("skill"))


class SkillQuerySet(models.QuerySet["Skill"]):
    """The catalogue."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """Everything, to everybody."""
        return self

    def matching(self, normalised: str) -> Self:
        """The skill with this normalised alias."""
        return self.filter(aliases__normalised=normalised)

    def by_text(self, texts: Iterable[str]) -> dict[str, "Skill"]:
        """For each text that names a skill, as people type it, the skill. Two queries."""
        forms = {text: normalise_skill(text) for text in texts}
        named = self.filter(aliases__normalised__in=set(forms.values())).distinct().prefetch_related("aliases")
        by_form = {alias.normalised: skill for skill in named for alias in skill.aliases.all()}
        return {text: by_form[form] for text, form in forms.items() if form in by_form}

    def slugs_of(self, texts: Iterable[str]) -> dict[str, str]:
        """For each text that names a skill, as people type it, the skill's slug. One query."""
        forms = {text: normalise_skill(text) for text in texts}
        named = self.filter(aliases__normalised__in=forms.values()).values_list("aliases__normalised", "slug")
        slugs = dict(named)
        return {text: slugs[form] for text, form in forms.items() if form in slugs}

    def similar_to(self, text: str) -> Self:
        """Skills with an alias that begins like `text` or resembles it, closest first (trigrams, pg_trgm)."""
        form = normalise_skill(text)
        return (
            self.filter(
                models.Q(aliases__normalised__startswith=form) | models.Q(aliases__normalised__trigram_similar=form)
            )
            .annotate(similarity=models.Max(TrigramSimilarity("aliases__normalised", form)))
            .order_by("-similarity", "slug")
        )

    def with_aliases(self) -> Self:
        """With the ways in which people write them."""
        return self.prefetch_related("aliases")

    def with_neighbours(self) -> Self:
        """With what they require and what requires them."""
        return self.prefetch_related("aliases", "prerequisites", "unlocks")


class TrackQuerySet(models.QuerySet["Track"]):
    """Tracks."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """Everything, to everybody."""
        return self

    def with_skills(self) -> Self:
        """With the skills and their levels."""
        return self.prefetch_related(prefetch_named("track_skills"))


class SkillSuggestionQuerySet(models.QuerySet["SkillSuggestion"]):
    """What the catalogue did not know."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """All, to moderators and admins."""
        return self if actor.is_authenticated and actor.is_moderating else self.none()
