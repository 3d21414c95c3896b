"""Suggestions, matches with their sessions and reviews, conversations and rounds over HTTP."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from matches import serializers as shapes
from matches.filters import MatchFilter
from matches.models import Conversation, MatchRound, MentorMatch, Session
from matches.services import (
    ConversationService,
    MatchingService,
    MatchService,
    ReviewService,
    SessionService,
    StatisticsService,
)
from skillbridge_backend.core.inputs import check_query
from skillbridge_backend.core.permissions import IsAuthenticated, IsStaffRole
from skillbridge_backend.core.viewsets import ActionViewSet, ReadsThenCalls
from users.authentication import actor_of

SUGGESTION_EXAMPLE = OpenApiExample(
    "Five best mentors",
    value={
        "solver": "matcher-rs/exhaustive-scoring",
        "solver_version": "0.1.0",
        "input_hash": "44ab2f1f2a4e1bd9b9a8b3c0a4a7e2c98f9de1f3c8a3f5b1d0e7c6b5a4938271",
        "is_fallback": False,
        "notice": None,
        "considered": 17,
        "suggestions": [
            {
                "mentor": {
                    "id": "01937f6e-8d4b-7b1e-9c55-2f4a9b0c7d11",
                    "handle": "ada",
                    "display_name": "Ada",
                    "headline": "Backend engineer",
                    "country": "DE",
                    "time_zone": "Europe/Berlin",
                    "languages": ["en", "de"],
                },
                "score": 3685,
                "components": {
                    "skills": {"points": 2559, "value": 1000, "weight": 500},
                    "availability": {"points": 614, "value": 600, "weight": 200},
                    "languages": {"points": 512, "value": 1000, "weight": 100},
                },
                "why": "Knows Python at level 5 (you want 4); shares 1.8 hours a week with you (Tuesday 18:00 to "
                "19:48, Europe/Berlin); speaks English.",
                "places_left": 2,
                "overlap_minutes": 108,
                "shared_languages": ["en"],
                "matched_skills": [{"skill": "python", "have": 5, "wanted": 4, "through": None}],
            }
        ],
    },
    response_only=True,
)
REQUEST_EXAMPLE = OpenApiExample(
    "Ask a mentor",
    value={"mentor": "01937f6e-8d4b-7b1e-9c55-2f4a9b0c7d11", "message": "I want to move from scripts to services."},
    request_only=True,
)
ACCEPT_EXAMPLE = OpenApiExample("Yes", value={"answer": "Gladly. Tuesdays at seven?"}, request_only=True)
MESSAGE_EXAMPLE = OpenApiExample(
    "A message",
    value={"body": "What have you built so far?", "client_message_id": "6e0a7c1e-52f3-4a57-9d0e-0d0b8f5f9c11"},
    request_only=True,
)


class SuggestionViewSet(ReadsThenCalls, GenericViewSet[MentorMatch]):
    """Mentors who fit the one who asks. No transaction is open while the matcher is asked."""

    scope_section = "matches"
    permission_classes = (IsAuthenticated,)
    serializer_class = shapes.SuggestionsSerializer
    pagination_class = None
    filter_backends = ()

    @extend_schema(
        parameters=[shapes.SuggestionsQuerySerializer],
        responses=shapes.SuggestionsSerializer,
        examples=[SUGGESTION_EXAMPLE],
        operation_id="matches_suggestions",
    )
    def list(self, request: Request) -> Response:
        """The best mentors for me, best first, each with the components of the score and a sentence why."""
        query = check_query(shapes.SuggestionsQuerySerializer, request)
        found = MatchingService.find_matches(actor=actor_of(request), limit=query["limit"], wanted=query.get("wanted"))
        return Response(shapes.SuggestionsSerializer(found).data)


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


@extend_schema_view(
    list=extend_schema(responses=shapes.ConversationSerializer),
    retrieve=extend_schema(responses=shapes.ConversationSerializer),
)
class ConversationViewSet(ActionViewSet):
    """My conversations."""

    scope_section = "matches"
    queryset = Conversation.objects.all()
    lookup_value_converter = "uuid"
    permissions: ClassVar = dict.fromkeys(("list", "retrieve", "messages", "post_message", "read"), (IsAuthenticated,))
    serializers: ClassVar = {
        "list": shapes.ConversationSerializer,
        "retrieve": shapes.ConversationSerializer,
        "messages": shapes.MessageSerializer,
        "post_message": shapes.NewMessageSerializer,
        "read": shapes.ReadSerializer,
    }

    def get_queryset(self) -> QuerySet[Conversation]:
        """With the people in it and what is unread."""
        visible = super().get_queryset().with_people()  # type: ignore[attr-defined]  # our own queryset
        return visible.with_unread(actor_of(self.request))  # type: ignore[no-any-return]  # our own queryset

    def list(self, request: Request) -> Response:
        """My conversations, newest first, with how much of each is unread."""
        return self.page_of(self.get_queryset(), shapes.ConversationSerializer)

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One of my conversations."""
        return self.tagged(self.get_object(), shapes.ConversationSerializer)

    @extend_schema(parameters=[shapes.AfterSerializer], responses=shapes.MessagesSerializer)
    @action(detail=True, methods=["get"], pagination_class=None)
    def messages(self, request: Request, pk: UUID) -> Response:
        """Messages after `after_seq`, in order: what a client that was away has missed."""
        query = check_query(shapes.AfterSerializer, request)
        conversation = self.get_object()
        found = conversation.messages.after(query["after_seq"])[: query["limit"]]
        page = {"results": found, "last_seq": conversation.last_seq}
        return Response(shapes.MessagesSerializer(page).data)

    @extend_schema(
        request=shapes.NewMessageSerializer,
        responses={200: shapes.MessageSerializer, 201: shapes.MessageSerializer},
        examples=[MESSAGE_EXAMPLE],
    )
    @messages.mapping.post
    def post_message(self, request: Request, pk: UUID) -> Response:
        """Write a message; sent again with its `client_message_id` it is answered with 200 and is there once."""
        message, is_new = ConversationService.post_message(
            actor=actor_of(request), conversation_id=pk, **self.valid_input(request)
        )
        return self.tagged(message, shapes.MessageSerializer, status=201 if is_new else 200)

    @extend_schema(request=shapes.ReadSerializer, responses=shapes.ReadSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: UUID) -> Response:
        """Everything up to `seq` is read."""
        seq = self.valid_input(request)["last_read_seq"]
        pointer = ConversationService.mark_read(actor=actor_of(request), conversation_id=pk, seq=seq)
        return Response(shapes.ReadSerializer(pointer).data)


