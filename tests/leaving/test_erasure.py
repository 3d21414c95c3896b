"""Somebody leaves: nothing of them is left in any table, what others hold is, and everything still adds up."""

from uuid import UUID

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, ProgrammingError, connection, transaction
from django.utils import timezone

from badges.tests.factories import AwardFactory, BadgeFactory, PointsEntryFactory, PointsRuleFactory
from forum.models import ForumPost, Report, Sanction
from forum.tests.factories import ReplyFactory, ReportFactory, SanctionFactory, ThreadFactory, VoteFactory
from matches.models import Conversation, MentorMatch, Message, Review
from matches.tests.factories import MatchFactory, MessageFactory, ReviewFactory, SessionFactory
from notifications.models import Notification
from skillbridge_backend.core import erasure
from skillbridge_backend.core.access import acting_as, acting_as_service
from skillbridge_backend.core.derived import check_all
from skillbridge_backend.core.erasure import GONE, UNNAMED
from skillbridge_backend.core.models import IdempotencyRecord
from tests.policies.world import World, build_world
from users.enums import AuditAction
from users.models import AuditEntry, Departure, Profile, User
from users.services import LeavingService
from users.services.audit_seal import seal_once
from users.services.audit_verify import verify
from users.tests.factories import DepartureFactory, MentorFactory, UserFactory

GHOST = UUID("00000000-0000-7000-8000-000000000001")
HEADLINE = "Nurse who learns to bind books"
TRACES = ("zz-leaver", "Zz Leaver", "203.0.113.77", "LeaverBrowser", HEADLINE)
"""Handle, address, name, network address, browser and headline: in no cell of any table afterwards."""
# An id that leads nowhere any more: in the trail, in the admin's log, in the keys that keep a mentor from being paid
# twice for one learner, and for two weeks in the messages that told workers what to do.
KEPT_ID = {"users_auditentry", "django_admin_log", "badges_pointsentry", "core_outbox"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """In every table a row that is the learner's, and what only somebody who leaves shows."""
    for metric in ("replies_written", "questions_asked", "votes_received", "modules_completed", "mentorships_started"):
        PointsRuleFactory(metric=metric, points=3)
    BadgeFactory(criteria=[[{"metric": "points", "at_least": 1}]])
    world = build_world()
    Departure.objects.all().delete()
    User.objects.filter(pk=world.learner.pk).update(
        handle="zz-leaver", email="zz-leaver@example.org", display_name="Zz Leaver"
    )
    world.learner.refresh_from_db()
    return world


@pytest.fixture
def sealed(world: World) -> World:
    """The same without the entry and the seal that the world makes up, for those are what a verification names."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM users_auditseal")
        cursor.execute("DELETE FROM users_auditentry WHERE id = %s", [world.rows["users_auditentry"].pk])
    while seal_once():
        pass
    assert verify().findings == []
    return world


@pytest.fixture
def thread(world: World) -> ForumPost:
    """Asked by the leaver, answered and voted for by another, who has a vote of the leaver."""
    thread = ThreadFactory(author=world.learner)
    reply = ReplyFactory(thread=thread, author=world.other_learner, is_solution=True)
    VoteFactory(post=reply, user=world.learner)
    VoteFactory(post=thread, user=world.other_learner)
    return thread


def leave(person: User) -> None:
    DepartureFactory(user=person, is_due=True)
    assert LeavingService().erase(user_id=person.pk)


def cells(text: str) -> set[str]:
    """Tables with this text in a row."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT FROM {table} AS t WHERE t::text ILIKE %s LIMIT 1", [f"%{text}%"])
            found |= {table} if cursor.rowcount else set()
    return found


def with_traces_everywhere(world: World) -> None:
    """In the trail, in the admin's log, in kept answers and in what others were told."""
    person = world.learner
    with acting_as_service(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT private.audit_event('logged_in', %s, '{}', '203.0.113.77', 'LeaverBrowser')", [person.pk]
        )
        cursor.execute(
            "SELECT private.notify(%s, 'mentioned', %s, 'forum_post', NULL, %s, NULL)",
            [world.mentor.pk, person.pk, '{"by": "zz-leaver", "title": "T"}'],
        )
        cursor.execute(
            "SELECT set_config('request.jwt.claims', %s, true)",
            [f'{{"sub": "{person.pk}", "ip": "203.0.113.77", "user_agent": "LeaverBrowser"}}'],
        )
        # What the leaver did to others: their address is in those entries.
        User.objects.filter(pk=world.other_learner.pk).update(token_version=7)
        cursor.execute("SELECT set_config('request.jwt.claims', '', true)")
    LogEntry.objects.create(
        user_id=world.admin.pk, action_flag=CHANGE, object_id=str(person.pk), object_repr="zz-leaver",
        content_type=ContentType.objects.get_for_model(User), change_message="[]",
    )  # fmt: skip
    LogEntry.objects.create(
        user_id=world.admin.pk, action_flag=CHANGE, object_id=str(person.profile.pk), object_repr=HEADLINE,
        content_type=ContentType.objects.get_for_model(Profile), change_message="[]",
    )  # fmt: skip
    IdempotencyRecord.objects.create(
        user_id=person.pk, key="k", request_hash="0" * 64, status=201, body={"email": "zz-leaver@example.org"}
    )
    person.groups.add(Group.objects.create(name="helpers"))


