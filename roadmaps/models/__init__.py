"""The tables of this app: plans, jobs that make them, grants to read them, and what others see of them."""

from roadmaps.models.generations import (
    LONGEST_COMMENT,
    Generation,
    GenerationEvent,
    ModelAnswer,
    ModelSpending,
)
from roadmaps.models.grants import LONGEST_GRANT, MOST_OPEN_GRANTS, GrantedRead, RoadmapGrant
from roadmaps.models.plans import (
    LONGEST_GOAL,
    MOST_HOURS_PER_WEEK,
    MOST_MODULE_MINUTES,
    MOST_WEEKS,
    MOST_WEIGHT,
    Module,
    ModulePrerequisite,
    Note,
    OwnResource,
    Resource,
    Roadmap,
)
from roadmaps.models.sharing import (
    HIGHEST_RATING,
    LEAST_RATING,
    MOST_OPEN_LINKS,
    Publication,
    RoadmapListing,
    RoadmapRating,
    ShareLink,
)

__all__ = [
    "HIGHEST_RATING",
    "LEAST_RATING",
    "LONGEST_COMMENT",
    "LONGEST_GOAL",
    "LONGEST_GRANT",
    "MOST_HOURS_PER_WEEK",
    "MOST_MODULE_MINUTES",
    "MOST_OPEN_GRANTS",
    "MOST_OPEN_LINKS",
    "MOST_WEEKS",
    "MOST_WEIGHT",
    "Generation",
    "GenerationEvent",
    "GrantedRead",
    "ModelAnswer",
    "ModelSpending",
    "Module",
    "ModulePrerequisite",
    "Note",
    "OwnResource",
    "Publication",
    "Resource",
    "Roadmap",
    "RoadmapGrant",
    "RoadmapListing",
    "RoadmapRating",
    "ShareLink",
]
