"""What the database holds to about granted roadmaps, whoever asks: no read without an entry, no entry by hand."""

import json
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from roadmaps.enums import ModuleStatus
from roadmaps.models import (
    Generation,
    GrantedRead,
    Module,
    ModulePrerequisite,
    Note,
    OwnResource,
    Roadmap,
    RoadmapGrant,
)
from roadmaps.services import GrantService
from roadmaps.tests.factories import (
    GenerationFactory,
    GrantedReadFactory,
    ModuleFactory,
    ModulePrerequisiteFactory,
    NoteFactory,
    OwnResourceFactory,
    RoadmapFactory,
    RoadmapGrantFactory,
)
from skillbridge_backend.core.access import DatabaseRole, acting_as, enter_role
from skillbridge_backend.core.errors import DomainError
from users.enums import Role
from users.models import AuditEntry, User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
in_transactions = pytest.mark.django_db(transaction=True)


def opened(grant: RoadmapGrant) -> bool:
    return GrantService.open(roadmap_id=grant.roadmap_id)


def reset_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def visible() -> list[Roadmap]:
    return list(Roadmap.objects.all())


@in_transactions
def test_granted_roadmap_is_visible_in_the_transaction_that_logs_it_and_in_no_other() -> None:
    grant = RoadmapGrantFactory()
    with acting_as(grant.mentor_id):
        assert visible() == []
        assert opened(grant)
        assert visible() == list(Roadmap.objects.visible_to(grant.mentor)) == [grant.roadmap]
    with acting_as(grant.mentor_id):
        assert visible() == []
    entry = GrantedRead.objects.get()
    assert (entry.owner, entry.mentor, entry.roadmap_id, entry.grant_id) == (
        grant.owner, grant.mentor, grant.roadmap_id, grant.pk,
    )  # fmt: skip


@in_transactions
def test_reader_who_rolls_back_to_before_the_entry_sees_nothing_more() -> None:
    grant = RoadmapGrantFactory()
    with acting_as(grant.mentor_id):
        with transaction.atomic():
            assert opened(grant)
            transaction.set_rollback(True)
        enter_role(DatabaseRole.AUTHENTICATED, user_id=grant.mentor_id)
        assert visible() == []
    assert not GrantedRead.objects.exists()


def test_mentor_sees_modules_that_are_in_the_plan_and_what_they_build_on_and_nothing_else() -> None:
    edge = ModulePrerequisiteFactory()
    roadmap = edge.module.roadmap
    Module.objects.filter(pk=edge.requires_id).update(roadmap=roadmap, position=2)
    removed = ModuleFactory(roadmap=roadmap, position=3, status=ModuleStatus.REMOVED)
    ModulePrerequisiteFactory(module=removed, requires=edge.module)
    ModuleFactory(roadmap__owner=roadmap.owner)
    for made in (
        NoteFactory(module=edge.module),
        OwnResourceFactory(module=edge.module),
        GenerationFactory(roadmap=roadmap),
    ):
        assert type(made)._default_manager.exists()
    grant = RoadmapGrantFactory(roadmap=roadmap)
    with acting_as(grant.mentor_id):
        assert opened(grant)
        assert set(Module.objects.values_list("pk", flat=True)) == {edge.module_id, edge.requires_id}
        assert list(ModulePrerequisite.objects.all()) == [edge]
        for model in (Note, OwnResource, Generation, GrantedRead):
            assert not model._default_manager.exists(), model


def test_opened_roadmap_can_be_read_and_not_written() -> None:
    module = ModuleFactory()
    grant = RoadmapGrantFactory(roadmap=module.roadmap)
    with acting_as(grant.mentor_id):
        assert opened(grant)
        assert Roadmap.objects.update(title="Mine") == 0
        assert Module.objects.update(title="Mine") == 0
        assert Module.objects.all().delete()[0] == 0
        assert list(Roadmap.objects.select_for_update()) == []
        assert RoadmapGrant.objects.update(revoked_at=None) == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            ModuleFactory(roadmap=module.roadmap, position=2, skill=None)


@pytest.mark.parametrize(
    "end",
    [
        lambda grant: RoadmapGrant.objects.update(revoked_at=timezone.now()),
        lambda grant: RoadmapGrant.objects.update(
            created_at=timezone.now() - timedelta(days=9), expires_at=timezone.now() - timedelta(days=1)
        ),
        lambda grant: User.objects.filter(pk=grant.mentor_id).update(is_active=False),
        lambda grant: User.objects.filter(pk=grant.mentor_id).update(role=Role.LEARNER),
        lambda grant: Roadmap.objects.update(owner=UserFactory()),
        lambda grant: Roadmap.objects.filter(pk=grant.roadmap_id).delete(),
    ],
    ids=["revoked", "expired", "deactivated", "demoted", "given away", "deleted"],
)
def test_grant_that_ends_opens_nothing_not_even_in_the_middle_of_a_read(end: Callable[[RoadmapGrant], Any]) -> None:
    grant = RoadmapGrantFactory()
    with acting_as(grant.mentor_id):
        assert opened(grant)
        assert visible() == [grant.roadmap]
    end(grant)
    with acting_as(grant.mentor_id):
        assert visible() == []
        assert not opened(grant)
    assert GrantedRead.objects.count() == 1