def test_nothing_of_the_person_is_left_in_any_table(world: World, thread: ForumPost) -> None:
    with_traces_everywhere(world)
    person = world.learner.pk
    assert all(cells(trace) for trace in TRACES), "the traces were never there"
    assert len(cells(str(person))) > 25, "the person has a row almost everywhere"

    leave(world.learner)

    assert [(trace, cells(trace)) for trace in TRACES] == [(trace, set()) for trace in TRACES]
    assert cells(str(person)) <= KEPT_ID
    assert not User.objects.filter(pk=person).exists()


def test_everything_derived_still_adds_up(world: World, thread: ForumPost) -> None:
    match = MatchFactory.in_state("completed", mentor=MentorFactory().user, learner=world.learner)
    ReviewFactory(match=match, author=world.learner)
    meeting = SessionFactory(match=world.match)
    meeting.status = "confirmed"
    meeting.save()

    leave(world.learner)
    leave(world.mentor)

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert {finding.name: finding.wrong for finding in check_all() if finding.wrong} == {}


@pytest.mark.django_db(transaction=True)
def test_trail_verifies_before_and_after_sealing_and_names_nobody(sealed: World) -> None:
    with_traces_everywhere(sealed)
    while seal_once():
        pass
    with_traces = AuditEntry.objects.filter(user_id=sealed.learner.pk).exclude(before=None, after=None).count()
    assert with_traces

    leave(sealed.learner)
    assert verify().findings == []
    while seal_once():
        pass
    verdict = verify()

    assert verdict.findings == []
    assert verdict.erased >= with_traces
    told = AuditEntry.objects.filter(user_id=sealed.learner.pk).exclude(action=AuditAction.ERASED)
    assert told.exclude(before=None, after=None, details={}, told_salt=None).count() == 0
    # What the leaver did to somebody else is still told, without from where.
    done = AuditEntry.objects.get(actor_id=sealed.learner.pk, user_id=sealed.other_learner.pk, after__token_version=7)
    assert (done.ip_address, done.user_agent, done.source_salt) == (None, "", None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE users_auditentry SET action = 'logged_out' WHERE action = 'erased'",
        """UPDATE users_auditentry SET before = '{"role": "admin"}' WHERE action = 'deleted' AND after IS NULL
           AND table_name = 'users_user'""",
        "UPDATE users_auditentry SET told_salt = gen_random_uuid() WHERE action = 'erased'",
    ],
    ids=["event", "made up", "salt"],
)
def test_whoever_hides_behind_an_erasure_is_named(sealed: World, tampering: str) -> None:
    leave(sealed.learner)
    while seal_once():
        pass
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(tampering)

    assert any("was altered" in finding for finding in verify().findings)


@pytest.mark.django_db(transaction=True)
def test_entry_of_somebody_who_is_there_cannot_pass_as_erased(sealed: World) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE users_auditentry SET before = NULL, after = NULL, details = '{}', told_salt = NULL"
            " WHERE user_id = %s AND after ? 'handle'",
            [sealed.mentor.pk],
        )
        assert cursor.rowcount == 1

    assert any("was altered" in finding for finding in verify().findings)


def test_what_others_hold_stays_without_a_name(world: World, thread: ForumPost) -> None:
    match = world.match
    message = MessageFactory(conversation=Conversation.objects.get(match=match), sender=world.learner, body="Hello")
    ended = MatchFactory.in_state("completed", mentor=MentorFactory().user, learner=world.learner)
    review = ReviewFactory(match=ended, author=world.learner, text="Patient")
    report = ReportFactory(reporter=world.learner)

    leave(world.learner)

    match.refresh_from_db()
    assert (match.learner_id, match.mentor_id, match.status) == (GHOST, world.mentor.pk, "ended_early")
    assert Message.objects.get(pk=message.pk).body == "Hello"
    assert Message.objects.get(pk=message.pk).sender_id == GHOST
    assert (Review.objects.get(pk=review.pk).author_id, Review.objects.get(pk=review.pk).text) == (GHOST, "Patient")
    assert ForumPost.objects.get(pk=thread.pk).author_id is None
    assert Report.objects.get(pk=report.pk).reporter_id is None


def test_ghost_has_no_address_no_login_and_no_place_in_a_list(world: World, thread: ForumPost) -> None:
    leave(world.learner)
    leave(world.mentor)

    ghost = User.objects.with_hidden().get(pk=GHOST)
    assert (ghost.handle, ghost.display_name, ghost.is_active) == ("[deleted]", "Deleted member", False)
    assert not ghost.has_usable_password()
    assert not hasattr(ghost, "profile")
    assert not ghost.metric_totals.exists()
    with pytest.raises(ProgrammingError, match="not to be erased"):
        LeavingService().erase(user_id=GHOST)


