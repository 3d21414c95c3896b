"""Taking in webhook deliveries, and making entries of the log from them."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import structlog
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.utils import timezone

from progress.enums import DeliveryStatus, Evidence, LogKind
from progress.exceptions import InvalidSignature, MissingDeliveryHeader, RepositoryMismatch
from progress.github import (
    Findings,
    MalformedPayloadError,
    Work,
    find_work,
    is_signed,
    payload_of,
    repository_of,
)
from progress.models import ProgressLog, Repository, WebhookDelivery
from skillbridge_backend.core import outbox
from skillbridge_backend.core.access import webhook_service
from skillbridge_backend.core.errors import FieldError
from skillbridge_backend.core.locks import hold
from skillbridge_backend.core.retention import in_batches, older_than
from users.zones import zone_of

log = structlog.get_logger(__name__)

SAME_BODY_WINDOW = timedelta(hours=24)
LONGEST_HEADER = 60

Answer = Literal["accepted", "duplicate", "pong"]


@dataclass(frozen=True, slots=True)
class Intake:
    """A delivery as it came: the raw body and the headers that matter."""

    body: bytes
    content_type: str
    signature: str | None
    event: str | None
    guid: str | None


class DeliveryService:
    """Webhook deliveries from GitHub."""

    @staticmethod
    def take_in(*, repository_id: UUID, intake: Intake) -> Answer:
        """Store a signed delivery with its outbox row; the work itself is done by `progress.process_delivery`.

        Nothing of the body is read before its signature is checked. One transaction as `webhook_service`, in which the
        lock on (repository, event, body) comes first. A repeat, by its id or by its body within 24 hours, changes
        nothing: the id is a header that nobody signed. Raises InvalidSignature (401, also where there is no such
        connection), MissingDeliveryHeader (400), UnreadableBody (400), UnsupportedBodyType (415), RepositoryMismatch
        (422).
        """
        with webhook_service():
            repository = _connected(repository_id)
            if repository is None or not is_signed(intake.body, intake.signature, _live_secrets(repository)):
                raise InvalidSignature(
                    "Sign the body with the webhook's secret in X-Hub-Signature-256.",
                    headers={"WWW-Authenticate": 'HMAC-SHA256 realm="webhooks"'},
                )
            event, guid = _required_headers(intake)
            payload = payload_of(intake.body, intake.content_type)
            named = repository_of(payload)
            if named.lower() != repository.full_name.lower():
                raise RepositoryMismatch(f"It names {named or 'no repository'}, and this is {repository.full_name}.")
            return _store(repository, event, guid, payload, body_hash=hashlib.sha256(intake.body).hexdigest())

    @staticmethod
    def empty_old_payloads() -> int:
        """Empty the payloads that were dealt with more than RETENTION_WEBHOOK_PAYLOAD_DAYS ago, and return how many.

        The row stays: entries of the log refer to it, and its id and hash keep a repeat out.
        """
        done = WebhookDelivery.objects.exclude(status=DeliveryStatus.RECEIVED).exclude(payload={})
        return in_batches(
            older_than(done, settings.RETENTION_WEBHOOK_PAYLOAD_DAYS),
            lambda keys: WebhookDelivery.objects.filter(pk__in=keys).update(payload={}),
        )

    @staticmethod
    def process_delivery(*, delivery_id: UUID) -> WebhookDelivery:
        """Make the log's entries from a delivery and write what became of it. Locks the delivery; a repeat is harmless.

        As service: the learner is not here. Work that is in the log already, from whatever delivery, is not written
        again.
        """
        delivery = WebhookDelivery.objects.select_for_update().get(pk=delivery_id)
        if delivery.status != DeliveryStatus.RECEIVED:
            return delivery
        try:
            findings = find_work(delivery.event, delivery.payload, received_at=delivery.received_at)
        except MalformedPayloadError:
            return _conclude(delivery, DeliveryStatus.FAILED, reason="malformed_payload")
        recorded = _record(delivery, findings)
        if recorded:
            return _conclude(delivery, DeliveryStatus.PROCESSED, entries=recorded)
        return _conclude(delivery, DeliveryStatus.IGNORED, reason=findings.reason or "already_recorded")


def _connected(repository_id: UUID) -> Repository | None:
    """None, too, where a secret is no token of our keys: a person may write such a one in SQL; nobody signs with it."""
    try:
        repository: Repository | None = Repository.objects.connected().filter(pk=repository_id).first()
    except InvalidToken:
        log.warning("unreadable_webhook_secret", repository_id=str(repository_id))
        return None
    return repository


def _live_secrets(repository: Repository) -> list[str]:
    secrets = [repository.webhook_secret]
    expires_at = repository.previous_secret_expires_at
    if repository.previous_secret and expires_at and expires_at > timezone.now():
        secrets.append(repository.previous_secret)
    return secrets


def _required_headers(intake: Intake) -> tuple[str, str]:
    wanted = {"X-GitHub-Event": (intake.event, LONGEST_HEADER), "X-GitHub-Delivery": (intake.guid, 100)}
    errors = [
        FieldError(name, "required", f"Send 1 to {longest} characters.")
        for name, (value, longest) in wanted.items()
        if not value or len(value) > longest
    ]
    if errors or not intake.event or not intake.guid:
        raise MissingDeliveryHeader("GitHub names the event and the delivery in headers.", errors=errors)
    return intake.event, intake.guid


def _store(repository: Repository, event: str, guid: str, payload: dict[str, Any], *, body_hash: str) -> Answer:
    hold(f"delivery:{repository.pk}:{event}:{body_hash}")
    known = WebhookDelivery.objects.filter(repository=repository)
    since = timezone.now() - SAME_BODY_WINDOW
    if known.same_body(event=event, body_hash=body_hash, since=since).exists():
        return "duplicate"
    # Another body under the same id does not hold the lock above.
    hold(f"delivery:{repository.pk}:{guid}")
    if known.filter(delivery_guid=guid).exists():
        return "duplicate"
    action = payload.get("action")
    delivery = WebhookDelivery.objects.create(
        repository=repository,
        delivery_guid=guid,
        event=event,
        action=action[:LONGEST_HEADER] if isinstance(action, str) else "",
        body_hash=body_hash,
        payload=payload,
    )
    outbox.publish(
        "progress.process_delivery", payload={"delivery_id": delivery.pk}, key=f"process_delivery:{delivery.pk}"
    )
    return "pong" if event == "ping" else "accepted"


def _record(delivery: WebhookDelivery, findings: Findings) -> int:
    """Append what is not in the log yet and return how many entries that were.

    Another worker may append the same commit at this moment: the unique external id decides, and is not an error.
    """
    if not findings.work:
        return 0
    zone = zone_of(delivery.repository.owner_id)
    ProgressLog.objects.bulk_create(
        # In one order everywhere, so that two workers with the same commits do not wait for each other.
        [_entry(delivery, work, zone) for work in sorted(findings.work, key=lambda work: work.external_id)],
        ignore_conflicts=True,
    )
    return ProgressLog.objects.filter(delivery=delivery).count()


def _entry(delivery: WebhookDelivery, work: Work, zone: str) -> ProgressLog:
    return ProgressLog(
        user_id=delivery.repository.owner_id,
        kind=LogKind.PULL_REQUEST_MERGED if work.is_pull_request else LogKind.COMMITS_PUSHED,
        evidence=Evidence.PULL_REQUEST if work.is_pull_request else Evidence.COMMIT,
        occurred_at=work.occurred_at,
        time_zone=zone,
        commits=0 if work.is_pull_request else 1,
        repository_id=delivery.repository_id,
        delivery=delivery,
        external_id=work.external_id,
        data=work.data,
    )


def _conclude(
    delivery: WebhookDelivery, status: DeliveryStatus, *, reason: str = "", entries: int = 0
) -> WebhookDelivery:
    delivery.status = status
    delivery.reason = reason
    delivery.entries_recorded = entries
    delivery.processed_at = timezone.now()
    delivery.save(update_fields=["status", "reason", "entries_recorded", "processed_at"])
    return delivery
