"""What moderators decide about reported posts."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from forum.enums import ReportState, Resolution
from forum.models import Report
from forum.services.locking import locked_post
from forum.services.posts import ForumService
from skillbridge_backend.core.errors import IllegalTransition, NotFound, PermissionDenied
from users.models import User


class ModerationService:
    """For moderators and admins."""

    @transaction.atomic
    def resolve_report(self, *, actor: User, report_id: UUID, resolution: Resolution, note: str = "") -> Report:
        """Close a report: the post stays, or it is removed and every open report of it is closed with it.

        Locks the post, then the report. Raises PermissionDenied, NotFound, IllegalTransition when it is closed already.
        """
        if not actor.is_moderating:
            raise PermissionDenied("Only moderators decide about reports.")
        post_id = Report.objects.visible_to(actor).filter(pk=report_id).values_list("post_id", flat=True).first()
        if post_id is None:
            raise NotFound("There is no report with this id.")
        post = locked_post(actor=actor, post_id=post_id, with_those_above=resolution == Resolution.REMOVE_POST)
        report = Report.objects.select_for_update().get(pk=report_id)
        if report.state != ReportState.OPEN:
            raise IllegalTransition(f"This report is closed already: {report.state}.", state=report.state)
        decision = {
            "resolved_by": actor,
            "resolved_at": timezone.now(),
            "resolution_note": note.strip(),
            "updated_at": timezone.now(),
        }
        if resolution == Resolution.REMOVE_POST:
            ForumService().remove(actor=actor, post_id=post.pk)
            Report.objects.filter(post=post).open().update(state=ReportState.RESOLVED, **decision)
        else:
            Report.objects.filter(pk=report.pk).update(state=ReportState.REJECTED, **decision)
        return Report.objects.visible_to(actor).with_post().get(pk=report.pk)
