"""People and skills for the tests of every app. Each factory makes a row that passes every constraint."""

import hashlib
from datetime import time, timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from skillbridge_backend.core.ids import new_id
from users import totp
from users.enums import AuditAction, ChallengePurpose, ContactKind, RefreshTransport, Role, VisitPurpose
from users.models import (
    AuditEntry,
    AuthenticatorApp,
    AvailabilitySlot,
    Challenge,
    ContactChannel,
    DataExport,
    Departure,
    EmailChange,
    LeaveWindow,
    Passkey,
    PersonalToken,
    Picture,
    Profile,
    ProfileSkill,
    ProviderVisit,
    RecoveryCode,
    RefreshTokenFamily,
    Skill,
    SkillAlias,
    SkillPrerequisite,
    SkillSuggestion,
    SocialLink,
    Track,
    TrackSkill,
    User,
    WantedSkill,
)
from users.normalisation import normalise_skill

PASSWORD = "correct horse battery staple"


class UserFactory(DjangoModelFactory[User]):
    """A learner with a confirmed address, whose password is PASSWORD; `confirmed=False` for one who is not."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        confirmed = True

    email = factory.Sequence(lambda n: f"person{n}@skillbridge.test")
    handle = factory.Sequence(lambda n: f"person{n}")
    display_name = factory.Sequence(lambda n: f"Person {n}")
    role = Role.LEARNER
    email_confirmed_at = factory.LazyAttribute(lambda user: timezone.now() if user.confirmed else None)
    password = factory.django.Password(PASSWORD)


class SkillFactory(DjangoModelFactory[Skill]):
    """A skill, with its name and slug as aliases, as the catalogue's loader writes it."""

    class Meta:
        model = Skill
        skip_postgeneration_save = True

    slug = factory.Sequence(lambda n: f"skill-{n}")
    name = factory.Sequence(lambda n: f"Skill {n}")
    description = "What one can do with it."
    minutes_per_level = 300

    @factory.post_generation
    def aliases(self: Skill, create: bool, extracted: list[str] | None, **_: Any) -> None:
        """`aliases=["js"]` adds more; a skill that is only built has none."""
        texts = reversed([self.name, self.slug, *(extracted or [])]) if create else ()
        for text in {normalise_skill(text): text for text in texts}.values():
            SkillAlias.objects.create(skill=self, text=text, normalised=normalise_skill(text))


class SkillPrerequisiteFactory(DjangoModelFactory[SkillPrerequisite]):
    """`skill` requires `requires`."""

    class Meta:
        model = SkillPrerequisite

    skill = factory.SubFactory(SkillFactory)
    requires = factory.SubFactory(SkillFactory)


class TrackFactory(DjangoModelFactory[Track]):
    """A track without skills."""

    class Meta:
        model = Track

    slug = factory.Sequence(lambda n: f"track-{n}")
    name = factory.Sequence(lambda n: f"Track {n}")
    keywords = factory.LazyFunction(list)


class TrackSkillFactory(DjangoModelFactory[TrackSkill]):
    """A skill of a track, to reach level 3."""

    class Meta:
        model = TrackSkill

    track = factory.SubFactory(TrackFactory)
    skill = factory.SubFactory(SkillFactory)
    level = 3


class ProfileFactory(DjangoModelFactory[Profile]):
    """A learner's profile, English, in UTC, with six hours a week."""

    class Meta:
        model = Profile

    user = factory.SubFactory(UserFactory)
    headline = "Learning every day"
    languages = factory.LazyFunction(lambda: ["en"])
    hours_per_week = 6
    is_seeking_mentoring = True


class MentorFactory(ProfileFactory):
    """The profile of a mentor who takes two learners."""

    user = factory.SubFactory(UserFactory, role=Role.MENTOR)
    headline = "Helps others"
    is_seeking_mentoring = False
    is_offering_mentoring = True
    mentoring_capacity = 2


class ProfileSkillFactory(DjangoModelFactory[ProfileSkill]):
    """A skill that a person says they have, at level 3."""

    class Meta:
        model = ProfileSkill

    profile = factory.SubFactory(ProfileFactory)
    skill = factory.SubFactory(SkillFactory)
    level = 3


