"""The tables of this app: plans, the jobs that make them, grants to read them, and what they said before."""

from roadmaps.models.generations import (
    LONGEST_COMMENT,
    Generation,
    GenerationEvent,
    ModelAnswer,
    ModelSpending,
)
from roadmaps.models.grants import LONGEST_GRANT, MOST_OPEN_GRANTS, GrantedRead, RoadmapGrant
from roadmaps.models.plans import (
    LONGEST_DESCRIPTION,
    LONGEST_GOAL,
    LONGEST_NOTE,
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
from roadmaps.models.versions import ForkBase, RoadmapVersion

__all__ = [
    "LONGEST_COMMENT",
    "LONGEST_DESCRIPTION",
    "LONGEST_GOAL",
    "LONGEST_GRANT",
    "LONGEST_NOTE",
    "MOST_HOURS_PER_WEEK",
    "MOST_MODULE_MINUTES",
    "MOST_OPEN_GRANTS",
    "MOST_WEEKS",
    "MOST_WEIGHT",
    "ForkBase",
    "Generation",
    "GenerationEvent",
    "GrantedRead",
    "ModelAnswer",
    "ModelSpending",
    "Module",
    "ModulePrerequisite",
    "Note",
    "OwnResource",
    "Resource",
    "Roadmap",
    "RoadmapGrant",
    "RoadmapVersion",
]
