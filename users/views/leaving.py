"""Asking for one's account to be erased, and changing one's mind."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response

from skillbridge_backend.core.errors import DomainError
from skillbridge_backend.core.rendering import OrjsonParser, OrjsonRenderer, PageRenderer
from users.clients import client_of
from users.limits import KEEP_ACCOUNT
from users.serializers.accounts import ConfirmationSerializer
from users.services import LeavingService
from users.views.accounts import AccountView
from users.views.pages import JSON, OR_A_PAGE, page

KEEP_PAGE = "keep_account.html"


class KeepAccountView(AccountView):
    """Keep one's account, by the link from the mail."""

    input_serializer = ConfirmationSerializer
    limits = KEEP_ACCOUNT
    parser_classes = [OrjsonParser, FormParser]
    renderer_classes = [OrjsonRenderer, PageRenderer]

    @extend_schema(
        operation_id="auth_keep_account_page",
        parameters=[OpenApiParameter("token", str)],
        responses={(200, "text/html"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponse:
        """A page with a button. It keeps nothing by itself: mail scanners open links."""
        return page(KEEP_PAGE, token=request.query_params.get("token", ""))

    @extend_schema(
        operation_id="auth_keep_account",
        request={JSON: ConfirmationSerializer},
        responses={204: None, **OR_A_PAGE},
    )
    def post(self, request: Request) -> HttpResponse:
        """Keeps the account; nothing, or a page for a browser's form. Harmless to repeat."""
        is_page = request.accepted_renderer.format == "html"
        try:
            LeavingService().keep_by_link(**self.valid_input(request), client=client_of(request))
        except DomainError as problem:
            if is_page:
                return page(KEEP_PAGE, status=problem.status, headers=problem.headers, problem=problem)
            raise
        return page(KEEP_PAGE, is_kept=True) if is_page else Response(status=204)
