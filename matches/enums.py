"""The fixed vocabularies of this app."""

from django.db import models


class MatchStatus(models.TextChoices):
    """Where a match stands. Which step leads where is the database's: `sql/0002_rules.sql`."""

    PROPOSED = "proposed", "Proposed"
    """A round suggests it; the learner has not asked, and the mentor does not see it."""
    REQUESTED = "requested", "Requested"
    INFO_REQUESTED = "info_requested", "More information requested"
    ACCEPTED = "accepted", "Accepted"
    """The mentor said yes and the place is taken; nobody has written yet."""
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    COMPLETED = "completed", "Completed"
    ENDED_EARLY = "ended_early", "Ended early"
    DECLINED = "declined", "Declined"
    CANCELLED = "cancelled", "Cancelled"
    EXPIRED = "expired", "Expired"


WAITING = (MatchStatus.REQUESTED, MatchStatus.INFO_REQUESTED)
"""The learner waits for the mentor's decision."""

UNDECIDED = (MatchStatus.PROPOSED, *WAITING)
"""These lapse when nobody acts."""

HOLDING_A_PLACE = (MatchStatus.ACCEPTED, MatchStatus.ACTIVE, MatchStatus.PAUSED)
"""Each of these takes one of the mentor's places."""

OPEN = (MatchStatus.PROPOSED, *WAITING, *HOLDING_A_PLACE)
"""Neither refused nor over: a pair has at most one of these."""

OVER = (MatchStatus.COMPLETED, MatchStatus.ENDED_EARLY)
"""A mentorship that took place and has ended: it may be reviewed."""


class RoundStatus(models.TextChoices):
    """Where a round's job stands."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"


class SessionStatus(models.TextChoices):
    """Where a meeting stands."""

    PROPOSED = "proposed", "Proposed"
    CONFIRMED = "confirmed", "Confirmed"
    CANCELLED = "cancelled", "Cancelled"
    DONE = "done", "Done"
    NO_SHOW_MENTOR = "no_show_mentor", "The mentor did not come"
    NO_SHOW_LEARNER = "no_show_learner", "The learner did not come"


ENDED = (SessionStatus.DONE, SessionStatus.NO_SHOW_MENTOR, SessionStatus.NO_SHOW_LEARNER)
"""Sessions of which it is known who came."""