def test_two_who_both_leave_take_what_was_between_them(world: World) -> None:
    leave(world.learner)
    leave(world.mentor)

    assert not MentorMatch.objects.filter(pk=world.match.pk).exists()
    assert not Message.objects.filter(sender_id=GHOST).exists()


def test_one_client_message_id_of_two_who_leave_is_in_nobodys_way(world: World) -> None:
    first = MessageFactory(conversation=world.match.conversation, sender=world.learner)
    other = MatchFactory.in_state("active", learner=world.other_learner, mentor=world.other_mentor)
    MessageFactory(
        conversation=other.conversation, sender=world.other_learner, client_message_id=first.client_message_id
    )

    leave(world.learner)
    leave(world.other_learner)

    assert Message.objects.filter(sender_id=GHOST).count() >= 2


def test_moderator_who_leaves_stays_in_what_they_decided(world: World) -> None:
    sanction = SanctionFactory(person=world.other_learner, imposed_by=world.moderator)
    entry = PointsEntryFactory(user=world.other_learner, booked_by=world.moderator, note="for the talk")
    award = AwardFactory(user=world.other_learner)
    type(award).objects.filter(pk=award.pk).update(
        revoked_at=timezone.now(), revoked_by=world.moderator, revoke_reason="by mistake"
    )

    leave(world.moderator)

    assert Sanction.objects.get(pk=sanction.pk).imposed_by_id == GHOST
    entry.refresh_from_db()
    award.refresh_from_db()
    assert (entry.booked_by_id, award.revoked_by_id) == (GHOST, GHOST)


def test_other_side_of_a_request_is_told_and_not_by_name(world: World) -> None:
    asked = MatchFactory(mentor=world.mentor)
    other_mentor = MentorFactory().user
    asks = MatchFactory(learner=world.learner, mentor=other_mentor)

    leave(world.mentor)
    leave(world.learner)

    told = {
        (each.recipient_id, each.kind): each.data["by"]
        for each in Notification.objects.filter(target_id__in=[asked.pk, asks.pk], kind__contains="match_")
    }
    assert told[(asked.learner_id, "match_declined")] == "Deleted member"
    assert told[(other_mentor.pk, "match_cancelled")] == "Deleted member"


def test_address_and_handle_are_free_again(world: World) -> None:
    leave(world.learner)

    again = UserFactory(email="zz-leaver@example.org", handle="zz-leaver")
    assert again.pk != world.learner.pk


def test_nobody_is_erased_who_did_not_ask_or_whose_time_is_not_over(world: World) -> None:
    with pytest.raises(ProgrammingError, match="nobody asked"):
        LeavingService().erase(user_id=world.learner.pk)


def test_young_departure_is_not_erased(world: World) -> None:
    DepartureFactory(user=world.learner)
    assert LeavingService().erase_due() == 0
    with pytest.raises(ProgrammingError, match="not time yet"):
        LeavingService().erase(user_id=world.learner.pk)


@pytest.mark.parametrize(
    "change",
    [
        "action = 'logged_out'", "told_hash = NULL", "user_id = NULL", "before = '{\"role\": \"learner\"}'",
        "told_salt = gen_random_uuid()", "ip_address = '192.0.2.9'", "details = '{\"x\": 1}'",
        "source_salt = NULL, user_agent = 'x'",
    ],
)  # fmt: skip
def test_nobody_rewrites_an_entry_not_even_the_definer(world: World, change: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("GRANT UPDATE ON users_auditentry TO sb_definer")
        cursor.execute("SET LOCAL ROLE sb_definer")
        with pytest.raises(ProgrammingError, match="append-only"):
            cursor.execute(f"UPDATE users_auditentry SET {change} WHERE user_id = %s", [world.learner.pk])


@pytest.fixture
def undeclared_column() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE probe (id uuid PRIMARY KEY, person_id uuid REFERENCES users_user (id))")
        cursor.execute("GRANT ALL ON probe TO sb_definer")


@pytest.mark.usefixtures("undeclared_column")
def test_column_that_does_not_say_what_becomes_of_it_stops_the_erasure(world: World) -> None:
    DepartureFactory(user=world.learner, is_due=True)

    with pytest.raises(OperationalError, match=r"probe\.person_id does not say"):
        LeavingService().erase(user_id=world.learner.pk)


def test_role_that_is_not_the_service_erases_nobody(world: World) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        acting_as(world.learner.pk),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT private.erase_account(%s)", [world.learner.pk])


def test_every_reference_to_an_account_says_what_becomes_of_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.conrelid::regclass || '.' || a.attname, col_description(c.conrelid, a.attnum)"
            " FROM pg_constraint AS c JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
            " WHERE c.contype = 'f' AND c.confrelid = 'users_user'::regclass"
        )
        said: dict[str, str | None] = dict(cursor.fetchall())

    undeclared = {name for name, fate in said.items() if fate not in {GONE, UNNAMED, erasure.GHOST}}
    assert undeclared == set(), "say GONE, UNNAMED or GHOST (core/erasure.py) as the field's db_comment"
    assert len(said) > 40
