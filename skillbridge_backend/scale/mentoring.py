"""Matches with their conversations, sessions and reviews."""

from collections import Counter
from random import Random

from skillbridge_backend.scale.bulk import Loader
from skillbridge_backend.scale.world import DAY, NULL, World, Zipf, capacity_of, role_of, sentence, stamp

COLUMNS = {
    "matches_mentormatch": "id learner_id mentor_id status message answer end_reason score components matcher"
    " requested_at expires_at answered_at started_at ended_at created_at updated_at",
    "matches_conversation": "id match_id last_seq last_message_at created_at updated_at",
    "matches_message": "id conversation_id sender_id seq client_message_id body sent_at",
    "matches_readpointer": "id conversation_id user_id last_read_seq created_at updated_at",
    "matches_session": "id match_id learner_id mentor_id proposed_by_id status starts_at ends_at location created_at"
    " updated_at",
    "matches_review": "id match_id author_id subject_id subject_is_mentor rating text revealed_at created_at"
    " updated_at",
}
SORTED_BY = {"matches_message": "id"}
STATUSES = Counter(
    {
        "completed": 30, "active": 22, "ended_early": 10, "declined": 10, "expired": 8, "accepted": 5, "cancelled": 5,
        "requested": 5, "paused": 3, "info_requested": 2,
    }
)  # fmt: skip
TAKES_A_PLACE = {"accepted", "active", "paused"}
STARTED = {"active", "paused", "completed", "ended_early"}
OVER = {"completed", "ended_early"}
WAITING = {"requested", "info_requested"}


def add_mentoring(world: World, load: Loader) -> None:
    """Two learners of five have asked one mentor or two; some mentors are asked much more than others."""
    random = world.random("mentoring")
    zipf = Zipf(1.8, most=300)
    mentors, statuses = world.mentors(), list(STATUSES.elements())
    taken: Counter[int] = Counter()
    if not mentors:
        return
    for learner in world.people():
        if role_of(learner) != "learner" or random.random() > 0.4:
            continue
        asked = {mentors[int(len(mentors) * random.random() ** 2)] for _ in range(1 + int(random.random() < 0.3))}
        for place, mentor in enumerate(sorted(asked)):
            status = statuses[int(random.random() * len(statuses))]
            if status in TAKES_A_PLACE and taken[mentor] >= capacity_of(mentor):
                status = "declined"
            if status in TAKES_A_PLACE:
                taken[mentor] += 1
            _add_match(world, load, random, learner, mentor, status, zipf, slot=0 if place else taken[mentor])


def _add_match(
    world: World, load: Loader, random: Random, learner: int, mentor: int, status: str, zipf: Zipf, *, slot: int
) -> None:
    begins = world.ends_ms - int(random.random() * 6 * DAY)
    if status not in WAITING:
        begins = min(begins, world.some_time_since(max(learner, mentor), random))
    left = world.ends_ms - begins
    answered = begins + left // 10 if status not in {"requested", "expired", "cancelled"} else 0
    started = begins + left // 5 if status in STARTED else 0
    ended = begins + left * 7 // 10 if status in OVER else 0
    match, came = world.new_id(begins, 40), stamp(begins)
    left_at, right = world.user_id(learner), world.user_id(mentor)
    load.add(
        "matches_mentormatch",
        f"{match}\t{left_at}\t{right}\t{status}\t{sentence(random, 8)}\t\t\t{int(random.random() * 4096)}\t{{}}"
        f"\t{{}}\t{came}\t{stamp(begins + 7 * DAY)}\t{_or_null(answered)}\t{_or_null(started)}\t{_or_null(ended)}"
        f"\t{came}\t{came}",
    )
    if answered and status != "declined":
        said = 0 if status == "accepted" else zipf.draw(random)
        _add_conversation(world, load, random, match, (left_at, right), answered, ended or world.ends_ms, said)
    if status == "active" and slot:
        _add_session(world, load, match, left_at, right, "confirmed", world.ends_ms + DAY + slot * DAY // 12)
    if status == "completed":
        _add_session(world, load, match, left_at, right, "done", (started + ended) // 2)
        written = [pair for pair in ((left_at, right), (right, left_at)) if random.random() < 0.65]
        # Two reviews show when the second comes, one shows when nobody may answer it any more.
        revealed = stamp(ended if len(written) == 2 else ended + 14 * DAY)
        for author, subject in written:
            load.add(
                "matches_review",
                f"{world.new_id(ended, 41)}\t{match}\t{author}\t{subject}\t{'ft'[author == left_at]}\t"
                f"{2 + int(random.random() * 4)}\t{sentence(random, 10)}\t{revealed}\t{stamp(ended)}\t{stamp(ended)}",
            )


def _add_conversation(
    world: World, load: Loader, random: Random, match: str, people: tuple[str, str], begins: int, ends: int, said: int
) -> None:
    conversation, last = world.new_id(begins, 42), 0
    for seq in range(1, said + 1):
        last = begins + (ends - begins) * seq // (said + 1)
        message = world.new_id(last, 43)
        load.add(
            "matches_message",
            f"{message}\t{conversation}\t{people[seq % 2]}\t{seq}\t{message}\t{sentence(random, 12)}\t{stamp(last)}",
        )
    opened, changed = stamp(begins), stamp(last or begins)
    load.add("matches_conversation", f"{conversation}\t{match}\t{said}\t{_or_null(last)}\t{opened}\t{changed}")
    for number, person in enumerate(people):
        read = said if number else int(said * random.random())
        if read:
            load.add(
                "matches_readpointer",
                f"{world.new_id(begins, 44)}\t{conversation}\t{person}\t{read}\t{opened}\t{changed}",
            )


def _add_session(world: World, load: Loader, match: str, learner: str, mentor: str, status: str, starts: int) -> None:
    now = stamp(min(starts, world.ends_ms))
    load.add(
        "matches_session",
        f"{world.new_id(starts, 45)}\t{match}\t{learner}\t{mentor}\t{mentor}\t{status}\t{stamp(starts)}\t"
        f"{stamp(starts + DAY // 24)}\t\t{now}\t{now}",
    )


def _or_null(at_ms: int) -> str:
    return stamp(at_ms) if at_ms else NULL
