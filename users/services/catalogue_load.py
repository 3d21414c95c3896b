"""Brings skills, aliases, prerequisites and tracks in the database to what the catalogue's files say.

What belongs here is the bulk load; single changes by an admin are in `catalogue.py`, the files in `catalogue_files.py`.
"""

from pathlib import Path
from uuid import UUID

from skillbridge_backend.core.catalogue import LoadCounts
from users.catalogue_files import CATALOGUE_DIR, SkillEntry, TrackEntry, read_catalogue
from users.enums import SuggestionStatus
from users.models import Skill, SkillAlias, SkillPrerequisite, SkillSuggestion, Track, TrackSkill

SKILL_FIELDS = ("name", "description", "minutes_per_level")
TRACK_FIELDS = ("name", "description", "keywords")


def load_catalogue(directory: Path = CATALOGUE_DIR) -> list[LoadCounts]:
    """Load both files; call it in a transaction. Raises CatalogueError before anything is written.

    The file decides about what it names: a skill's prerequisites and a track's skills become exactly the file's, an
    alias goes to the skill that the file gives it to. What it does not name stays: skills and aliases that an admin
    added. A constant number of queries; a repeat only reads.
    """
    catalogue = read_catalogue(directory)
    skill_ids, skills = _upsert_skills(catalogue.skills)
    track_ids, tracks = _upsert_tracks(catalogue.tracks)
    return [
        skills,
        _upsert_aliases(catalogue.skills, skill_ids),
        _replace_prerequisites(catalogue.skills, skill_ids),
        tracks,
        _replace_track_skills(catalogue.tracks, track_ids, skill_ids),
        _settle_suggestions(),
    ]


def _upsert_skills(entries: list[SkillEntry]) -> tuple[dict[str, UUID], LoadCounts]:
    existing = {skill.slug: skill for skill in Skill.objects.all()}
    new, changed = [], []
    for entry in entries:
        wanted = {field: getattr(entry, field) for field in SKILL_FIELDS}
        skill = existing.get(entry.slug)
        if skill is None:
            existing[entry.slug] = Skill(slug=entry.slug, **wanted)
            new.append(existing[entry.slug])
        elif any(getattr(skill, field) != value for field, value in wanted.items()):
            changed.append(Skill(pk=skill.pk, slug=skill.slug, **wanted))
    Skill.objects.bulk_create(
        [*new, *changed],
        update_conflicts=True,
        unique_fields=["slug"],
        update_fields=[*SKILL_FIELDS, "updated_at"],
    )
    ids = {slug: skill.pk for slug, skill in existing.items()}
    return ids, _counts("skills", len(entries), created=len(new), updated=len(changed))


def _upsert_tracks(entries: list[TrackEntry]) -> tuple[dict[str, UUID], LoadCounts]:
    existing = {track.slug: track for track in Track.objects.all()}
    new, changed = [], []
    for entry in entries:
        wanted = {"name": entry.name, "description": entry.description, "keywords": list(entry.keywords)}
        track = existing.get(entry.slug)
        if track is None:
            existing[entry.slug] = Track(slug=entry.slug, **wanted)
            new.append(existing[entry.slug])
        elif any(getattr(track, field) != value for field, value in wanted.items()):
            changed.append(Track(pk=track.pk, slug=track.slug, **wanted))
    Track.objects.bulk_create(
        [*new, *changed],
        update_conflicts=True,
        unique_fields=["slug"],
        update_fields=[*TRACK_FIELDS, "updated_at"],
    )
    ids = {slug: track.pk for slug, track in existing.items()}
    return ids, _counts("tracks", len(entries), created=len(new), updated=len(changed))


