"""The rules of the services for callers that come past the serializers: tasks, the admin, other code."""

import pytest

from forum.models import ForumPost
from forum.services import ForumService
from forum.tests.factories import CategoryFactory, ReplyFactory, ReportFactory, ThreadFactory, VoteFactory
from skillbridge_backend.core.errors import InvalidInput
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("body", ["", " \n ", "x" * 20_001, "a\x00b"])
def test_body_is_checked_by_the_service_too(body: str) -> None:
    category = CategoryFactory()
    with pytest.raises(InvalidInput) as caught:
        ForumService().ask(actor=UserFactory(), category=category.slug, title="A good title", body_markdown=body)
    assert [error.field for error in caught.value.errors] == ["body_markdown"]
    assert not ForumPost.objects.exists()


def test_edit_of_the_title_alone_leaves_the_body() -> None:
    thread = ThreadFactory()
    edited = ForumService().edit(actor=thread.author, post_id=thread.pk, changes={"title": "Another good title"})
    edited.refresh_from_db()
    assert edited.title == "Another good title"
    assert edited.body_markdown == thread.body_markdown


def test_inactive_people_are_not_mentioned() -> None:
    UserFactory(handle="gone", is_active=False)
    post = ForumService().ask(
        actor=UserFactory(), category=CategoryFactory().slug, title="A good title", body_markdown="@gone @nobody"
    )
    assert not post.mentions.exists()


def test_names_in_logs_and_admin_say_what_a_row_is() -> None:
    reply = ReplyFactory()
    assert str(reply.thread) == reply.thread.title
    assert str(reply) == f"reply {reply.pk}"
    assert str(VoteFactory(post=reply)) == f"+1 on {reply.pk}"
    assert str(ReportFactory(post=reply)) == "spam (open)"
    follows = reply.thread.subscriptions.first()
    assert str(follows) == f"{follows.user_id} follows {reply.thread_id}"
    mention = reply.mentions.create(user=reply.author)
    assert str(mention) == f"{reply.author_id} in {reply.pk}"
    assert str(CategoryFactory(name="Careers")) == "Careers"
