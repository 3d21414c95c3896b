"""Makes a copy of everything about one person: a ZIP with JSON and CSV of each section of the registry.

Asked for in the request, made by a worker with the person's own rights, kept in the private storage under a random name
for a week. What is in it is said by each app (`<app>/personal_data.py`).
"""

import csv
import json
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from django.conf import settings
from django.core import signing
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db.models import Q
from django.utils import timezone

from skillbridge_backend.core.access import account_service, acting_as, acting_as_service
from skillbridge_backend.core.constraints import database_refusals
from skillbridge_backend.core.errors import NotFound
from skillbridge_backend.core.locks import hold
from skillbridge_backend.core.outbox import publish
from skillbridge_backend.core.personal_data import Section, sections
from skillbridge_backend.core.rendering import to_json
from users.clients import Client
from users.enums import AuditAction, ExportStatus
from users.exceptions import ExportRunning
from users.models import DataExport, User
from users.services import audit
from users.services.account_mail import ask_for_mail

_FOLDER = "exports"
_FILE_SALT = "users.export-file"
_SPOOLED_BYTES = 1024 * 1024
LONGEST_RUN = timedelta(days=1)
"""A job that is older died in a way that nobody could say; it is in nobody's way any more."""
README = """A copy of everything that SkillBridge knows about {handle}, made {at}.

Each part is there twice: as .json, exact, and as .csv, for spreadsheets. A text in a .csv that begins like a formula
has a ' before it. Times are in UTC. A picture is there as others see it. Not in it: passwords, tokens
and secrets, which are stored as hashes or encrypted.

{parts}
"""


@dataclass(frozen=True, slots=True)
class ExportJob:
    """What a worker needs: whose data, and the name that the file is to have."""

    export_id: UUID
    person: UUID
    handle: str
    file: str


def private_storage() -> Storage:
    """Where no web server looks."""
    return storages["private"]


class ExportService:
    """Asking, making, fetching, and removing what is old."""

    def ask(self, actor: User, *, client: Client) -> DataExport:
        """A job to watch; a worker makes the copy. In the request's transaction.

        Raises ExportRunning while one is being made. How often a day: the caller counts (`limits.py`).
        """
        self.demand_none_running(actor)
        with database_refusals():
            export: DataExport = DataExport.objects.create(user=actor, asked_at=timezone.now())
        publish("users.export", payload={"export_id": str(export.pk)}, actor_id=actor.pk)
        with account_service(user_id=actor.pk):
            audit.record(AuditAction.EXPORT_ASKED, user=actor, client=client, export=str(export.pk))
        return export

    def demand_none_running(self, actor: User) -> None:
        """Raise ExportRunning while one is being made. Until the transaction ends nobody else asks for this person.

        Before the request is counted: a refusal takes none of a day's copies away.
        """
        hold(f"users.export:{actor.pk}")
        running: DataExport | None = DataExport.objects.visible_to(actor).active().first()
        if running:
            raise ExportRunning("Wait until it is there.", job=str(running.pk))

    def begin(self, *, export_id: UUID) -> ExportJob | None:
        """Take the job up, or up again after a crash, whose file goes; None for one that is over or gone."""
        with acting_as_service():
            waiting = DataExport.objects.active().select_for_update(of=("self",)).filter(pk=export_id)
            export: DataExport | None = waiting.select_related("user").first()
            if export is None:
                return None
            left_over, export.file = export.file, f"{_FOLDER}/{secrets.token_urlsafe(32)}.zip"
            export.status = ExportStatus.RUNNING
            export.save(update_fields=["status", "file"])
        if left_over:
            private_storage().delete(left_over)
        return ExportJob(export.pk, export.user_id, export.user.handle, export.file)

    def make(self, job: ExportJob) -> int:
        """Write the file and return its size in bytes. Outside of any transaction; memory stays as it is."""
        with tempfile.TemporaryFile() as file:
            with ZipFile(file, "w", ZIP_DEFLATED) as archive:
                names = [f"{section.name}: {_write(archive, section, job.person)}" for section in sections()]
                text = README.format(handle=job.handle, at=f"{timezone.now():%Y-%m-%d %H:%M}", parts="\n".join(names))
                archive.writestr("README.txt", text)
                for section in sections():
                    _add_files(archive, section, job.person)
            size = file.tell()
            file.seek(0)
            private_storage().save(job.file, File(file))
        return size

    def finish(self, job: ExportJob, *, size: int) -> None:
        """The copy is ready, and its owner is told by e-mail. In the effect's transaction, as the service.

        Where the owner was erased while it was made, the file goes, too.
        """
        now = timezone.now()
        is_there = DataExport.objects.filter(pk=job.export_id).update(
            status=ExportStatus.READY, bytes=size, finished_at=now, expires_at=now + settings.EXPORT_LIFETIME
        )
        if is_there:
            ask_for_mail(job.person, "export_ready")
        else:
            _remove(job.file)

    def fail(self, *, export_id: UUID) -> None:
        """No attempt is left; its owner may ask again."""
        with acting_as_service():
            DataExport.objects.active().filter(pk=export_id).update(
                status=ExportStatus.FAILED, finished_at=timezone.now()
            )

    def open(self, actor: User, *, export_id: UUID, token: str, client: Client) -> IO[bytes]:
        """The file, for its owner with the link's token. Raises NotFound for everybody and everything else."""
        export: DataExport | None = DataExport.objects.visible_to(actor).filter(pk=export_id).first()
        if export is None or not export.is_there or _file_of(token) != export.file:
            raise NotFound
        try:
            file = private_storage().open(export.file)
        except FileNotFoundError as error:
            raise NotFound from error
        with account_service(user_id=actor.pk):
            audit.record(AuditAction.EXPORT_FETCHED, user=actor, client=client, export=str(export.pk))
        return file

    @staticmethod
    def link(export: DataExport) -> str:
        """Where its owner fetches it; '' while there is nothing, or nothing any more."""
        if not export.is_there:
            return ""
        token = signing.dumps(export.file, salt=_FILE_SALT)
        return f"{settings.PUBLIC_URL}/api/v1/users/me/export/{export.pk}/file/?token={token}"

    def remove_old(self) -> int:
        """Remove files whose time is over, failed jobs, and jobs that died; returns how many. Harmless to repeat."""
        now = timezone.now()
        with acting_as_service():
            old = DataExport.objects.filter(
                Q(expires_at__lte=now) | ~Q(status=ExportStatus.READY) & Q(asked_at__lt=now - LONGEST_RUN)
            )
            found = list(old.values_list("pk", "file"))
        for _, file in found:
            _remove(file)
        with acting_as_service():
            DataExport.objects.filter(pk__in=[pk for pk, _ in found]).delete()
        return len(found)

    def remove_unnamed(self) -> int:
        """Remove files that no job names, whose owner was erased at just that moment; returns how many."""
        # Listed before jobs are asked for: a job names its file before there is one.
        with suppress(FileNotFoundError):  # no copy yet, no folder either
            files = {f"{_FOLDER}/{name}" for name in private_storage().listdir(_FOLDER)[1]}
            with acting_as_service():
                files -= set(DataExport.objects.filter(file__in=files).values_list("file", flat=True))
            for file in files:
                _remove(file)
            return len(files)
        return 0

    def files_of(self, *, user_id: UUID) -> list[str]:
        """Their names, for `remove`: the rows go with an account that is erased, and the files would stay."""
        with acting_as_service():
            return list(DataExport.objects.filter(user_id=user_id).values_list("file", flat=True))

    @staticmethod
    def remove(files: Iterable[str]) -> None:
        """Remove the files of these names. Harmless to repeat."""
        for file in files:
            _remove(file)


