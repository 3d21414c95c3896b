"""The copy of one's data: asked for, made by a worker, fetched by its owner alone, and gone after a week."""

import csv
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.core import mail
from django.db import connections
from django.utils import timezone

from skillbridge_backend.core import personal_data
from skillbridge_backend.core.access import acting_as_service
from skillbridge_backend.core.beat import tick
from skillbridge_backend.core.models import OutboxMessage
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.clients import Client
from users.enums import AuditAction, ExportStatus
from users.models import AuditEntry, DataExport, Departure, RefreshTokenFamily, User
from users.services import ExportService, LeavingService
from users.services import exports as module
from users.services.exports import private_storage
from users.signals import account_erasing
from users.tests.factories import (
    DataExportFactory,
    DepartureFactory,
    ProfileFactory,
    RefreshTokenFamilyFactory,
)
from users.tests.logins import as_client_of
from users.tests.logins import logged_in as tokens_of

pytestmark = pytest.mark.django_db(transaction=True)
EXPORT = "/api/v1/users/me/export/"
Drain = Callable[[], list[str]]


@pytest.fixture
def person() -> User:
    person: User = ProfileFactory(bio="=1+1", user__display_name="Ada").user
    return person


def logged_in(person: User) -> ApiClient:
    return as_client_of(tokens_of(person, client=Client("192.0.2.1")))


def path_of(url: str) -> str:
    return "/api/v1" + url.split("/api/v1")[1]


@pytest.fixture
def ready(person: User, drain_outbox: Drain) -> dict[str, Any]:
    client = logged_in(person)
    client.post(EXPORT)
    drain_outbox()
    found: dict[str, Any] = client.get(EXPORT).json()["results"][0]
    return found


def fetched(person: User, ready: dict[str, Any]) -> ZipFile:
    response: Any = logged_in(person).get(path_of(ready["url"]))
    assert response.status_code == 200
    return ZipFile(BytesIO(b"".join(response.streaming_content)))


def test_copy_needs_a_recent_proof(person: User) -> None:
    client = logged_in(person)
    RefreshTokenFamily.objects.update(proved_at=timezone.now() - timedelta(minutes=11))
    response = client.post(EXPORT)
    assert (response.status_code, response.json()["code"]) == (403, "step_up_required")
    assert not DataExport.objects.exists()


def test_copy_is_fetched_with_a_recent_proof_too(person: User, ready: dict[str, Any]) -> None:
    """It is there for a week, and a session that somebody left open is worth no more than a day before."""
    client = logged_in(person)
    RefreshTokenFamily.objects.update(proved_at=timezone.now() - timedelta(minutes=11))

    response = client.get(path_of(ready["url"]))

    assert (response.status_code, response.json()["code"]) == (403, "step_up_required")
    assert not AuditEntry.objects.filter(action=AuditAction.EXPORT_FETCHED).exists()


def test_job_is_watched_mailed_about_and_its_file_fetched(person: User, drain_outbox: Drain) -> None:
    client = logged_in(person)

    asked = client.post(EXPORT)
    assert (asked.status_code, asked.json()["status"], asked.json()["url"]) == (202, "queued", "")
    assert asked["Location"] == f"{EXPORT}{asked.json()['id']}/"
    assert "users.export" in drain_outbox()

    job = client.get(asked["Location"]).json()
    assert job["status"] == "ready"
    file: Any = client.get(path_of(job["url"]))
    content = b"".join(file.streaming_content)
    assert (len(content), file["Content-Type"]) == (job["bytes"], "application/zip")
    assert file["Content-Disposition"] == 'attachment; filename="skillbridge.zip"'
    assert file["Cache-Control"] == "no-store"
    assert [message.subject for message in mail.outbox] == ["The copy of your data is ready"]
    actions = AuditEntry.objects.filter(user_id=person.pk).values_list("action", flat=True)
    assert {AuditAction.EXPORT_ASKED, AuditAction.EXPORT_FETCHED} <= set(actions)


