"""Every write of this app, a module per subject. Other apps import the services from here.

Lock order everywhere: a person, the roadmap, then its modules by id, then its job; grants after the roadmap.
"""

from roadmaps.services.documents import DocumentService
from roadmaps.services.forking import ForkService
from roadmaps.services.grants import GrantService
from roadmaps.services.job_record import JobEndedError, JobRecord, ModelLimitError, model_use, prune_answers
from roadmaps.services.known_skills import known_of
from roadmaps.services.links import BATCH, LinkService, check_soon
from roadmaps.services.materials import MOST_OWN_RESOURCES, MaterialService
from roadmaps.services.modules import MOST_MODULES, ModuleService
from roadmaps.services.planning import Fault, PlanJob, PlanningService, WordedPlan, summary_of
from roadmaps.services.regenerating import RegenerationService
from roadmaps.services.reports import ReportService
from roadmaps.services.roadmaps import RoadmapService
from roadmaps.services.sharing import NewLink, PublicationService, RatingService, ShareLinkService
from roadmaps.services.splitting import SplittingService
from roadmaps.services.versions import VersionService
from roadmaps.services.videos import VideoService, forget_old_videos
from roadmaps.services.wishes import SettledWish, Wish

__all__ = [
    "BATCH",
    "MOST_MODULES",
    "MOST_OWN_RESOURCES",
    "DocumentService",
    "Fault",
    "ForkService",
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
    "ReportService",
    "RoadmapService",
    "SettledWish",
    "ShareLinkService",
    "SplittingService",
    "VersionService",
    "VideoService",
    "Wish",
    "WordedPlan",
    "check_soon",
    "forget_old_videos",
    "known_of",
    "model_use",
    "prune_answers",
    "summary_of",
]
