"""What this app knows about a person, for the copy of their data (core/personal_data.py)."""

from forum.models import ForumPost, Mention, Report, Sanction, Subscription, Vote
from skillbridge_backend.core.personal_data import Section

SECTIONS = (
    Section(
        "forum_posts",
        ("forum_forumpost.author_id",),
        lambda person: ForumPost.objects.filter(author_id=person),
        (
            "id", "thread_id", "parent_id", "category__slug", "title", "body_markdown", "is_solution", "vote_score",
            "created_at", "edited_at", "removed_at",
        ),
    ),
    Section(
        "forum_votes",
        ("forum_vote.user_id",),
        lambda person: Vote.objects.filter(user_id=person),
        ("post_id", "value", "created_at"),
    ),
    Section(
        "forum_mentions",
        ("forum_mention.user_id",),
        lambda person: Mention.objects.filter(user_id=person),
        ("post_id", "created_at"),
    ),
    Section(
        "forum_subscriptions",
        ("forum_subscription.user_id",),
        lambda person: Subscription.objects.filter(user_id=person),
        ("thread_id", "is_muted", "created_at"),
    ),
    Section(
        "forum_reports",
        ("forum_report.reporter_id",),
        lambda person: Report.objects.filter(reporter_id=person),
        ("post_id", "reason", "note", "state", "created_at", "resolved_at"),
    ),
    Section(
        "sanctions",
        ("forum_sanction.person_id",),
        lambda person: Sanction.objects.filter(person_id=person),
        ("kind", "reason", "starts_at", "ends_at", "lifted_at"),
    ),
)  # fmt: skip
_DECISION = "a moderator's decision about somebody else"
EXEMPT = {
    "forum_forumpost.removed_by_id": _DECISION,
    "forum_report.resolved_by_id": _DECISION,
    "forum_sanction.imposed_by_id": _DECISION,
    "forum_sanction.lifted_by_id": _DECISION,
}
