"""The link of the mail about a first second factor."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from users.clients import Client
from users.serializers.accounts import ConfirmationSerializer
from users.services import SecondFactorService
from users.views.email_changes import LinkView
from users.views.pages import JSON, OR_A_PAGE, page


class DisownFactorsView(LinkView):
    """Say that a first second factor is not one's own."""

    template = "disown_factors.html"

    @extend_schema(
        operation_id="auth_factors_disown_page",
        parameters=[OpenApiParameter("token", str)],
        responses={(200, "text/html"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponse:
        """A page with a button. It changes nothing by itself: mail scanners open links."""
        return page(self.template, token=request.query_params.get("token", ""))

    @extend_schema(
        operation_id="auth_factors_disown",
        request={JSON: ConfirmationSerializer},
        responses={204: None, **OR_A_PAGE},
    )
    def post(self, request: Request) -> HttpResponse:
        """Removes all second factors, and whatever else an intruder may have left; for a week after the first one.

        All logins, personal tokens, links to providers and the password go. A mail has the link to choose a new one.
        """
        return self.answer(request, _disown)


def _disown(*, token: str, client: Client) -> dict[str, bool]:
    SecondFactorService().disown(token=token, client=client)
    return {}