def test_entry_of_a_former_cluster_with_the_number_of_this_transaction_opens_nothing() -> None:
    grant = RoadmapGrantFactory()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        number = cursor.fetchone()[0]
    old = {"owner": grant.owner, "mentor": grant.mentor, "roadmap_id": grant.roadmap_id, "grant_id": grant.pk}
    GrantedReadFactory(**old, transaction_id=number, read_at=timezone.now() - timedelta(days=3))
    with acting_as(grant.mentor_id):
        assert visible() == []
        assert opened(grant)
        assert visible() == [grant.roadmap]


@pytest.mark.parametrize("role", [DatabaseRole.AUTHENTICATED, DatabaseRole.SERVICE])
def test_nobody_writes_the_log_by_hand(role: DatabaseRole) -> None:
    entry = GrantedReadFactory()
    for write in (
        lambda: GrantedReadFactory(owner=entry.owner, mentor=entry.mentor),
        lambda: GrantedRead.objects.update(mentor=entry.owner),
        lambda: GrantedRead.objects.all().delete(),
    ):
        enter_role(role, user_id=entry.mentor_id)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            write()


def test_log_is_the_learners_and_for_those_who_moderate() -> None:
    entry = GrantedReadFactory()
    GrantedReadFactory()
    with acting_as(entry.owner_id):
        assert list(GrantedRead.objects.all()) == list(GrantedRead.objects.visible_to(entry.owner)) == [entry]
    with acting_as(UserFactory(role=Role.MODERATOR).pk):
        assert GrantedRead.objects.count() == 2
    with acting_as(entry.mentor_id):
        assert not GrantedRead.objects.exists()


def test_grant_says_what_is_true_whatever_is_written() -> None:
    past = timezone.now() - timedelta(days=900)
    roadmap = RoadmapFactory(title="Real")
    grant = RoadmapGrantFactory(roadmap=roadmap, title="Forged", created_at=past, revoked_at=past)
    grant.refresh_from_db()
    assert (grant.title, grant.revoked_at) == ("Real", None)
    assert grant.created_at > past


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("roadmap_grant_by_owner", {"owner": UserFactory}),
        ("roadmap_grant_to_mentor", {"mentor": UserFactory}),
        ("roadmap_grant_to_mentor", {"mentor": lambda: UserFactory(role=Role.MENTOR, is_active=False)}),
        ("roadmap_grant_at_most_366_days", {"expires_at": lambda: timezone.now() + timedelta(days=367)}),
        ("roadmap_grant_at_most_366_days", {"expires_at": lambda: timezone.now() - timedelta(days=1)}),
    ],
)
def test_grant_that_breaks_a_rule_is_refused_whoever_writes(
    constraint: str, fields: dict[str, Callable[[], Any]]
) -> None:
    with pytest.raises(IntegrityError) as refused:
        RoadmapGrantFactory(**{name: make() for name, make in fields.items()})
    diagnosis: Any = refused.value.__cause__
    assert diagnosis.diag.constraint_name == constraint


def test_nobody_grants_oneself_or_twice() -> None:
    mentor = UserFactory(role=Role.MENTOR)
    with pytest.raises(IntegrityError, match="roadmap_grant_not_to_oneself"), transaction.atomic():
        RoadmapGrantFactory(roadmap__owner=mentor, mentor=mentor)
    grant = RoadmapGrantFactory()
    with pytest.raises(IntegrityError, match="roadmap_grant_one_open"), transaction.atomic():
        RoadmapGrantFactory(roadmap=grant.roadmap, mentor=grant.mentor)


def test_nobody_grants_anothers_roadmap() -> None:
    roadmap, mentor = RoadmapFactory(), UserFactory(role=Role.MENTOR)
    for owner in (roadmap.owner, mentor):
        with pytest.raises((ProgrammingError, IntegrityError)), acting_as(UserFactory().pk):
            RoadmapGrantFactory(roadmap=roadmap, owner=owner, mentor=mentor)
    with acting_as(roadmap.owner_id):
        RoadmapGrantFactory(roadmap=roadmap, mentor=mentor)
    with pytest.raises(ProgrammingError, match="permission denied"), acting_as(roadmap.owner_id):
        RoadmapGrant.objects.update(expires_at=timezone.now() + timedelta(days=300))
    with pytest.raises(ProgrammingError, match="permission denied"), acting_as(roadmap.owner_id):
        RoadmapGrant.objects.all().delete()