def _remove(file: str) -> None:
    if file:
        private_storage().delete(file)


def _file_of(token: str) -> str:
    try:
        return str(signing.loads(token, salt=_FILE_SALT, max_age=settings.EXPORT_LIFETIME))
    except signing.BadSignature:
        return ""


def _write(archive: ZipFile, section: Section, person: UUID) -> int:
    """Both files of a section; returns how many rows. The CSV waits beside, for a ZIP is written one file at a time."""
    count = 0
    with tempfile.SpooledTemporaryFile(_SPOOLED_BYTES, "w+", newline="", encoding="utf-8") as table:
        rows = csv.writer(table)
        rows.writerow(section.fields)
        with archive.open(f"{section.name}.json", "w") as json_file:
            json_file.write(b"[")
            for row in _rows(section, person):
                json_file.write((b",\n" if count else b"\n") + to_json(row))
                rows.writerow([_cell(value) for value in row.values()])
                count += 1
            json_file.write(b"\n]\n")
        table.seek(0)
        with archive.open(f"{section.name}.csv", "w") as csv_file:
            while chunk := table.read(64 * 1024):
                csv_file.write(chunk.encode())
    return count


def _add_files(archive: ZipFile, section: Section, person: UUID) -> None:
    """The section's files as they are; one that went since the row was read is left out."""
    with acting_as(person):
        files = section.files(person)
    for name, stored_as in files.items():
        with suppress(FileNotFoundError), private_storage().open(stored_as) as content, archive.open(name, "w") as file:
            shutil.copyfileobj(content, file)


def _rows(section: Section, person: UUID) -> Iterator[dict[str, Any]]:
    for read in section.batches(person):
        with acting_as_service() if section.is_hidden else acting_as(person):
            batch = read()
        yield from batch


def _cell(value: Any) -> str:
    """As text; what a spreadsheet would run as a formula is shown instead."""
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, (dict, list)) else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
