"""Accounts with a known password, one for each role, for development only."""

from dataclasses import dataclass
from datetime import time

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.utils import timezone

from skillbridge_backend.core.access import acting_as_service
from skillbridge_backend.core.errors import PermissionDenied
from users.enums import Role
from users.models import AuthenticatorApp, AvailabilitySlot, Profile, ProfileSkill, Skill, User

DOMAIN = "skillbridge.test"
ALLOWED_SETTINGS = ("skillbridge_backend.settings.development", "skillbridge_backend.settings.test")
MENTOR_SKILLS = {"python": 5, "postgresql": 4, "django": 4, "git": 4, "sql": 4}


@dataclass(frozen=True, slots=True)
class Login:
    """A login that is there now."""

    role: Role
    email: str
    is_new: bool


def seed_logins(*, password: str, totp_secret: str) -> list[Login]:
    """One account for each role, with this password; an account that is there gets the password and nothing else.

    The admin gets an authenticator app with this secret too, for there is no admin without a second factor.

    Raises PermissionDenied under any settings but development's and the tests'. Runs as service_role.
    """
    if settings.SETTINGS_MODULE not in ALLOWED_SETTINGS:
        raise PermissionDenied(f"Logins with a known password are for development, not for {settings.SETTINGS_MODULE}.")
    with acting_as_service():
        logins = [_ensure(role, password) for role in Role]
        _add_app(f"{Role.ADMIN}@{DOMAIN}", totp_secret)
    return logins


def _ensure(role: Role, password: str) -> Login:
    email = f"{role}@{DOMAIN}"
    user: User | None = User.objects.by_email(email).first()
    if user is not None:
        if not check_password(password, user.password):
            user.password = make_password(password)
            user.save(update_fields=["password", "updated_at"])
        return Login(role, email, is_new=False)
    user = User.objects.create_user(
        email=email,
        password=password,
        handle=str(role),
        display_name=f"{role.label} of the demo",
        role=role,
        email_confirmed_at=timezone.now(),
        is_staff=role == Role.ADMIN,
        is_superuser=role == Role.ADMIN,
    )
    profile = Profile.objects.create(user=user, headline=f"The {role.label.lower()} of the demo", languages=["en"])
    if role == Role.MENTOR:
        _offer_mentoring(profile)
    return Login(role, email, is_new=True)


def _add_app(email: str, secret: str) -> None:
    user = User.objects.by_email(email).get()
    AuthenticatorApp.objects.update_or_create(user=user, defaults={"secret": secret, "confirmed_at": timezone.now()})


def _offer_mentoring(profile: Profile) -> None:
    profile.is_offering_mentoring, profile.mentoring_capacity = True, 3
    profile.time_zone, profile.country = "Europe/Berlin", "DE"
    profile.save()
    known = {skill.slug: skill for skill in Skill.objects.filter(slug__in=MENTOR_SKILLS)}
    ProfileSkill.objects.bulk_create(
        ProfileSkill(profile=profile, skill=skill, level=MENTOR_SKILLS[slug]) for slug, skill in known.items()
    )
    AvailabilitySlot.objects.bulk_create(
        AvailabilitySlot(profile=profile, weekday=weekday, starts_at=time(18), ends_at=time(20)) for weekday in (1, 3)
    )
