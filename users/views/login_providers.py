"""Logging in with GitHub and other providers, in browsers and in apps, and linking them."""

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.parsers import FormParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from skillbridge_backend.core.errors import DomainError
from skillbridge_backend.core.inputs import check
from skillbridge_backend.core.rendering import OrjsonRenderer, PageRenderer
from skillbridge_backend.core.viewsets import ReadsThenCalls
from users import visit_cookie
from users.authentication import actor_of, session_of
from users.clients import client_of
from users.enums import RefreshTransport, VisitPurpose
from users.limits import (
    PROVIDER_CODE,
    PROVIDER_FINISH,
    PROVIDER_POST,
    PROVIDER_RETURN,
    PROVIDER_START,
    SOCIAL_LINK_CHANGE,
    AccountLimits,
    forgive_login,
)
from users.login_providers import all_providers
from users.serializers.login_providers import (
    LoginProvidersSerializer,
    PostedAnswerSerializer,
    ProviderCodeSerializer,
    ProviderLoginSerializer,
    ProviderTokensSerializer,
    SocialLinkSerializer,
    SocialLinksSerializer,
    StartedVisitSerializer,
    StartVisitSerializer,
    VisitTicketSerializer,
)
from users.serializers.second_factors import LOGIN_PROBLEM
from users.services import ProviderLoginService, ProviderVisitService, SocialLinkService
from users.services.provider_logins import Arrival
from users.services.provider_visits import Answer, Shown, mark_of
from users.services.sessions import Tokens
from users.views.accounts import AccountView, tokens_response
from users.views.pages import page
from users.views.second_factors import OwnFactorsView

PROBLEM_PAGE = "provider_login.html"
PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
ANSWER = ("state", "code", "error", "iss", "name")
CODE_EXAMPLE = OpenApiExample(
    "From an app",
    value={
        "code": "5f1c9c0c7f5d0b7f8a3e",
        "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        "redirect_uri": "org.example.app:/login",
    },
    request_only=True,
)


class LoginProvidersView(AccountView):
    """Whom people can log in with."""

    @extend_schema(operation_id="auth_providers", responses=LoginProvidersSerializer)
    def get(self, request: Request) -> Response:
        """The providers that the operator has named, for the buttons of a login page."""
        return Response(LoginProvidersSerializer({"results": all_providers()}).data)


