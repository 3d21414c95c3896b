"""Two connections at once: counters stay right, and nothing is written twice."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import close_old_connections, connection

from badges.models import MetricTotal
from forum.models import ForumPost, Report, Vote
from forum.services import ForumService
from forum.tests.factories import ReplyFactory, ThreadFactory
from skillbridge_backend.core.errors import DomainError
from users.models import User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*actions: Callable[[], Any]) -> list[BaseException | None]:
    """Run each on a connection of its own, begun together; what each raised."""
    barrier = threading.Barrier(len(actions))
    outcomes: list[BaseException | None] = [None] * len(actions)

    def run(index: int) -> None:
        close_old_connections()
        barrier.wait(10)
        try:
            actions[index]()
        except DomainError as error:
            outcomes[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return outcomes


def test_votes_of_many_people_are_all_counted() -> None:
    post = ReplyFactory()
    people = UserFactory.create_batch(8)
    service = ForumService()

    outcomes = at_once(*(lambda u=u: service.vote(actor=u, post_id=post.pk, value=1) for u in people))

    post.refresh_from_db()
    assert outcomes == [None] * 8
    assert post.vote_score == Vote.objects.count() == 8
    assert MetricTotal.objects.get(user=post.author, metric="votes_received").amount == 8


def test_votes_of_one_person_leave_one() -> None:
    post, user = ThreadFactory(), UserFactory()
    service = ForumService()
    values = [1, -1, None, 1, 1, -1]

    outcomes = at_once(*(lambda v=v: service.vote(actor=user, post_id=post.pk, value=v) for v in values))

    post.refresh_from_db()
    assert outcomes == [None] * len(values)
    assert Vote.objects.count() <= 1
    assert post.vote_score == sum(Vote.objects.values_list("value", flat=True))


def test_replies_of_many_people_are_all_counted() -> None:
    thread = ThreadFactory()
    people = UserFactory.create_batch(6)
    service = ForumService()

    outcomes = at_once(*(lambda u=u: service.reply(actor=u, thread_id=thread.pk, body_markdown="x") for u in people))

    thread.refresh_from_db()
    assert outcomes == [None] * 6
    assert thread.reply_count == 6


def test_two_solutions_at_once_leave_one() -> None:
    thread = ThreadFactory()
    replies = [ReplyFactory(thread=thread) for _ in range(4)]
    asker: User = thread.author
    service = ForumService()

    outcomes = at_once(*(lambda r=r: service.accept_solution(actor=asker, post_id=r.pk) for r in replies))

    assert outcomes == [None] * 4
    assert ForumPost.objects.filter(is_solution=True).count() == 1


def test_same_report_twice_at_once_is_one_report() -> None:
    post, user = ThreadFactory(), UserFactory()
    service = ForumService()

    def report() -> None:
        service.report(actor=user, post_id=post.pk, reason="spam")  # type: ignore[arg-type]  # its value

    outcomes = at_once(report, report)

    assert Report.objects.count() == 1
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyReported", "NoneType"]
    post.refresh_from_db()
    assert post.report_count == 1


def test_replying_and_voting_in_one_thread_do_not_deadlock() -> None:
    thread = ThreadFactory()
    replies = [ReplyFactory(thread=thread) for _ in range(2)]
    people = UserFactory.create_batch(4)
    service = ForumService()

    outcomes = at_once(
        lambda: service.vote(actor=people[0], post_id=thread.pk, value=1),
        lambda: service.reply(actor=thread.author, thread_id=thread.pk, body_markdown="a"),
        lambda: service.vote(actor=people[1], post_id=replies[0].pk, value=1),
        lambda: service.reply(actor=replies[0].author, thread_id=thread.pk, body_markdown="b"),
        lambda: service.accept_solution(actor=thread.author, post_id=replies[0].pk),
        lambda: service.remove(actor=replies[1].author, post_id=replies[1].pk),
    )

    thread.refresh_from_db()
    assert outcomes == [None] * 6
    assert (thread.reply_count, thread.vote_score) == (3, 1)
