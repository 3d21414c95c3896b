"""The tables of this app: plans and what they said before, jobs that make them, resources, grants to read."""

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
    Roadmap,
)
from roadmaps.models.resources import (
    LONGEST_REPORT,
    CheckedLink,
    OwnResource,
    Resource,
    ResourceReport,
    VideoSearch,
    YouTubeDay,
)
from roadmaps.models.versions import ForkBase, RoadmapVersion

__all__ = [
    "LONGEST_COMMENT",
    "LONGEST_DESCRIPTION",
    "LONGEST_GOAL",
    "LONGEST_GRANT",
    "LONGEST_NOTE",
    "LONGEST_REPORT",
    "MOST_HOURS_PER_WEEK",
    "MOST_MODULE_MINUTES",
    "MOST_OPEN_GRANTS",
    "MOST_WEEKS",
    "MOST_WEIGHT",
    "CheckedLink",
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
    "ResourceReport",
    "Roadmap",
    "RoadmapGrant",
    "RoadmapVersion",
    "VideoSearch",
    "YouTubeDay",
]
