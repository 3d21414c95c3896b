"""Random writes in the forum and between mentors and learners.

What changes rows that are there locks their posts first, as `forum/services/locking.py` says and every service does: a
statement locks the row it changes before any trigger can lock what stands above it.
"""

from datetime import timedelta
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from forum.models import ForumPost, Mention, Report, Sanction, Subscription, Vote
from forum.services.locking import lock_posts
from matches.models import Conversation, MentorMatch, Message, ReadPointer, Review, Session
from skillbridge_backend.core.ids import new_id
from tests.drift.hand import Hand, writer
from tests.rules.state_machines import BY_NAME
from users.models import LeaveWindow, Profile, ProfileSkill, SkillAlias, User

STEPS = {state: sorted(targets) for state, targets in BY_NAME["match"].steps.items()}
ENDED = {"completed", "ended_early", "declined", "cancelled", "expired"}


@writer(3)
def ask(hand: Hand) -> None:
    author = hand.person()
    with hand.acting_for(author):
        post = ForumPost.objects.create(
            author_id=author, category_id=hand.world.category, title="What is this?", body_markdown="x", body_html="x"
        )
    hand.world.add("thread", post.pk)
    hand.world.add("post", (post.pk, author, post.pk))


@writer(8)
def reply(hand: Hand) -> None:
    above, _, thread = hand.one("post")
    author = hand.person()
    with hand.acting_for(author):
        post = ForumPost.objects.create(
            author_id=author, thread_id=thread, parent_id=above, body_markdown="x", body_html="x"
        )
    hand.world.add("post", (post.pk, author, thread))


@writer(3)
def reply_in_many_threads(hand: Hand) -> None:
    rows = [
        ForumPost(author_id=hand.person(), thread_id=thread, parent_id=thread, body_markdown="x", body_html="x")
        for thread in hand.some("thread", 6)
    ]
    with hand.acting_for(None):
        ForumPost.objects.bulk_create(rows)
    hand.world.add("post", *((row.pk, row.author_id, row.thread_id) for row in rows))


@writer(4)
def remove_or_restore_posts(hand: Hand) -> None:
    posts = [post for post, _, _ in hand.some("post", 6)]
    removed_at = hand.rng.choice([None, timezone.now()])
    with hand.acting_for(None):
        lock_posts(*posts, with_those_above=True)
        hand.wrote(ForumPost.objects.filter(pk__in=posts).update(removed_at=removed_at, is_solution=False))


@writer(1)
def delete_post(hand: Hand) -> None:
    post, _, thread = hand.one("post")
    if post != thread:
        with hand.acting_for(None):
            lock_posts(post, with_those_above=True)
            hand.wrote(ForumPost.objects.filter(pk=post, replies=None).delete()[0])


@writer(3)
def accept_or_not(hand: Hand) -> None:
    post, _, thread = hand.one("post")
    with hand.acting_for(None):
        rows = ForumPost.objects.filter(pk=post, removed_at=None).exclude(pk=thread)
        hand.wrote(rows.update(is_solution=hand.rng.choice([True, False])))


@writer(8)
def vote(hand: Hand) -> None:
    post, _, _ = hand.one("post")
    voter = hand.person()
    with hand.acting_for(voter):
        Vote.objects.create(post_id=post, user_id=voter, value=hand.rng.choice([1, 1, -1]))


@writer(3)
def vote_on_many(hand: Hand) -> None:
    voter = hand.person()
    rows = [Vote(post_id=post, user_id=voter, value=1) for post, author, _ in hand.some("post", 8) if author != voter]
    with hand.acting_for(voter):
        Vote.objects.bulk_create(rows, ignore_conflicts=True)


@writer(3)
def turn_votes(hand: Hand) -> None:
    voter = hand.person()
    posts = [post for post, _, _ in hand.some("post", 10)]
    with hand.acting_for(voter):
        lock_posts(*posts)
        hand.wrote(Vote.objects.filter(user_id=voter, post_id__in=posts).update(value=-F("value")))


@writer(2)
def withdraw_votes(hand: Hand) -> None:
    voter = hand.person()
    posts = [post for post, _, _ in hand.some("post", 10)]
    with hand.acting_for(voter):
        lock_posts(*posts)
        hand.wrote(Vote.objects.filter(user_id=voter, post_id__in=posts).delete()[0])


