"""One's own profile, and the mentors who are open for learners."""

from uuid import UUID

from django_filters.utils import translate_validation
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from skillbridge_backend.core.errors import InvalidInput
from skillbridge_backend.core.etags import check_if_match
from skillbridge_backend.core.inputs import check
from skillbridge_backend.core.pagination import CursorPages
from skillbridge_backend.core.permissions import IsAuthenticated
from skillbridge_backend.core.problems import CONTENT_TYPE as PROBLEM_TYPE
from skillbridge_backend.core.problems import problem_document
from skillbridge_backend.core.viewsets import ActionViewSet
from users.authentication import actor_of, session_of
from users.clients import client_of
from users.filters import ORDERINGS, MentorFilter
from users.limits import DELETE_ACCOUNT
from users.models import MentorListing, Profile
from users.querysets import MentorListingQuerySet
from users.serializers.leaving import DeletionAcceptedSerializer, DeletionSerializer
from users.serializers.profiles import (
    MentorFacetsSerializer,
    MentorSerializer,
    ProfileChangesSerializer,
    ProfileSerializer,
)
from users.services import LeavingService, ProfileService

CHANGES_EXAMPLE = OpenApiExample(
    "A learner",
    value={
        "headline": "From support to back-end",
        "country": "DE",
        "time_zone": "Europe/Berlin",
        "languages": ["de", "en"],
        "hours_per_week": 6,
        "is_seeking_mentoring": True,
        "skills": [{"skill": "git", "level": 3}, {"skill": "js", "level": 2}],
        "wanted_skills": [{"skill": "Python", "level": 4}],
        "availability": [{"weekday": 1, "starts_at": "18:00", "ends_at": "20:00"}],
    },
    request_only=True,
)


class MeViewSet(ActionViewSet):
    """Oneself."""

    scope_section = "profile"
    closed_to_tokens = frozenset({"destroy", "keep"})
    queryset = Profile.objects.all()
    permissions = {
        "retrieve": (IsAuthenticated,),
        "partial_update": (IsAuthenticated,),
        "destroy": (IsAuthenticated,),
        "keep": (IsAuthenticated,),
    }
    serializers = {
        "retrieve": ProfileSerializer,
        "partial_update": ProfileChangesSerializer,
        "destroy": DeletionSerializer,
    }

    @extend_schema(operation_id="users_me_retrieve", responses=ProfileSerializer)
    def retrieve(self, request: Request) -> Response:
        """Account and profile, with an ETag."""
        return self.tagged(ProfileService().own(actor_of(request)), ProfileSerializer)

    @extend_schema(
        operation_id="users_me_partial_update",
        request=ProfileChangesSerializer,
        responses=ProfileSerializer,
        examples=[CHANGES_EXAMPLE],
    )
    def partial_update(self, request: Request) -> Response:
        """Changes what is sent; a list replaces the list there is. A level that others vouch for stays theirs."""
        serializer = ProfileChangesSerializer(data=request.data)
        check(serializer)
        profile = ProfileService().update(
            actor_of(request),
            changes=serializer.changes(),
            check_version=lambda locked: check_if_match(request, locked),
        )
        return self.tagged(profile, ProfileSerializer)

    @extend_schema(
        operation_id="users_me_destroy", request=DeletionSerializer, responses={202: DeletionAcceptedSerializer}
    )
    def destroy(self, request: Request) -> Response:
        """Has the account erased in two weeks and logs out everywhere. A mail has a link to keep it after all.

        Until then the account works as ever, but is in no list of mentors: log in and `POST /users/me/keep/`.
        """
        actor, client = actor_of(request), client_of(request)
        DELETE_ACCOUNT.count(str(actor.pk), client)
        given = self.valid_input(request)
        try:
            due_at = LeavingService().leave(
                actor, password=given["password"], session_id=session_of(request), client=client
            )
        except InvalidInput as refusal:
            # Answered and not raised: the entry about a wrong password stays in the audit trail.
            return Response(problem_document(refusal), status=refusal.status, content_type=PROBLEM_TYPE)
        return Response(DeletionAcceptedSerializer({"deletion_due_at": due_at}).data, status=202)

    @extend_schema(operation_id="users_me_keep", request=None, responses={204: None})
    def keep(self, request: Request) -> Response:
        """Keeps the account that was about to be erased; everything is as it was. Harmless to repeat."""
        LeavingService().keep(actor_of(request), client=client_of(request))
        return Response(status=204)


@extend_schema_view(
    list=extend_schema(operation_id="mentors_list", responses=MentorSerializer(many=True)),
    retrieve=extend_schema(operation_id="mentors_retrieve", responses=MentorSerializer),
)
class MentorViewSet(ActionViewSet):
    """Mentors who offer mentoring and are not on leave."""

    scope_section = "catalogue"
    queryset = MentorListing.objects.all()
    lookup_field = "profile__user_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = "[0-9a-f-]{36}"
    filterset_class = MentorFilter
    permissions = {"list": (IsAuthenticated,), "retrieve": (IsAuthenticated,), "facets": (IsAuthenticated,)}
    serializers = {"list": MentorSerializer, "retrieve": MentorSerializer, "facets": MentorFacetsSerializer}

    def list(self, request: Request) -> Response:
        """By relevance where there is a `q`, else newest first, unless `ordering` says otherwise.

        With `skills_match=any`, skills that the catalogue does not know are passed over.
        """
        mentors, ordering = self._found(request)
        if ordering == "relevance":
            mentors = mentors.by_relevance(request.query_params["q"], **CursorPages().part_of(request))
        self.page_ordering = ORDERINGS[ordering]
        return self.page_of(mentors.with_details(), MentorSerializer)

    @extend_schema(parameters=[OpenApiParameter("id", UUID, OpenApiParameter.PATH)])
    def retrieve(self, request: Request, id: str) -> Response:  # noqa: A002  # the name in the path
        """One mentor, on leave or not."""
        self.queryset = MentorListing.objects.all().select_related("profile").with_details()
        return self.tagged(self.get_object(), MentorSerializer)

    @extend_schema(operation_id="mentors_facets", filters=True, responses=MentorFacetsSerializer)
    @action(detail=False)
    def facets(self, request: Request) -> Response:
        """How many of the mentors have which skill, language and country: the twenty most frequent of each.

        Takes the parameters of the list. The 2,000 who came to the list last are counted and no more; `is_complete`
        says whether that was all of them.
        """
        mentors, _ = self._found(request)
        return Response(MentorFacetsSerializer(mentors.facets()).data)

    def _found(self, request: Request) -> "tuple[MentorListingQuerySet, str]":
        """Those whom the parameters leave, and in which order."""
        mentors = MentorListing.objects.all().visible_to(actor_of(request)).not_on_leave()
        chosen = MentorFilter(request.query_params, queryset=mentors, request=request)
        if not chosen.is_valid():
            raise translate_validation(chosen.errors)
        return chosen.qs, chosen.chosen_ordering
