"""The catalogue as the pure modules take it: the planner's skill graph, the lexicon of goals, wanted levels."""

from collections import defaultdict
from uuid import UUID

from roadmaps.goals import Lexicon, TrackTerms
from roadmaps.planner import SkillGraph, SkillNode
from users.models import Skill, SkillAlias, SkillPrerequisite, Track, WantedSkill


def skill_graph() -> SkillGraph:
    """All skills with their prerequisites, by slug: two queries."""
    requires: defaultdict[str, list[str]] = defaultdict(list)
    for skill, required in SkillPrerequisite.objects.values_list("skill__slug", "requires__slug"):
        requires[skill].append(required)
    return {
        slug: SkillNode(slug, name, minutes, tuple(sorted(requires[slug])), description)
        for slug, name, minutes, description in Skill.objects.order_by("slug").values_list(
            "slug", "name", "minutes_per_level", "description"
        )
    }


def lexicon() -> Lexicon:
    """All aliases and tracks: three queries."""
    return Lexicon.of(
        aliases=dict(SkillAlias.objects.values_list("normalised", "skill__slug")),
        tracks=[
            TrackTerms(
                track.slug,
                track.name,
                tuple(track.keywords),
                {each.skill.slug: each.level for each in track.track_skills.all()},
            )
            for track in Track.objects.with_skills()
        ],
    )


def wanted_levels(user_id: UUID) -> dict[str, int]:
    """The levels that a person wants of skills, by slug."""
    rows = WantedSkill.objects.filter(profile__user_id=user_id).values_list("skill__slug", "level")
    return dict(sorted(rows))
