"""The forum over HTTP: what each request does, and what it refuses."""

from collections.abc import Callable
from typing import Any

import pytest

from forum.models import ForumPost, Mention, Report, Subscription
from forum.tests.factories import CategoryFactory, ReplyFactory, ReportFactory, ThreadFactory, VoteFactory
from notifications.models import Notification
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]
THREADS, POSTS, REPORTS = "/api/v1/forum/threads/", "/api/v1/forum/posts/", "/api/v1/forum/reports/"


def question(**changes: Any) -> dict[str, Any]:
    fields = {"category": "programming", "title": "How do joins work?", "body_markdown": "I *tried*."}
    return {**fields, **changes}


@pytest.fixture(autouse=True)
def programming() -> None:
    CategoryFactory(slug="programming")


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def fields(response: Any) -> list[str]:
    assert response.status_code == 400, response.content
    return [error["field"] for error in response.json()["errors"]]


def test_post_of_somebody_who_left_says_so_and_names_nobody(api: ApiClient) -> None:
    thread = ThreadFactory(author=None)

    shown = api.get(f"{THREADS}{thread.pk}/").json()

    assert (shown["author"], shown["author_name"]) == (None, "Deleted member")


# --- asking and replying


def test_ask_opens_a_thread_that_everybody_reads(api: ApiClient, api_as: ApiAs) -> None:
    asker, ada = UserFactory(), UserFactory(handle="ada")
    response = api_as(asker).post(THREADS, question(title="  How do   joins work? ", body_markdown="@ada **help** @me"))
    assert response.status_code == 201, response.content
    thread = response.json()
    assert thread["title"] == "How do joins work?"
    assert thread["body_html"] == "<p>@ada <strong>help</strong> @me</p>\n"
    assert response["Location"] == f"{THREADS}{thread['id']}/"
    read = api.get(response["Location"])
    assert read.json() == thread
    assert read["ETag"] == response["ETag"]
    assert list(Mention.objects.values_list("user_id", flat=True)) == [ada.pk]
    assert Notification.objects.get(kind="mentioned").recipient == ada
    assert Subscription.objects.get().user == asker


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": "Short"}, "title"),
        ({"title": "x" * 151}, "title"),
        ({"title": "a       b   c"}, "title"),
        ({"body_markdown": ""}, "body_markdown"),
        ({"body_markdown": " \n"}, "body_markdown"),
        ({"body_markdown": "x" * 20_001}, "body_markdown"),
        ({"body_markdown": "a\x00b"}, "body_markdown"),
        ({"body_markdown": " ".join(f"@user{n}" for n in range(11))}, "body_markdown"),
        ({"category": "nowhere"}, "category"),
        ({"category": None}, "category"),
    ],
)
def test_ask_with_a_wrong_field_names_it(api_as: ApiAs, change: dict[str, Any], field: str) -> None:
    assert fields(api_as(UserFactory()).post(THREADS, question(**change))) == [field]
    assert not ForumPost.objects.exists()


