"""What the triggers of this app derive, and its recomputation, for `manage.py check_derived`."""

from badges.services.derived import bookings
from notifications.services.derived import SETTLING, news, since, unfounded
from skillbridge_backend.core.derived import DerivedValue

POSTS = "SELECT count(*) FROM forum_forumpost"
LIVING = "post.removed_at IS NULL AND post.author_id IS NOT NULL"

DERIVED = (
    DerivedValue(
        name="forum: replies and their last time",
        rows=POSTS,
        wrong="""
            SELECT post.id
            FROM forum_forumpost AS post
            LEFT JOIN (
                SELECT above AS id, count(*) AS replies, max(created_at) AS last_at
                FROM (
                    SELECT thread_id AS above, id, created_at FROM forum_forumpost WHERE removed_at IS NULL
                    UNION
                    SELECT parent_id, id, created_at FROM forum_forumpost
                    WHERE removed_at IS NULL AND parent_id <> thread_id
                ) AS living
                GROUP BY above
            ) AS counted ON counted.id = post.id
            WHERE (post.reply_count, post.last_reply_at)
                IS DISTINCT FROM (coalesce(counted.replies, 0), counted.last_at)
        """,
        repair="SELECT private.forum_count_replies(%s::uuid[])",
    ),
    DerivedValue(
        name="forum: scores of votes",
        rows=POSTS,
        wrong="""
            SELECT post.id FROM forum_forumpost AS post
            LEFT JOIN (SELECT post_id, sum(value) AS score FROM forum_vote GROUP BY post_id) AS counted
                ON counted.post_id = post.id
            WHERE post.vote_score <> coalesce(counted.score, 0)
        """,
        repair="SELECT private.forum_count_votes(%s::uuid[])",
    ),
    DerivedValue(
        name="forum: open reports",
        rows=POSTS,
        wrong="""
            SELECT post.id FROM forum_forumpost AS post
            LEFT JOIN (
                SELECT post_id, count(*) AS reports FROM forum_report WHERE state = 'open' GROUP BY post_id
            ) AS counted ON counted.post_id = post.id
            WHERE post.report_count <> coalesce(counted.reports, 0)
        """,
        repair="SELECT private.forum_count_reports(%s::uuid[])",
    ),
    *(
        bookings(f"forum: {name}", metric, wanted=wanted, repair="private.forum_settle_points")
        for name, metric, wanted in (
            (
                "questions asked",
                "questions_asked",
                f"""
                    SELECT post.author_id AS user_id, post.id AS source_id, 1 AS amount
                    FROM forum_forumpost AS post WHERE post.thread_id IS NULL AND {LIVING}
                """,  # noqa: S608  # a constant of this module
            ),
            (
                "replies written",
                "replies_written",
                f"""
                    SELECT post.author_id AS user_id, post.id AS source_id, 1 AS amount
                    FROM forum_forumpost AS post WHERE post.thread_id IS NOT NULL AND {LIVING}
                """,  # noqa: S608  # a constant of this module
            ),
            (
                "solutions accepted",
                "solutions_accepted",
                f"""
                    SELECT post.author_id AS user_id, post.id AS source_id, 1 AS amount
                    FROM forum_forumpost AS post JOIN forum_forumpost AS thread ON thread.id = post.thread_id
                    WHERE post.is_solution AND {LIVING} AND post.author_id IS DISTINCT FROM thread.author_id
                """,  # noqa: S608  # a constant of this module
            ),
            (
                "votes received",
                "votes_received",
                f"""
                    SELECT post.author_id AS user_id, post.id AS source_id, count(*) AS amount
                    FROM forum_forumpost AS post JOIN forum_vote AS vote ON vote.post_id = post.id
                    WHERE vote.value = 1 AND {LIVING} GROUP BY post.author_id, post.id
                """,  # noqa: S608  # a constant of this module
            ),
        )
    ),
    news(
        "forum: news of replies",
        # Who wrote above it, and who followed the thread. What somebody muted or followed at about that time or later
        # says nothing about the time itself.
        facts=f"""
            SELECT post.id, concerned.recipient_id, 'reply:' || post.id || ':' || concerned.recipient_id AS told
            FROM forum_forumpost AS post
            JOIN forum_forumpost AS thread ON thread.id = post.thread_id
            JOIN forum_forumpost AS parent ON parent.id = post.parent_id
            CROSS JOIN LATERAL (
                SELECT above.author_id AS recipient_id
                FROM (VALUES (thread.author_id), (parent.author_id)) AS above (author_id)
                LEFT JOIN forum_subscription AS subscription
                    ON subscription.thread_id = thread.id AND subscription.user_id = above.author_id
                WHERE subscription.id IS NULL OR (NOT subscription.is_muted AND (
                    subscription.updated_at < post.created_at - {SETTLING}
                    OR subscription.updated_at = subscription.created_at))
                UNION
                SELECT user_id FROM forum_subscription
                WHERE thread_id = thread.id AND NOT is_muted AND updated_at < post.created_at - {SETTLING}
            ) AS concerned
            WHERE post.removed_at IS NULL AND {since("post.created_at")} AND concerned.recipient_id <> post.author_id
        """,  # noqa: S608  # constants of our code
        keys="id, recipient_id",
        repair="SELECT private.forum_tell_of_replies(%s::uuid[], %s::uuid[])",
    ),
    news(
        "forum: news of solutions",
        # Moderators may have chosen their own reply, and are not told what they did; who chose is not kept.
        facts=f"""
            SELECT post.id, post.author_id AS recipient_id, 'solution:' || post.id AS told
            FROM forum_forumpost AS post JOIN forum_forumpost AS thread ON thread.id = post.thread_id
            JOIN users_user AS author ON author.id = post.author_id AND author.role NOT IN ('moderator', 'admin')
            WHERE post.is_solution AND thread.author_id <> post.author_id AND {since("post.created_at")}
        """,  # noqa: S608  # a constant of our code
        repair="SELECT private.forum_tell_of_solutions(%s::uuid[])",
    ),
    news(
        "forum: news of mentions",
        facts=f"""
            SELECT mention.id, mention.user_id AS recipient_id, 'mention:' || post.id || ':' || mention.user_id AS told
            FROM forum_mention AS mention JOIN forum_forumpost AS post ON post.id = mention.post_id
            WHERE mention.user_id <> post.author_id AND {since("mention.created_at")}
        """,  # noqa: S608  # a constant of our code
        repair="SELECT private.forum_tell_of_mentions(%s::uuid[])",
    ),
    news(
        "forum: news of sanctions",
        facts=f"""
            SELECT id, person_id AS recipient_id, 'sanctioned:' || id AS told FROM forum_sanction
            WHERE {since("created_at")}
        """,  # noqa: S608  # a constant of our code
        repair="SELECT private.forum_tell_of_sanctions(%s::uuid[])",
    ),
    unfounded(
        "forum: news of nothing",
        kinds=("reply_posted", "solution_accepted", "mentioned", "sanctioned"),
        # Mentions and solutions may be taken back, and nobody untells them; a sanction stays.
        wrong="""
            SELECT told.id FROM notifications_notification AS told
            JOIN forum_forumpost AS post ON post.id = told.target_id
            WHERE told.kind = 'reply_posted' AND (post.thread_id IS NULL OR told.recipient_id = post.author_id)
            UNION ALL
            SELECT told.id FROM notifications_notification AS told
            LEFT JOIN forum_sanction AS sanction
                ON sanction.id = told.target_id AND sanction.person_id = told.recipient_id
            WHERE told.kind = 'sanctioned' AND sanction.id IS NULL
        """,
    ),
)