def test_giving_and_revoking_are_in_the_audit_trail() -> None:
    grant = RoadmapGrantFactory()
    with acting_as(grant.owner_id):
        GrantService().revoke(actor=grant.owner, roadmap_id=grant.roadmap_id, grant_id=grant.pk)
    trail = AuditEntry.objects.filter(table_name="roadmaps_roadmapgrant", row_id=str(grant.pk))
    assert sorted(trail.values_list("action", "user_id")) == [("inserted", grant.owner_id), ("updated", grant.owner_id)]


# --- by PostgREST -----------------------------------------------------------------------------------------------------


def read_by_call(roadmap: Roadmap) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.read_granted_roadmap(%s)", [roadmap.pk])
        answer = cursor.fetchone()[0]
    return answer and json.loads(answer)


def test_one_call_opens_and_reads() -> None:
    edge = ModulePrerequisiteFactory()
    Module.objects.filter(pk=edge.requires_id).update(roadmap=edge.module.roadmap, position=2)
    grant = RoadmapGrantFactory(roadmap=edge.module.roadmap)
    with acting_as(grant.mentor_id):
        answer = read_by_call(grant.roadmap)
    assert answer["id"] == str(grant.roadmap_id)
    assert [(module["id"], module["requires"]) for module in answer["modules"]] == [
        (str(edge.module_id), [str(edge.requires_id)]), (str(edge.requires_id), []),
    ]  # fmt: skip
    assert GrantedRead.objects.count() == 1
    for person in (UserFactory(role=Role.MENTOR), UserFactory(role=Role.ADMIN), grant.owner):
        with acting_as(person.pk):
            assert read_by_call(grant.roadmap) is None
    enter_role(DatabaseRole.ANONYMOUS)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        read_by_call(grant.roadmap)
    reset_role()
    assert GrantedRead.objects.count() == 1


# --- two at once ------------------------------------------------------------------------------------------------------


@in_transactions
def test_revocation_waits_for_the_reader_and_after_its_answer_nothing_is_read() -> None:
    grant = RoadmapGrantFactory()
    has_opened, may_end, is_revoked = Event(), Event(), Event()
    seen: list[list[Roadmap]] = []

    def read() -> None:
        try:
            with acting_as(grant.mentor_id):
                assert opened(grant)
                has_opened.set()
                may_end.wait(10)
                # The revocation has been asked for, and waits: all of the read is from before it.
                assert not is_revoked.is_set()
                seen.append(visible())
        finally:
            connection.close()

    def revoke() -> None:
        try:
            with acting_as(grant.owner_id):
                GrantService().revoke(actor=grant.owner, roadmap_id=grant.roadmap_id, grant_id=grant.pk)
            is_revoked.set()
        finally:
            connection.close()

    reader, revoker = Thread(target=read), Thread(target=revoke)
    reader.start()
    assert has_opened.wait(10)
    revoker.start()
    assert not is_revoked.wait(0.5), "it did not wait for the reader"
    may_end.set()
    reader.join(10)
    assert is_revoked.wait(10)
    revoker.join(10)

    assert seen == [[grant.roadmap]]
    assert GrantedRead.objects.count() == 1
    with acting_as(grant.mentor_id):
        assert not opened(grant)


@in_transactions
def test_reader_who_comes_during_a_revocation_waits_and_reads_nothing() -> None:
    grant = RoadmapGrantFactory()
    outcome: list[bool] = []

    def read() -> None:
        try:
            with acting_as(grant.mentor_id):
                outcome.append(opened(grant))
        finally:
            connection.close()

    reader = Thread(target=read)
    with acting_as(grant.owner_id):
        GrantService().revoke(actor=grant.owner, roadmap_id=grant.roadmap_id, grant_id=grant.pk)
        reader.start()
        reader.join(0.5)
        assert reader.is_alive(), "it did not wait for the revocation"
    reader.join(10)

    assert outcome == [False]
    assert not GrantedRead.objects.exists()


@in_transactions
def test_two_grants_at_once_leave_one() -> None:
    roadmap, mentor = RoadmapFactory(), UserFactory(role=Role.MENTOR)
    codes: list[str] = []

    def grant() -> None:
        try:
            with acting_as(roadmap.owner_id):
                GrantService().grant(
                    actor=roadmap.owner,
                    roadmap_id=roadmap.pk,
                    mentor=mentor.handle,
                    expires_at=timezone.now() + timedelta(days=1),
                )
            codes.append("given")
        except DomainError as error:
            codes.append(error.code)
        finally:
            connection.close()

    threads = [Thread(target=grant) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(codes) == ["given"] + ["roadmap_already_granted"] * 3
    assert RoadmapGrant.objects.count() == 1
