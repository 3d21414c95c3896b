"""Every read of this app, a module per subject; other apps import from here.

`visible_to(actor)` comes first; what an actor may not see does not exist for them.
"""

from users.querysets.audit import AuditEntryQuerySet
from users.querysets.logins import MOST_ATTEMPTS
from users.querysets.mentor_listings import MentorListingQuerySet
from users.querysets.people import HIDDEN, UserQuerySet, hidden_of
from users.querysets.sessions import RefreshTokenFamilyQuerySet

__all__ = [
    "HIDDEN",
    "MOST_ATTEMPTS",
    "AuditEntryQuerySet",
    "MentorListingQuerySet",
    "RefreshTokenFamilyQuerySet",
    "UserQuerySet",
    "hidden_of",
]
