"""The tables of this app: plans and what hangs on them (`plans.py`), and who was let in to read one (`grants.py`)."""

from roadmaps.models.grants import LONGEST_GRANT, MOST_OPEN_GRANTS, GrantedRead, RoadmapGrant
from roadmaps.models.plans import (
    LONGEST_GOAL,
    MOST_HOURS_PER_WEEK,
    MOST_MODULE_MINUTES,
    MOST_WEEKS,
    MOST_WEIGHT,
    Generation,
    Module,
    ModulePrerequisite,
    Note,
    OwnResource,
    Resource,
    Roadmap,
)

__all__ = [
    "LONGEST_GOAL",
    "LONGEST_GRANT",
    "MOST_HOURS_PER_WEEK",
    "MOST_MODULE_MINUTES",
    "MOST_OPEN_GRANTS",
    "MOST_WEEKS",
    "MOST_WEIGHT",
    "Generation",
    "GrantedRead",
    "Module",
    "ModulePrerequisite",
    "Note",
    "OwnResource",
    "Resource",
    "Roadmap",
    "RoadmapGrant",
]
