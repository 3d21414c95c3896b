"""What people can ask of the forum over HTTP. Reading is public; writing needs a login."""

from functools import partial
from typing import Any, ClassVar, cast
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from forum.enums import ReportReason, Resolution
from forum.filters import ReportFilter, SanctionFilter, ThreadFilter
from forum.models import Category, ForumPost, Report, Sanction
from forum.permissions import MODERATORS, READERS, WRITERS
from forum.querysets import ForumPostQuerySet
from forum.serializers import (
    CategorySerializer,
    NewReplySerializer,
    NewReportSerializer,
    NewSanctionSerializer,
    NewThreadSerializer,
    PostChangesSerializer,
    PostSerializer,
    ReportReceiptSerializer,
    ReportSerializer,
    ResolutionSerializer,
    SanctionSerializer,
    ThreadSerializer,
    ThreadSummarySerializer,
    VoteSerializer,
)
from forum.services import ForumService, ModerationService, SanctionService
from skillbridge_backend.core.errors import InvalidInput, NotFound
from skillbridge_backend.core.etags import check_if_match
from skillbridge_backend.core.viewsets import ActionViewSet
from users.models import User

QUESTION = OpenApiExample(
    "A question",
    value={
        "category": "programming",
        "title": "When does a LEFT JOIN multiply rows?",
        "body_markdown": "I expected **one** row per user:\n\n```sql\nSELECT …\n```\n\n@ada, you explained this once.",
    },
    request_only=True,
)
REPLY = OpenApiExample(
    "A reply", value={"body_markdown": "When the right side has *several* matches."}, request_only=True
)


def actor_of(request: Request) -> User:
    """The person who is logged in: every action that writes asks for IsAuthenticated."""
    return cast(User, request.user)


class CategoryViewSet(ActionViewSet):
    """The parts of the forum."""

    scope_section = "forum"
    queryset = Category.objects.all()
    pagination_class = None
    permissions: ClassVar = {"list": READERS}
    serializers: ClassVar = {"list": CategorySerializer}

    @extend_schema(summary="Categories")
    def list(self, request: Request) -> Response:
        """In the order in which they are shown."""
        return Response(self.get_serializer(self.get_queryset(), many=True).data)


class PostsViewSet(ActionViewSet):
    """What thread and post views share: posts as this reader sees them."""

    queryset = ForumPost.objects.all()
    lookup_value_converter = "uuid"

    def get_queryset(self) -> ForumPostQuerySet:
        """With names and the reader's own votes."""
        posts = cast(ForumPostQuerySet, super().get_queryset())
        return posts.with_names().with_vote_of(self.request.user)

    def shown(self, post_id: UUID, *, status: int = 200) -> Response:
        """The post, read again through the reader's own eyes, with its ETag; NotFound when there is none."""
        post = self.get_queryset().with_solution().filter(pk=post_id).first()
        if post is None:
            raise NotFound("There is no post with this id.")
        name = "thread-detail" if post.is_thread else "post-detail"
        location = reverse(name, args=[post_id]) if status == 201 else ""
        serializer = ThreadSerializer if post.is_thread else PostSerializer
        return self.tagged(post, serializer, status=status, location=location)

    def ensure_thread(self, thread_id: UUID) -> None:
        """NotFound unless this is the id of a thread."""
        if not ForumPost.objects.visible_to(self.request.user).threads().filter(pk=thread_id).exists():
            raise NotFound("There is no thread with this id.")