class StartVisitView(ReadsThenCalls, APIView):
    """Send a browser to a provider."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="auth_provider_start",
        request=StartVisitSerializer,
        responses=StartedVisitSerializer,
        examples=[
            OpenApiExample(
                "To log in", value={"next": "/welcome", "refresh_in": RefreshTransport.COOKIE}, request_only=True
            )
        ],
    )
    def post(self, request: Request, provider: str) -> Response:
        """The address to lead the browser to, and a cookie that it has to bring back: call it with credentials.

        In the end the browser is at `next`, with `#ticket=…&purpose=…` for `/auth/providers/finish/` or `/auth/links/`,
        or with `#error=…&error_description=…`. To link needs an access token and a recent proof.
        """
        PROVIDER_START.count("", client_of(request))
        given = check(StartVisitSerializer(data=request.data))
        is_link = given["purpose"] == VisitPurpose.LINK
        begun = ProviderVisitService().begin(
            provider=provider,
            purpose=given["purpose"],
            return_to=given["next"],
            refresh_in=given["refresh_in"],
            actor=actor_of(request) if is_link else None,
            session_id=session_of(request) if is_link else None,
        )
        response = Response(StartedVisitSerializer(begun).data, headers={"Cache-Control": "no-store"})
        visit_cookie.put(response, begun.mark, begun.browser_secret)
        return response


class ReturnFromVisitView(AccountView):
    """Come back from a provider."""

    parser_classes = [FormParser]
    renderer_classes = [OrjsonRenderer, PageRenderer]
    limits = PROVIDER_POST

    @extend_schema(
        operation_id="auth_provider_callback",
        parameters=[OpenApiParameter(name, str) for name in ANSWER],
        responses={
            302: OpenApiResponse(description="To the page that the login is finished on."),
            ("default", "text/html"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request, provider: str) -> HttpResponse:
        """Where the provider sends the browser. It goes on to the `next` of the start, with a ticket that works once.

        Where the visit was not begun in this browser there is no such address, and a page says so.
        """
        PROVIDER_RETURN.count("", client_of(request))
        answer = Answer(**{name: request.query_params.get(name, "") for name in ANSWER})
        secret = visit_cookie.kept_by(request, mark_of(answer.state))
        try:
            address = ProviderVisitService().come_back(provider=provider, browser_secret=secret, answer=answer)
        except DomainError as problem:
            return page(PROBLEM_PAGE, status=problem.status, headers=problem.headers, problem=problem)
        return HttpResponseRedirect(address, headers=PRIVATE)

    @extend_schema(
        operation_id="auth_provider_callback_posted",
        request={"application/x-www-form-urlencoded": PostedAnswerSerializer},
        responses={
            303: OpenApiResponse(description="Here again, with the answer in the address."),
            ("default", "text/html"): OpenApiTypes.STR,
        },
    )
    def post(self, request: Request, provider: str) -> HttpResponse:
        """Where a provider lets the browser post its answer, as Apple does. It comes here again with an address.

        Anybody may post here from any site: no cookie is looked at, and nothing happens but this.
        """
        self.limits.count("", client_of(request))
        posted = check(PostedAnswerSerializer(data=request.data))
        user = posted.pop("user")
        try:
            answer = ProviderVisitService().as_address(provider=provider, answer=Answer(**posted), user=user)
        except DomainError as problem:
            return page(PROBLEM_PAGE, status=problem.status, headers=problem.headers, problem=problem)
        query = urlencode({name: text for name, text in asdict(answer).items() if text})
        return HttpResponse(status=303, headers={**PRIVATE, "Location": f"{request.path}?{query}"})


class FinishVisitView(AccountView):
    """Finish a login that a browser went to a provider for."""

    input_serializer = VisitTicketSerializer
    limits = PROVIDER_FINISH

    @extend_schema(
        operation_id="auth_provider_finish",
        request=VisitTicketSerializer,
        responses={200: ProviderTokensSerializer, **LOGIN_PROBLEM},
    )
    def post(self, request: Request) -> Response:
        """Tokens for the ticket, once, from the browser that began: call it with credentials.

        Where the account has a second factor the answer is `401 second_factor_required`, as at `/auth/login/`. An
        address that has an account here is `409 account_exists`: log in to it, and link the provider.
        """
        given, client = self.valid_input(request), client_of(request)
        secret = visit_cookie.kept_by(request, mark_of(given["ticket"]))
        arrival = ProviderLoginService().finish(**given, browser_secret=secret, client=client)
        response = arrival_response(request, arrival, self.limits)
        visit_cookie.remove(response, mark_of(given["ticket"]))
        return response


class ProviderCodeView(AccountView):
    """Log in with a code that an app got from a provider."""

    input_serializer = ProviderLoginSerializer
    limits = PROVIDER_CODE

    @extend_schema(
        operation_id="auth_provider_code",
        request=ProviderLoginSerializer,
        responses={200: ProviderTokensSerializer, **LOGIN_PROBLEM},
        examples=[CODE_EXAMPLE],
    )
    def post(self, request: Request, provider: str) -> Response:
        """Tokens for an app that went to the provider by itself, with PKCE and an address of its own."""
        given, client = self.valid_input(request), client_of(request)
        refresh_in = given.pop("refresh_in")
        arrival = ProviderLoginService().log_in_by_code(
            provider=provider, shown=Shown(**given), refresh_in=refresh_in, client=client
        )
        return arrival_response(request, arrival, self.limits)


class SocialLinksView(OwnFactorsView):
    """One's accounts at login providers."""

    limits = SOCIAL_LINK_CHANGE

    @extend_schema(operation_id="auth_links_list", responses=SocialLinksSerializer)
    def get(self, request: Request) -> Response:
        """Newest first, with the last login by each."""
        links = SocialLinkService().overview(actor_of(request))
        return Response(SocialLinksSerializer({"results": links}).data)

    @extend_schema(operation_id="auth_links_add", request=VisitTicketSerializer, responses={201: SocialLinkSerializer})
    def post(self, request: Request) -> Response:
        """Links what a browser came back with, and tells the person by e-mail. Needs a recent proof."""
        about, given = self.about(request), self.valid_input(request, VisitTicketSerializer)
        mark = mark_of(given["ticket"])
        link = SocialLinkService().link(**about, **given, browser_secret=visit_cookie.kept_by(request, mark))
        response = Response(SocialLinkSerializer(link).data, status=201)
        visit_cookie.remove(response, mark)
        return response


class SocialLinkCodeView(OwnFactorsView):
    """Link with a code that an app got from a provider."""

    limits = SOCIAL_LINK_CHANGE

    @extend_schema(
        operation_id="auth_links_add_by_code",
        request=ProviderCodeSerializer,
        responses={201: SocialLinkSerializer},
        examples=[CODE_EXAMPLE],
    )
    def post(self, request: Request, provider: str) -> Response:
        """The same for an app that went to the provider by itself. Needs a recent proof."""
        about, given = self.about(request), self.valid_input(request, ProviderCodeSerializer)
        link = SocialLinkService().link_by_code(**about, provider=provider, shown=Shown(**given))
        return Response(SocialLinkSerializer(link).data, status=201)


class SocialLinkView(OwnFactorsView):
    """One account at a login provider."""

    limits = SOCIAL_LINK_CHANGE

    @extend_schema(operation_id="auth_links_remove", responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Removes it: it lets nobody in any more. Sessions stay. Needs a recent proof, and another way to log in."""
        SocialLinkService().unlink(**self.about(request), link_id=pk)
        return Response(status=204)


def arrival_response(request: Request, arrival: Arrival, counted: AccountLimits) -> Response:
    """The tokens, where they belong, and whether the account is new; SecondFactorRequired when the login goes on."""
    begun: Any = arrival.begun
    client = client_of(request)
    response = tokens_response(begun, client, in_cookie=arrival.refresh_in == RefreshTransport.COOKIE)
    if isinstance(begun, Tokens):
        forgive_login(begun.user, client, counted=counted)
        response.data["is_new"] = arrival.is_new
    return response