@writer(3)
def mention(hand: Hand) -> None:
    rows = [Mention(post_id=post, user_id=hand.person()) for post, _, _ in hand.some("post", 4)]
    with hand.acting_for(None):
        Mention.objects.bulk_create(rows, ignore_conflicts=True)


@writer(3)
def follow_or_mute(hand: Hand) -> None:
    person = hand.person()
    with hand.acting_for(person):
        Subscription.objects.bulk_create(
            [Subscription(thread_id=hand.one("thread"), user_id=person, is_muted=hand.rng.random() < 0.5)],
            update_conflicts=True,
            unique_fields=["thread", "user"],
            update_fields=["is_muted", "updated_at"],
        )


@writer(1)
def warn(hand: Hand) -> None:
    with hand.acting_for(None):
        person = hand.person()
        Sanction.objects.filter(person_id=person, lifted_at=None).update(
            lifted_at=timezone.now(), lifted_by_id=hand.world.admin
        )
        Sanction.objects.create(person_id=person, kind="warned", reason="x", imposed_by_id=hand.world.admin)


@writer(1)
def close_or_open_account(hand: Hand) -> None:
    """Mostly open it, for few write to people who are gone."""
    with hand.acting_for(None):
        hand.wrote(User.objects.filter(pk=hand.person()).update(is_active=hand.rng.random() < 0.8))


@writer(3)
def change_an_offer(hand: Hand) -> None:
    mentor = hand.rng.choice(hand.world.mentors)
    with hand.acting_for(mentor):
        profile = Profile.objects.select_for_update().get(user_id=mentor)
        profile.is_offering_mentoring = hand.rng.random() < 0.8
        profile.mentoring_capacity = hand.rng.randint(1, 5)
        profile.is_seeking_mentoring = hand.rng.random() < 0.5
        profile.headline = hand.rng.choice(["Helps others", "Knows a lot"])
        profile.save()


@writer(3)
def learn_or_forget(hand: Hand) -> None:
    person, skill = hand.rng.choice(hand.world.mentors), hand.rng.choice(hand.world.skills)
    with hand.acting_for(person):
        profile = Profile.objects.select_for_update().get(user_id=person)
        row, is_new = ProfileSkill.objects.get_or_create(profile=profile, skill_id=skill, defaults={"level": 3})
        if not is_new and hand.rng.random() < 0.5:
            row.delete()
        elif not is_new:
            ProfileSkill.objects.filter(pk=row.pk).update(level=hand.rng.randint(0, 5))


@writer(1)
def go_away_or_come_back(hand: Hand) -> None:
    person, today = hand.rng.choice(hand.world.mentors), timezone.localdate()
    with hand.acting_for(person):
        profile = Profile.objects.select_for_update().get(user_id=person)
        profile.leave_windows.all().delete()
        if hand.rng.random() < 0.5:
            LeaveWindow.objects.create(profile=profile, starts_on=today, ends_on=today + timedelta(days=7))


@writer(1)
def hand_over_parts(hand: Hand) -> None:
    """Who hands over and who gets is locked first, as by whoever saves a profile."""
    with hand.acting_for(None):
        profiles = Profile.objects.filter(user__in=hand.world.mentors).order_by("pk").select_for_update()
        giver, receiver = hand.rng.sample(list(profiles), 2)
        moved = LeaveWindow.objects.filter(profile=giver).update(profile=receiver)
        known = ProfileSkill.objects.filter(profile=giver).exclude(skill__in=receiver.skills.values("skill"))
        hand.wrote(moved + known.update(profile=receiver))


@writer(1)
def rename_a_skill(hand: Hand) -> None:
    with hand.acting_for(None):
        hand.wrote(SkillAlias.objects.filter(skill_id=hand.rng.choice(hand.world.skills)).update(text=new_id().hex))


@writer(3)
def report(hand: Hand) -> None:
    reporter = hand.person()
    with hand.acting_for(reporter):
        Report.objects.bulk_create(
            Report(post_id=post, reporter_id=reporter, reason="spam") for post, _, _ in hand.some("post", 3)
        )


@writer(2)
def close_reports(hand: Hand) -> None:
    posts = [post for post, _, _ in hand.some("post", 10)]
    with hand.acting_for(None):
        lock_posts(*posts)
        rows = Report.objects.filter(post_id__in=posts, state="open")
        hand.wrote(rows.update(state=hand.rng.choice(["resolved", "rejected"]), resolved_at=timezone.now()))


