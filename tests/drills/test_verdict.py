"""The drill's table can say no: each kind of loss, and of doubling, is found where it is made on purpose."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.db import connection

from forum.tests.factories import ReplyFactory, ThreadFactory
from progress.tests.factories import RepositoryFactory, WebhookDeliveryFactory
from skillbridge_backend.core import outbox
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.models import InboxReceipt, OutboxMessage
from skillbridge_backend.demo.world import signed_push
from skillbridge_backend.embedded.installation import Installation
from tests.drills.target import Target
from tests.drills.verdict import verdict
from tests.drills.writes import Answered

pytestmark = pytest.mark.django_db
Sabotage = Callable[[Answered, Path], None]


class Here(Target):
    """The test's own database in the place of an installation's."""

    def __init__(self, folder: Path) -> None:
        self.installation = Installation(folder, 8000)

    def rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found


@pytest.fixture
def planted() -> set[str]:
    """The id of a message whose attempts all failed."""
    message_id = outbox.publish("core.prune", payload={})
    die(message_id)
    return {str(message_id)}


def die(message_id: UUID) -> None:
    outbox.record_failure(message_id, attempts=outbox.MOST_ATTEMPTS, error="planted")


@pytest.fixture
def answered(tmp_path: Path, drain_outbox: Callable[[], list[str]]) -> Answered:
    """A push and a reply, as clients were answered, with all their effects."""
    repository = RepositoryFactory()
    body, _ = signed_push(repository=repository.full_name, secret="x", message="m", author_email="a@drill.test")
    delivery = WebhookDeliveryFactory(repository=repository, payload=json.loads(body))
    outbox.publish("progress.process_delivery", payload={"delivery_id": delivery.pk})
    reply = ReplyFactory(thread=ThreadFactory(), body_markdown="Drill reply 1")
    drain_outbox()
    (tmp_path / "mailbox").mkdir()
    for number, message in enumerate(mail.outbox):
        (tmp_path / "mailbox" / f"{number}.eml").write_bytes(message.message().as_bytes())
    return Answered(commits=[json.loads(body)["after"]], replies={reply.body_markdown: str(reply.pk)})


def failures(tmp_path: Path, answered: Answered, planted: set[str], *, writes: int = 2, after: float = 1) -> set[str]:
    lines = verdict(Here(tmp_path), answered, writes=writes, planted=planted, drained_after=after)
    return {line.what for line in lines if line.holds is False}


def test_drill_in_which_all_is_well_passes(tmp_path: Path, answered: Answered, planted: set[str]) -> None:
    assert failures(tmp_path, answered, planted) == set()


def test_writes_that_were_not_answered_fail_it(tmp_path: Path, answered: Answered, planted: set[str]) -> None:
    assert failures(tmp_path, answered, planted, writes=3) == {"writes answered 2xx"}


def test_outbox_that_stays_full_fails_it(tmp_path: Path, answered: Answered, planted: set[str]) -> None:
    assert failures(tmp_path, answered, planted, after=121) == {"seconds from the last fault to an empty outbox"}


def lose_a_commit(answered: Answered, _: Path) -> None:
    answered.commits.append("f" * 40)


def lose_a_reply(answered: Answered, _: Path) -> None:
    answered.replies["Drill reply 2"] = str(new_id())


def lose_an_email(_: Answered, folder: Path) -> None:
    for path in (folder / "mailbox").iterdir():
        path.unlink()


def double_a_post(_: Answered, __: Path) -> None:
    ReplyFactory(thread=ThreadFactory(), body_markdown="Drill reply 1")


def forget_to_count_a_push(answered: Answered, _: Path) -> None:
    answered.commits.clear()


def bury_another(_: Answered, __: Path) -> None:
    die(outbox.publish("core.prune", payload={}))


def save_the_planted(_: Answered, __: Path) -> None:
    OutboxMessage.objects.filter(dead_at__isnull=False).delete()


def lose_a_receipt(_: Answered, __: Path) -> None:
    first = InboxReceipt.objects.first()
    assert first
    first.delete()


@pytest.mark.parametrize(
    ("sabotage", "found"),
    [
        (lose_a_commit, "without effect: commits in the log"),
        (lose_a_commit, "without effect: commits in the ledger"),
        (lose_a_commit, "without effect: notifications of pushes"),
        (lose_a_reply, "without effect: replies"),
        (lose_a_reply, "without effect: e-mails decided on for replies"),
        (lose_an_email, "without effect: e-mails in the mailbox"),
        (double_a_post, "doubled: replies"),
        (double_a_post, "without effect: e-mails marked as sent"),
        (forget_to_count_a_push, "doubled: commits in the log"),
        (forget_to_count_a_push, "doubled: commits in the ledger"),
        (forget_to_count_a_push, "doubled: notifications of pushes"),
        (bury_another, "dead letters"),
        (bury_another, "dead letters that were not planted"),
        (save_the_planted, "dead letters"),
        (lose_a_receipt, "messages done without a receipt"),
    ],
)
def test_what_was_broken_on_purpose_is_found(
    tmp_path: Path, answered: Answered, planted: set[str], sabotage: Sabotage, found: str
) -> None:
    sabotage(answered, tmp_path)
    assert found in failures(tmp_path, answered, planted)
