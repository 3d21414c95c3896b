"""Sanctions: who may impose them, what they forbid whoever writes, who is told, and what stays of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from forum.models import ForumPost, Mention, Report, Sanction, Vote
from forum.tests.factories import CategoryFactory, ReplyFactory, SanctionFactory, ThreadFactory, VoteFactory
from notifications.models import Notification
from skillbridge_backend.core.access import DatabaseRole, acting_as, enter_role
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import AuditEntry, User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SANCTIONS = "/api/v1/forum/sanctions/"
As = Callable[[User], ApiClient]


def refused(constraint: str, action: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        action()
    assert caught.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]  # psycopg2's error


def tomorrow() -> str:
    return (timezone.now() + timedelta(days=1)).isoformat()


# --- what the database upholds


@pytest.mark.parametrize("kind", ["muted", "suspended"])
def test_who_is_silenced_writes_votes_and_reports_nothing_whoever_hands_it_in(kind: str) -> None:
    thread = ThreadFactory()
    person = SanctionFactory(kind=kind).person
    others = UserFactory()
    refused("sanction_forbids_writing", lambda: ThreadFactory(author=person))
    refused(
        "sanction_forbids_writing",
        lambda: ForumPost.objects.bulk_create(
            ForumPost(thread=thread, parent=thread, author=author, body_markdown="x", body_html="x")
            for author in (others, person)
        ),
    )
    refused("sanction_forbids_writing", lambda: Vote.objects.create(post=thread, user=person, value=1))
    refused("sanction_forbids_writing", lambda: Report.objects.create(post=thread, reporter=person, reason="spam"))
    ReplyFactory(thread=thread, author=others)


@pytest.mark.parametrize("kind", ["muted", "suspended"])
def test_who_is_silenced_names_nobody_in_what_they_wrote_before(kind: str) -> None:
    post, others = ThreadFactory(), UserFactory()
    SanctionFactory(person=post.author, kind=kind)

    def name_somebody() -> None:
        with acting_as(post.author_id):
            Mention.objects.bulk_create([Mention(post=post, user=others)])

    refused("sanction_forbids_writing", name_somebody)
    assert not Notification.objects.filter(kind="mentioned").exists()


def test_who_is_silenced_may_remove_what_they_wrote_and_not_change_it(api_as: As) -> None:
    post = ThreadFactory()
    SanctionFactory(person=post.author, kind="muted")
    client, url = api_as(post.author), f"/api/v1/forum/posts/{post.pk}/"
    assert client.patch(url, {"body_markdown": "x"}).status_code == 403
    assert client.delete(url).status_code == 204


def test_warned_person_writes_on() -> None:
    assert ThreadFactory(author=SanctionFactory(kind="warned", ends_at=None).person).pk


@pytest.mark.parametrize(
    "times",
    [
        {"starts_at": timedelta(days=-2), "ends_at": timedelta(days=-1)},
        {"starts_at": timedelta(days=1), "ends_at": timedelta(days=2)},
        {"starts_at": timedelta(days=-2), "ends_at": timedelta(days=1), "lifted_at": timedelta(days=-1)},
    ],
    ids=["has run out", "is to come", "was lifted"],
)
def test_sanction_that_does_not_count_now_forbids_nothing(times: dict[str, timedelta]) -> None:
    sanction = SanctionFactory(**{name: timezone.now() + away for name, away in times.items()})
    assert ThreadFactory(author=sanction.person).pk


def test_one_of_a_kind_is_active_and_one_that_has_run_out_makes_room() -> None:
    first = SanctionFactory()
    refused("sanction_one_active", lambda: SanctionFactory(person=first.person))
    SanctionFactory(person=first.person, kind="suspended", ends_at=None)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE forum_sanction SET starts_at = now() - interval '2 days', ends_at = now() - interval '1 day'"
            " WHERE id = %s",
            [first.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    SanctionFactory(person=first.person)
    first.refresh_from_db()
    assert first.lifted_at == first.ends_at
    assert first.lifted_by is None


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "suspended"},
        {"reason": "Something else."},
        {"ends_at": None, "kind": "suspended"},
        {"starts_at": timezone.now() - timedelta(days=5)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_was_decided_stays(change: dict[str, Any]) -> None:
    sanction = SanctionFactory()
    refused("sanction_stays", lambda: Sanction.objects.filter(pk=sanction.pk).update(**change))


def test_what_was_lifted_stays_lifted() -> None:
    sanction = SanctionFactory()
    rows = Sanction.objects.filter(pk=sanction.pk)
    rows.update(lifted_at=timezone.now(), lifted_by=sanction.imposed_by)
    refused("sanction_stays", lambda: rows.update(lifted_at=None, lifted_by=None))


def test_person_is_told_once_with_the_reason_and_the_trail_has_it() -> None:
    sanction = SanctionFactory()
    notification = Notification.objects.get(recipient=sanction.person, kind="sanctioned")
    assert notification.data["measure"] == "muted"
    assert notification.data["reason"] == "Advertising again."
    assert notification.data["until"] == f"{sanction.ends_at:%Y-%m-%d %H:%M}"
    entry = AuditEntry.objects.get(table_name="forum_sanction")
    assert (entry.action, entry.row_id, entry.user_id) == ("inserted", str(sanction.pk), sanction.person_id)


# --- over the API


def test_moderator_mutes_and_the_person_hears_until_when(api_as: As) -> None:
    moderator, person = UserFactory(role="moderator"), UserFactory()
    thread, category = ThreadFactory(), CategoryFactory()
    vote = VoteFactory(user=person)
    post = ThreadFactory(author=person)
    body = {"person": person.handle, "kind": "muted", "reason": "Advertising", "ends_at": tomorrow()}

    imposed = api_as(moderator).post(SANCTIONS, body, format="json")

    assert imposed.status_code == 201, imposed.json()
    assert imposed.json()["imposed_by"] == moderator.handle
    theirs = api_as(person)
    question = {"category": category.slug, "title": "Buy my course", "body_markdown": "now"}
    attempts = [
        theirs.post("/api/v1/forum/threads/", question, format="json"),
        theirs.post(f"/api/v1/forum/threads/{thread.pk}/replies/", {"body_markdown": "x"}, format="json"),
        theirs.put(f"/api/v1/forum/posts/{thread.pk}/vote/", {"value": 1}, format="json"),
        theirs.put(f"/api/v1/forum/posts/{vote.post_id}/vote/", {"value": -1}, format="json"),
        theirs.post(f"/api/v1/forum/posts/{thread.pk}/report/", {"reason": "spam"}, format="json"),
        theirs.patch(f"/api/v1/forum/posts/{post.pk}/", {"body_markdown": "Buy my course"}, format="json"),
    ]
    for response in attempts:
        assert (response.status_code, response.json()["code"]) == (403, "forum_sanctioned"), response.json()
        assert response.json()["detail"].startswith("Muted in the forum until 20")
    assert theirs.delete(f"/api/v1/forum/posts/{vote.post_id}/vote/").status_code == 200
    assert theirs.delete(f"/api/v1/forum/posts/{post.pk}/").status_code == 204
    (seen,) = theirs.get(SANCTIONS).json()["results"]
    assert seen["reason"] == "Advertising"

    lifted = api_as(moderator).post(f"{SANCTIONS}{seen['id']}/lift/")
    assert lifted.json()["lifted_by"] == moderator.handle
    assert theirs.post("/api/v1/forum/threads/", question, format="json").status_code == 201
    again = api_as(moderator).post(f"{SANCTIONS}{seen['id']}/lift/")
    assert (again.status_code, again.json()["code"]) == (409, "sanction_over")


def test_suspension_until_further_notice_says_so(api_as: As) -> None:
    person = SanctionFactory(kind="suspended", ends_at=None).person
    response = api_as(person).put(f"/api/v1/forum/posts/{ThreadFactory().pk}/vote/", {"value": 1}, format="json")
    assert response.json()["detail"] == "Suspended in the forum until further notice."


def test_second_sanction_of_a_kind_is_a_conflict(api_as: As) -> None:
    person = SanctionFactory().person
    body = {"person": person.handle, "kind": "muted", "reason": "Again", "ends_at": tomorrow()}
    response = api_as(UserFactory(role="moderator")).post(SANCTIONS, body, format="json")
    assert (response.status_code, response.json()["code"]) == (409, "already_sanctioned")


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("person", {"person": "nobody"}),
        ("reason", {"reason": "   "}),
        ("ends_at", {"ends_at": None}),
        ("ends_at", {"ends_at": "2020-01-01T00:00:00Z"}),
        ("kind", {"kind": "hanged"}),
    ],
)
def test_nonsense_is_refused_with_its_field(api_as: As, field: str, change: dict[str, Any]) -> None:
    body = {"person": UserFactory().handle, "kind": "muted", "reason": "x", "ends_at": tomorrow()} | change
    response = api_as(UserFactory(role="moderator")).post(SANCTIONS, body, format="json")
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_only_moderators_decide_about_people_and_only_admins_about_moderators(api_as: As) -> None:
    person, moderator, admin = UserFactory(), UserFactory(role="moderator"), UserFactory(role="admin")
    body = {"kind": "warned", "reason": "x"}

    def impose(actor: User, about: User) -> int:
        return api_as(actor).post(SANCTIONS, body | {"person": about.handle}, format="json").status_code

    assert impose(UserFactory(), person) == 403
    assert impose(moderator, moderator) == 403
    assert impose(moderator, admin) == 403
    assert impose(admin, admin) == 403
    assert impose(admin, moderator) == 201
    sanction = Sanction.objects.get()
    assert api_as(person).post(f"{SANCTIONS}{sanction.pk}/lift/").status_code == 403


def test_moderator_lifts_neither_their_own_nor_a_colleagues_sanction(api_as: As) -> None:
    moderator, colleague, admin = (
        UserFactory(role="moderator"),
        UserFactory(role="moderator"),
        UserFactory(role="admin"),
    )
    sanction = SanctionFactory(person=moderator, kind="warned", imposed_by=admin)

    def lift(actor: User) -> int:
        return api_as(actor).post(f"{SANCTIONS}{sanction.pk}/lift/").status_code

    assert lift(moderator) == 403
    assert lift(colleague) == 403
    assert lift(admin) == 200


@pytest.mark.parametrize("about", ["themselves", "a colleague", "a person, in another's name"])
def test_database_lets_moderators_decide_about_others_only_and_in_their_own_name(about: str) -> None:
    moderator, colleague, person = UserFactory(role="moderator"), UserFactory(role="moderator"), UserFactory()
    whom = {"themselves": moderator, "a colleague": colleague}.get(about, person)
    imposed = SanctionFactory(person=whom, kind="warned", imposed_by=UserFactory(role="admin"))
    lifted_by = moderator if whom != person else colleague

    def write(statement: str, *values: Any) -> int:
        """Rows that the moderator wrote in plain SQL."""
        with transaction.atomic():
            enter_role(DatabaseRole.AUTHENTICATED, user_id=moderator.pk, user_role="moderator")
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return int(cursor.rowcount)

    lift = "UPDATE forum_sanction SET lifted_at = clock_timestamp(), lifted_by_id = %s WHERE id = %s"
    impose = (
        "INSERT INTO forum_sanction (id, person_id, kind, reason, imposed_by_id, starts_at, created_at, updated_at)"
        " VALUES (%s, %s, 'suspended', 'So', %s, now(), now(), now())"
    )
    if whom == person:
        with pytest.raises(ProgrammingError, match="row-level security"):
            write(lift, lifted_by.pk, imposed.pk)
        assert write(lift, moderator.pk, imposed.pk) == 1
    else:
        assert write(lift, lifted_by.pk, imposed.pk) == 0
    with pytest.raises(ProgrammingError, match="row-level security"):
        write(impose, new_id(), whom.pk, lifted_by.pk)


def test_people_see_their_own_and_moderators_all(api_as: As) -> None:
    mine, other = SanctionFactory(), SanctionFactory(kind="suspended", ends_at=None)
    Sanction.objects.filter(pk=other.pk).update(lifted_at=timezone.now(), lifted_by=other.imposed_by)
    theirs, moderators = api_as(mine.person), api_as(mine.imposed_by)

    def seen(client: ApiClient, query: str = "") -> set[str]:
        return {row["id"] for row in client.get(SANCTIONS + query).json()["results"]}

    assert seen(theirs) == {str(mine.pk)}
    assert theirs.get(f"{SANCTIONS}{other.pk}/").status_code == 404
    assert theirs.get(f"{SANCTIONS}{mine.pk}/").status_code == 200
    assert seen(moderators) == {str(mine.pk), str(other.pk)}
    assert seen(moderators, "?active=true") == {str(mine.pk)}
    assert seen(moderators, "?active=false") == {str(other.pk)}
    assert seen(moderators, f"?person={other.person.handle}") == {str(other.pk)}
    assert str(mine) == f"{mine.person_id} muted"
