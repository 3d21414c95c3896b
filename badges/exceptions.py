"""What this app refuses, each with its stable code."""

from skillbridge_backend.core.errors import DomainError, InvalidInput, stand_for


class AwardAlreadyRevoked(DomainError):
    """The award was taken back before."""

    code, status, title = "award_already_revoked", 409, "This award was revoked already"


class BadgeInactive(DomainError):
    """An inactive badge is awarded to nobody."""

    code, status, title = "badge_inactive", 409, "This badge is not active"


stand_for(InvalidInput, {"badge_criteria_valid": "criteria"})
