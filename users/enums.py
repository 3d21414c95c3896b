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


class Visibility(models.TextChoices):
    """Who sees a person's public profile: nothing of it, where they opened it to nobody."""

    PUBLIC = "public", "Anybody, without a login"
    MEMBERS = "members", "Whoever is logged in"
    NOBODY = "nobody", "Nobody"


class ProfilePart(models.TextChoices):
    """A part of the public profile that its owner opens, or does not; handle, name and role are always on it."""

    PICTURE = "picture", "Picture"
    HEADLINE = "headline", "Headline"
    BIO = "bio", "What one says about oneself"
    COUNTRY = "country", "Country"
    LANGUAGES = "languages", "Languages"
    SKILLS = "skills", "Skills one has"
    WANTED_SKILLS = "wanted_skills", "Skills one wants"
    AVAILABILITY = "availability", "When one has time"


class ContactKind(models.TextChoices):
    """A way to reach somebody outside of the platform, where its own conversation is always there."""

    EMAIL = "email", "E-mail"
    VIDEO = "video", "A room for video calls, or a page to book one"
    PHONE = "phone", "Telephone"
    SIGNAL = "signal", "Signal"
    TELEGRAM = "telegram", "Telegram"
    DISCORD = "discord", "Discord"
    MATRIX = "matrix", "Matrix"


class RefreshTransport(models.TextChoices):
    """How a client keeps its refresh token."""

    BODY = "body", "In the body, for apps"
    COOKIE = "cookie", "In a cookie that no script reads, for browsers"


class LoginMethod(models.TextChoices):
    """What proved who somebody is, before any second factor; a passkey that asks for a PIN or finger is both."""

    PASSWORD = "password", "Password"
    EMAIL_CODE = "email_code", "Code by e-mail"
    SOCIAL = "social", "Another provider"
    PASSKEY = "passkey", "Passkey"


class ChallengePurpose(models.TextChoices):
    """What a right answer to a challenge is good for."""

    LOGIN = "login", "Second step of a login"
    PASSKEY_LOGIN = "passkey_login", "Login with a passkey alone"
    PASSKEY_REGISTRATION = "passkey_registration", "A new passkey"
    STEP_UP = "step_up", "Proof before something dangerous"
    EMAIL_CODE = "email_code", "Login with a code by e-mail"


class VisitPurpose(models.TextChoices):
    """Why somebody is sent to a login provider."""

    LOGIN = "login", "To log in, or to open an account"
    LINK = "link", "To log in with it from now on"


class ExportStatus(models.TextChoices):
    """Where a copy of all somebody's data stands."""

    QUEUED = "queued", "Waits for a worker"
    RUNNING = "running", "Is being put together"
    READY = "ready", "Can be fetched"
    FAILED = "failed", "Could not be put together; ask again"


class TokenScope(models.TextChoices):
    """What a personal token may do: a section of the API, read or written (`scope_section` of its views)."""

    PROFILE_READ = "profile:read", "Read one's own profile"
    PROFILE_WRITE = "profile:write", "Change one's own profile"
    CATALOGUE_READ = "catalogue:read", "Read skills, tracks and mentors"
    ROADMAPS_READ = "roadmaps:read", "Read roadmaps"
    ROADMAPS_WRITE = "roadmaps:write", "Change roadmaps and what is shared of them"
    PROGRESS_READ = "progress:read", "Read the log of work, streaks and statistics"
    PROGRESS_WRITE = "progress:write", "Write the log of work"
    BADGES_READ = "badges:read", "Read badges, points and leaderboards"
    MATCHES_READ = "matches:read", "Read mentorships, conversations and sessions"
    MATCHES_WRITE = "matches:write", "Ask, answer and write in mentorships"
    NOTIFICATIONS_READ = "notifications:read", "Read notifications"
    NOTIFICATIONS_WRITE = "notifications:write", "Mark notifications and change what is sent"
    FORUM_READ = "forum:read", "Read the forum"
    FORUM_WRITE = "forum:write", "Write in the forum"


class AuditAction(models.TextChoices):
    """What happened to an account, and below it what happened to a row of a sensitive table."""

    SIGNED_UP = "signed_up", "Signed up"
    EMAIL_CONFIRMED = "email_confirmed", "E-mail address confirmed"
    EMAIL_CHANGE_ASKED = "email_change_asked", "Asked for another e-mail address"
    EMAIL_CHANGED = "email_changed", "E-mail address changed"
    EMAIL_CHANGE_STOPPED = "email_change_stopped", "Another e-mail address given up before it was confirmed"
    EMAIL_RESTORED = "email_restored", "Former e-mail address restored by its owner"
    LOGGED_IN = "logged_in", "Logged in"
    LOGIN_FAILED = "login_failed", "Login failed"
    LOGGED_OUT = "logged_out", "Logged out"
    TOKEN_REFRESHED = "token_refreshed", "Token refreshed"  # an event's name, not a secret
    TOKEN_REUSED = "token_reused", "Refresh token used twice"  # an event's name, not a secret
    SECOND_FACTOR_FAILED = "second_factor_failed", "Second factor failed"
    STEPPED_UP = "stepped_up", "Proved again who they are"
    FACTOR_ADDED = "factor_added", "Second factor added"
    FACTOR_REMOVED = "factor_removed", "Second factor removed"
    RECOVERY_CODE_USED = "recovery_code_used", "Recovery code used"
    RECOVERY_CODES_MADE = "recovery_codes_made", "New recovery codes made"
    PERSONAL_TOKEN_MADE = "personal_token_made", "Personal token made"  # an event's name, not a secret
    PERSONAL_TOKEN_REMOVED = "personal_token_removed", "Personal token removed"  # an event's name, not a secret
    PROVIDER_LINKED = "provider_linked", "Login provider linked"
    PROVIDER_UNLINKED = "provider_unlinked", "Login provider no longer linked"
    IMPERSONATED = "impersonated", "An admin looked through this person's eyes"
    EXPORT_ASKED = "export_asked", "Asked for a copy of all their data"
    EXPORT_FETCHED = "export_fetched", "Fetched that copy"
    DELETION_ASKED = "deletion_asked", "Asked for the account to be erased"
    DELETION_CANCELLED = "deletion_cancelled", "Kept the account after all"
    ERASED = "erased", "The person is gone, and what told of them in older entries"
    ARCHIVED = "archived", "Old entries archived"
    INSERTED = "inserted", "Inserted"
    UPDATED = "updated", "Updated"
    DELETED = "deleted", "Deleted"
