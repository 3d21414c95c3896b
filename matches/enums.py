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
    """Where a round stands: first its job, then what was decided about its answer. Steps: `sql/0020_rounds.sql`."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    PROPOSED = "proposed", "Proposed"
    """There is an answer, which nobody but moderators and admins has seen."""
    REVIEWED = "reviewed", "Reviewed"
    """Somebody has looked at it; it may be applied without, too."""
    APPLIED = "applied", "Applied"
    """What still held when it was applied is proposed to the learners."""
    DISCARDED = "discarded", "Discarded"
    UNDONE = "undone", "Undone"
    """It was applied, and its proposals were withdrawn before anybody asked for one."""
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


UNFINISHED = (RoundStatus.QUEUED, RoundStatus.RUNNING)
"""There is no answer yet."""

UNDECIDED_ROUND = (RoundStatus.PROPOSED, RoundStatus.REVIEWED)
"""There is an answer, and nothing was done with it."""


class LeftOut(models.TextChoices):
    """Why an assignment is not proposed when its round is applied."""

    NOT_CHOSEN = "not_chosen", "Not chosen"
    LEARNER_NOT_SEEKING = "learner_not_seeking", "The learner seeks nobody any more"
    MENTOR_NOT_OFFERING = "mentor_not_offering", "The mentor offers nothing any more"
    MENTOR_ON_LEAVE = "mentor_on_leave", "The mentor is away"
    LEARNER_HAS_SOMEBODY = "learner_has_somebody", "The learner has an open match"
    REFUSED_OF_LATE = "refused_of_late", "One of the two refused the other of late"
    MENTOR_FULL = "mentor_full", "The mentor has no place left"


class BlockKind(models.TextChoices):
    """Why somebody is not to be brought together with another; theirs to know, and the admins'."""

    BLOCKED = "blocked", "Blocked"
    CONFLICT = "conflict", "Conflict of interest"


class SessionStatus(models.TextChoices):
    """Where a meeting stands."""

    PROPOSED = "proposed", "Proposed"
    CONFIRMED = "confirmed", "Confirmed"
    CANCELLED = "cancelled", "Cancelled"
    DONE = "done", "Done"
    NO_SHOW_MENTOR = "no_show_mentor", "The mentor did not come"
    NO_SHOW_LEARNER = "no_show_learner", "The learner did not come"
    DISPUTED = "disputed", "One says that the other did not come, who says otherwise"
