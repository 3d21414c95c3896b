"""What moderators decide about the catalogue, and what is kept for them. The bulk load is `catalogue_load.py`."""

from collections.abc import Mapping
from uuid import UUID

from django.db import connection, transaction
from django.utils.text import slugify

from skillbridge_backend.core.errors import Conflict, InvalidInput, PermissionDenied
from users.enums import SuggestionStatus
from users.exceptions import SuggestionSettled
from users.models import Skill, SkillAlias, SkillSuggestion, User
from users.normalisation import normalise_skill

MINUTES_PER_LEVEL = 600
"""The estimate for a new skill until somebody who knows better changes it."""


class CatalogueService:
    """Suggestions of skills: kept when they are seen, decided by moderators."""

    @transaction.atomic
    def keep_unknown(self, *, times_seen: Mapping[str, int], source: str) -> None:
        """Keep texts that the catalogue does not know, each with how often it was seen now; repeats add up.

        A suggestion that was decided stays decided. Locks the suggestions in the order of their ids.
        """
        seen: dict[str, tuple[str, int]] = {}
        for text, times in times_seen.items():
            form = normalise_skill(text)
            first_text, so_far = seen.get(form, (text, 0))
            seen[form] = (first_text, so_far + times)
        SkillSuggestion.objects.bulk_create(
            [
                SkillSuggestion(text=text, normalised=form, times_seen=0, source=source)
                for form, (text, _) in sorted(seen.items())
            ],
            ignore_conflicts=True,
        )
        kept = list(SkillSuggestion.objects.select_for_update().filter(normalised__in=seen).order_by("pk"))
        for suggestion in kept:
            suggestion.times_seen += seen[suggestion.normalised][1]
        SkillSuggestion.objects.bulk_update(kept, ["times_seen"])

    def suggest(self, text: str) -> str:
        """What has become of the suggestion that the catalogue take this skill: open, unless it was decided before.

        With the rights of whoever asks; suggested again it counts as seen again. Raises InvalidInput for a text that
        the catalogue knows, or that is nothing but spaces and dots.
        """
        text = text.strip()
        form = normalise_skill(text)
        if not form:
            raise InvalidInput.of("skill", "Write the name of a skill.")
        known = Skill.objects.matching(form).first()
        if known:
            raise InvalidInput.of("skill", f"The catalogue has it: {known.slug}.", code="known_skill")
        with connection.cursor() as cursor:
            cursor.execute("SELECT private.users_suggest_skill(%s, %s)", [text, form])
            return str(cursor.fetchone()[0])

    @transaction.atomic
    def accept_as_alias(self, actor: User, *, suggestion_id: UUID, skill_id: UUID) -> SkillSuggestion:
        """Make the suggested text another name of a skill. Raises SuggestionSettled, Conflict when it names one."""
        suggestion = _open_suggestion(actor, suggestion_id)
        return _accept(suggestion, Skill.objects.get(pk=skill_id))

    @transaction.atomic
    def accept_as_skill(self, actor: User, *, suggestion_id: UUID) -> SkillSuggestion:
        """Make a skill of the suggested text. Raises SuggestionSettled, Conflict when its slug or name is taken."""
        suggestion = _open_suggestion(actor, suggestion_id)
        slug = slugify(suggestion.text)
        if not slug or Skill.objects.filter(slug=slug).exists():
            raise Conflict(f"A skill {slug!r} cannot be made; accept the text as an alias of a skill.")
        skill = Skill.objects.create(slug=slug, name=suggestion.text, minutes_per_level=MINUTES_PER_LEVEL)
        return _accept(suggestion, skill)

    @transaction.atomic
    def reject(self, actor: User, *, suggestion_id: UUID) -> SkillSuggestion:
        """Decide that the text names no skill. Raises SuggestionSettled."""
        suggestion = _open_suggestion(actor, suggestion_id)
        suggestion.status = SuggestionStatus.REJECTED
        suggestion.save(update_fields=["status", "updated_at"])
        return suggestion


def _open_suggestion(actor: User, suggestion_id: UUID) -> SkillSuggestion:
    """The suggestion, its row locked."""
    if not actor.is_moderating:
        raise PermissionDenied("Only moderators and admins decide about the catalogue.")
    suggestion: SkillSuggestion = SkillSuggestion.objects.select_for_update().get(pk=suggestion_id)
    if suggestion.status != SuggestionStatus.OPEN:
        raise SuggestionSettled(f"{suggestion.text!r} is {suggestion.get_status_display().lower()} already.")
    return suggestion


def _accept(suggestion: SkillSuggestion, skill: Skill) -> SkillSuggestion:
    alias, _ = SkillAlias.objects.get_or_create(
        normalised=suggestion.normalised, defaults={"skill": skill, "text": suggestion.text}
    )
    if alias.skill_id != skill.pk:
        raise Conflict(f"{suggestion.text!r} names {alias.skill.name} already.")
    suggestion.status, suggestion.skill = SuggestionStatus.ACCEPTED, skill
    suggestion.save(update_fields=["status", "skill", "updated_at"])
    return suggestion
