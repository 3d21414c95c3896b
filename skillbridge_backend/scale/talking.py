"""The forum: threads, replies, votes, mentions, reports.

Everybody writes 1 to 1,000 posts. They come in the order of their times; each opens a thread or replies to one of the
latest, so some threads have hundreds of replies and most have few, and a thread's rows lie scattered as in real life.
"""

from array import array
from dataclasses import dataclass, field
from random import Random

from skillbridge_backend.scale.bulk import Loader
from skillbridge_backend.scale.world import DAY, MOST_OF_A_PERSON, NULL, World, Zipf, sentence, stamp

COLUMNS = {
    "forum_forumpost": "id thread_id parent_id depth category_id author_id title body_markdown body_html is_solution"
    " removed_at removed_by_id reply_count last_reply_at vote_score report_count created_at updated_at",
    "forum_removedtext": "post_id title body_markdown body_html",
    "forum_vote": "id post_id user_id value created_at updated_at",
    "forum_mention": "id post_id user_id created_at",
    "forum_report": "id post_id reporter_id reason note state resolved_by_id resolved_at resolution_note created_at"
    " updated_at",
}
OPENS_A_THREAD, IS_REMOVED, SOLVES, IS_VOTED_ON, MENTIONS, IS_REPORTED = 0.12, 0.01, 0.08, 0.15, 0.02, 0.005
_PEOPLE = 1 << 24
"""More than there can be: one integer holds a time and a person."""


@dataclass
class _Posts:
    """One entry a post, in the order of time; `thread` and `parent` are places in these arrays."""

    at: "array[int]" = field(default_factory=lambda: array("q"))
    author: "array[int]" = field(default_factory=lambda: array("l"))
    thread: "array[int]" = field(default_factory=lambda: array("l"))
    parent: "array[int]" = field(default_factory=lambda: array("l"))
    depth: "array[int]" = field(default_factory=lambda: array("l"))
    replies: "array[int]" = field(default_factory=lambda: array("l"))
    written: "array[int]" = field(default_factory=lambda: array("l"))
    last_reply: "array[int]" = field(default_factory=lambda: array("q"))
    is_removed: bytearray = field(default_factory=bytearray)
    solves: bytearray = field(default_factory=bytearray)
    is_solved: bytearray = field(default_factory=bytearray)
    ids: list[str] = field(default_factory=list)


def add_talking(world: World, load: Loader) -> None:
    """All posts and what hangs on them."""
    random = world.random("talking")
    posts = _draw_posts(world, random)
    votes = Zipf(2.0, most=min(50, max(1, world.users // 4)))
    for place in range(len(posts.at)):
        score = _add_votes(world, load, random, posts, place, votes)
        reports = _add_reports(world, load, random, posts, place)
        _add_post(world, load, random, posts, place, score, reports)


def _draw_posts(world: World, random: Random) -> _Posts:
    zipf = Zipf(2.0)
    moments = array("q")
    for person in world.people():
        moments.extend(
            (world.some_time_since(person, random) - world.begins_ms) * _PEOPLE + person
            for _ in range(zipf.draw(random))
        )
    posts = _Posts()
    latest = max(20, world.users // 50)
    for place, moment in enumerate(sorted(moments)):
        since, author = divmod(moment, _PEOPLE)
        at = world.begins_ms + since
        parent = place - 1 - int(random.random() * min(place, latest)) if place else place
        root = posts.thread[parent] if place else place
        if random.random() < OPENS_A_THREAD or not place or posts.written[root] >= MOST_OF_A_PERSON:
            parent = root = place
        elif random.random() < 0.5:
            parent = root
        _append(posts, at, author, root, parent, is_removed=random.random() < IS_REMOVED)
        posts.ids.append(world.new_id(at, 50))
        if root != place and not posts.is_removed[place]:
            for above in {root, parent}:
                posts.replies[above] += 1
                posts.last_reply[above] = at
            if not posts.is_solved[root] and random.random() < SOLVES:
                posts.solves[place] = posts.is_solved[root] = 1
        posts.written[root] += 1
    return posts


def _append(posts: _Posts, at: int, author: int, root: int, parent: int, *, is_removed: bool) -> None:
    place = len(posts.at)
    posts.at.append(at)
    posts.author.append(author)
    posts.thread.append(root)
    posts.parent.append(parent)
    posts.depth.append(0 if parent == place else posts.depth[parent] + 1)
    for counts in (posts.replies, posts.written, posts.last_reply):
        counts.append(0)
    posts.is_removed.append(is_removed)
    posts.solves.append(0)
    posts.is_solved.append(0)


def _add_post(world: World, load: Loader, random: Random, posts: _Posts, place: int, score: int, reports: int) -> None:
    root, author = posts.thread[place], world.user_id(posts.author[place])
    opens, came = root == place, stamp(posts.at[place])
    # Eight posts in a row share a word that no other has: what a search is mostly about.
    body = f"{sentence(random, 12)} case{place // 8}"
    thread, parent = (NULL, NULL) if opens else (posts.ids[root], posts.ids[posts.parent[place]])
    category = world.catalogue.categories[place % len(world.catalogue.categories)] if opens else NULL
    title = f"About {sentence(random, 3)}" if opens else ""
    words = f"{title}\t{body}\t<p>{body}</p>"
    removed = f"{NULL}\t{NULL}"
    if posts.is_removed[place]:
        load.add("forum_removedtext", f"{posts.ids[place]}\t{words}")
        words, removed = "\t\t", f"{came}\t{author}"
    last = stamp(posts.last_reply[place]) if posts.last_reply[place] else NULL
    load.add(
        "forum_forumpost",
        f"{posts.ids[place]}\t{thread}\t{parent}\t{posts.depth[place]}\t{category}\t{author}\t{words}\t"
        f"{'t' if posts.solves[place] else 'f'}\t{removed}\t{posts.replies[place]}\t{last}\t{score}\t"
        f"{reports}\t{came}\t{came}",
    )
    if random.random() < MENTIONS:
        named = world.user_id(int(random.random() * world.users))
        load.add("forum_mention", f"{world.new_id(posts.at[place], 51)}\t{posts.ids[place]}\t{named}\t{came}")


def _add_votes(world: World, load: Loader, random: Random, posts: _Posts, place: int, zipf: Zipf) -> int:
    if random.random() > IS_VOTED_ON or world.users < 2:
        return 0
    voters = {int(random.random() * world.users) for _ in range(zipf.draw(random))} - {posts.author[place]}
    score, came = 0, stamp(posts.at[place])
    for voter in sorted(voters):
        value = 1 if random.random() < 0.85 else -1
        score += value
        load.add(
            "forum_vote",
            f"{world.new_id(posts.at[place], 52)}\t{posts.ids[place]}\t{world.user_id(voter)}\t{value}\t{came}\t{came}",
        )
    return score


def _add_reports(world: World, load: Loader, random: Random, posts: _Posts, place: int) -> int:
    """Old reports are closed, those of the last two months wait."""
    if random.random() > IS_REPORTED:
        return 0
    at, reporter = posts.at[place], int(random.random() * world.users)
    is_open = at > world.ends_ms - 60 * DAY
    came, moderator = stamp(at), world.user_id(1 if world.users > 1 else 0)
    closed = f"open\t{NULL}\t{NULL}" if is_open else f"rejected\t{moderator}\t{came}"
    load.add(
        "forum_report",
        f"{world.new_id(at, 53)}\t{posts.ids[place]}\t{world.user_id(reporter)}\tspam\t\t{closed}\t\t{came}\t{came}",
    )
    return int(is_open)
