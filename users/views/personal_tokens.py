"""Personal access tokens: what a script or an integration needs."""

from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from users.authentication import actor_of
from users.limits import PERSONAL_TOKEN_CHANGE
from users.serializers.personal_tokens import (
    MadePersonalTokenSerializer,
    NewPersonalTokenSerializer,
    PersonalTokensSerializer,
)
from users.services import PersonalTokenService
from users.views.second_factors import OwnFactorsView

NEW_EXAMPLE = OpenApiExample(
    "For a script that writes the log",
    value={"name": "Study timer", "scopes": ["progress:read", "progress:write"], "expires_in_days": 90},
    request_only=True,
)


class PersonalTokensView(OwnFactorsView):
    """One's personal access tokens."""

    limits = PERSONAL_TOKEN_CHANGE

    @extend_schema(operation_id="auth_tokens_list", responses=PersonalTokensSerializer)
    def get(self, request: Request) -> Response:
        """Newest first: name, what it may do, until when, when it was last used. Not the token itself."""
        tokens = PersonalTokenService().overview(actor_of(request))
        return Response(PersonalTokensSerializer({"results": tokens}).data)

    @extend_schema(
        operation_id="auth_tokens_make",
        request=NewPersonalTokenSerializer,
        responses={201: MadePersonalTokenSerializer},
        examples=[NEW_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Makes a token, which is shown this once, and tells the person by e-mail. Needs a recent proof."""
        about = self.about(request)
        given = self.valid_input(request, NewPersonalTokenSerializer)
        days = given.pop("expires_in_days")
        made = PersonalTokenService().make(**about, **given, days=days)
        body = MadePersonalTokenSerializer({"token": made.text, "personal_token": made.row}).data
        return Response(body, status=201, headers={"Cache-Control": "no-store"})


class PersonalTokenView(OwnFactorsView):
    """One personal access token."""

    limits = PERSONAL_TOKEN_CHANGE

    @extend_schema(operation_id="auth_tokens_remove", responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Removes it: from its next request on it is refused. Needs a recent proof."""
        PersonalTokenService().remove(**self.about(request), token_id=pk)
        return Response(status=204)
