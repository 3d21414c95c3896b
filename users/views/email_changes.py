"""Another e-mail address: asked for when logged in, confirmed and stopped by links from e-mails."""

from collections.abc import Callable
from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response

from skillbridge_backend.core.errors import DomainError
from skillbridge_backend.core.rendering import OrjsonParser, OrjsonRenderer, PageRenderer
from users.authentication import actor_of
from users.clients import Client, client_of
from users.limits import EMAIL_CHANGE, EMAIL_CHANGE_LINK
from users.serializers.accounts import ConfirmationSerializer, EmailSerializer
from users.serializers.email_changes import EmailChangeSerializer, EmailChangeStoppedSerializer, WaitingEmailSerializer
from users.services import EmailChangeService
from users.views.accounts import AccountView
from users.views.pages import JSON, OR_A_PAGE, page
from users.views.second_factors import OwnFactorsView

_TOKEN = OpenApiParameter("token", str)
_HTML = {(200, "text/html"): OpenApiTypes.STR}
_BODY = {JSON: ConfirmationSerializer}


class EmailChangeView(OwnFactorsView):
    """The change of one's address that waits for its confirmation."""

    limits = EMAIL_CHANGE

    @extend_schema(operation_id="auth_email_change_retrieve", responses=WaitingEmailSerializer)
    def get(self, request: Request) -> Response:
        """The change, or null."""
        return Response(WaitingEmailSerializer({"waiting": EmailChangeService().waiting(actor_of(request))}).data)

    @extend_schema(operation_id="auth_email_change", request=EmailSerializer, responses={202: EmailChangeSerializer})
    def post(self, request: Request) -> Response:
        """Mails a link to the new address, good for a day, and one that stops it to the present one. Needs a proof.

        The answer does not tell whether another account has the address; its owner is told by e-mail then.
        """
        about = self.about(request)
        change = EmailChangeService().ask(**about, **self.valid_input(request, EmailSerializer))
        return Response(EmailChangeSerializer(change).data, status=202)

    @extend_schema(operation_id="auth_email_change_give_up", responses={204: None})
    def delete(self, request: Request) -> Response:
        """Stays with the present address: the link that was mailed ends."""
        about = self.about(request)
        EmailChangeService().give_up(about["actor"], client=about["client"])
        return Response(status=204)


class LinkView(AccountView):
    """A link from an e-mail: a page with a button, and what the button does."""

    input_serializer = ConfirmationSerializer
    limits = EMAIL_CHANGE_LINK
    parser_classes = [OrjsonParser, FormParser]
    renderer_classes = [OrjsonRenderer, PageRenderer]
    template: ClassVar[str]

    def answer(self, request: Request, act: Callable[..., dict[str, bool]]) -> HttpResponse:
        """What came of `act`, as JSON, or as a page for a browser's form."""
        is_page = request.accepted_renderer.format == "html"
        try:
            found = act(token=self.valid_input(request)["token"], client=client_of(request))
        except DomainError as problem:
            if is_page:
                return page(self.template, status=problem.status, headers=problem.headers, problem=problem)
            raise
        if is_page:
            return page(self.template, is_done=True, was_restored=found.get("was_restored", False))
        return Response(found) if found else Response(status=204)


class ConfirmNewEmailView(LinkView):
    """Confirm the new address."""

    template = "confirm_new_email.html"

    @extend_schema(operation_id="auth_email_confirm_page", parameters=[_TOKEN], responses=_HTML)
    def get(self, request: Request) -> HttpResponse:
        """A page with a button. It changes nothing by itself: mail scanners open links."""
        return page(self.template, token=request.query_params.get("token", ""))

    @extend_schema(operation_id="auth_email_confirm", request=_BODY, responses={204: None, **OR_A_PAGE})
    def post(self, request: Request) -> HttpResponse:
        """From now on one logs in with the new address. All logins end but the one that asked."""
        return self.answer(request, _confirm)


class StopEmailChangeView(LinkView):
    """Stop or undo a change, from the old mailbox."""

    template = "stop_email_change.html"

    @extend_schema(operation_id="auth_email_stop_page", parameters=[_TOKEN], responses=_HTML)
    def get(self, request: Request) -> HttpResponse:
        """A page with a button. It changes nothing by itself: mail scanners open links."""
        return page(self.template, token=request.query_params.get("token", ""))

    @extend_schema(
        operation_id="auth_email_stop", request=_BODY, responses={200: EmailChangeStoppedSerializer, **OR_A_PAGE}
    )
    def post(self, request: Request) -> HttpResponse:
        """Nothing changes, or the account gets its old address back, for a week after the change.

        Then whatever an intruder may have left goes, too: all logins, personal tokens, the password, and the second
        factors of the last days. A mail has the link to choose a new password.
        """
        return self.answer(request, _stop)


def _confirm(*, token: str, client: Client) -> dict[str, bool]:
    EmailChangeService().confirm(token=token, client=client)
    return {}


def _stop(*, token: str, client: Client) -> dict[str, bool]:
    return {"was_restored": EmailChangeService().stop(token=token, client=client)}