def test_ask_twice_with_one_key_opens_one_thread(api_as: ApiAs) -> None:
    client = api_as(UserFactory())
    answers = [client.post(THREADS, question(), HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert ForumPost.objects.count() == 1


def test_reply_to_the_question_and_to_a_reply(api: ApiClient, api_as: ApiAs) -> None:
    thread, helper = ThreadFactory(), UserFactory()
    url = f"{THREADS}{thread.pk}/replies/"
    first = api_as(helper).post(url, {"body_markdown": "Like this."})
    assert first.status_code == 201, first.content
    assert (first.json()["parent"], first.json()["depth"]) == (str(thread.pk), 1)
    second = api_as(thread.author).post(url, {"body_markdown": "Thanks.", "parent": first.json()["id"]})
    assert (second.json()["parent"], second.json()["depth"]) == (first.json()["id"], 2)
    assert ids(api.get(url)) == [first.json()["id"], second.json()["id"]]
    assert api.get(f"{THREADS}{thread.pk}/").json()["reply_count"] == 2
    recipients = list(Notification.objects.filter(kind="reply_posted").values_list("recipient_id", flat=True))
    assert recipients == [thread.author_id, helper.pk]


def test_replies_come_in_pages_in_the_order_of_writing(api: ApiClient) -> None:
    thread = ThreadFactory()
    replies = [str(ReplyFactory(thread=thread).pk) for _ in range(5)]
    url: str | None = f"{THREADS}{thread.pk}/replies/?limit=2"
    found: list[str] = []
    while url:
        page = api.get(url)
        found += ids(page)
        url = page.json()["next"]
    assert found == replies


def test_reply_refusals(api_as: ApiAs) -> None:
    thread, foreign = ThreadFactory(), ReplyFactory()
    client = api_as(UserFactory())
    body = {"body_markdown": "x"}
    url = f"{THREADS}{thread.pk}/replies/"
    assert fields(client.post(url, {})) == ["body_markdown"]
    assert fields(client.post(url, {**body, "parent": str(foreign.pk)})) == ["parent"]
    assert fields(client.post(url, {**body, "parent": "x"})) == ["parent"]
    assert client.post(f"{THREADS}{new_id()}/replies/", body).status_code == 404
    assert client.post(f"{THREADS}{foreign.pk}/replies/", body).status_code == 404
    api_as(thread.author).delete(f"{POSTS}{thread.pk}/")
    assert client.post(url, body).json()["code"] == "post_removed"


def test_reply_to_a_removed_reply_is_refused(api_as: ApiAs) -> None:
    reply = ReplyFactory()
    api_as(reply.author).delete(f"{POSTS}{reply.pk}/")
    body = {"body_markdown": "x", "parent": str(reply.pk)}
    answer = api_as(UserFactory()).post(f"{THREADS}{reply.thread_id}/replies/", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "post_removed")


def test_replies_of_what_is_no_thread_are_not_found(api: ApiClient) -> None:
    assert api.get(f"{THREADS}{ReplyFactory().pk}/replies/").status_code == 404
    assert api.get(f"{THREADS}{ReplyFactory().pk}/").status_code == 404
    assert api.get(f"{THREADS}nonsense/").status_code == 404
    assert api.get(f"{POSTS}{new_id()}/").status_code == 404


# --- the list


def test_list_is_liveliest_first_and_filtered(api: ApiClient, api_as: ApiAs) -> None:
    old, new = ThreadFactory(body_markdown="about indexes"), ThreadFactory()
    reply = ReplyFactory(thread=old, body_markdown="try a *partial index*", is_solution=True)
    assert ids(api.get(THREADS)) == [str(old.pk), str(new.pk)]
    assert ids(api.get(THREADS, {"category": new.category.slug})) == [str(new.pk)]
    assert ids(api.get(THREADS, {"unanswered": "true"})) == [str(new.pk)]
    assert ids(api.get(THREADS, {"unanswered": "false"})) == [str(old.pk)]
    assert ids(api.get(THREADS, {"solved": "true"})) == [str(old.pk)]
    assert ids(api.get(THREADS, {"solved": "false"})) == [str(new.pk)]
    assert ids(api.get(THREADS, {"q": '"partial index"'})) == [str(old.pk)]
    assert ids(api.get(THREADS, {"q": "nonexistent"})) == []
    assert ids(api.get(THREADS, {"mine": "true"})) == []
    assert ids(api_as(reply.author).get(THREADS, {"mine": "true"})) == [str(old.pk)]
    assert ids(api_as(new.author).get(THREADS, {"mine": "true"})) == [str(new.pk)]
    assert len(ids(api_as(new.author).get(THREADS, {"mine": "false"}))) == 2
    row = api.get(THREADS).json()["results"][0]
    assert (row["solution"], row["author"]) == (str(reply.pk), old.author.handle)


@pytest.mark.parametrize("words", ["' OR 1=1 --", "a & | !", '"', "<->", "\\", "x" * 5000])
def test_any_words_can_be_searched_for(api: ApiClient, words: str) -> None:
    ThreadFactory()
    assert ids(api.get(THREADS, {"q": words})) == []


def test_removed_words_are_not_found(api: ApiClient, api_as: ApiAs) -> None:
    reply = ReplyFactory(body_markdown="secretword")
    assert ids(api.get(THREADS, {"q": "secretword"})) == [str(reply.thread_id)]
    api_as(reply.author).delete(f"{POSTS}{reply.pk}/")
    assert ids(api.get(THREADS, {"q": "secretword"})) == []


def test_categories_are_in_their_order(api: ApiClient) -> None:
    CategoryFactory(slug="first", position=0, name="A")
    rows = api.get("/api/v1/forum/categories/").json()
    assert rows[0]["slug"] == "first"
    assert len(rows) == 2


# --- editing and removing


def test_edit_renders_again_and_names_new_people_once(api_as: ApiAs) -> None:
    thread = ThreadFactory(body_markdown="@ada", title="How do joins work?")
    ada, bob = UserFactory(handle="ada"), UserFactory(handle="bob")
    CategoryFactory(slug="careers")
    client = api_as(thread.author)
    changes = {"title": "How do unions work?", "category": "careers", "body_markdown": "@ada *and* @bob"}
    answer = client.patch(f"{POSTS}{thread.pk}/", changes)
    assert answer.status_code == 200, answer.content
    assert answer.json()["title"] == "How do unions work?"
    assert answer.json()["category"] == "careers"
    assert answer.json()["body_html"] == "<p>@ada <em>and</em> @bob</p>\n"
    assert answer.json()["edited_at"] is not None
    client.patch(f"{POSTS}{thread.pk}/", {"body_markdown": "@bob"})
    assert list(Mention.objects.values_list("user_id", flat=True)) == [bob.pk]
    client.patch(f"{POSTS}{thread.pk}/", {"body_markdown": "@bob @ada"})
    told = Notification.objects.filter(kind="mentioned").values_list("recipient_id", flat=True)
    assert sorted(told) == sorted([ada.pk, bob.pk])


def test_edit_with_an_old_etag_is_refused_and_votes_do_not_age_it(api_as: ApiAs) -> None:
    post = ThreadFactory()
    client = api_as(post.author)
    tag = client.get(f"{POSTS}{post.pk}/")["ETag"]
    VoteFactory(post=post)
    ReplyFactory(thread=post)
    first = client.patch(f"{POSTS}{post.pk}/", {"body_markdown": "a"}, HTTP_IF_MATCH=tag)
    assert first.status_code == 200
    second = client.patch(f"{POSTS}{post.pk}/", {"body_markdown": "b"}, HTTP_IF_MATCH=tag)
    assert second.status_code == 412
    assert second["ETag"] == first["ETag"]
    assert client.delete(f"{POSTS}{post.pk}/", HTTP_IF_MATCH=tag).status_code == 412
    post.refresh_from_db()
    assert post.body_markdown == "a"


def test_edit_refusals(api_as: ApiAs) -> None:
    reply = ReplyFactory()
    client = api_as(reply.author)
    url = f"{POSTS}{reply.pk}/"
    assert fields(client.patch(url, {"title": "A title for it"})) == ["title"]
    assert fields(client.patch(url, {"category": "programming"})) == ["category"]
    assert fields(client.patch(url, {"body_markdown": "  "})) == ["body_markdown"]
    assert fields(api_as(reply.thread.author).patch(f"{POSTS}{reply.thread_id}/", {"title": "short"})) == ["title"]
    assert api_as(UserFactory(role="moderator")).patch(url, {"body_markdown": "x"}).status_code == 403
    client.delete(url)
    assert client.patch(url, {"body_markdown": "x"}).json()["code"] == "post_removed"


def test_removed_thread_is_a_tombstone_over_its_replies(api: ApiClient, api_as: ApiAs) -> None:
    reply = ReplyFactory()
    thread = reply.thread
    client = api_as(thread.author)
    for _ in range(2):
        assert client.delete(f"{POSTS}{thread.pk}/").status_code == 204
    shown = api.get(f"{THREADS}{thread.pk}/").json()
    assert shown["is_removed"] is True
    assert (shown["title"], shown["body_html"], shown["body_markdown"], shown["author"]) == ("", "", "", None)
    assert ids(api.get(f"{THREADS}{thread.pk}/replies/")) == [str(reply.pk)]
    assert ids(api.get(THREADS)) == []


def test_removing_the_solution_leaves_the_thread_unsolved(api: ApiClient, api_as: ApiAs) -> None:
    reply = ReplyFactory(is_solution=True)
    assert api_as(UserFactory(role="moderator")).delete(f"{POSTS}{reply.pk}/").status_code == 204
    assert api.get(f"{THREADS}{reply.thread_id}/").json()["solution"] is None
    tombstone = api.get(f"{POSTS}{reply.pk}/").json()
    assert (tombstone["body_html"], tombstone["author_name"], tombstone["is_removed"]) == ("", None, True)


def test_removing_somebody_elses_post_is_refused(api_as: ApiAs) -> None:
    assert api_as(UserFactory()).delete(f"{POSTS}{ThreadFactory().pk}/").status_code == 403


# --- votes


def test_vote_is_cast_changed_and_withdrawn(api_as: ApiAs) -> None:
    post = ThreadFactory()
    client = api_as(UserFactory())
    url = f"{POSTS}{post.pk}/vote/"

    def vote(value: int) -> tuple[int, int]:
        answer = client.put(url, {"value": value})
        assert answer.status_code == 200, answer.content
        return answer.json()["vote_score"], answer.json()["own_vote"]

    assert vote(1) == (1, 1)
    assert vote(1) == (1, 1)
    assert vote(-1) == (-1, -1)
    for _ in range(2):
        assert client.delete(url).json()["vote_score"] == 0
    assert client.get(f"{POSTS}{post.pk}/").json()["own_vote"] is None


def test_vote_refusals(api_as: ApiAs) -> None:
    post = ThreadFactory()
    url = f"{POSTS}{post.pk}/vote/"
    assert api_as(post.author).put(url, {"value": 1}).json()["code"] == "own_post"
    client = api_as(UserFactory())
    for value in (0, 2, "up", None):
        assert fields(client.put(url, {"value": value})) == ["value"]
    assert client.put(f"{POSTS}{new_id()}/vote/", {"value": 1}).status_code == 404
    api_as(post.author).delete(f"{POSTS}{post.pk}/")
    assert client.put(url, {"value": 1}).json()["code"] == "post_removed"


# --- solutions


def test_accept_replace_and_take_back(api_as: ApiAs) -> None:
    thread = ThreadFactory()
    first, second = ReplyFactory(thread=thread), ReplyFactory(thread=thread)
    client = api_as(thread.author)
    for reply in (first, second, second):
        answer = client.post(f"{POSTS}{reply.pk}/accept/")
        assert answer.json()["is_solution"] is True, answer.content
        assert client.get(f"{THREADS}{thread.pk}/").json()["solution"] == str(reply.pk)
    assert client.delete(f"{POSTS}{second.pk}/accept/").json()["is_solution"] is False
    assert client.get(f"{THREADS}{thread.pk}/").json()["solution"] is None
    told = Notification.objects.filter(kind="solution_accepted").order_by("pk")
    assert [n.recipient_id for n in told] == [first.author_id, second.author_id]


def test_accept_by_a_moderator_names_the_moderator(api_as: ApiAs) -> None:
    reply, moderator = ReplyFactory(), UserFactory(role="moderator")
    assert api_as(moderator).post(f"{POSTS}{reply.pk}/accept/").status_code == 200
    assert Notification.objects.get(kind="solution_accepted").actor == moderator


def test_accept_refusals(api_as: ApiAs) -> None:
    reply = ReplyFactory()
    asker = api_as(reply.thread.author)
    assert api_as(reply.author).post(f"{POSTS}{reply.pk}/accept/").status_code == 403
    assert asker.post(f"{POSTS}{reply.thread_id}/accept/").json()["code"] == "not_a_reply"
    assert asker.post(f"{POSTS}{new_id()}/accept/").status_code == 404
    api_as(reply.author).delete(f"{POSTS}{reply.pk}/")
    assert asker.post(f"{POSTS}{reply.pk}/accept/").json()["code"] == "post_removed"


# --- following


def test_follow_and_mute(api_as: ApiAs) -> None:
    thread, user = ThreadFactory(), UserFactory()
    client = api_as(user)
    url = f"{THREADS}{thread.pk}/follow/"
    assert client.put(url).status_code == client.put(url).status_code == 204
    ReplyFactory(thread=thread)
    assert Notification.objects.filter(recipient=user).count() == 1
    assert client.delete(url).status_code == 204
    client.post(f"{THREADS}{thread.pk}/replies/", {"body_markdown": "still quiet"})
    ReplyFactory(thread=thread)
    assert Notification.objects.filter(recipient=user).count() == 1
    assert client.put(f"{THREADS}{ReplyFactory().pk}/follow/").status_code == 404


# --- reports


def test_report_is_decided(api_as: ApiAs) -> None:
    post = ThreadFactory(body_markdown="Buy **this**")
    moderator = UserFactory(role="moderator")
    reports = []
    for _ in range(2):
        answer = api_as(UserFactory()).post(f"{POSTS}{post.pk}/report/", {"reason": "spam", "note": " Look. "})
        assert answer.status_code == 201, answer.content
        reports.append(answer.json())
    client = api_as(moderator)
    assert ids(client.get(REPORTS, {"state": "open"})) == [reports[1]["id"], reports[0]["id"]]
    row = client.get(f"{REPORTS}{reports[0]['id']}/").json()
    assert (row["post_author"], row["post_report_count"], row["note"]) == (post.author.handle, 2, "Look.")
    assert row["thread"] == str(post.pk)

    url = f"{REPORTS}{reports[0]['id']}/resolve/"
    decided = client.post(url, {"resolution": "remove_post", "note": "Advertising"}).json()
    assert (decided["state"], decided["resolved_by"], decided["resolution_note"]) == (
        "resolved",
        moderator.handle,
        "Advertising",
    )
    assert decided["post_html"] == "<p>Buy <strong>this</strong></p>\n"
    assert set(Report.objects.values_list("state", flat=True)) == {"resolved"}
    post.refresh_from_db()
    assert (post.is_removed, post.report_count, post.removed_by_id) == (True, 0, moderator.pk)
    again = client.post(url, {"resolution": "dismiss"})
    assert (again.status_code, again.json()["code"]) == (409, "illegal_transition")


def test_report_is_dismissed_alone_and_can_come_again(api_as: ApiAs) -> None:
    report, other = ReportFactory(), None
    other = ReportFactory(post=report.post)
    answer = api_as(UserFactory(role="admin")).post(f"{REPORTS}{report.pk}/resolve/", {"resolution": "dismiss"})
    assert answer.json()["state"] == "rejected"
    other.refresh_from_db()
    assert other.state == "open"
    again = api_as(report.reporter).post(f"{POSTS}{report.post_id}/report/", {"reason": "abuse"})
    assert again.status_code == 201


def test_report_refusals(api_as: ApiAs) -> None:
    report = ReportFactory()
    url = f"{POSTS}{report.post_id}/report/"
    assert api_as(report.reporter).post(url, {"reason": "spam"}).json()["code"] == "already_reported"
    assert api_as(report.post.author).post(url, {"reason": "spam"}).json()["code"] == "own_post"
    client = api_as(UserFactory(role="moderator"))
    assert fields(client.post(url, {"reason": "boredom"})) == ["reason"]
    assert fields(client.post(f"{REPORTS}{report.pk}/resolve/", {"resolution": "x"})) == ["resolution"]
    assert client.post(f"{REPORTS}{new_id()}/resolve/", {"resolution": "dismiss"}).status_code == 404
    client.delete(f"{POSTS}{report.post_id}/")
    assert client.post(url, {"reason": "spam"}).json()["code"] == "post_removed"
