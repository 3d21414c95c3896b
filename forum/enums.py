"""The fixed vocabularies of this app."""

from django.db import models


class VoteValue(models.IntegerChoices):
    """A vote."""

    DOWN = -1, "Not helpful"
    UP = 1, "Helpful"


class ReportReason(models.TextChoices):
    """Why somebody reports a post."""

    SPAM = "spam", "Spam or advertising"
    ABUSE = "abuse", "Abuse or harassment"
    OFF_TOPIC = "off_topic", "Not what this forum is for"
    HARMFUL = "harmful", "Dangerous or wrong in a harmful way"
    OTHER = "other", "Something else"


class ReportState(models.TextChoices):
    """Where a report stands. The database allows the steps from `open` to the other two, and no other."""

    OPEN = "open", "Open"
    RESOLVED = "resolved", "Resolved: the post was removed"
    REJECTED = "rejected", "Rejected: the post stays"


class SanctionKind(models.TextChoices):
    """What moderators do about a person. Who is muted or suspended writes, votes and reports nothing."""

    WARNED = "warned", "Warned"
    MUTED = "muted", "Muted, for a time"
    SUSPENDED = "suspended", "Suspended, for a time or until it is lifted"


class Resolution(models.TextChoices):
    """What a moderator does with a report."""

    DISMISS = "dismiss", "The post stays"
    REMOVE_POST = "remove_post", "The post is removed"
