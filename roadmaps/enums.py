"""The fixed vocabularies of this app."""

from django.db import models


class RoadmapStatus(models.TextChoices):
    """Where a roadmap is between the wish and the archive."""

    DRAFT = "draft", "Draft"
    GENERATING = "generating", "Being planned"
    READY = "ready", "Ready"
    FAILED = "failed", "Planning failed"
    ARCHIVED = "archived", "Archived"


class Visibility(models.TextChoices):
    """Who may read a roadmap."""

    PRIVATE = "private", "Only the owner"
    UNLISTED = "unlisted", "Whoever has the link"
    PUBLIC = "public", "Everybody"


class ModuleStatus(models.TextChoices):
    """What became of a module; skipped and removed ones do not count for progress."""

    PENDING = "pending", "Not begun"
    IN_PROGRESS = "in_progress", "Begun"
    COMPLETED = "completed", "Completed"
    SKIPPED = "skipped", "Skipped"
    REMOVED = "removed", "Removed"


class VersionReason(models.TextChoices):
    """The change before which a roadmap was kept as it read."""

    EDITED = "edited", "Its title or its time was changed"
    ADDED = "added", "A module was added"
    CHANGED = "changed", "A module was changed"
    MOVED = "moved", "A module was moved"
    REMOVED = "removed", "A module was taken out"
    SPLIT = "split", "A module was split"
    JOINED = "joined", "Modules were joined to one"
    REGENERATED = "regenerated", "It was planned anew, or a module of it"
    RESCHEDULED = "rescheduled", "What was left was laid out anew"
    RESTORED = "restored", "A former version was restored"
    MERGED = "merged", "Changes of the roadmap that it was copied from were taken"


class ChangeKind(models.TextChoices):
    """What happened to a module between two states of a roadmap."""

    ADDED = "added", "Added"
    REMOVED = "removed", "Taken out"
    CHANGED = "changed", "Changed"


class Side(models.TextChoices):
    """Whose state of a module is wanted when a copy and its original are merged."""

    MINE = "mine", "The copy's"
    UPSTREAM = "upstream", "The original's"


class GenerationStatus(models.TextChoices):
    """Where the job that plans a roadmap is."""

    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Being worked on"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled by the learner"


class GenerationKind(models.TextChoices):
    """What a job plans."""

    ROADMAP = "roadmap", "A whole roadmap"
    REST = "rest", "What is not begun of a roadmap"
    MODULE = "module", "One module"


class GenerationEventKind(models.TextChoices):
    """What is told of a job while it goes on; the last one is named as the status that it ends in."""

    STARTED = "started", "A worker has taken it"
    PLANNED = "planned", "The built-in planner has made the modules"
    ASKED = "asked", "The model was asked"
    MODULE = "module", "The model has worded a module"
    REPAIRING = "repairing", "The model was asked to put its answer right"
    FELL_BACK = "fell_back", "Built-in words are taken"
    SUCCEEDED = "succeeded", "The roadmap is there"
    FAILED = "failed", "It could not be planned"
    CANCELLED = "cancelled", "The learner has cancelled it"


class GenerationSource(models.TextChoices):
    """Who made the plan."""

    MODEL = "model", "A language model"
    PLANNER = "planner", "The built-in planner"


class ResourceKind(models.TextChoices):
    """What kind of thing one learns from."""

    ARTICLE = "article", "Article"
    BOOK = "book", "Book"
    COURSE = "course", "Course"
    DOCUMENTATION = "documentation", "Documentation"
    PRACTICE = "practice", "Practice"
    TUTORIAL = "tutorial", "Tutorial"
    VIDEO = "video", "Video"


class LinkState(models.TextChoices):
    """What is known of an address of the web."""

    UNVERIFIED = "unverified", "Not checked yet"
    VERIFIED = "verified", "Answered when it was checked last"
    FAILING = "failing", "Did not answer lately"
    QUARANTINED = "quarantined", "Did not answer three times in a row"


class ResourceSource(models.TextChoices):
    """Where a resource comes from."""

    CATALOGUE = "catalogue", "The catalogue"
    YOUTUBE = "youtube", "YouTube"


class ResourceReportReason(models.TextChoices):
    """What somebody finds wrong with a resource."""

    BROKEN = "broken", "It does not open"
    WRONG = "wrong", "It is about something else"
    PAID = "paid", "It costs money"
    OTHER = "other", "Something else"


class ResourceReportState(models.TextChoices):
    """Whether somebody has looked at a report."""

    OPEN = "open", "Open"
    RESOLVED = "resolved", "Resolved"
    REJECTED = "rejected", "Nothing is wrong"
