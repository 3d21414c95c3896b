"""The refusals of this app, one stable code each."""

from skillbridge_backend.core.errors import DomainError


class GoalNotUnderstood(DomainError):
    """The goal names no track and no skill of the catalogue; `suggestions` are tracks to choose from."""

    code, status, title = "goal_not_understood", 400, "The goal could not be understood"


class NothingToLearn(DomainError):
    """The learner has every skill of the goal at the level it asks for."""

    code, status, title = "nothing_to_learn", 400, "You know all of this already"


class PrerequisitesMissing(DomainError):
    """Modules that this one builds on are not completed; `missing` lists them."""

    code, status, title = "prerequisites_missing", 409, "This module builds on others that are not completed"


class RoadmapNotEditable(DomainError):
    """The roadmap is being planned or in the archive."""

    code, status, title = "roadmap_not_editable", 409, "This roadmap cannot be changed now"


class TooManyModules(DomainError):
    """The roadmap has as many modules as one may have."""

    code, status, title = "too_many_modules", 409, "This roadmap is full"


class TooManyJobs(DomainError):
    """The learner has as many roadmaps being planned as one may have."""

    code, status, title = "too_many_jobs", 409, "Wait until a roadmap that is being planned is ready"
