"""Every write of this app, a module per subject. Other apps import the services from here."""

from users.services.accounts import AccountService
from users.services.admin_sessions import AdminSessionService
from users.services.catalogue import CatalogueService
from users.services.email_changes import EmailChangeService
from users.services.exports import ExportService
from users.services.impersonation import ImpersonationService
from users.services.leaving import LeavingService
from users.services.login_codes import LoginCodeService
from users.services.mentor_import import MentorImportService
from users.services.passwords import PasswordService
from users.services.personal_tokens import PersonalTokenService
from users.services.pictures import PictureService, picture_links
from users.services.profiles import ProfileService
from users.services.provider_logins import ProviderLoginService
from users.services.provider_visits import ProviderVisitService
from users.services.second_factors import SecondFactorService
from users.services.sessions import SessionService
from users.services.social_links import SocialLinkService
from users.services.step_up import StepUpService

__all__ = [
    "AccountService",
    "AdminSessionService",
    "CatalogueService",
    "EmailChangeService",
    "ExportService",
    "ImpersonationService",
    "LeavingService",
    "LoginCodeService",
    "MentorImportService",
    "PasswordService",
    "PersonalTokenService",
    "PictureService",
    "ProfileService",
    "ProviderLoginService",
    "ProviderVisitService",
    "SecondFactorService",
    "SessionService",
    "SocialLinkService",
    "StepUpService",
    "picture_links",
]