def _upsert_aliases(entries: list[SkillEntry], skill_ids: dict[str, UUID]) -> LoadCounts:
    existing = {
        normalised: (skill_id, text)
        for normalised, skill_id, text in SkillAlias.objects.values_list("normalised", "skill_id", "text")
    }
    wanted = {
        normalised: (skill_ids[entry.slug], text) for entry in entries for normalised, text in entry.aliases.items()
    }
    different = {normalised: value for normalised, value in wanted.items() if existing.get(normalised) != value}
    SkillAlias.objects.bulk_create(
        [
            SkillAlias(normalised=normalised, skill_id=skill_id, text=text)
            for normalised, (skill_id, text) in different.items()
        ],
        update_conflicts=True,
        unique_fields=["normalised"],
        update_fields=["skill", "text"],
    )
    created = len(different.keys() - existing.keys())
    return _counts("aliases", len(wanted), created=created, updated=len(different) - created)


def _replace_prerequisites(entries: list[SkillEntry], skill_ids: dict[str, UUID]) -> LoadCounts:
    """Obsolete edges go first: otherwise an edge that was turned round would seem to close a cycle."""
    subjects = [skill_ids[entry.slug] for entry in entries]
    existing = {
        (skill_id, requires_id): pk
        for pk, skill_id, requires_id in SkillPrerequisite.objects.filter(skill_id__in=subjects).values_list(
            "pk", "skill_id", "requires_id"
        )
    }
    wanted = {(skill_ids[entry.slug], skill_ids[slug]) for entry in entries for slug in entry.requires}
    obsolete = [pk for edge, pk in existing.items() if edge not in wanted]
    new = [edge for edge in sorted(wanted) if edge not in existing]
    if obsolete:
        SkillPrerequisite.objects.filter(pk__in=obsolete).delete()
    SkillPrerequisite.objects.bulk_create(
        SkillPrerequisite(skill_id=skill_id, requires_id=requires_id) for skill_id, requires_id in new
    )
    return _counts("prerequisites", len(wanted), created=len(new), removed=len(obsolete))


def _replace_track_skills(
    entries: list[TrackEntry], track_ids: dict[str, UUID], skill_ids: dict[str, UUID]
) -> LoadCounts:
    existing = {
        (track_id, skill_id): (pk, level)
        for pk, track_id, skill_id, level in TrackSkill.objects.filter(
            track_id__in=[track_ids[entry.slug] for entry in entries]
        ).values_list("pk", "track_id", "skill_id", "level")
    }
    wanted = {
        (track_ids[entry.slug], skill_ids[slug]): level for entry in entries for slug, level in entry.levels.items()
    }
    obsolete = [pk for pair, (pk, _) in existing.items() if pair not in wanted]
    different = {pair: level for pair, level in wanted.items() if pair not in existing or existing[pair][1] != level}
    if obsolete:
        TrackSkill.objects.filter(pk__in=obsolete).delete()
    TrackSkill.objects.bulk_create(
        [
            TrackSkill(track_id=track_id, skill_id=skill_id, level=level)
            for (track_id, skill_id), level in different.items()
        ],
        update_conflicts=True,
        unique_fields=["track", "skill"],
        update_fields=["level"],
    )
    created = len(different.keys() - existing.keys())
    return _counts(
        "skills of tracks", len(wanted), created=created, updated=len(different) - created, removed=len(obsolete)
    )


def _settle_suggestions() -> LoadCounts:
    """Close open suggestions that the catalogue knows by now."""
    is_open = SkillSuggestion.objects.filter(status=SuggestionStatus.OPEN)
    known = dict(
        SkillAlias.objects.filter(normalised__in=is_open.values("normalised")).values_list("normalised", "skill_id")
    )
    settled = list(is_open.filter(normalised__in=known))
    for suggestion in settled:
        suggestion.status, suggestion.skill_id = SuggestionStatus.ACCEPTED, known[suggestion.normalised]
    SkillSuggestion.objects.bulk_update(settled, ["status", "skill"])
    return LoadCounts("suggestions now known", updated=len(settled))


def _counts(subject: str, total: int, *, created: int, updated: int = 0, removed: int = 0) -> LoadCounts:
    return LoadCounts(subject, created, updated, removed, unchanged=total - created - updated)