class ThreadViewSet(PostsViewSet):
    """Threads, the liveliest first."""

    filterset_class = ThreadFilter
    scope_section = "forum"
    permissions: ClassVar = {
        "list": READERS,
        "retrieve": READERS,
        "create": WRITERS,
        "replies": READERS,
        "reply": WRITERS,
        "follow": WRITERS,
        "mute": WRITERS,
    }
    serializers: ClassVar = {
        "list": ThreadSummarySerializer,
        "retrieve": ThreadSerializer,
        "create": NewThreadSerializer,
        "replies": PostSerializer,
        "reply": NewReplySerializer,
    }

    @property
    def page_ordering(self) -> tuple[str, ...]:
        """Threads by their last activity; replies as they were written, so that a parent precedes its replies."""
        return ("id",) if self.action == "replies" else ("-active_at", "-id")

    @extend_schema(summary="Threads")
    def list(self, request: Request) -> Response:
        """Those that were not removed."""
        threads = self.get_queryset().threads().living().with_solution()
        return self.page_of(self.filter_queryset(threads), ThreadSummarySerializer)

    @extend_schema(summary="One thread")
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """With its opening post; a removed one is a tombstone over its replies."""
        self.ensure_thread(pk)
        return self.shown(pk)

    @extend_schema(summary="Ask", responses={201: ThreadSerializer}, examples=[QUESTION])
    def create(self, request: Request) -> Response:
        """Open a thread; one follows it by that."""
        thread = ForumService().ask(actor=actor_of(request), **self.valid_input(request))
        return self.shown(thread.pk, status=201)

    @extend_schema(summary="Replies of a thread", responses=PostSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None)
    def replies(self, request: Request, pk: UUID) -> Response:
        """Flat, in the order of writing; `parent` and `depth` make the tree."""
        self.ensure_thread(pk)
        return self.page_of(self.get_queryset().filter(thread_id=pk), PostSerializer)

    @extend_schema(summary="Reply", responses={201: PostSerializer}, examples=[REPLY])
    @replies.mapping.post
    def reply(self, request: Request, pk: UUID) -> Response:
        """To the opening post, or to `parent`; one follows the thread by that."""
        values = self.valid_input(request)
        post = ForumService().reply(
            actor=actor_of(request),
            thread_id=pk,
            parent_id=values.get("parent"),
            body_markdown=values["body_markdown"],
        )
        return self.shown(post.pk, status=201)

    @extend_schema(summary="Follow", request=None, responses={204: None})
    @action(detail=True, methods=["put"], filterset_class=None)
    def follow(self, request: Request, pk: UUID) -> Response:
        """Be told of new replies."""
        ForumService().follow(actor=actor_of(request), thread_id=pk)
        return Response(status=204)

    @extend_schema(summary="Mute", request=None, responses={204: None})
    @follow.mapping.delete
    def mute(self, request: Request, pk: UUID) -> Response:
        """Be told of no more replies, even after writing in it."""
        ForumService().follow(actor=actor_of(request), thread_id=pk, is_muted=True)
        return Response(status=204)


