"""The audit trail as the database writes it: what is in an entry, what is never in one, and that it stays."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import ProgrammingError, connection, transaction

from skillbridge_backend.core.access import account_service, acting_as, acting_as_service
from users.clients import Client
from users.enums import AuditAction, Role
from users.models import AuditEntry, Skill, User
from users.services import audit
from users.tests.factories import AuditEntryFactory, SkillFactory, UserFactory

pytestmark = pytest.mark.django_db


def execute(sql: str, parameters: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def updates(table: str = "users_user") -> list[AuditEntry]:
    return list(AuditEntry.objects.changes(table).filter(action=AuditAction.UPDATED).order_by("id"))


def test_update_is_recorded_for_each_row_with_the_changed_columns_only() -> None:
    people = [UserFactory(), UserFactory()]

    User.objects.filter(pk__in=[person.pk for person in people]).update(role=Role.MENTOR, token_version=1)

    entries = updates()
    assert {(entry.user_id, entry.row_id) for entry in entries} == {(person.pk, str(person.pk)) for person in people}
    assert {(str(entry.before), str(entry.after)) for entry in entries} == {
        ("{'role': 'learner'}", "{'role': 'mentor'}")
    }


def test_entry_says_who_did_it_and_in_which_request() -> None:
    person = UserFactory()

    with acting_as(person.pk):
        execute("UPDATE users_user SET handle = 'another'")

    (entry,) = updates()
    assert (entry.actor_id, entry.role, entry.login) == (person.pk, "authenticated", "postgres")


def test_insert_and_delete_are_recorded_with_the_row() -> None:
    skill = SkillFactory(slug="python", name="Python")
    skill.aliases.all().delete()
    skill.delete()

    inserted, deleted = AuditEntry.objects.changes("users_skill").order_by("id")
    assert (inserted.action, inserted.before, deleted.action, deleted.after) == ("inserted", None, "deleted", None)
    assert isinstance(inserted.after, dict)
    assert inserted.after["slug"] == "python"
    assert inserted.after == deleted.before
    assert "updated_at" not in inserted.after


def test_bulk_insert_leaves_an_entry_for_each_row() -> None:
    Skill.objects.bulk_create(Skill(slug=f"s{n}", name=str(n), minutes_per_level=60) for n in range(50))

    slugs = AuditEntry.objects.changes("users_skill").values_list("after__slug", flat=True)
    assert set(slugs) == {f"s{n}" for n in range(50)}


def test_upsert_leaves_one_entry_for_what_it_did() -> None:
    skill = SkillFactory(slug="python", name="Python")

    Skill.objects.bulk_create(
        [
            Skill(
                slug="python", name="Python 3", minutes_per_level=skill.minutes_per_level, description=skill.description
            )
        ],
        update_conflicts=True,
        unique_fields=["slug"],
        update_fields=["name"],
    )

    assert [(entry.before, entry.after) for entry in updates("users_skill")] == [
        ({"name": "Python"}, {"name": "Python 3"})
    ]


def test_secrets_are_named_and_never_valued() -> None:
    person = UserFactory(email="ada@example.org")
    former_name = person.display_name
    person.set_password("a sentence that nobody knows")
    person.email, person.display_name = "countess@example.net", "Countess"
    person.save()

    (entry,) = updates()
    assert entry.after == {"password": "(hidden)", "email": "c***@example.net", "display_name": "C***"}
    assert entry.before == entry.after | {"email": "a***@example.org", "display_name": f"{former_name[0]}***"}
    stored = str(list(AuditEntry.objects.values()))
    for secret in (person.password, "ada@example.org", "countess", "argon2"):
        assert secret not in stored


@pytest.mark.parametrize("statement", ["SET last_login = now()", "SET updated_at = now()", "SET role = role"])
def test_what_changes_nothing_of_weight_leaves_no_entry(statement: str) -> None:
    UserFactory()

    execute(f"UPDATE users_user {statement}")  # statements of the test itself

    assert updates() == []


def test_rolled_back_change_leaves_no_entry() -> None:
    person = UserFactory()

    with transaction.atomic():
        User.objects.filter(pk=person.pk).update(role=Role.ADMIN)
        transaction.set_rollback(True)

    assert updates() == []


def test_groups_and_permissions_are_recorded_with_whom_they_concern() -> None:
    person, group = UserFactory(), Group.objects.create(name="editors")
    permission = Permission.objects.first()
    assert permission is not None
    person.groups.add(group)
    person.user_permissions.add(permission)
    group.permissions.add(permission)
    person.groups.clear()

    entries = AuditEntry.objects.exclude(table_name__in=["", "users_user"]).order_by("id")
    assert [(entry.table_name, entry.action, entry.user_id) for entry in entries] == [
        ("auth_group", AuditAction.INSERTED, None),
        ("users_user_groups", AuditAction.INSERTED, person.pk),
        ("users_user_user_permissions", AuditAction.INSERTED, person.pk),
        ("auth_group_permissions", AuditAction.INSERTED, None),
        ("users_user_groups", AuditAction.DELETED, person.pk),
    ]


def test_entries_outlive_the_account() -> None:
    person = UserFactory()
    former_id = person.pk
    person.delete()

    entries = AuditEntry.objects.filter(user_id=former_id).order_by("id")
    assert [entry.action for entry in entries] == [AuditAction.INSERTED, AuditAction.DELETED]


def test_event_is_stamped_by_the_database() -> None:
    person = UserFactory()

    with account_service():
        audit.record(
            AuditAction.LOGGED_IN, user=person, client=Client(ip_address="2001:db8::1", user_agent="phone"), family="f"
        )

    entry = AuditEntry.objects.events().get()
    assert (entry.user_id, entry.actor_id, entry.role, entry.login) == (person.pk, None, "account_service", "postgres")
    assert (entry.ip_address, entry.user_agent, entry.details) == ("2001:db8::1", "phone", {"family": "f"})


class TestAppendOnly:
    STATEMENTS = (
        "UPDATE users_auditentry SET action = 'logged_out'",
        "DELETE FROM users_auditentry",
        "TRUNCATE users_auditentry",
    )
    ROLES = (
        "service_role", "sb_definer", "account_service", "webhook_service", "authenticated", "anon",
        "sb_admin", "sb_web", "sb_worker",
    )  # fmt: skip

    @pytest.mark.parametrize("statement", STATEMENTS)
    @pytest.mark.parametrize("role", ROLES)
    def test_no_role_of_the_application_changes_or_removes_an_entry(self, statement: str, role: str) -> None:
        entry = AuditEntryFactory()

        with pytest.raises(ProgrammingError, match=r"permission denied|append-only"), transaction.atomic():
            execute(f"SET LOCAL ROLE {role}; {statement}")

        assert AuditEntry.objects.events().get() == entry

    @pytest.mark.parametrize("statement", STATEMENTS)
    @pytest.mark.parametrize("role", ["sb_owner", "postgres"])
    def test_triggers_refuse_it_even_to_the_owner(self, statement: str, role: str) -> None:
        AuditEntryFactory()
        # Switched off for the tests' database in conftest.py.
        execute("ALTER TABLE users_auditentry ENABLE TRIGGER audit_refuse_truncate")

        with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
            execute(f"SET LOCAL ROLE {role}; {statement}")

    @pytest.mark.parametrize("role", [role for role in ROLES if role != "sb_definer"])
    def test_only_the_database_inserts(self, role: str) -> None:
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            execute(
                f"SET LOCAL ROLE {role};"
                " INSERT INTO users_auditentry (occurred_at, login, role, action, table_name, row_id, user_agent,"
                " request_id, details) VALUES (now(), '', '', 'logged_in', '', '', '', '', '{}')"
            )

    @pytest.mark.parametrize("role", ["authenticated", "anon", "webhook_service", "sb_web"])
    def test_people_make_up_no_events(self, role: str) -> None:
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            execute(f"SET LOCAL ROLE {role}; SELECT private.audit_event('logged_in', NULL, '{{}}', NULL, '')")

    def test_audited_tables_are_not_emptied_without_a_trace(self) -> None:
        with pytest.raises(ProgrammingError, match="permission denied"), acting_as_service():
            execute("TRUNCATE users_user CASCADE")


def test_attaching_refuses_a_column_that_is_not_there() -> None:
    with pytest.raises(ProgrammingError, match="has no column secret"), transaction.atomic():
        execute("SELECT private.audit_table('notifications_preference', 'secret')")
