"""The audit trail and the chain over it, both written by the database alone."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, IntegerField, Q
from django.db.models.lookups import Exact

from skillbridge_backend.core.models import SHA_256
from users.enums import AuditAction
from users.querysets.audit import AuditEntryQuerySet, AuditSealQuerySet, audit_subjects

SHA_256_OCTETS = 32


class AuditEntry(models.Model):
    """What happened to an account, or one changed row of a sensitive table. The database writes it and keeps it.

    Numbered by the database, which alone inserts (`sql/0003_audit.sql`). No foreign keys: an entry outlives whom and
    what it tells of. What it tells of the person (`before`, `after`, `details`) and of who did it from where
    (`ip_address`, `user_agent`) is in the chain as a salted hash each, so that it can be erased with the person: then
    the columns are empty, the salt is gone, and the entry still verifies (`sql/0020_audit_parts.sql`).
    """

    id = models.BigAutoField(primary_key=True)
    occurred_at = models.DateTimeField()
    user_id = models.UUIDField(null=True, blank=True, help_text="whom it concerns")
    actor_id = models.UUIDField(null=True, blank=True, help_text="who did it, as auth.uid() says")
    login = models.CharField(max_length=63, help_text="the login to PostgreSQL")
    role = models.CharField(max_length=63, help_text="the role it acted in")
    action = models.CharField(max_length=30, choices=AuditAction.choices)
    table_name = models.CharField(max_length=63, blank=True, help_text="empty for what happened to an account")
    row_id = models.CharField(max_length=64, blank=True)
    before = models.JSONField(null=True, blank=True, help_text="of an update: the changed columns only")
    after = models.JSONField(null=True, blank=True)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict, blank=True)
    told_salt = models.UUIDField(null=True, editable=False)
    told_hash = models.BinaryField(null=True, help_text="over before, after and details; NULL in the oldest entries")
    source_salt = models.UUIDField(null=True, editable=False)
    source_hash = models.BinaryField(null=True, help_text="over address and user agent")
    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        constraints = [models.CheckConstraint(condition=Q(action__in=AuditAction.values), name="audit_action_known")]
        indexes = [
            models.Index(fields=["user_id", "-occurred_at"], name="audit_by_user"),
            GinIndex(audit_subjects(), name="audit_about"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.table_name}".strip() + f" {self.occurred_at:%Y-%m-%d %H:%M}"


class AuditPending(models.Model):
    """The number of an entry that waits for its seal. Written with the entry, removed by `private.audit_seal`."""

    entry_id = models.BigIntegerField(primary_key=True)

    class Meta:
        verbose_name_plural = "pending audit entries"

    def __str__(self) -> str:
        return str(self.entry_id)


class AuditSeal(models.Model):
    """A link of the chain over the audit trail: which entries, a digest of each, and the head before."""

    sequence = models.BigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField()
    entry_count = models.PositiveIntegerField()
    entry_ids = ArrayField(models.BigIntegerField(), help_text="numbers of the entries, in order")
    digests = models.BinaryField(help_text="a SHA-256 for each entry, in the same order")
    previous_head = models.CharField(max_length=64, blank=True)
    head = models.CharField(max_length=64, help_text="SHA-256 over this seal and the head before it")
    objects = AuditSealQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sequence__gte=1), name="audit_seal_numbered"),
            models.CheckConstraint(condition=Q(entry_ids__len=F("entry_count")), name="audit_seal_names_entries"),
            models.CheckConstraint(
                condition=Exact(
                    Func(F("digests"), function="octet_length", output_field=IntegerField()),
                    F("entry_count") * SHA_256_OCTETS,
                ),
                name="audit_seal_digests_entries",
            ),
            models.CheckConstraint(condition=Q(head__regex=SHA_256), name="audit_seal_head_valid"),
            models.CheckConstraint(
                condition=Q(previous_head="") | Q(previous_head__regex=SHA_256), name="audit_seal_previous_valid"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.head[:12]}"