@writer(5)
def request_mentor(hand: Hand) -> None:
    learner, mentor = hand.rng.choice(hand.world.learners), hand.rng.choice(hand.world.mentors)
    now = timezone.now()
    with hand.acting_for(learner):
        row = MentorMatch.objects.create(
            learner_id=learner, mentor_id=mentor, requested_at=now, expires_at=now + timedelta(days=7)
        )
    hand.world.add("match", (row.pk, learner, mentor))


@writer(14)
def step_match(hand: Hand) -> None:
    match, _, mentor = hand.one("match")
    with hand.acting_for(mentor):
        before = MentorMatch.objects.filter(pk=match).values_list("status", flat=True).first()
        if before in STEPS:
            _take(hand, [match], before, hand.rng.choice(STEPS[before]))


@writer(1)
def step_matches_of_many(hand: Hand) -> None:
    before, after = hand.rng.choice([("requested", "expired"), ("active", "completed"), ("active", "paused")])
    with hand.acting_for(None):
        _take(hand, [match for match, _, _ in hand.some("match", 10)], before, after)


def _take(hand: Hand, matches: list[UUID], before: str, after: str) -> None:
    now = timezone.now()
    changes: dict[str, object] = {"status": after}
    if after in {"info_requested", "accepted", "declined"}:
        changes["answered_at"] = now
    if after == "active" and before == "accepted":
        changes["started_at"] = now
    if after in ENDED:
        changes["ended_at"] = now
    hand.wrote(MentorMatch.objects.filter(pk__in=matches, status=before).update(**changes))


@writer(3)
def open_chat(hand: Hand) -> None:
    match, learner, mentor = hand.one("match")
    with hand.acting_for(learner):
        row = Conversation.objects.create(match_id=match)
    hand.world.add("conversation", (row.pk, learner, mentor))


@writer(8)
def write_messages(hand: Hand) -> None:
    conversation, *people = hand.one("conversation")
    sender = hand.rng.choice(people)
    with hand.acting_for(sender):
        Message.objects.bulk_create(
            Message(conversation_id=conversation, sender_id=sender, client_message_id=new_id(), body="x")
            for _ in range(hand.rng.randint(1, 3))
        )


@writer(5)
def read_on(hand: Hand) -> None:
    conversation, *people = hand.one("conversation")
    reader = hand.rng.choice(people)
    with hand.acting_for(reader):
        last = Conversation.objects.filter(pk=conversation).values_list("last_seq", flat=True).first()
        seq = hand.rng.randint(0, last or 0)
        pointer, _ = ReadPointer.objects.get_or_create(conversation_id=conversation, user_id=reader)
        rows = ReadPointer.objects.filter(pk=pointer.pk, last_read_seq__lt=seq)
        hand.wrote(rows.update(last_read_seq=seq, updated_at=timezone.now()))


@writer(3)
def plan_session(hand: Hand) -> None:
    match, learner, _ = hand.one("match")
    starts_at = timezone.now() + timedelta(hours=hand.rng.randint(1, 60))
    with hand.acting_for(learner):
        row = Session.objects.create(
            match_id=match, proposed_by_id=learner, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1)
        )
    hand.world.add("session", (row.pk, learner))


@writer(3)
def step_session(hand: Hand) -> None:
    session, learner = hand.one("session")
    with hand.acting_for(learner):
        hand.wrote(
            Session.objects.filter(pk=session).update(status=hand.rng.choice(["confirmed", "cancelled", "done"]))
        )


@writer(1)
def move_session(hand: Hand) -> None:
    session, _ = hand.one("session")
    match, _, _ = hand.one("match")
    with hand.acting_for(None):
        hand.wrote(Session.objects.filter(pk=session).update(match=match))


@writer(3)
def write_review(hand: Hand) -> None:
    match, learner, mentor = hand.one("match")
    author = hand.rng.choice([learner, mentor])
    with hand.acting_for(author):
        Review.objects.create(match_id=match, author_id=author, rating=hand.rng.randint(1, 5))


@writer(1)
def delete_match(hand: Hand) -> None:
    match, _, _ = hand.one("match")
    with hand.acting_for(None):
        hand.wrote(MentorMatch.objects.filter(pk=match, status__in=["declined", "cancelled", "expired"]).delete()[0])