def test_zip_holds_json_and_csv_of_each_section_and_a_readme(person: User, ready: dict[str, Any]) -> None:
    archive = fetched(person, ready)

    names = {f"{section.name}.{kind}" for section in personal_data.sections() for kind in ("json", "csv")}
    assert set(archive.namelist()) == names | {"README.txt"}
    account = json.loads(archive.read("account.json"))
    assert account[0]["own_address"] == person.email
    assert account[0]["display_name"] == "Ada"
    assert json.loads(archive.read("profile.json"))[0]["bio"] == "=1+1"
    (profile,) = csv.DictReader(StringIO(archive.read("profile.csv").decode()))
    assert profile["bio"] == "'=1+1", "no spreadsheet runs it"
    assert person.handle in archive.read("README.txt").decode()
    assert json.loads(archive.read("forum_posts.json")) == []
    assert json.loads(archive.read("logins.json"))[0]["ip_address"] == "192.0.2.1"


def test_more_rows_than_a_batch_are_all_there_once(
    person: User, drain_outbox: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(personal_data, "BATCH", 3)
    RefreshTokenFamilyFactory.create_batch(8, user=person)
    client = logged_in(person)
    client.post(EXPORT)
    drain_outbox()

    ready = client.get(EXPORT).json()["results"][0]
    logins = json.loads(fetched(person, ready).read("logins.json"))
    assert len(logins) == len({each["id"] for each in logins}) == 9


def test_other_people_get_nothing_of_it(person: User, ready: dict[str, Any], api: Any) -> None:
    stranger = logged_in(ProfileFactory().user)
    answers = [
        stranger.get(f"{EXPORT}{ready['id']}/").status_code,
        stranger.get(path_of(ready["url"])).status_code,
        api.get(path_of(ready["url"])).status_code,
    ]
    assert answers == [404, 404, 401]
    assert stranger.get(EXPORT).json()["results"] == []


@pytest.mark.parametrize("token", ["", "x", "other"])
def test_owner_without_the_right_token_gets_nothing(person: User, ready: dict[str, Any], token: str) -> None:
    other = DataExportFactory(
        user=person, status="ready", file="exports/other.zip", bytes=1, expires_at=timezone.now() + timedelta(days=1)
    )
    if token == "other":
        token = ExportService.link(other).partition("token=")[2]

    assert logged_in(person).get(f"{EXPORT}{ready['id']}/file/", {"token": token}).status_code == 404


def test_second_copy_waits_for_the_first(person: User) -> None:
    client = logged_in(person)
    first = client.post(EXPORT).json()

    second = client.post(EXPORT)

    assert (second.status_code, second.json()["code"], second.json()["job"]) == (409, "export_running", first["id"])
    assert DataExport.objects.count() == 1


def test_database_refuses_a_second_copy_in_the_making(person: User) -> None:
    from django.db import IntegrityError

    DataExportFactory(user=person)
    with pytest.raises(IntegrityError, match="export_one_running"):
        DataExportFactory(user=person)


def test_three_a_day_and_no_more(person: User, drain_outbox: Drain) -> None:
    client = logged_in(person)
    statuses = []
    for _ in range(4):
        statuses.append(client.post(EXPORT).status_code)
        drain_outbox()
    assert statuses == [202, 202, 202, 429]


def test_file_is_gone_after_a_week_and_its_link_before(
    person: User, ready: dict[str, Any], drain_outbox: Drain
) -> None:
    export = DataExport.objects.get()
    DataExport.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    client = logged_in(person)
    assert client.get(path_of(ready["url"])).status_code == 404
    assert private_storage().exists(export.file)

    tick("users.prune_exports", timezone.now())
    drain_outbox()

    assert not private_storage().exists(export.file)
    assert client.get(f"{EXPORT}{ready['id']}/").status_code == 404


def test_crash_between_file_and_receipt_leaves_one_file(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    export = DataExportFactory(user=person)
    job = ExportService().begin(export_id=export.pk)
    assert job
    ExportService().make(job)

    again = ExportService().begin(export_id=export.pk)

    assert again
    assert again.file != job.file
    assert not private_storage().exists(job.file)
    size = ExportService().make(again)
    with acting_as_service():
        ExportService().finish(again, size=size)
    assert ExportService().begin(export_id=export.pk) is None, "a repeat finds nothing to do"


def test_copy_that_cannot_be_made_has_failed_after_the_last_attempt_and_can_be_asked_for_again(
    person: User, drain_outbox: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = logged_in(person)
    job = client.post(EXPORT).json()
    monkeypatch.setattr(module, "README", "{nobody_knows_this}")
    for _ in range(5):
        drain_outbox()

    assert client.get(f"{EXPORT}{job['id']}/").json()["status"] == ExportStatus.FAILED
    assert OutboxMessage.objects.get(topic="users.export").dead_at
    monkeypatch.undo()
    assert client.post(EXPORT).status_code == 202


def test_job_that_died_without_a_word_is_in_nobodys_way(person: User) -> None:
    DataExportFactory(user=person, status="running", asked_at=timezone.now() - timedelta(days=2))

    assert ExportService().remove_old() == 1
    assert logged_in(person).post(EXPORT).status_code == 202


def test_refused_request_takes_none_of_a_days_copies_away(person: User, drain_outbox: Drain) -> None:
    """Two that were asked for while the first was made used the other two up."""
    client = logged_in(person)

    answers = []
    for _ in range(3):
        answers += [client.post(EXPORT).status_code for _ in range(3)]
        drain_outbox()
    answers.append(client.post(EXPORT).status_code)

    assert answers == [202, 409, 409] * 3 + [429]


def test_two_requests_at_once_make_and_count_one_copy(person: User) -> None:
    client = logged_in(person)

    def ask() -> int:
        try:
            return int(client.post(EXPORT).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(future.result() for future in [pool.submit(ask) for _ in range(4)])

    assert answers == [202, 409, 409, 409]
    DataExport.objects.all().delete()
    assert client.post(EXPORT)["RateLimit"].startswith('"export";r=1;')


def test_files_stay_with_somebody_who_keeps_their_account(person: User, ready: dict[str, Any]) -> None:
    """They pressed "keep" after the list of those who are due was read."""
    file = DataExport.objects.get().file

    def keep_it(**_: Any) -> None:
        Departure.objects.all().delete()

    DepartureFactory(user=person, is_due=True)
    account_erasing.connect(keep_it)
    try:
        assert LeavingService().erase_due() == 0
    finally:
        account_erasing.disconnect(keep_it)

    assert private_storage().exists(file)
    assert logged_in(person).get(path_of(ready["url"])).status_code == 200


def test_files_go_with_the_account(person: User, ready: dict[str, Any]) -> None:
    file = DataExport.objects.get().file
    DepartureFactory(user=person, is_due=True)

    LeavingService().erase(user_id=person.pk)

    assert not private_storage().exists(file)


def test_copy_of_somebody_who_is_erased_while_it_is_made_does_not_stay(person: User) -> None:
    job = ExportService().begin(export_id=DataExportFactory(user=person).pk)
    assert job
    DepartureFactory(user=person, is_due=True)
    LeavingService().erase(user_id=person.pk)

    size = ExportService().make(job)
    with acting_as_service():
        ExportService().finish(job, size=size)

    assert not private_storage().exists(job.file)
    assert not OutboxMessage.objects.filter(payload__template="export_ready").exists()


def test_file_that_no_job_names_is_removed_and_others_stay(
    person: User, ready: dict[str, Any], drain_outbox: Drain
) -> None:
    kept = DataExport.objects.get().file
    job = ExportService().begin(export_id=DataExportFactory(user=person).pk)
    assert job
    ExportService().make(job)
    DataExport.objects.filter(pk=job.export_id).delete()

    tick("users.prune_exports", timezone.now())
    drain_outbox()

    assert not private_storage().exists(job.file)
    assert private_storage().exists(kept)
