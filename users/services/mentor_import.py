"""Makes accounts of the mentors in an import file. What a file may say is in `mentor_files.py`."""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from skillbridge_backend.core.access import acting_as_service
from users.enums import Role
from users.mentor_files import Line, MentorEntry, MentorFile, WrittenSkill
from users.models import AvailabilitySlot, Profile, ProfileSkill, Skill, User
from users.normalisation import normalise_skill
from users.services.catalogue import CatalogueService

DOMAIN = "mentors.skillbridge.test"
DEFAULT_LEVEL = 3
"""Free text says that somebody has a skill and not how well: works alone on ordinary tasks."""


@dataclass(slots=True)
class ImportReport:
    """What an import did; `unknown` maps each text that names no skill to the lines it stands in."""

    imported: int = 0
    already_there: int = 0
    skipped: int = 0
    skill_texts: int = 0
    matched_by_name: int = 0
    matched_by_alias: int = 0
    named_twice: int = 0
    unknown: dict[str, list[int]] = field(default_factory=dict)
    faults: list[Line] = field(default_factory=list)
    remarks: list[Line] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        """True when there were faults and nothing was imported because of them."""
        return bool(self.faults) and not self.skipped


class _DryRunOverError(Exception):
    """Ends the transaction of a dry run."""


class MentorImportService:
    """Imports mentors from a file, all or nothing."""

    def import_mentors(
        self,
        *,
        file: MentorFile,
        source: str,
        password: str | None = None,
        skip_invalid: bool = False,
        is_dry_run: bool = False,
    ) -> ImportReport:
        """Import the file's mentors in one transaction; a dry run reports the same and writes nothing.

        With faults in the file nothing is imported, unless `skip_invalid`. A mentor who is there already, by what the
        entry says, is left as they are, so a repeat changes nothing. Texts that name no skill are kept as suggestions
        with `source`. Without `password` nobody can log in to the new accounts; with it they all have it, also those
        from before that had none. A constant number of queries. For workers and operators: runs as service_role.
        """
        report = ImportReport(faults=file.faults, remarks=file.remarks)
        if file.faults and not (skip_invalid and file.invalid_entries):
            return report
        report.skipped = file.invalid_entries
        try:
            with acting_as_service():
                self._write(file.entries, report, source=source, password=password)
                if is_dry_run:
                    raise _DryRunOverError
        except _DryRunOverError:
            pass
        return report

    def _write(self, entries: list[MentorEntry], report: ImportReport, *, source: str, password: str | None) -> None:
        # One hash for all: they share the password anyway, and a hundred slow hashes are a minute.
        hashed = make_password(password)
        known = Skill.objects.all().by_text({skill.text for entry in entries for skill in entry.skills})
        for entry in entries:
            _count_skills(entry.skills, known, report)
        there = User.objects.filter(email__in=[_email(entry) for entry in entries])
        emails = set(there.values_list("email", flat=True))
        new = [entry for entry in entries if _email(entry) not in emails]
        report.already_there, report.imported = len(entries) - len(new), len(new)
        if password is not None:
            there.without_password().update(password=hashed, updated_at=timezone.now())
        profiles = _create_accounts(new, hashed)
        ProfileSkill.objects.bulk_create(
            ProfileSkill(profile_id=profiles[entry.key], skill=skill, level=DEFAULT_LEVEL)
            for entry in new
            for skill in dict.fromkeys(known[each.text] for each in entry.skills if each.text in known)
        )
        AvailabilitySlot.objects.bulk_create(
            AvailabilitySlot(
                profile_id=profiles[entry.key], weekday=slot.weekday, starts_at=slot.starts_at, ends_at=slot.ends_at
            )
            for entry in new
            for slot in entry.availability
        )
        unknown = Counter(skill.text for entry in new for skill in entry.skills if skill.text not in known)
        CatalogueService().keep_unknown(times_seen=unknown, source=source)


def _count_skills(skills: list[WrittenSkill], known: dict[str, Skill], report: ImportReport) -> None:
    named: set[UUID] = set()
    for written in skills:
        report.skill_texts += 1
        skill = known.get(written.text)
        if skill is None:
            report.unknown.setdefault(written.text, []).append(written.line)
            continue
        if normalise_skill(written.text) in {normalise_skill(skill.name), normalise_skill(skill.slug)}:
            report.matched_by_name += 1
        else:
            report.matched_by_alias += 1
        report.named_twice += skill.pk in named
        named.add(skill.pk)


def _create_accounts(entries: list[MentorEntry], hashed_password: str) -> dict[str, UUID]:
    """Accounts with profiles; the id of the profile by the entry's key."""
    now = timezone.now()
    users = [
        User(
            email=_email(entry),
            handle=f"mentor-{entry.key}",
            display_name=f"Mentor {entry.key[:6]}",
            role=Role.MENTOR,
            email_confirmed_at=now,
            password=hashed_password,
        )
        for entry in entries
    ]
    profiles = [
        Profile(
            user=user,
            headline=entry.headline,
            country=entry.country,
            time_zone=entry.time_zone,
            languages=entry.languages,
            is_offering_mentoring=True,
            mentoring_capacity=entry.capacity,
        )
        for user, entry in zip(users, entries, strict=True)
    ]
    User.objects.bulk_create(users)
    Profile.objects.bulk_create(profiles)
    return {entry.key: profile.pk for entry, profile in zip(entries, profiles, strict=True)}


def _email(entry: MentorEntry) -> str:
    return f"mentor-{entry.key}@{DOMAIN}"
