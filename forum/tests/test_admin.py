"""The admin pages of this app, rendered by Django's own client on the admin's routes."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Permission
from django.test import Client, override_settings
from django.urls import clear_url_caches, reverse

from forum.models import ForumPost, Report
from forum.tests.factories import ReplyFactory, ReportFactory, SanctionFactory, ThreadFactory
from users.models import User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SESSIONS = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
)
AdminOf = Callable[[User], Client]


@pytest.fixture
def admin_of() -> Iterator[AdminOf]:
    def build(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    with override_settings(ROOT_URLCONF="skillbridge_backend.urls_admin", MIDDLEWARE=SESSIONS):
        clear_url_caches()
        yield build
    clear_url_caches()


def staff(role: str = "admin") -> User:
    user: User = UserFactory(role=role, is_staff=True, is_superuser=role == "admin")
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="forum"))
    return user


@pytest.mark.parametrize(
    ("page", "adding"), [("category", 200), ("forumpost", 403), ("report", 403), ("sanction", 403)]
)
def test_lists_are_shown_and_searched(admin_of: AdminOf, page: str, adding: int) -> None:
    ReportFactory(post=ReplyFactory())
    client = admin_of(staff())
    assert client.get(reverse(f"admin:forum_{page}_changelist"), {"q": "a"}).status_code == 200
    assert client.get(reverse(f"admin:forum_{page}_add")).status_code == adding


@pytest.mark.parametrize("page", ["forumpost", "report"])
def test_rows_are_looked_at_and_not_changed(admin_of: AdminOf, page: str) -> None:
    report = ReportFactory()
    pk = report.pk if page == "report" else report.post_id
    client = admin_of(staff())
    assert client.get(reverse(f"admin:forum_{page}_change", args=[pk])).status_code == 200
    assert client.post(reverse(f"admin:forum_{page}_change", args=[pk]), {}).status_code == 403
    assert client.post(reverse(f"admin:forum_{page}_delete", args=[pk]), {"post": "yes"}).status_code == 403


def act(client: Client, page: str, action: str, pk: object) -> str:
    url = reverse(f"admin:forum_{page}_changelist")
    answer = client.post(url, {"action": action, "_selected_action": [str(pk)]}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_removing_goes_through_the_service(admin_of: AdminOf) -> None:
    reply, actor = ReplyFactory(), staff()
    act(admin_of(actor), "forumpost", "remove", reply.pk)
    removed = ForumPost.objects.get(pk=reply.pk)
    assert (removed.is_removed, removed.removed_by_id) == (True, actor.pk)
    assert ForumPost.objects.get(pk=reply.thread_id).reply_count == 0


@pytest.mark.parametrize(("action", "state"), [("dismiss", "rejected"), ("remove_post", "resolved")])
def test_reports_are_decided_by_the_service(admin_of: AdminOf, action: str, state: str) -> None:
    report = ReportFactory()
    client = admin_of(staff())
    act(client, "report", action, report.pk)
    assert Report.objects.get(pk=report.pk).state == state
    assert ForumPost.objects.get(pk=report.post_id).is_removed == (state == "resolved")
    assert "closed already" in act(client, "report", action, report.pk)


def test_staff_who_do_not_moderate_are_told_no(admin_of: AdminOf) -> None:
    thread = ThreadFactory()
    assert "Only its author and moderators" in act(admin_of(staff("learner")), "forumpost", "remove", thread.pk)
    assert not ForumPost.objects.get(pk=thread.pk).is_removed


def test_sanctions_are_lifted_once_and_what_is_over_is_said(admin_of: AdminOf) -> None:
    sanction, admin = SanctionFactory(), staff()
    client = admin_of(admin)
    for _ in range(2):
        data = {"action": "lift", "_selected_action": [sanction.pk]}
        response = client.post(reverse("admin:forum_sanction_changelist"), data, follow=True)
    sanction.refresh_from_db()
    assert sanction.lifted_by == admin
    assert b"Nothing is left to lift." in response.content
