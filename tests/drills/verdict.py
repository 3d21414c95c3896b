"""What is counted after a drill: every answered write against its effects, in the database and in the mailbox."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.drills.target import Target
from tests.drills.writes import Answered

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*<delivery\.([0-9a-f-]{36})@", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Line:
    """One line of the table; `holds` is None for what is only told."""

    what: str
    found: int
    wanted: str
    holds: bool | None


def verdict(target: Target, answered: Answered, *, writes: int, planted: set[str], drained_after: float) -> list[Line]:
    """The lines of the table. `drained_after` is the time from the last fault to the empty outbox, in seconds."""
    lost, doubled = Counter[str](), Counter[str]()
    _count_pushes(target, answered, lost, doubled)
    mails = _count_replies(target, answered, lost, doubled)
    dead = {str(message) for (message,) in target.rows("SELECT id FROM core_outbox WHERE dead_at IS NOT NULL")}
    done, receipts, attempts = target.rows(
        "SELECT (SELECT count(*) FROM core_outbox WHERE done_at IS NOT NULL), (SELECT count(*) FROM core_inbox),"
        " (SELECT sum(attempts) FROM core_outbox WHERE done_at IS NOT NULL)"
    )[0]
    copies = sum(mails.values()) - len(mails)
    return [
        Line("writes answered 2xx", answered.count, str(writes), answered.count == writes),
        *(Line(f"without effect: {what}", count, "0", count == 0) for what, count in lost.items()),
        *(Line(f"doubled: {what}", count, "0", count == 0) for what, count in doubled.items()),
        Line("dead letters", len(dead), str(len(planted)), len(dead) == len(planted)),
        Line("dead letters that were not planted", len(dead - planted), "0", dead <= planted),
        Line("messages done without a receipt", done - receipts, "0", done == receipts),
        Line("seconds from the last fault to an empty outbox", round(drained_after), "≤ 120", drained_after <= 120),
        Line("messages done", done, "", None),
        Line("attempts that ended without an effect, of messages done", int(attempts or 0) - done, "", None),
        Line("requests sent again by clients", answered.retries, "", None),
        Line("e-mails sent again under their Message-ID", copies, "", None),
    ]


def _count_pushes(target: Target, answered: Answered, lost: Counter[str], doubled: Counter[str]) -> None:
    """A push: one entry of the log, one booking of points, one notification."""
    entries = Counter(
        str(external).rpartition(":")[2]
        for (external,) in target.rows("SELECT external_id FROM progress_progresslog WHERE external_id LIKE %s", "%:%")
    )
    lost["commits in the log"] = len(set(answered.commits) - set(entries))
    doubled["commits in the log"] = entries.total() - len(answered.commits)
    booked = target.rows("SELECT coalesce(sum(amount), 0) FROM badges_pointsentry WHERE metric = 'commits_pushed'")[0][
        0
    ]
    lost["commits in the ledger"] = max(0, len(answered.commits) - booked)
    doubled["commits in the ledger"] = max(0, booked - len(answered.commits))
    told = target.rows("SELECT count(*) FROM notifications_notification WHERE kind = 'work_recorded'")[0][0]
    lost["notifications of pushes"] = max(0, len(answered.commits) - told)
    doubled["notifications of pushes"] = max(0, told - len(answered.commits))


def _count_replies(target: Target, answered: Answered, lost: Counter[str], doubled: Counter[str]) -> Counter[str]:
    """A reply: one post, one notification, one e-mail; returns how often each e-mail is in the mailbox."""
    posts = target.rows(
        "SELECT id::text, body_markdown FROM forum_forumpost WHERE body_markdown LIKE %s", "Drill reply%"
    )
    texts = Counter(text for _, text in posts)
    lost["replies"] = len(set(answered.replies) - set(texts))
    doubled["replies"] = len(posts) - len(answered.replies)
    deliveries = target.rows(
        "SELECT n.target_id::text, d.id::text, d.status FROM notifications_notification n"
        " JOIN notifications_delivery d ON d.notification_id = n.id"
        " WHERE n.kind = 'reply_posted' AND d.channel = 'email'"
    )
    by_post = Counter(post for post, _, _ in deliveries)
    lost["e-mails decided on for replies"] = len(set(answered.replies.values()) - set(by_post))
    doubled["e-mails decided on for replies"] = by_post.total() - len(by_post)
    lost["e-mails marked as sent"] = sum(status != "sent" for _, _, status in deliveries)
    mails = _mailbox(target.installation.folder / "mailbox")
    lost["e-mails in the mailbox"] = len({delivery for _, delivery, _ in deliveries} - set(mails))
    return mails


def _mailbox(folder: Path) -> Counter[str]:
    """How often each delivery's e-mail is in the mailbox."""
    found = (_MESSAGE_ID.search(path.read_bytes()) for path in folder.glob("[!.]*.eml"))
    return Counter(match[1].decode() for match in found if match)