class WantedSkillFactory(DjangoModelFactory[WantedSkill]):
    """A skill that a person wants, at level 3."""

    class Meta:
        model = WantedSkill

    profile = factory.SubFactory(ProfileFactory)
    skill = factory.SubFactory(SkillFactory)
    level = 3


class AvailabilitySlotFactory(DjangoModelFactory[AvailabilitySlot]):
    """Mondays from 18:00 to 20:00."""

    class Meta:
        model = AvailabilitySlot

    profile = factory.SubFactory(ProfileFactory)
    weekday = 0
    starts_at = time(18)
    ends_at = time(20)


class SkillAliasFactory(DjangoModelFactory[SkillAlias]):
    """Another way to write a skill."""

    class Meta:
        model = SkillAlias

    skill = factory.SubFactory(SkillFactory)
    text = factory.Sequence(lambda n: f"Alias {n}")
    normalised = factory.LazyAttribute(lambda alias: normalise_skill(alias.text))


class SkillSuggestionFactory(DjangoModelFactory[SkillSuggestion]):
    """A text that the catalogue does not know, seen once and not decided yet."""

    class Meta:
        model = SkillSuggestion

    text = factory.Sequence(lambda n: f"Unknown {n}")
    normalised = factory.LazyAttribute(lambda suggestion: normalise_skill(suggestion.text))


class LeaveWindowFactory(DjangoModelFactory[LeaveWindow]):
    """A fortnight from today on."""

    class Meta:
        model = LeaveWindow

    profile = factory.SubFactory(ProfileFactory)
    starts_on = factory.LazyFunction(lambda: timezone.now().date())
    ends_on = factory.LazyAttribute(lambda leave: leave.starts_on + timedelta(days=13))


class PictureFactory(DjangoModelFactory[Picture]):
    """A picture whose files nobody has made."""

    class Meta:
        model = Picture

    profile = factory.SubFactory(ProfileFactory)
    name = factory.Sequence(lambda n: f"{n:043}")


class ContactChannelFactory(DjangoModelFactory[ContactChannel]):
    """An address to write to, the first of the profile's contacts."""

    class Meta:
        model = ContactChannel

    profile = factory.SubFactory(ProfileFactory)
    position = 0
    kind = ContactKind.EMAIL
    value = factory.Sequence(lambda n: f"reach{n}@example.org")


class RefreshTokenFamilyFactory(DjangoModelFactory[RefreshTokenFamily]):
    """A login of just now whose token nobody knows: only its hash is made."""

    class Meta:
        model = RefreshTokenFamily

    user = factory.SubFactory(UserFactory)
    current_hash = factory.Sequence(lambda n: hashlib.sha256(str(n).encode()).hexdigest())
    rotated_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyAttribute(lambda family: family.rotated_at + timedelta(days=30))


class DepartureFactory(DjangoModelFactory[Departure]):
    """Somebody who asked today to be erased in two weeks; `is_due=True` for one whose time is over."""

    class Meta:
        model = Departure

    class Params:
        is_due = factory.Trait(asked_at=factory.LazyFunction(lambda: timezone.now() - timedelta(days=15)))

    user = factory.SubFactory(UserFactory)
    asked_at = factory.LazyFunction(timezone.now)
    due_at = factory.LazyAttribute(lambda departure: departure.asked_at + timedelta(days=14))


class DataExportFactory(DjangoModelFactory[DataExport]):
    """A copy that was asked for just now; with another status it has gone all the way there."""

    class Meta:
        model = DataExport

    user = factory.SubFactory(UserFactory)
    asked_at = factory.LazyFunction(timezone.now)

    @classmethod
    def _create(cls, model_class: type[DataExport], *args: Any, **fields: Any) -> DataExport:
        status = fields.pop("status", "queued")
        export = DataExport.objects.create(user=fields.pop("user"), asked_at=fields.pop("asked_at"))
        for step in {"queued": (), "running": ("running",)}.get(status, ("running", status)):
            DataExport.objects.filter(pk=export.pk).update(status=step, **(fields if step == status else {}))
        export.refresh_from_db()
        return export


