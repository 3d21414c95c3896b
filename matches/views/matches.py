"""Matches with their sessions, reviews and contacts."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from matches import serializers as shapes
from matches.filters import MatchFilter
from matches.models import MentorMatch, Session
from matches.services import (
    MatchService,
    ReviewService,
    SessionService,
)
from skillbridge_backend.core.permissions import IsAuthenticated
from skillbridge_backend.core.viewsets import ActionViewSet
from users.authentication import actor_of

REQUEST_EXAMPLE = OpenApiExample(
    "Ask a mentor",
    value={"mentor": "01937f6e-8d4b-7b1e-9c55-2f4a9b0c7d11", "message": "I want to move from scripts to services."},
    request_only=True,
)
ACCEPT_EXAMPLE = OpenApiExample("Yes", value={"answer": "Gladly. Tuesdays at seven?"}, request_only=True)


@extend_schema_view(
    list=extend_schema(responses=shapes.MatchSerializer),
    retrieve=extend_schema(responses=shapes.MatchSerializer),
    create=extend_schema(responses={201: shapes.MatchSerializer}, examples=[REQUEST_EXAMPLE]),
)
class MatchViewSet(ActionViewSet):
    """My matches, as the learner or as the mentor."""

    scope_section = "matches"
    queryset = MentorMatch.objects.all()
    lookup_value_converter = "uuid"
    filterset_class = MatchFilter
    permissions: ClassVar = dict.fromkeys(
        (
            "list", "retrieve", "create", "accept", "decline", "ask_info", "answer_info", "cancel", "pause", "resume",
            "complete", "end", "sessions", "propose_session", "reviews", "write_review", "contacts",
        ),
        (IsAuthenticated,),
    )  # fmt: skip
    serializers: ClassVar = {
        "list": shapes.MatchSerializer,
        "retrieve": shapes.MatchSerializer,
        "create": shapes.MatchRequestSerializer,
        "accept": shapes.DecisionSerializer,
        "decline": shapes.DecisionSerializer,
        "ask_info": shapes.QuestionSerializer,
        "answer_info": shapes.InfoSerializer,
        "cancel": shapes.CancellationSerializer,
        "pause": shapes.NothingSerializer,
        "resume": shapes.NothingSerializer,
        "complete": shapes.NothingSerializer,
        "end": shapes.EndSerializer,
        "sessions": shapes.SessionSerializer,
        "propose_session": shapes.NewSessionSerializer,
        "reviews": shapes.ReviewSerializer,
        "write_review": shapes.NewReviewSerializer,
        "contacts": shapes.PartnerContactsSerializer,
    }

    def get_queryset(self) -> QuerySet[MentorMatch]:
        """With the people in it."""
        return super().get_queryset().with_people()  # type: ignore[no-any-return,attr-defined]  # our own queryset

    def list(self, request: Request) -> Response:
        """My matches, newest first."""
        return self.page_of(self.filter_queryset(self.get_queryset()), shapes.MatchSerializer)

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One of my matches."""
        return self.tagged(self.get_object(), shapes.MatchSerializer)

    def create(self, request: Request) -> Response:
        """Ask a mentor; the request lapses unanswered after seven days."""
        data = self.valid_input(request)
        match = MatchService.request(actor=actor_of(request), mentor_id=data["mentor"], message=data["message"])
        return self._rendered(match, status=201)

    @extend_schema(
        request=shapes.DecisionSerializer,
        responses=shapes.MatchSerializer,
        summary="Take the learner (mentor)",
        examples=[ACCEPT_EXAMPLE],
    )
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: UUID) -> Response:
        """Take the learner: a place is taken, the chat opens."""
        answer = self.valid_input(request)["answer"]
        return self._rendered(MatchService.accept(actor=actor_of(request), match_id=pk, answer=answer))

    @extend_schema(request=shapes.DecisionSerializer, responses=shapes.MatchSerializer, summary="Say no (mentor)")
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: UUID) -> Response:
        """Say no, with or without words."""
        answer = self.valid_input(request)["answer"]
        return self._rendered(MatchService.decline(actor=actor_of(request), match_id=pk, answer=answer))

    @extend_schema(
        request=shapes.QuestionSerializer, responses=shapes.MatchSerializer, summary="Ask back before deciding (mentor)"
    )
    @action(detail=True, methods=["post"], url_path="ask-info")
    def ask_info(self, request: Request, pk: UUID) -> Response:
        """Ask back before deciding; the question is the first message of the chat."""
        question = self.valid_input(request)["question"]
        return self._rendered(MatchService.ask_info(actor=actor_of(request), match_id=pk, question=question))

    @extend_schema(
        request=shapes.InfoSerializer,
        responses=shapes.MatchSerializer,
        summary="Answer the mentor's question (learner)",
    )
    @action(detail=True, methods=["post"], url_path="answer-info")
    def answer_info(self, request: Request, pk: UUID) -> Response:
        """Answer the mentor's question; the request runs for another seven days."""
        answer = self.valid_input(request)["answer"]
        return self._rendered(MatchService.answer_info(actor=actor_of(request), match_id=pk, answer=answer))

    @extend_schema(
        request=shapes.CancellationSerializer,
        responses=shapes.MatchSerializer,
        summary="Take the request back (learner)",
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Take a request back or turn a proposal down."""
        reason = self.valid_input(request)["reason"]
        return self._rendered(MatchService.cancel(actor=actor_of(request), match_id=pk, reason=reason))

    @extend_schema(request=shapes.NothingSerializer, responses=shapes.MatchSerializer, summary="Rest for a while")
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: UUID) -> Response:
        """Rest for a while; the place stays taken."""
        return self._rendered(MatchService.pause(actor=actor_of(request), match_id=pk))

    @extend_schema(request=shapes.NothingSerializer, responses=shapes.MatchSerializer, summary="Go on")
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: UUID) -> Response:
        """Go on after a pause."""
        return self._rendered(MatchService.resume(actor=actor_of(request), match_id=pk))

    @extend_schema(request=shapes.NothingSerializer, responses=shapes.MatchSerializer, summary="The goal is reached")
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: UUID) -> Response:
        """The goal is reached; reviews are open for 14 days."""
        return self._rendered(MatchService.complete(actor=actor_of(request), match_id=pk))

    @extend_schema(request=shapes.EndSerializer, responses=shapes.MatchSerializer, summary="End it early")
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: UUID) -> Response:
        """End it before the goal is reached."""
        reason = self.valid_input(request)["reason"]
        return self._rendered(MatchService.end_early(actor=actor_of(request), match_id=pk, reason=reason))

    @extend_schema(responses=shapes.SessionSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], filterset_class=None)
    def sessions(self, request: Request, pk: UUID) -> Response:
        """The match's sessions, newest first."""
        return self.page_of(self.get_object().sessions.all(), shapes.SessionSerializer)

    @extend_schema(request=shapes.NewSessionSerializer, responses={201: shapes.SessionSerializer})
    @sessions.mapping.post
    def propose_session(self, request: Request, pk: UUID) -> Response:
        """Propose a session; the other side confirms it."""
        session = SessionService.propose(actor=actor_of(request), match_id=pk, **self.valid_input(request))
        return self.tagged(session, shapes.SessionSerializer, status=201)

    @extend_schema(responses=shapes.ReviewSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], filterset_class=None)
    def reviews(self, request: Request, pk: UUID) -> Response:
        """My review, and the other side's once it is revealed."""
        visible = self.get_object().reviews.visible_to(actor_of(request))
        return self.page_of(visible, shapes.ReviewSerializer)

    @extend_schema(request=shapes.NewReviewSerializer, responses={201: shapes.ReviewSerializer})
    @reviews.mapping.post
    def write_review(self, request: Request, pk: UUID) -> Response:
        """Say how it was; nobody sees it before the other side has said so too, or 14 days have passed."""
        review = ReviewService.write(actor=actor_of(request), match_id=pk, **self.valid_input(request))
        return self.tagged(review, shapes.ReviewSerializer, status=201)

    @extend_schema(responses=shapes.PartnerContactsSerializer, filters=False)
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def contacts(self, request: Request, pk: UUID) -> Response:
        """How the other side wants to be reached, while the match is active; the conversation is always there."""
        contacts = MatchService.contacts_of_other_side(actor=actor_of(request), match_id=pk)
        return Response(shapes.PartnerContactsSerializer({"contacts": contacts}).data)

    def _rendered(self, match: MentorMatch, *, status: int = 200) -> Response:
        read = self.get_queryset().get(pk=match.pk)
        location = f"/api/v1/matches/{match.pk}/" if status == 201 else ""
        return self.tagged(read, shapes.MatchSerializer, status=status, location=location)


