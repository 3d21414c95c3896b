"""The fixed vocabularies of this app."""

from django.db import models


class Role(models.TextChoices):
    """What a person is on the platform; mentors are learners too."""

    LEARNER = "learner", "Learner"
    MENTOR = "mentor", "Mentor"
    MODERATOR = "moderator", "Moderator"
    ADMIN = "admin", "Admin"


class SkillSource(models.TextChoices):
    """Who says that a person has a skill."""

    SELF = "self", "The person"
    MENTOR = "mentor", "A mentor"
    EVIDENCE = "evidence", "Work done"


class SuggestionStatus(models.TextChoices):
    """What became of a skill that the catalogue did not know."""

    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"


class Weekday(models.IntegerChoices):
    """ISO order, counted from 0 as `datetime.weekday()` does."""

    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class RefreshTransport(models.TextChoices):
    """How a client keeps its refresh token."""

    BODY = "body", "In the body, for apps"
    COOKIE = "cookie", "In a cookie that no script reads, for browsers"


class ExportStatus(models.TextChoices):
    """Where a copy of all somebody's data stands."""

    QUEUED = "queued", "Waits for a worker"
    RUNNING = "running", "Is being put together"
    READY = "ready", "Can be fetched"
    FAILED = "failed", "Could not be put together; ask again"


class AuditAction(models.TextChoices):
    """What happened to an account, and below it what happened to a row of a sensitive table."""

    SIGNED_UP = "signed_up", "Signed up"
    EMAIL_CONFIRMED = "email_confirmed", "E-mail address confirmed"
    LOGGED_IN = "logged_in", "Logged in"
    LOGIN_FAILED = "login_failed", "Login failed"
    LOGGED_OUT = "logged_out", "Logged out"
    TOKEN_REFRESHED = "token_refreshed", "Token refreshed"  # an event's name, not a secret
    TOKEN_REUSED = "token_reused", "Refresh token used twice"  # an event's name, not a secret
    EXPORT_ASKED = "export_asked", "Asked for a copy of all their data"
    EXPORT_FETCHED = "export_fetched", "Fetched that copy"
    DELETION_ASKED = "deletion_asked", "Asked for the account to be erased"
    DELETION_CANCELLED = "deletion_cancelled", "Kept the account after all"
    ERASED = "erased", "The person is gone, and what told of them in older entries"
    ARCHIVED = "archived", "Old entries archived"
    INSERTED = "inserted", "Inserted"
    UPDATED = "updated", "Updated"
    DELETED = "deleted", "Deleted"