class AuditEntryFactory(DjangoModelFactory[AuditEntry]):
    """A login."""

    class Meta:
        model = AuditEntry

    user_id = factory.LazyFunction(new_id)
    actor_id = factory.SelfAttribute("user_id")
    action = AuditAction.LOGGED_IN
    login = "sb_web"
    role = "account_service"
    occurred_at = factory.LazyFunction(timezone.now)


class AuthenticatorAppFactory(DjangoModelFactory[AuthenticatorApp]):
    """An authenticator app that counts."""

    class Meta:
        model = AuthenticatorApp

    user = factory.SubFactory(UserFactory)
    secret = factory.LazyFunction(totp.new_secret)
    confirmed_at = factory.LazyFunction(timezone.now)


class PasskeyFactory(DjangoModelFactory[Passkey]):
    """A passkey whose private half nobody has."""

    class Meta:
        model = Passkey

    user = factory.SubFactory(UserFactory)
    name = "Blue key"
    credential_id = factory.LazyFunction(lambda: new_id().bytes)
    public_key = b"\xa0"
    aaguid = factory.LazyFunction(new_id)
    is_synced = False


class PersonalTokenFactory(DjangoModelFactory[PersonalToken]):
    """A token that nobody has, for the log of work."""

    class Meta:
        model = PersonalToken

    user = factory.SubFactory(UserFactory)
    name = "Study timer"
    prefix = factory.Sequence(lambda n: f"{n:010}")
    token_hash = factory.LazyAttribute(lambda token: hashlib.sha256(token.prefix.encode()).hexdigest())
    scopes = factory.LazyFunction(lambda: ["progress:read", "progress:write"])
    created_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyAttribute(lambda token: token.created_at + timedelta(days=90))


class EmailChangeFactory(DjangoModelFactory[EmailChange]):
    """A change that waits for its confirmation."""

    class Meta:
        model = EmailChange

    user = factory.SubFactory(UserFactory)
    old_address = factory.LazyAttribute(lambda change: change.user.email)
    new_address = factory.Sequence(lambda n: f"new-{n}@example.org")
    session_id = factory.LazyFunction(new_id)
    asked_at = factory.LazyFunction(timezone.now)


class RecoveryCodeFactory(DjangoModelFactory[RecoveryCode]):
    """A recovery code that nobody knows."""

    class Meta:
        model = RecoveryCode

    user = factory.SubFactory(UserFactory)
    code_hash = factory.Sequence(lambda n: f"argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA${n}")


class SocialLinkFactory(DjangoModelFactory[SocialLink]):
    """An account at GitHub that lets somebody in."""

    class Meta:
        model = SocialLink

    user = factory.SubFactory(UserFactory)
    provider = "github"
    subject = factory.Sequence(lambda n: str(1000 + n))
    login = factory.Sequence(lambda n: f"octo{n}")
    linked_at = factory.LazyFunction(timezone.now)


class ProviderVisitFactory(DjangoModelFactory[ProviderVisit]):
    """Somebody who is away to link GitHub."""

    class Meta:
        model = ProviderVisit

    user = factory.SubFactory(UserFactory)
    provider = "github"
    purpose = VisitPurpose.LINK
    state_hash = factory.Sequence(lambda n: hashlib.sha256(f"state {n}".encode()).hexdigest())
    browser_hash = factory.Sequence(lambda n: hashlib.sha256(f"browser {n}".encode()).hexdigest())
    return_to = "https://app.skillbridge.test/"
    refresh_in = RefreshTransport.COOKIE
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=10))


class ChallengeFactory(DjangoModelFactory[Challenge]):
    """A login that waits for its second step."""

    class Meta:
        model = Challenge

    user = factory.SubFactory(UserFactory)
    purpose = ChallengePurpose.LOGIN
    webauthn_challenge = "Y2hhbGxlbmdl"
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=5))
