"""What the triggers of this app derive, and its recomputation, for `manage.py check_derived`."""

from badges.services.derived import bookings
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
)
