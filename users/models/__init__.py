"""The tables of this app, a module per subject; import the models from here."""

from users.models.audit import AuditEntry, AuditPending, AuditSeal
from users.models.catalogue import (
    HIGHEST_LEVEL,
    LEAST_LEVEL,
    Skill,
    SkillAlias,
    SkillPrerequisite,
    SkillSuggestion,
    Track,
    TrackSkill,
)
from users.models.leaving import DataExport, Departure
from users.models.logins import Challenge, EmailChange, ProviderVisit, SocialLink
from users.models.mentor_listings import MentorListing
from users.models.people import User
from users.models.profiles import (
    MOST_CONTACTS,
    AvailabilitySlot,
    ContactChannel,
    LeaveWindow,
    Picture,
    Profile,
    ProfileSkill,
    WantedSkill,
)
from users.models.second_factors import AuthenticatorApp, Passkey, RecoveryCode
from users.models.sessions import LONGEST_TOKEN_LIFE, PersonalToken, RefreshTokenFamily

__all__ = [
    "HIGHEST_LEVEL",
    "LEAST_LEVEL",
    "LONGEST_TOKEN_LIFE",
    "MOST_CONTACTS",
    "AuditEntry",
    "AuditPending",
    "AuditSeal",
    "AuthenticatorApp",
    "AvailabilitySlot",
    "Challenge",
    "ContactChannel",
    "DataExport",
    "Departure",
    "EmailChange",
    "LeaveWindow",
    "MentorListing",
    "Passkey",
    "PersonalToken",
    "Picture",
    "Profile",
    "ProfileSkill",
    "ProviderVisit",
    "RecoveryCode",
    "RefreshTokenFamily",
    "Skill",
    "SkillAlias",
    "SkillPrerequisite",
    "SkillSuggestion",
    "SocialLink",
    "Track",
    "TrackSkill",
    "User",
    "WantedSkill",
]
