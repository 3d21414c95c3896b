"""What the database keeps by itself: the shape of threads, counters, news, points, steps of reports."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from badges.models import MetricTotal
from forum.models import ForumPost, Mention, RemovedText, Report, Subscription, Vote
from forum.tests.factories import CategoryFactory, ReplyFactory, ReportFactory, ThreadFactory, VoteFactory
from notifications.models import Notification
from skillbridge_backend.core.access import DatabaseRole, acting_as, enter_role
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.tests.races import write_at_once
from users.models import User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def refused(constraint: str, action: Any) -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        action()
    assert caught.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]  # psycopg2's error


def told(kind: str) -> Counter[Any]:
    return Counter(Notification.objects.filter(kind=kind).values_list("recipient_id", flat=True))


def metrics(user: User) -> dict[str, int]:
    totals = MetricTotal.objects.filter(user=user).exclude(metric="points").exclude(amount=0)
    return dict(totals.values_list("metric", "amount"))


# --- shape


def test_depth_is_set_by_the_database() -> None:
    post = thread = ThreadFactory()
    for depth in range(1, 6):
        post = ReplyFactory(thread=thread, parent=post)
        assert post.depth == depth


def test_reply_below_a_post_of_another_thread_is_refused() -> None:
    thread, foreign = ThreadFactory(), ReplyFactory()
    refused("post_parent_in_thread", lambda: ReplyFactory(thread=thread, parent=foreign))
    refused("post_parent_in_thread", lambda: ReplyFactory(thread=thread, parent=ThreadFactory()))


def test_reply_in_a_thread_that_is_a_reply_is_refused() -> None:
    reply = ReplyFactory()
    refused("post_parent_in_thread", lambda: ReplyFactory(thread=reply, parent=reply))


def test_reply_older_than_its_parent_is_refused() -> None:
    thread = ThreadFactory()
    before = thread.created_at - timedelta(seconds=1)
    row = ReplyFactory.build(thread=thread, author=thread.author)
    row.created_at = before
    with connection.cursor() as cursor:
        sql, params = _insert_as_of(row, before)
        refused("post_parent_in_thread", lambda: cursor.execute(sql, params))


def _insert_as_of(row: ForumPost, when: Any) -> tuple[str, list[Any]]:
    columns = (
        "id, thread_id, parent_id, author_id, title, body_markdown, body_html, is_solution, depth, reply_count,"
        " vote_score, report_count, created_at, updated_at"
    )
    sql = f"INSERT INTO forum_forumpost ({columns}) VALUES (%s, %s, %s, %s, '', 'x', '', false, 0, 0, 0, 0, %s, %s)"
    return sql, [row.pk, row.thread_id, row.parent_id, row.author_id, when, when]


@pytest.mark.parametrize("field", ["parent", "thread"])
def test_moving_a_post_is_refused_so_there_is_no_cycle(field: str) -> None:
    first = ReplyFactory()
    second = ReplyFactory(thread=first.thread, parent=first)
    change = {"parent": second} if field == "parent" else {"thread": ThreadFactory()}
    refused("post_stays_in_place", lambda: ForumPost.objects.filter(pk=first.pk).update(**change))


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("post_is_thread_or_reply", {"category": None}),
        ("post_is_thread_or_reply", {"is_solution": True}),
        ("post_title_length", {"title": "short"}),
        ("post_body_length", {"body_markdown": ""}),
        ("post_body_length", {"body_markdown": "x" * 20_001}),
    ],
)
def test_thread_that_breaks_a_rule_is_refused(constraint: str, change: dict[str, Any]) -> None:
    thread = ThreadFactory()
    refused(constraint, lambda: ForumPost.objects.filter(pk=thread.pk).update(**change))


def test_second_solution_and_removed_solution_are_refused() -> None:
    thread = ThreadFactory()
    ReplyFactory(thread=thread, is_solution=True)
    other = ReplyFactory(thread=thread)
    rows = ForumPost.objects.filter(pk=other.pk)
    refused("post_one_solution", lambda: rows.update(is_solution=True))
    solution = ForumPost.objects.filter(is_solution=True)
    refused("post_solution_is_living", lambda: solution.update(removed_at=timezone.now()))


# --- counters


def test_reply_counts_of_thread_and_parent() -> None:
    thread = ThreadFactory()
    first = ReplyFactory(thread=thread)
    last = ReplyFactory(thread=thread, parent=first)
    thread.refresh_from_db()
    first.refresh_from_db()
    assert (thread.reply_count, first.reply_count, last.reply_count) == (2, 1, 0)
    assert thread.last_reply_at == thread.active_at == last.created_at


def test_removing_restoring_and_deleting_replies_counts_again() -> None:
    thread = ThreadFactory()
    replies = [ReplyFactory(thread=thread) for _ in range(3)]

    def count() -> tuple[int, Any]:
        thread.refresh_from_db()
        return thread.reply_count, thread.last_reply_at

    updated_at = thread.updated_at
    ForumPost.objects.filter(pk=replies[2].pk).update(removed_at=timezone.now())
    assert count() == (2, replies[1].created_at)
    ForumPost.objects.filter(thread=thread).update(removed_at=None)
    assert count() == (3, replies[2].created_at)
    ForumPost.objects.filter(thread=thread).delete()
    assert count() == (0, None)
    assert thread.updated_at == updated_at


def test_bulk_insert_of_replies_counts_and_tells_for_every_row() -> None:
    threads = ThreadFactory.create_batch(3)
    author = UserFactory()
    rows = [
        ForumPost(thread=thread, parent=thread, author=author, body_markdown="x", body_html="")
        for thread in threads
        for _ in range(4)
    ]
    ForumPost.objects.bulk_create(rows)
    assert list(ForumPost.objects.threads().values_list("reply_count", flat=True)) == [4, 4, 4]
    assert told("reply_posted") == {thread.author_id: 4 for thread in threads}
    assert metrics(author) == {"replies_written": 12}


def test_vote_scores_follow_every_kind_of_write() -> None:
    post, other = ThreadFactory(), ThreadFactory()
    Vote.objects.bulk_create([Vote(post=post, user=UserFactory(), value=1) for _ in range(5)])

    def scores() -> tuple[int, int]:
        post.refresh_from_db()
        other.refresh_from_db()
        return post.vote_score, other.vote_score

    assert scores() == (5, 0)
    Vote.objects.update(value=-1)
    assert scores() == (-5, 0)
    Vote.objects.update(post=other)
    assert scores() == (0, -5)
    Vote.objects.all().delete()
    assert scores() == (0, 0)


def test_vote_rules() -> None:
    vote = VoteFactory()
    refused("vote_once", lambda: VoteFactory(post=vote.post, user=vote.user))
    refused("vote_up_or_down", lambda: VoteFactory(post=vote.post, value=2))
    refused("vote_not_own", lambda: VoteFactory(post=vote.post, user=vote.post.author))


def test_report_count_is_of_open_reports() -> None:
    report = ReportFactory()
    ReportFactory(post=report.post)
    post = report.post

    def count() -> int:
        post.refresh_from_db()
        return int(post.report_count)

    assert count() == 2
    Report.objects.filter(pk=report.pk).update(state="rejected", resolved_at=timezone.now())
    assert count() == 1
    Report.objects.all().delete()
    assert count() == 0


def test_report_steps() -> None:
    report = ReportFactory()
    rows = Report.objects.filter(pk=report.pk)
    now = timezone.now()
    refused("report_open_once", lambda: ReportFactory(post=report.post, reporter=report.reporter))
    refused("report_closed_has_time", lambda: rows.update(state="resolved"))
    rows.update(state="resolved", resolved_at=now)
    ReportFactory(post=report.post, reporter=report.reporter)


# --- news


def test_reply_is_told_to_author_parent_and_followers_once_and_not_to_the_muted() -> None:
    thread = ThreadFactory()
    parent = ReplyFactory(thread=thread)
    follower, muted = UserFactory(), UserFactory()
    Subscription.objects.create(thread=thread, user=follower)
    Subscription.objects.create(thread=thread, user=muted, is_muted=True)
    Notification.objects.all().delete()

    reply = ReplyFactory(thread=thread, parent=parent)

    assert told("reply_posted") == {thread.author_id: 1, parent.author_id: 1, follower.pk: 1}
    notification = Notification.objects.filter(recipient=follower).get()
    assert notification.target_id == reply.pk
    assert notification.data == {"title": thread.title, "by": reply.author.handle, "thread_id": str(thread.pk)}


def test_author_who_muted_their_own_thread_hears_nothing() -> None:
    thread = ThreadFactory()
    Subscription.objects.filter(thread=thread, user=thread.author).update(is_muted=True)
    ReplyFactory(thread=thread)
    ReplyFactory(thread=thread, author=thread.author)
    assert thread.author_id not in told("reply_posted")
    assert Subscription.objects.get(thread=thread, user=thread.author).is_muted


def test_who_writes_follows() -> None:
    reply = ReplyFactory()
    assert set(Subscription.objects.filter(thread=reply.thread).values_list("user_id", flat=True)) == {
        reply.author_id,
        reply.thread.author_id,
    }


def test_reply_of_nobody_is_told_too() -> None:
    reply = ReplyFactory(author=None)
    assert told("reply_posted") == {reply.thread.author_id: 1}


def test_mention_is_told_once() -> None:
    post, user = ReplyFactory(), UserFactory()
    for _ in range(2):
        Mention.objects.bulk_create([Mention(post=post, user=user), Mention(post=post, user=post.author)])
        Mention.objects.all().delete()
    assert told("mentioned") == {user.pk: 1}


def test_post_names_ten_people_at_most_in_many_statements_too() -> None:
    post = ReplyFactory()

    def name(people: int) -> None:
        crowd = UserFactory.create_batch(people)
        with acting_as(post.author_id):
            Mention.objects.bulk_create(Mention(post=post, user=user) for user in crowd)

    name(6)
    refused("mention_to_10", lambda: name(5))
    name(4)
    refused("mention_to_10", lambda: name(1))
    assert sum(told("mentioned").values()) == 10


@pytest.mark.django_db(transaction=True)
def test_two_crowds_at_once_are_counted_together() -> None:
    post, people = ReplyFactory(), UserFactory.create_batch(12)

    def name(*users: User) -> None:
        enter_role(DatabaseRole.AUTHENTICATED, user_id=post.author_id)
        Mention.objects.bulk_create(Mention(post=post, user=user) for user in users)

    assert write_at_once(lambda: name(*people[:6]), lambda: name(*people[6:])).count("refused") == 1


def test_solution_is_told_to_its_author_once() -> None:
    reply = ReplyFactory()
    for value in (True, False, True):
        ForumPost.objects.filter(pk=reply.pk).update(is_solution=value)
    assert told("solution_accepted") == {reply.author_id: 1}
    assert Notification.objects.get(kind="solution_accepted").data["by"] == reply.thread.author.handle


# --- points


def test_points_follow_what_posts_deserve() -> None:
    thread = ThreadFactory()
    reply = ReplyFactory(thread=thread)
    asker, helper = thread.author, reply.author
    voters = UserFactory.create_batch(2)
    for voter in voters:
        VoteFactory(post=reply, user=voter)
    VoteFactory(post=reply, value=-1)
    ForumPost.objects.filter(pk=reply.pk).update(is_solution=True)
    assert metrics(asker) == {"questions_asked": 1}
    assert metrics(helper) == {"replies_written": 1, "solutions_accepted": 1, "votes_received": 2}

    Vote.objects.filter(user=voters[0]).delete()
    Vote.objects.filter(user=voters[1]).update(value=-1)
    ForumPost.objects.filter(pk=reply.pk).update(is_solution=False)
    assert metrics(helper) == {"replies_written": 1}

    Vote.objects.update(value=1)
    ForumPost.objects.filter(pk=reply.pk).update(removed_at=timezone.now())
    assert metrics(helper) == {}
    ForumPost.objects.filter(pk=reply.pk).update(removed_at=None)
    assert metrics(helper) == {"replies_written": 1, "votes_received": 2}

    thread.delete()
    assert metrics(helper) == metrics(asker) == {}


def test_solution_of_ones_own_question_earns_nothing() -> None:
    thread = ThreadFactory()
    reply = ReplyFactory(thread=thread, author=thread.author)
    ForumPost.objects.filter(pk=reply.pk).update(is_solution=True)
    assert metrics(thread.author) == {"questions_asked": 1, "replies_written": 1}


def test_solution_earns_from_the_moment_that_the_question_is_somebody_elses() -> None:
    thread = ThreadFactory()
    reply = ReplyFactory(thread=thread)
    asker, helper = thread.author, reply.author
    ForumPost.objects.filter(pk=reply.pk).update(is_solution=True)

    ForumPost.objects.filter(pk=thread.pk).update(author=helper)
    assert metrics(helper) == {"questions_asked": 1, "replies_written": 1}
    assert metrics(asker) == {}
    ForumPost.objects.filter(pk=thread.pk).update(author=None)
    assert metrics(helper) == {"replies_written": 1, "solutions_accepted": 1}


def test_empty_statements_do_nothing() -> None:
    ThreadFactory()
    assert ForumPost.objects.filter(title="").update(title="") == 0
    assert Vote.objects.all().delete()[0] == 0
    assert Vote.objects.all().update(value=1) == 0
    assert CategoryFactory().threads.count() == 0


def test_search_column_follows_title_and_body() -> None:
    thread = ThreadFactory(title="Indexes on expressions", body_markdown="They need immutable functions")
    assert list(ForumPost.objects.all().matching("expression")) == [thread]
    ForumPost.objects.filter(pk=thread.pk).update(title="Something else")
    assert not ForumPost.objects.all().matching("expression")
    assert list(ForumPost.objects.all().matching('"immutable functions" -mutable')) == [thread]


@pytest.mark.parametrize("role", [DatabaseRole.ANONYMOUS, DatabaseRole.AUTHENTICATED])
def test_search_uses_its_index_for_whoever_may_search(role: DatabaseRole) -> None:
    with connection.cursor() as cursor:
        enter_role(role, user_id=new_id())
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM forum_forumpost WHERE search @@ websearch_to_tsquery('english', 'left join')"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "post_search" in plan


# --- removed posts


def words(post: ForumPost | RemovedText) -> tuple[str, str, str]:
    return post.title, post.body_markdown, post.body_html


def test_words_leave_a_removed_post_and_come_back_with_it() -> None:
    thread = ThreadFactory(title="Where is the secretword?", body_markdown="It is *here*.")
    said = words(thread)
    row = ForumPost.objects.filter(pk=thread.pk)
    row.update(removed_at=timezone.now())
    thread.refresh_from_db()
    assert words(thread) == ("", "", "")
    assert words(thread.removed_text) == said
    with connection.cursor() as cursor:
        cursor.execute("SELECT search::text FROM forum_forumpost WHERE id = %s", [thread.pk])
        assert cursor.fetchone() == ("",)
    row.update(removed_at=timezone.now())
    assert words(RemovedText.objects.get()) == said
    row.update(removed_at=None)
    thread.refresh_from_db()
    assert words(thread) == said
    assert not RemovedText.objects.exists()
    assert list(ForumPost.objects.all().matching("secretword")) == [thread]


def test_post_that_is_inserted_as_removed_says_nothing_either() -> None:
    post = ReplyFactory(removed_at=timezone.now(), body_markdown="x")
    assert words(post) == ("", "", "")
    assert post.removed_text.body_html == "<p>x</p>\n"


def test_nothing_is_written_into_a_removed_post() -> None:
    post = ReplyFactory(removed_at=timezone.now())
    refused("post_removed_is_empty", lambda: ForumPost.objects.filter(pk=post.pk).update(body_markdown="x"))


def test_people_change_of_a_post_what_is_theirs_on_the_databases_clock() -> None:
    reply = ReplyFactory()
    moderator = UserFactory(role="moderator")
    row = ForumPost.objects.filter(pk=reply.pk)
    never = timezone.now() + timedelta(days=3650)
    with acting_as(reply.author_id):
        row.update(body_markdown="Better")
        refused("post_change_of_its_person", lambda: row.update(is_solution=True))
    with acting_as(reply.thread.author_id):
        row.update(is_solution=True)
        refused("post_change_of_its_person", lambda: row.update(body_html="<p>You are right.</p>"))
        refused("post_change_of_its_person", lambda: row.update(removed_at=never))
    with acting_as(moderator.pk):
        refused("post_change_of_its_person", lambda: row.update(body_markdown="Worse"))
        row.update(is_solution=False, removed_at=never, removed_by=reply.author)
    reply.refresh_from_db()
    assert reply.edited_at
    assert reply.removed_at
    assert reply.edited_at < reply.removed_at < timezone.now()
    assert reply.removed_by == moderator
    with acting_as(reply.author_id):
        refused("post_change_of_its_person", lambda: row.update(removed_at=None))
    with acting_as(moderator.pk):
        row.update(removed_at=None)
    reply.refresh_from_db()
    assert (reply.removed_by, reply.body_markdown) == (None, "Better")


def test_html_of_another_client_than_the_api_is_escaped_text() -> None:
    mine = ThreadFactory()
    row = ForumPost.objects.filter(pk=mine.pk)
    script = {"body_markdown": "<b>1 & 2</b>", "body_html": "<script>alert(1)</script>"}
    with acting_as(mine.author_id):
        row.update(**script)
    assert row.get().body_html == script["body_html"], "the API's own is taken as it is"
    with connection.cursor() as cursor, transaction.atomic():
        # As PostgREST's login: one that may become authenticated and none of our services.
        cursor.execute("SET LOCAL SESSION AUTHORIZATION sb_worker")
        enter_role(DatabaseRole.AUTHENTICATED, user_id=mine.author_id)
        for changes in (script, {"body_html": script["body_html"]}):
            row.update(**changes)
        cursor.execute("RESET SESSION AUTHORIZATION")
    assert row.get().body_html == "<p>&lt;b&gt;1 &amp; 2&lt;/b&gt;</p>"
