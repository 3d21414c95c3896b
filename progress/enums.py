"""The fixed vocabularies of this app."""

from django.db import models


class LogKind(models.TextChoices):
    """What was done."""

    MODULE_COMPLETED = "module_completed", "A module was completed"
    MODULE_REOPENED = "module_reopened", "A completed module was opened again"
    COMMITS_PUSHED = "commits_pushed", "Commits were pushed"
    PULL_REQUEST_MERGED = "pull_request_merged", "A pull request was merged"
    MANUAL = "manual", "Entered by hand"


class Evidence(models.TextChoices):
    """What stands behind an entry, from the weakest to the strongest."""

    SELF = "self", "The learner's word"
    COMMIT = "commit", "A commit"
    PULL_REQUEST = "pull_request", "A merged pull request"
    MENTOR = "mentor", "A mentor's confirmation"


class DeliveryStatus(models.TextChoices):
    """What became of a webhook delivery; all but the first are final."""

    RECEIVED = "received", "Waiting for a worker"
    PROCESSED = "processed", "Work was recorded from it"
    IGNORED = "ignored", "Nothing in it counts as work"
    FAILED = "failed", "It could not be read"
