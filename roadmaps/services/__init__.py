"""Every write of this app, a module per subject. Other apps import the services from here.

Lock order everywhere: the roadmap, then its modules by id, then its job; grants after the roadmap.
"""

from roadmaps.services.grants import GrantService
from roadmaps.services.materials import MaterialService
from roadmaps.services.modules import ModuleService
from roadmaps.services.planning import PlanJob, PlanningService, WordedPlan
from roadmaps.services.roadmaps import RoadmapService

__all__ = [
    "GrantService",
    "MaterialService",
    "ModuleService",
    "PlanJob",
    "PlanningService",
    "RoadmapService",
    "WordedPlan",
]
