"""The webhook over HTTP: what is refused, what is taken in once, and what a worker makes of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from notifications.models import Notification
from progress.enums import DeliveryStatus, Evidence, LogKind
from progress.models import ProgressLog, Repository, WebhookDelivery
from progress.services import RepositoryService
from progress.tests.deliveries import DATA, REAL, body, deliver, payload, signature
from progress.tests.factories import SECRET, RepositoryFactory
from skillbridge_backend.core.access import acting_as
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.models import OutboxMessage
from users.tests.factories import ProfileFactory

# Each step of the intake commits by itself, as in a real request.
pytestmark = pytest.mark.django_db(transaction=True)
Drain = Callable[[], list[str]]


@pytest.fixture
def repository() -> Repository:
    repository: Repository = RepositoryFactory(full_name="octo/hello")
    ProfileFactory(user=repository.owner, time_zone="Pacific/Auckland")
    return repository


def push_of_now(*shas: str) -> bytes:
    """A push whose commits were made an hour ago."""
    commit = payload("push")["commits"][0]
    made_at = (timezone.now() - timedelta(hours=1)).isoformat()
    return body("push", commits=[commit | {"id": sha, "timestamp": made_at} for sha in shas])


def test_push_is_answered_at_once_and_becomes_log_entries(
    api: Any, repository: Repository, drain_outbox: Drain
) -> None:
    response = deliver(api, repository, push_of_now("a" * 40, "b" * 40))
    assert (response.status_code, response.json()) == (202, {"status": "accepted"})
    assert not ProgressLog.objects.exists()
    assert OutboxMessage.objects.get().topic == "progress.process_delivery"
    drain_outbox()
    entries = ProgressLog.objects.order_by("external_id")
    assert [entry.external_id for entry in entries] == [f"github:octo/hello:{sha * 40}" for sha in "ab"]
    first = entries[0]
    assert (first.user, first.kind, first.evidence) == (repository.owner, LogKind.COMMITS_PUSHED, Evidence.COMMIT)
    assert (first.commits, first.time_zone, first.repository) == (1, "Pacific/Auckland", repository)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.entries_recorded) == (DeliveryStatus.PROCESSED, 2)
    assert delivery.processed_at
    repository.refresh_from_db()
    assert repository.last_delivery_at == delivery.received_at
    told = Notification.objects.get(kind="work_recorded")
    assert (told.recipient, told.data["entries"], told.data["title"]) == (repository.owner, 2, "octo/hello")


def test_same_delivery_again_changes_nothing(api: Any, repository: Repository, drain_outbox: Drain) -> None:
    raw = push_of_now("a" * 40)
    deliver(api, repository, raw)
    drain_outbox()
    for guid in ("guid-1", "another-guid"):
        response = deliver(api, repository, raw, guid=guid)
        assert (response.status_code, response.json()) == (200, {"status": "duplicate"})
    response = deliver(api, repository, push_of_now("c" * 40), guid="guid-1")
    assert (response.status_code, response.json()) == (200, {"status": "duplicate"})
    drain_outbox()
    assert ProgressLog.objects.count() == 1
    assert WebhookDelivery.objects.count() == 1
    assert Notification.objects.filter(kind="work_recorded").count() == 1


def test_same_body_after_a_day_is_taken_in_and_its_commits_stay_once(
    api: Any, repository: Repository, drain_outbox: Drain
) -> None:
    raw = push_of_now("a" * 40)
    deliver(api, repository, raw)
    drain_outbox()
    WebhookDelivery.objects.update(received_at=timezone.now() - timedelta(hours=24, seconds=1))
    assert deliver(api, repository, raw, guid="guid-2").status_code == 202
    drain_outbox()
    again = WebhookDelivery.objects.get(delivery_guid="guid-2")
    assert (again.status, again.reason) == (DeliveryStatus.IGNORED, "already_recorded")
    assert ProgressLog.objects.count() == 1


def test_merged_pull_request_becomes_an_entry(api: Any, repository: Repository, drain_outbox: Drain) -> None:
    assert deliver(api, repository, body("pull_request.merged"), event="pull_request").status_code == 202
    drain_outbox()
    entry = ProgressLog.objects.get()
    assert (entry.kind, entry.evidence) == (LogKind.PULL_REQUEST_MERGED, Evidence.PULL_REQUEST)
    # The fixture's day is long past, so the delivery's own time counts.
    assert entry.occurred_at == WebhookDelivery.objects.get().received_at


def test_what_is_no_work_is_ignored_with_its_reason(api: Any, repository: Repository, drain_outbox: Drain) -> None:
    deliver(api, repository, body("push.branch_deleted"))
    drain_outbox()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.reason) == (DeliveryStatus.IGNORED, "branch_deleted")
    assert not Notification.objects.exists()


def test_payload_of_another_form_fails_without_a_retry(api: Any, repository: Repository, drain_outbox: Drain) -> None:
    deliver(api, repository, body("push", commits=[{"id": 1}]))
    assert drain_outbox() == ["progress.process_delivery"]
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.reason) == (DeliveryStatus.FAILED, "malformed_payload")
    assert OutboxMessage.objects.get().done_at


def test_ping_is_answered_and_shows_that_the_connection_works(
    api: Any, repository: Repository, drain_outbox: Drain
) -> None:
    response = deliver(api, repository, body("ping"), event="ping")
    assert (response.status_code, response.json()) == (200, {"status": "pong"})
    drain_outbox()
    assert WebhookDelivery.objects.get().reason == "ping"


def test_form_body_is_signed_as_it_came(api: Any, repository: Repository, drain_outbox: Drain) -> None:
    raw = urlencode({"payload": push_of_now("a" * 40).decode()}).encode()
    response = deliver(api, repository, raw, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 202
    drain_outbox()
    assert ProgressLog.objects.count() == 1


@pytest.mark.parametrize("header", ["", "sha256=" + "0" * 64, "sha1=" + "0" * 40, "nonsense"])
def test_unsigned_or_forged_is_unauthorised(api: Any, repository: Repository, header: str) -> None:
    response = deliver(api, repository, body("push"), X_Hub_Signature_256=header)
    assert (response.status_code, response.json()["code"]) == (401, "invalid_signature")
    assert response["WWW-Authenticate"].startswith("HMAC-SHA256")
    assert not WebhookDelivery.objects.exists()


def test_altered_body_is_unauthorised(api: Any, repository: Repository) -> None:
    raw = body("push")
    assert deliver(api, repository, raw + b" ", X_Hub_Signature_256=signature(raw)).status_code == 401


def test_unknown_and_disconnected_repositories_answer_like_a_forged_signature(api: Any, repository: Repository) -> None:
    unknown = RepositoryFactory.build(full_name="octo/hello", id=new_id())
    first = deliver(api, unknown, body("push"))
    repository.disconnected_at = timezone.now()
    repository.save()
    second = deliver(api, repository, body("push"))
    forged = deliver(api, RepositoryFactory(full_name="octo/hello"), body("push"), secret="wrong")
    answers = [
        (answer.status_code, answer.json()["code"], answer.json()["detail"]) for answer in (first, second, forged)
    ]
    assert set(answers) == {answers[0]}
    assert answers[0][0] == 401


def test_missing_headers_are_named(api: Any, repository: Repository) -> None:
    response = deliver(api, repository, body("push"), X_GitHub_Event="", X_GitHub_Delivery="g" * 101)
    assert (response.status_code, response.json()["code"]) == (400, "missing_delivery_header")
    assert [error["field"] for error in response.json()["errors"]] == ["X-GitHub-Event", "X-GitHub-Delivery"]


@pytest.mark.parametrize(
    ("raw", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "unreadable_body"),
        (b"[]", "application/json", 400, "unreadable_body"),
        (b"{}", "text/plain", 415, "unsupported_body_type"),
        (b"{}", "application/json", 422, "repository_mismatch"),
        (b'{"repository": {"full_name": "octo/other"}}', "application/json", 422, "repository_mismatch"),
        (b'{"repository": {"full_name": 1}}', "application/json", 422, "repository_mismatch"),
    ],
)
def test_signed_body_that_is_wrong_says_how(
    api: Any, repository: Repository, raw: bytes, content_type: str, status: int, code: str
) -> None:
    response = deliver(api, repository, raw, content_type=content_type)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not WebhookDelivery.objects.exists()


def test_repository_name_is_compared_without_case(api: Any) -> None:
    assert deliver(api, RepositoryFactory(full_name="Octo/HELLO"), body("push")).status_code == 202


def test_body_over_the_limit_is_refused_whatever_its_length_header_says(api: Any, repository: Repository) -> None:
    raw = body("push")
    with override_settings(WEBHOOK_MAX_BODY_BYTES=len(raw) - 1):
        assert deliver(api, repository, raw).status_code == 413
    with override_settings(WEBHOOK_MAX_BODY_BYTES=len(raw)):
        assert deliver(api, repository, raw).status_code == 202


def test_body_over_the_apis_own_limit_is_taken_in(api: Any, repository: Repository) -> None:
    raw = body("push", padding="x" * 300_000)
    assert deliver(api, repository, raw).status_code == 202


def test_nul_character_in_a_commit_message_is_stored(api: Any, repository: Repository, drain_outbox: Drain) -> None:
    raw = push_of_now("a" * 40).replace(b"Parse the input", rb"Parse \u0000 it")
    assert deliver(api, repository, raw).status_code == 202
    drain_outbox()
    assert ProgressLog.objects.get().data["title"] == "Parse � it"


def test_rotated_secret_signs_for_a_day_more(api: Any, repository: Repository) -> None:
    with acting_as(repository.owner_id):
        new = RepositoryService.rotate_secret(actor=repository.owner, repository_id=repository.pk).webhook_secret
    assert deliver(api, repository, body("push"), secret=new).status_code == 202
    assert deliver(api, repository, body("push.tag"), guid="guid-2").status_code == 202
    Repository.objects.update(previous_secret_expires_at=timezone.now())
    assert deliver(api, repository, body("push.no_commits"), guid="guid-3").status_code == 401
    assert deliver(api, repository, body("push.no_commits"), guid="guid-3", secret=new).status_code == 202


def test_secrets_are_not_readable_in_the_database(repository: Repository) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT webhook_secret FROM progress_repository")
        row = cursor.fetchone()
    assert row
    assert SECRET not in row[0]


def test_processing_twice_is_harmless(api: Any, repository: Repository, drain_outbox: Drain) -> None:
    deliver(api, repository, push_of_now("a" * 40))
    drain_outbox()
    before = WebhookDelivery.objects.get()
    OutboxMessage.objects.update(done_at=None)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_inbox")
    drain_outbox()
    after = WebhookDelivery.objects.get()
    assert after.processed_at == before.processed_at
    assert ProgressLog.objects.count() == 1


def test_fifty_deliveries_three_times_in_parallel_have_fifty_effects(
    repository: Repository, drain_outbox: Drain
) -> None:
    from skillbridge_backend.core.tests.fixtures import ApiClient

    bodies = [push_of_now(f"{number:040x}") for number in range(50)]

    def send(job: tuple[int, int]) -> str:
        number, copy = job
        try:
            # The third copy comes under an id of its own: only the body says that it is one.
            guid = f"guid-{number}" if copy < 2 else f"copy-of-{number}"
            answer: str = deliver(ApiClient(), repository, bodies[number], guid=guid).json()["status"]
            return answer
        finally:
            connection.close()

    jobs = [(number, copy) for number in range(50) for copy in range(3)]
    with ThreadPoolExecutor(max_workers=6) as pool:
        answers = list(pool.map(send, jobs))
    assert answers.count("accepted") == 50
    assert answers.count("duplicate") == 100
    drain_outbox()
    assert WebhookDelivery.objects.count() == 50
    assert ProgressLog.objects.count() == 50


BODIES = [*sorted(DATA.glob("*.json")), *sorted(REAL.glob("*.json"))]


@pytest.mark.parametrize("path", BODIES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_real_body_is_taken_in_and_concluded(api: Any, path: Any, drain_outbox: Drain) -> None:
    from progress.github import payload_of, repository_of

    raw = path.read_bytes()
    event = path.name.partition(".")[0]
    named = repository_of(payload_of(raw, "application/json"))
    response = deliver(api, RepositoryFactory(full_name=named or "octo/hello"), raw, event=event)
    if not named:
        assert response.status_code == 422
        return
    assert response.status_code == (200 if event == "ping" else 202)
    drain_outbox()
    delivery = WebhookDelivery.objects.get()
    assert delivery.status in {DeliveryStatus.PROCESSED, DeliveryStatus.IGNORED}
    assert (delivery.status == DeliveryStatus.PROCESSED) == (delivery.entries_recorded > 0)


@pytest.mark.parametrize("column", ["webhook_secret", "previous_secret"])
def test_secret_that_is_no_token_signs_nothing(api: Any, repository: Repository, column: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE progress_repository SET {column} = 'in plain'")
    assert deliver(api, repository, push_of_now("a" * 40)).status_code == 401
