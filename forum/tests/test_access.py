"""Roles by verbs: the whole surface of this app, allowed and denied."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from forum.models import Category, ForumPost, Mention, Report, Subscription, Vote
from forum.services import ModerationService
from forum.tests.factories import CategoryFactory, ReplyFactory, ReportFactory
from skillbridge_backend.core.errors import NotFound, PermissionDenied
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]

THREADS, POSTS, REPORTS = "/api/v1/forum/threads/", "/api/v1/forum/posts/", "/api/v1/forum/reports/"
ASK = {"category": "open", "title": "How do joins work?", "body_markdown": "x"}
# verb, path, body, then the status for: nobody, a learner, the author of the reply, who asked, a moderator, an admin
SURFACE: list[tuple[str, str, dict[str, Any], tuple[int, int, int, int, int, int]]] = [
    ("get", "/api/v1/forum/categories/", {}, (200,) * 6),
    ("post", "/api/v1/forum/categories/", {}, (405,) * 6),
    ("get", THREADS, {}, (200,) * 6),
    ("post", THREADS, ASK, (401, 201, 201, 201, 201, 201)),
    ("get", f"{THREADS}{{thread}}/", {}, (200,) * 6),
    ("patch", f"{THREADS}{{thread}}/", {}, (405,) * 6),
    ("delete", f"{THREADS}{{thread}}/", {}, (405,) * 6),
    ("get", f"{THREADS}{{thread}}/replies/", {}, (200,) * 6),
    ("post", f"{THREADS}{{thread}}/replies/", {"body_markdown": "x"}, (401, 201, 201, 201, 201, 201)),
    ("put", f"{THREADS}{{thread}}/follow/", {}, (401, 204, 204, 204, 204, 204)),
    ("delete", f"{THREADS}{{thread}}/follow/", {}, (401, 204, 204, 204, 204, 204)),
    ("get", POSTS, {}, (404,) * 6),
    ("get", f"{POSTS}{{reply}}/", {}, (200,) * 6),
    ("put", f"{POSTS}{{reply}}/", {}, (405,) * 6),
    ("patch", f"{POSTS}{{reply}}/", {"body_markdown": "y"}, (401, 403, 200, 403, 403, 403)),
    ("delete", f"{POSTS}{{reply}}/", {}, (401, 403, 204, 403, 204, 204)),
    ("put", f"{POSTS}{{reply}}/vote/", {"value": 1}, (401, 200, 409, 200, 200, 200)),
    ("delete", f"{POSTS}{{reply}}/vote/", {}, (401, 200, 409, 200, 200, 200)),
    ("post", f"{POSTS}{{reply}}/accept/", {}, (401, 403, 403, 200, 200, 200)),
    ("delete", f"{POSTS}{{reply}}/accept/", {}, (401, 403, 403, 200, 200, 200)),
    ("post", f"{POSTS}{{reply}}/report/", {"reason": "spam"}, (401, 201, 409, 201, 201, 201)),
    ("get", REPORTS, {}, (401, 403, 403, 403, 200, 200)),
    ("post", REPORTS, {}, (405,) * 6),
    ("get", f"{REPORTS}{{report}}/", {}, (401, 403, 403, 403, 200, 200)),
    ("patch", f"{REPORTS}{{report}}/", {}, (405,) * 6),
    ("post", f"{REPORTS}{{report}}/resolve/", {"resolution": "dismiss"}, (401, 403, 403, 403, 200, 200)),
]


@pytest.mark.parametrize("who", range(6), ids=["nobody", "learner", "author", "asker", "moderator", "admin"])
@pytest.mark.parametrize(("verb", "path", "body", "expected"), SURFACE, ids=[f"{row[0]} {row[1]}" for row in SURFACE])
def test_surface(
    api: ApiClient, api_as: ApiAs, verb: str, path: str, body: dict[str, Any], expected: tuple[int, ...], who: int
) -> None:
    CategoryFactory(slug="open")
    reply = ReplyFactory()
    report = ReportFactory(post=reply)
    url = path.format(thread=reply.thread_id, reply=reply.pk, report=report.pk)
    people = [
        UserFactory(),
        reply.author,
        reply.thread.author,
        UserFactory(role="moderator"),
        UserFactory(role="admin"),
    ]
    client = api if who == 0 else api_as(people[who - 1])
    answer = getattr(client, verb)(url, body)
    assert answer.status_code == expected[who], answer.content


def test_what_is_private_stays_private() -> None:
    report = ReportFactory()
    post, reporter = report.post, report.reporter
    Vote.objects.create(post=post, user=reporter, value=1)
    Mention.objects.create(post=post, user=reporter)
    stranger, moderator = UserFactory(), UserFactory(role="moderator")
    nobody = AnonymousUser()
    for actor, reports, votes in [(nobody, 0, 0), (stranger, 0, 0), (reporter, 1, 1), (moderator, 1, 0)]:
        assert Report.objects.visible_to(actor).count() == reports
        assert Vote.objects.visible_to(actor).count() == votes
        assert Mention.objects.visible_to(actor).count() == 1
        assert ForumPost.objects.visible_to(actor).count() == 1
        assert Category.objects.visible_to(actor).count() == 1
    assert Subscription.objects.visible_to(post.author).count() == 1
    assert Subscription.objects.visible_to(stranger).count() == Subscription.objects.visible_to(nobody).count() == 0


def test_service_itself_refuses_others_than_moderators() -> None:
    report = ReportFactory()
    for role in ("learner", "mentor"):
        with pytest.raises(PermissionDenied):
            ModerationService().resolve_report(
                actor=UserFactory(role=role),
                report_id=report.pk,
                resolution="dismiss",  # type: ignore[arg-type]  # its value
            )
    with pytest.raises(NotFound):
        ModerationService().resolve_report(
            actor=UserFactory(role="admin"),
            report_id=new_id(),
            resolution="dismiss",  # type: ignore[arg-type]  # its value
        )