class PostViewSet(PostsViewSet):
    """Posts, whether they open a thread or reply."""

    scope_section = "forum"
    permissions: ClassVar = {
        "retrieve": READERS,
        **dict.fromkeys(
            ("partial_update", "destroy", "vote", "withdraw_vote", "accept", "unaccept", "report"), WRITERS
        ),
    }
    serializers: ClassVar = {
        "retrieve": PostSerializer,
        "partial_update": PostChangesSerializer,
        "vote": VoteSerializer,
        "report": NewReportSerializer,
    }

    @extend_schema(summary="One post")
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """A removed one is a tombstone."""
        return self.shown(pk)

    @extend_schema(summary="Edit", responses=PostSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """One's own post; send the ETag as If-Match."""
        changes = self.valid_input(request)
        check = partial(check_if_match, request)
        ForumService().edit(actor=actor_of(request), post_id=pk, changes=changes, check=check)
        return self.shown(pk)

    @extend_schema(summary="Remove", responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Leaves a tombstone; replies stay."""
        ForumService().remove(actor=actor_of(request), post_id=pk, check=partial(check_if_match, request))
        return Response(status=204)

    @extend_schema(summary="Vote", responses=PostSerializer)
    @action(detail=True, methods=["put"])
    def vote(self, request: Request, pk: UUID) -> Response:
        """For somebody else's post; the last vote counts."""
        ForumService().vote(actor=actor_of(request), post_id=pk, value=self.valid_input(request)["value"])
        return self.shown(pk)

    @extend_schema(summary="Withdraw a vote", responses=PostSerializer)
    @vote.mapping.delete
    def withdraw_vote(self, request: Request, pk: UUID) -> Response:
        """Harmless without one."""
        ForumService().vote(actor=actor_of(request), post_id=pk, value=None)
        return self.shown(pk)

    @extend_schema(summary="Accept as the solution", request=None, responses=PostSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: UUID) -> Response:
        """In the place of another one, where there was one."""
        ForumService().accept_solution(actor=actor_of(request), post_id=pk)
        return self.shown(pk)

    @extend_schema(summary="Take an acceptance back", request=None, responses={200: PostSerializer})
    @accept.mapping.delete
    def unaccept(self, request: Request, pk: UUID) -> Response:
        """The thread is unsolved again."""
        ForumService().accept_solution(actor=actor_of(request), post_id=pk, is_accepted=False)
        return self.shown(pk)

    @extend_schema(summary="Report", responses={201: ReportReceiptSerializer})
    @action(detail=True, methods=["post"])
    def report(self, request: Request, pk: UUID) -> Response:
        """To the moderators; once while it is open."""
        values = self.valid_input(request)
        report = ForumService().report(
            actor=actor_of(request), post_id=pk, reason=ReportReason(values["reason"]), note=values["note"]
        )
        return Response(ReportReceiptSerializer(report).data, status=201)


class ReportViewSet(ActionViewSet):
    """The queue of the moderators."""

    queryset = Report.objects.all()
    filterset_class = ReportFilter
    lookup_value_converter = "uuid"
    permissions: ClassVar = dict.fromkeys(("list", "retrieve", "resolve"), MODERATORS)
    serializers: ClassVar = {"list": ReportSerializer, "retrieve": ReportSerializer, "resolve": ResolutionSerializer}

    def get_queryset(self) -> Any:
        """With posts and people."""
        return super().get_queryset().with_post()  # type: ignore[attr-defined]  # ReportQuerySet has it

    @extend_schema(summary="Reports")
    def list(self, request: Request) -> Response:
        """Newest first; `?state=open` are those to decide."""
        return self.page_of(self.filter_queryset(self.get_queryset()), ReportSerializer)

    @extend_schema(summary="One report")
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """With what the post said, removed or not."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(summary="Decide about a report", responses=ReportSerializer)
    @action(detail=True, methods=["post"], filterset_class=None)
    def resolve(self, request: Request, pk: UUID) -> Response:
        """The post stays, or it is removed and all its open reports are closed."""
        values = self.valid_input(request)
        report = ModerationService().resolve_report(
            actor=actor_of(request), report_id=pk, resolution=Resolution(values["resolution"]), note=values["note"]
        )
        return Response(ReportSerializer(report).data)


class SanctionViewSet(ActionViewSet):
    """What moderators decided about people."""

    queryset = Sanction.objects.all()
    filterset_class = SanctionFilter
    lookup_value_converter = "uuid"
    permissions: ClassVar = {"list": WRITERS, "retrieve": WRITERS, "create": MODERATORS, "lift": MODERATORS}
    serializers: ClassVar = {
        "list": SanctionSerializer,
        "retrieve": SanctionSerializer,
        "create": NewSanctionSerializer,
        "lift": SanctionSerializer,
    }

    def get_queryset(self) -> Any:
        """With the names of the people."""
        return super().get_queryset().with_people()  # type: ignore[attr-defined]  # SanctionQuerySet has it

    @extend_schema(summary="Sanctions")
    def list(self, request: Request) -> Response:
        """One's own; to moderators everybody's. Newest first."""
        return self.page_of(self.filter_queryset(self.get_queryset()), SanctionSerializer)

    @extend_schema(summary="One sanction")
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """With its reason."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(summary="Impose a sanction", responses={201: SanctionSerializer})
    def create(self, request: Request) -> Response:
        """From now on; the person is told, with the reason."""
        values = self.valid_input(request)
        handle = values.pop("person")
        person = User.objects.visible_to(request.user).filter(handle=handle).first()
        if person is None:
            raise InvalidInput.of("person", "Nobody has this handle.")
        sanction = SanctionService().impose(actor=actor_of(request), person=person, **values)
        return Response(SanctionSerializer(self.get_queryset().get(pk=sanction.pk)).data, status=201)

    @extend_schema(summary="Lift a sanction", request=None, responses=SanctionSerializer)
    @action(detail=True, methods=["post"], filterset_class=None)
    def lift(self, request: Request, pk: UUID) -> Response:
        """It counts no longer."""
        SanctionService().lift(actor=actor_of(request), sanction_id=pk)
        return Response(self.get_serializer(self.get_object()).data)
