"""Where one is logged in, how to end it, and what happened to the account."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from skillbridge_backend.core.inputs import check_query
from skillbridge_backend.core.permissions import IsAuthenticated
from skillbridge_backend.core.viewsets import ActionViewSet
from users.authentication import actor_of, session_of
from users.clients import client_of
from users.enums import AuditAction
from users.models import AuditEntry, RefreshTokenFamily
from users.serializers.events import AccountEventSerializer
from users.serializers.sessions import EndSessionsSerializer, LoginSessionSerializer
from users.services import SessionService


class LoginSessionViewSet(ActionViewSet):
    """One's own sessions: each login is one, until it is ended or not used for a week."""

    queryset = RefreshTokenFamily.objects.alive().without_tokens()
    permissions = {"list": (IsAuthenticated,), "destroy": (IsAuthenticated,), "destroy_all": (IsAuthenticated,)}
    serializers = {"list": LoginSessionSerializer, "destroy_all": EndSessionsSerializer}

    @extend_schema(operation_id="auth_sessions_list", responses=LoginSessionSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Newest first; the one that asks is marked."""
        return self.page_of(self.get_queryset(), LoginSessionSerializer)

    @extend_schema(operation_id="auth_sessions_end", responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Logs this session out. Its refresh and access tokens end at once."""
        SessionService().end(actor_of(request), session_id=pk, client=client_of(request))
        return Response(status=204)

    @extend_schema(
        operation_id="auth_sessions_end_all",
        parameters=[OpenApiParameter("keep_current", bool, description="leave the session that asks alone")],
        responses={204: None},
    )
    def destroy_all(self, request: Request) -> Response:
        """Logs out everywhere, here too unless `keep_current` is true."""
        query = check_query(EndSessionsSerializer, request)
        current = session_of(request) if query["keep_current"] else None
        SessionService().end_all(actor_of(request), keep=current, client=client_of(request))
        return Response(status=204)


class AccountEventViewSet(ActionViewSet):
    """What happened to one's account: logins and failed ones, factors, passwords, support that looked."""

    queryset = AuditEntry.objects.events().exclude(action=AuditAction.TOKEN_REFRESHED)
    permissions = {"list": (IsAuthenticated,)}
    serializers = {"list": AccountEventSerializer}
    page_ordering = ("-occurred_at", "-id")

    @extend_schema(operation_id="auth_events_list", responses=AccountEventSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Newest first."""
        return self.page_of(self.get_queryset().filter(user_id=actor_of(request).pk), AccountEventSerializer)
