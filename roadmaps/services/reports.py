"""ReportService: what learners find wrong with a resource, and what becomes of that."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from roadmaps.enums import ResourceReportReason, ResourceReportState
from roadmaps.exceptions import ResourceAlreadyReported
from roadmaps.models import Resource, ResourceReport
from roadmaps.services.links import check_soon
from skillbridge_backend.core.errors import IllegalTransition, NotFound, PermissionDenied
from users.models import User


class ReportService:
    """Reports of resources; the next check of one that is said to be broken is brought forward by a trigger."""

    @transaction.atomic
    def report(self, *, actor: User, resource_id: UUID, reason: ResourceReportReason, text: str = "") -> ResourceReport:
        """Say that something is wrong. Raises NotFound, ResourceAlreadyReported."""
        resource = Resource.objects.visible_to(actor).filter(pk=resource_id).first()
        if resource is None:
            raise NotFound("There is no such resource.")
        if ResourceReport.objects.open().filter(resource=resource, reporter=actor).exists():
            raise ResourceAlreadyReported("Your report of this resource is being looked at.")
        report = ResourceReport.objects.create(resource=resource, reporter=actor, reason=reason, text=text.strip())
        if reason == ResourceReportReason.BROKEN:
            check_soon(actor)
        return report

    @transaction.atomic
    def close(self, *, actor: User, report_id: UUID, state: ResourceReportState) -> ResourceReport:
        """Resolve or reject a report. Raises PermissionDenied, NotFound, IllegalTransition where it is closed."""
        if not actor.has_perm("roadmaps.change_resourcereport"):
            raise PermissionDenied("Only those who keep the catalogue or moderate decide about reports.")
        report = ResourceReport.objects.select_for_update(of=("self",)).filter(pk=report_id).first()
        if report is None:
            raise NotFound("There is no report with this id.")
        if report.state != ResourceReportState.OPEN:
            raise IllegalTransition(f"This report is closed already: {report.state}.", current_status=report.state)
        report.state, report.resolved_by, report.resolved_at = state, actor, timezone.now()
        report.save(update_fields=["state", "resolved_by", "resolved_at", "updated_at"])
        return report
