"""Who is about to be erased, and copies of people's data."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from skillbridge_backend.core.erasure import GONE
from skillbridge_backend.core.models import IdentifiedModel
from users.enums import ExportStatus
from users.models.people import User
from users.querysets.leaving import DataExportQuerySet, DepartureQuerySet


class Departure(IdentifiedModel):
    """Somebody asked for their account to be erased. Until `due_at` they can change their mind, and the row goes.

    While it is there their profile offers and seeks no mentoring; triggers remember what it did before
    (`sql/0021_leaving.sql`).
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="departure", db_comment=GONE)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="not before; the account is erased within an hour then")
    was_offering = models.BooleanField(db_default=False, editable=False, help_text="mentoring; written by the trigger")
    was_seeking = models.BooleanField(db_default=False, editable=False)
    objects = DepartureQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(due_at__gt=F("asked_at")), name="departure_due_after_asked")]
        indexes = [models.Index(fields=["due_at"], name="departure_due")]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.due_at:%Y-%m-%d}"


class DataExport(IdentifiedModel):
    """A copy of everything about one person: a job, then a file that is there until `expires_at`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="exports", db_index=False, db_comment=GONE)
    status = models.CharField(max_length=10, choices=ExportStatus.choices, default=ExportStatus.QUEUED)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="the file is removed then")
    file = models.CharField(max_length=100, blank=True, help_text="its random name in the private storage")
    bytes = models.PositiveIntegerField(null=True, blank=True)
    objects = DataExportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ExportStatus.values), name="export_status_known"),
            models.CheckConstraint(
                condition=Q(status=ExportStatus.READY, expires_at__isnull=False, bytes__isnull=False) & ~Q(file="")
                | ~Q(status=ExportStatus.READY) & Q(expires_at=None, bytes=None),
                name="export_ready_has_file",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(status__in=[ExportStatus.QUEUED, ExportStatus.RUNNING]),
                name="export_one_running",
            ),
        ]
        indexes = [models.Index(fields=["user", "-id"], name="export_by_user")]

    def __str__(self) -> str:
        return f"{self.status} for {self.user_id}"

    @property
    def is_there(self) -> bool:
        """True when there is a file to fetch."""
        return self.status == ExportStatus.READY and self.expires_at is not None and self.expires_at > timezone.now()