class SessionViewSet(ActionViewSet):
    """Steps of a session; sessions are listed and proposed below their match."""

    scope_section = "matches"
    queryset = Session.objects.all()
    lookup_value_converter = "uuid"
    permissions: ClassVar = dict.fromkeys(("confirm", "cancel"), (IsAuthenticated,))
    serializers: ClassVar = dict.fromkeys(("confirm", "cancel"), shapes.NothingSerializer)

    @extend_schema(request=None, responses=shapes.SessionSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: UUID) -> Response:
        """Agree to a session that the other side proposed."""
        session = SessionService.confirm(actor=actor_of(request), session_id=pk)
        return self.tagged(session, shapes.SessionSerializer)

    @extend_schema(request=None, responses=shapes.SessionSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Take a session off the calendar."""
        session = SessionService.cancel(actor=actor_of(request), session_id=pk)
        return self.tagged(session, shapes.SessionSerializer)


@extend_schema_view(
    list=extend_schema(responses=shapes.MatchRoundSummarySerializer),
    create=extend_schema(request=None, responses={202: shapes.MatchRoundSerializer}),
)
class MatchRoundViewSet(ActionViewSet):
    """Rounds that assign everybody who seeks to everybody who offers; for moderators and admins."""

    queryset = MatchRound.objects.all()
    lookup_value_converter = "uuid"
    permissions: ClassVar = dict.fromkeys(("list", "retrieve", "create"), (IsStaffRole,))
    serializers: ClassVar = {
        "list": shapes.MatchRoundSummarySerializer,
        "retrieve": shapes.MatchRoundSerializer,
        "create": shapes.NothingSerializer,
    }

    def list(self, request: Request) -> Response:
        """Rounds, newest first."""
        return self.page_of(self.get_queryset(), shapes.MatchRoundSummarySerializer)

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """A round with its assignments, alternates, reasons and prices."""
        return self.tagged(self.get_object(), shapes.MatchRoundSerializer)

    def create(self, request: Request) -> Response:
        """Start a round: 202 and the job to watch."""
        started = MatchingService.request_round(actor=actor_of(request))
        location = f"/api/v1/match-rounds/{started.pk}/"
        return self.tagged(started, shapes.MatchRoundSerializer, status=202, location=location)


class OwnStatisticsView(APIView):
    """One's own figures, from all over the platform."""

    scope_section = "progress"
    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="users_me_stats", responses=shapes.OwnStatisticsSerializer)
    def get(self, request: Request) -> Response:
        """My figures: profile, roadmaps, work, points, mentoring, forum."""
        return Response(shapes.OwnStatisticsSerializer(StatisticsService.own(actor=actor_of(request))).data)
