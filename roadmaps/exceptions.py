"""The refusals of this app, one stable code each."""

from skillbridge_backend.core.errors import DomainError, InvalidInput, stand_for


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


class TooManyAddresses(DomainError):
    """The person has as many addresses of their own as one may have; `errors` name what would be one too many."""

    code, status, title = "too_many_addresses", 409, "You have as many addresses of your own as one may have"


class TooManyJobs(DomainError):
    """The learner has as many roadmaps being planned as one may have."""

    code, status, title = "too_many_jobs", 409, "Wait until a roadmap that is being planned is ready"


class JobRunning(DomainError):
    """A job plans the roadmap, and one at a time does."""

    code, status, title = "job_running", 409, "A job is planning this roadmap"
    constraints = {"generation_one_active": "roadmap"}


class NotAboutASkill(DomainError):
    """Modules that are about no skill of the catalogue cannot be planned."""

    code, status, title = "not_about_a_skill", 409, "This module is about no skill of the catalogue"


class NothingToCopy(DomainError):
    """The roadmap has no modules yet."""

    code, status, title = "nothing_to_copy", 409, "There is nothing to copy"


class NotACopy(DomainError):
    """The roadmap was not made from another one."""

    code, status, title = "not_a_copy", 409, "This roadmap is no copy of another one"


class OriginalGone(DomainError):
    """The roadmap that this one was copied from is gone, or not open to its owner any more."""

    code, status, title = "original_gone", 409, "The original cannot be read"


class ResourceAlreadyReported(DomainError):
    """The learner's report of this resource is still open."""

    code, status, title = "resource_already_reported", 409, "You reported this resource already"
    constraints = {"resource_report_open_once": "resource"}


class RoadmapAlreadyGranted(DomainError):
    """The mentor may read the roadmap already."""

    code, status, title = "roadmap_already_granted", 409, "This mentor has a grant on the roadmap already"
    constraints = {"roadmap_grant_one_open": "mentor"}


class TooManyGrants(DomainError):
    """The roadmap has as many open grants as one may have."""

    code, status, title = "too_many_grants", 409, "This roadmap is shared with as many mentors as it may be"


stand_for(
    InvalidInput,
    {
        "generation_event_of_job": "generation",
        "roadmap_version_of_roadmap": "roadmap",
        "fork_base_of_roadmap": "roadmap",
        "module_link_of_module": "module",
    },
)


class RoadmapNotUnlisted(DomainError):
    """Links are for unlisted roadmaps."""

    code, status, title = "roadmap_not_unlisted", 409, "This roadmap is not unlisted"


class TooManyLinks(DomainError):
    """The roadmap has as many links as one may have."""

    code, status, title = "too_many_links", 409, "This roadmap has as many links as it may have"


stand_for(InvalidInput, {"roadmap_rating_not_of_own": "roadmap", "roadmap_rating_of_listed": "roadmap"})
stand_for(
    InvalidInput,
    dict.fromkeys(
        ("publication_of_roadmap", "share_link_of_roadmap", "rating_of_roadmap", "listing_of_roadmap"), "roadmap"
    ),
)
stand_for(InvalidInput, {"roadmap_grant_by_owner": "roadmap", "roadmap_grant_to_mentor": "mentor"})
stand_for(InvalidInput, {"module_prerequisite_in_roadmap": "requires", "module_prerequisite_no_cycle": "requires"})
