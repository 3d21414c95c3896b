"""Every write of this app, a module per subject. Other apps import the services from here.

Lock order everywhere: the roadmap, then its modules by id, then its job; grants after the roadmap.
"""

from roadmaps.services.documents import DocumentService
from roadmaps.services.grants import GrantService
from roadmaps.services.job_record import JobEndedError, JobRecord, ModelLimitError, model_use, prune_answers
from roadmaps.services.materials import MOST_OWN_RESOURCES, MaterialService
from roadmaps.services.modules import MOST_MODULES, ModuleService
from roadmaps.services.planning import Fault, PlanJob, PlanningService, WordedPlan, summary_of
from roadmaps.services.regenerating import RegenerationService
from roadmaps.services.roadmaps import RoadmapService
from roadmaps.services.sharing import LinkService, NewLink, PublicationService, RatingService, hash_of
from roadmaps.services.wishes import SettledWish, Wish

__all__ = [
    "MOST_MODULES",
    "MOST_OWN_RESOURCES",
    "DocumentService",
    "Fault",
    "GrantService",
    "JobEndedError",
    "JobRecord",
    "LinkService",
    "MaterialService",
    "ModelLimitError",
    "ModuleService",
    "NewLink",
    "PlanJob",
    "PlanningService",
    "PublicationService",
    "RatingService",
    "RegenerationService",
    "RoadmapService",
    "SettledWish",
    "Wish",
    "WordedPlan",
    "hash_of",
    "model_use",
    "prune_answers",
    "summary_of",
]