class SessionViewSet(ActionViewSet):
    """Steps of a session; sessions are listed and proposed below their match."""

    scope_section = "matches"
    queryset = Session.objects.all()
    lookup_value_converter = "uuid"
    STEPS: ClassVar = ("confirm", "cancel", "hold", "miss", "dispute")
    permissions: ClassVar = dict.fromkeys(STEPS, (IsAuthenticated,))
    serializers: ClassVar = dict.fromkeys(STEPS, shapes.NothingSerializer)

    @extend_schema(request=None, responses=shapes.SessionSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: UUID) -> Response:
        """Agree to a session that the other side proposed."""
        session = SessionService.confirm(actor=actor_of(request), session_id=pk)
        return self.tagged(session, shapes.SessionSerializer)

    @extend_schema(request=None, responses=shapes.SessionSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Take a session off the calendar; a confirmed one before it begins."""
        session = SessionService.cancel(actor=actor_of(request), session_id=pk)
        return self.tagged(session, shapes.SessionSerializer)

    @extend_schema(request=None, responses=shapes.SessionSerializer)
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, pk: UUID) -> Response:
        """Say that a confirmed session took place. Three days after its end that is taken for granted."""
        session = SessionService.hold(actor=actor_of(request), session_id=pk)
        return self.tagged(session, shapes.SessionSerializer)

    @extend_schema(request=None, responses=shapes.SessionSerializer)
    @action(detail=True, methods=["post"])
    def miss(self, request: Request, pk: UUID) -> Response:
        """Say that the other did not come to a confirmed session. They are told, and may dispute it."""
        session = SessionService.miss(actor=actor_of(request), session_id=pk)
        return self.tagged(session, shapes.SessionSerializer)

    @extend_schema(request=None, responses=shapes.SessionSerializer)
    @action(detail=True, methods=["post"])
    def dispute(self, request: Request, pk: UUID) -> Response:
        """Say that it was otherwise, or take it back, within 14 days of the end: then it counts for neither."""
        session = SessionService.dispute(actor=actor_of(request), session_id=pk)
        return self.tagged(session, shapes.SessionSerializer)
