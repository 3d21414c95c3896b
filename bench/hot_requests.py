"""What people ask for most: requests to the API whose queries `bench.database` measures, and who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from users.models import User


@dataclass(frozen=True)
class Cast:
    """People and things of a seeded world that are alike in worlds of every size: busy, and not the busiest."""

    learner: User
    writer: User
    reader: User
    mentor: User
    moderator: User
    roadmap: str
    module: str
    thread: str
    conversation: str
    skill: str
    word: str


Ask = Callable[[Cast], tuple[User, str]]

HOT: dict[str, Ask] = {
    "one's profile": lambda c: (c.learner, "users/me/"),
    "mentors": lambda c: (c.learner, "mentors/"),
    "mentors who know a skill": lambda c: (c.learner, f"mentors/?skill={c.skill}"),
    "mentors by words": lambda c: (c.learner, f"mentors/?q={c.word}"),
    "mentors by rating": lambda c: (c.learner, "mentors/?ordering=rating&least_rating=2"),
    "what mentors have": lambda c: (c.learner, "mentors/facets/"),
    "skills called like": lambda c: (c.learner, "skills/?q=pyth"),
    "roadmaps": lambda c: (c.learner, "roadmaps/"),
    "roadmap": lambda c: (c.learner, f"roadmaps/{c.roadmap}/"),
    "modules of a roadmap": lambda c: (c.learner, f"roadmaps/{c.roadmap}/modules/"),
    "module": lambda c: (c.learner, f"modules/{c.module}/"),
    "log of work": lambda c: (c.learner, "progress/log/"),
    "streak": lambda c: (c.learner, "progress/streak/"),
    "figures": lambda c: (c.learner, "progress/stats/"),
    "badges with progress": lambda c: (c.learner, "badges/"),
    "points": lambda c: (c.writer, "points/"),
    "awards of a person": lambda c: (c.mentor, f"users/{c.learner.handle}/awards/"),
    "leaderboard, this month": lambda c: (c.learner, "leaderboard/?period=month"),
    "leaderboard, all time": lambda c: (c.learner, "leaderboard/?period=all"),
    "notifications": lambda c: (c.reader, "notifications/"),
    "unread notifications": lambda c: (c.reader, "notifications/?unread=true"),
    "number on the bell": lambda c: (c.reader, "notifications/unread-count/"),
    "threads": lambda c: (c.learner, "forum/threads/"),
    "threads of a category": lambda c: (c.learner, "forum/threads/?category=programming"),
    "threads nobody answered": lambda c: (c.learner, "forum/threads/?unanswered=true"),
    "threads with a rare word": lambda c: (c.learner, "forum/threads/?q=case1000"),
    "one's threads": lambda c: (c.writer, "forum/threads/?mine=true"),
    "thread": lambda c: (c.learner, f"forum/threads/{c.thread}/"),
    "replies": lambda c: (c.learner, f"forum/threads/{c.thread}/replies/"),
    "open reports": lambda c: (c.moderator, "forum/reports/?state=open"),
    "matches": lambda c: (c.mentor, "matches/"),
    "conversations": lambda c: (c.mentor, "conversations/"),
    "messages": lambda c: (c.mentor, f"conversations/{c.conversation}/messages/"),
    "suggested mentors": lambda c: (c.learner, "matches/suggestions/"),
}
"""More than twenty: nothing that people open every day is left out."""


def cast_of_this_world() -> Cast:
    """Those nearest to forty entries, posts or news, of which eight unread; ten modules, matches and so on."""
    # Ten modules: a roadmap of them is the same work in every world.
    learner, roadmap = _row(
        """
        SELECT owner.id, plan.id::text
        FROM (SELECT user_id, count(*) AS n FROM progress_progresslog GROUP BY user_id) AS entries
        JOIN users_user owner ON owner.id = entries.user_id AND owner.is_active AND owner.role = 'learner'
        JOIN LATERAL (
            SELECT r.id, count(*) AS modules FROM roadmaps_roadmap r JOIN roadmaps_module m ON m.roadmap_id = r.id
            WHERE r.owner_id = owner.id GROUP BY r.id ORDER BY abs(count(*) - 10) LIMIT 1
        ) AS plan ON true
        ORDER BY abs(entries.n - 40) + 10 * abs(plan.modules - 10), owner.id LIMIT 1
        """
    )
    (writer,) = _row(
        "SELECT u.id FROM forum_forumpost p JOIN users_user u ON u.id = p.author_id AND u.is_active"
        " WHERE u.role = 'learner' GROUP BY u.id ORDER BY abs(count(*) - 40), u.id LIMIT 1"
    )
    (reader,) = _row(
        "SELECT u.id FROM notifications_notification n JOIN users_user u ON u.id = n.recipient_id AND u.is_active"
        " WHERE u.role = 'learner' GROUP BY u.id"
        " ORDER BY abs(count(*) - 40) + abs(count(*) FILTER (WHERE n.read_at IS NULL) - 8), u.id LIMIT 1"
    )
    mentor, conversation = _row(
        """
        SELECT m.mentor_id, min(c.id::text) FILTER (WHERE c.last_seq = 5)
        FROM matches_mentormatch m LEFT JOIN matches_conversation c ON c.match_id = m.id
        JOIN users_user u ON u.id = m.mentor_id AND u.is_active
        GROUP BY m.mentor_id HAVING bool_or(c.last_seq = 5)
        ORDER BY abs(count(*) - 10) + abs(count(c.id) - 6), m.mentor_id LIMIT 1
        """
    )
    (moderator,) = _row("SELECT id FROM users_user WHERE role = 'moderator' AND is_active ORDER BY id LIMIT 1")
    (thread,) = _row(
        "SELECT id::text FROM forum_forumpost WHERE thread_id IS NULL ORDER BY abs(reply_count::int - 40), id LIMIT 1"
    )
    (module,) = _row("SELECT id::text FROM roadmaps_module WHERE roadmap_id = %s AND position = 2", roadmap)
    # The one that most mentors know: in a small world, too, a page of them is full.
    skill, word = _row(
        "SELECT s.slug, s.name FROM users_profileskill k JOIN users_skill s ON s.id = k.skill_id WHERE k.is_listed"
        " GROUP BY s.slug, s.name ORDER BY count(*) DESC, s.slug LIMIT 1"
    )
    people = User.objects.in_bulk([learner, writer, reader, mentor, moderator])
    return Cast(
        learner=people[learner], writer=people[writer], reader=people[reader], mentor=people[mentor],
        moderator=people[moderator], roadmap=roadmap, module=module, thread=thread, conversation=conversation,
        skill=skill, word=word,
    )  # fmt: skip


def _row(statement: str, *values: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    if row is None:
        raise SystemExit("this world is too small to measure: seed one of 10,000 people")
    return row
