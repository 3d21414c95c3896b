"""Abstract bases of every model, and the tables of core: what was promised, done, ticked and given up."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length

from skillbridge_backend.core.ids import new_id

# For check constraints on the length of a text: PostgreSQL's text knows no limit of its own.
models.CharField.register_lookup(Length)
models.TextField.register_lookup(Length)

SHA_256 = r"^[0-9a-f]{64}$"


class IdentifiedModel(models.Model):
    """A row with a UUIDv7 key made by the application."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True


class TimestampedModel(IdentifiedModel):
    """A row that knows when it came and when it last changed (UTC)."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class OutboxMessage(IdentifiedModel):
    """Work for outside the transaction, written in the transaction of the fact that causes it (`core/outbox.py`).

    `topic` is the name of the Celery task, `payload` its keyword arguments: ids, never secrets or copies of rows.
    """

    topic = models.CharField(max_length=100)
    payload = models.JSONField(default=dict)
    key = models.CharField(  # noqa: DJ001  # NULLs are distinct for the unique constraint, empty strings are not
        max_length=200, null=True, blank=True, help_text="the same key is accepted once"
    )
    actor_id = models.UUIDField(null=True, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    available_at = models.DateTimeField(help_text="not before; also the end of the lease while a worker has it")
    running_until = models.DateTimeField(null=True, blank=True, help_text="no other attempt begins before")
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "core_outbox"
        constraints = [
            models.UniqueConstraint(fields=["key"], name="outbox_key_once"),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(dead_at__isnull=True), name="outbox_done_or_dead"
            ),
        ]
        indexes = [
            models.Index(
                fields=["topic", "available_at", "id"],
                condition=Q(done_at__isnull=True, dead_at__isnull=True),
                name="outbox_due",
            ),
            models.Index(fields=["dead_at"], condition=Q(dead_at__isnull=False), name="outbox_dead"),
            models.Index(fields=["done_at"], condition=Q(done_at__isnull=False), name="outbox_done"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.id}"


class DeadLetter(OutboxMessage):
    """The outbox's dead letters as a page of the admin; no table of its own."""

    class Meta:
        proxy = True


class InboxReceipt(models.Model):
    """Says that a message's effect is committed: written in the transaction of the effect, so a repeat finds it."""

    message_id = models.UUIDField(primary_key=True, editable=False)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "core_inbox"
        indexes = [models.Index(fields=["received_at"], name="inbox_received")]

    def __str__(self) -> str:
        return str(self.message_id)


class Tick(IdentifiedModel):
    """One slot of one periodic job, published: the constraint is what makes it once (`core/beat.py`)."""

    job = models.CharField(max_length=100)
    slot = models.DateTimeField(help_text="when the slot began")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "core_tick"
        constraints = [
            models.UniqueConstraint(fields=["job", "slot"], name="tick_slot_once"),
            models.CheckConstraint(condition=~Q(job=""), name="tick_job_named"),
        ]
        indexes = [models.Index(fields=["slot"], name="tick_slot")]

    def __str__(self) -> str:
        return f"{self.job} {self.slot:%Y-%m-%dT%H:%M:%SZ}"


class DeadLetterFate(IdentifiedModel):
    """What became of a dead letter and what it was; a dropped one is only here (`core/dead_letters.py`)."""

    class Action(models.TextChoices):
        """What was done with it."""

        REPLAYED = "replayed", "replayed"
        DROPPED = "dropped", "dropped"

    message_id = models.UUIDField(editable=False)
    action = models.CharField(max_length=8, choices=Action)
    decided_by = models.CharField(max_length=200, help_text="who, and by which way")
    decided_at = models.DateTimeField(auto_now_add=True)
    topic = models.CharField(max_length=100)
    payload = models.JSONField(default=dict)
    actor_id = models.UUIDField(null=True, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField()
    last_error = models.TextField(blank=True)
    died_at = models.DateTimeField()

    class Meta:
        db_table = "core_dead_letter_fate"
        constraints = [
            models.CheckConstraint(condition=Q(action__in=["replayed", "dropped"]), name="dead_letter_fate_known"),
        ]
        indexes = [
            models.Index(fields=["message_id"], name="dead_letter_fate_message"),
            models.Index(fields=["-decided_at"], name="dead_letter_fate_decided"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.message_id} {self.action}"


class IdempotencyRecord(IdentifiedModel):
    """The answer that a client's Idempotency-Key got, kept for 24 hours (`core/idempotency.py`)."""

    user_id = models.UUIDField()
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64, help_text="SHA-256 of method, path and body, in hexadecimal")
    status = models.PositiveSmallIntegerField()
    body = models.JSONField(null=True)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "core_idempotency"
        constraints = [
            models.UniqueConstraint(fields=["user_id", "key"], name="idempotency_key_once"),
            models.CheckConstraint(condition=~Q(key=""), name="idempotency_key_given"),
            models.CheckConstraint(condition=Q(request_hash__regex=SHA_256), name="idempotency_hash_valid"),
            models.CheckConstraint(condition=Q(status__range=(200, 599)), name="idempotency_status_valid"),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_created")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key}"
