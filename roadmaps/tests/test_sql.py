"""What the database itself holds to, whoever writes: progress, steps, constraints, news, rights."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from notifications.models import Notification
from roadmaps.enums import ModuleStatus
from roadmaps.models import Generation, Module, ModulePrerequisite, Publication, Resource, Roadmap, RoadmapListing
from roadmaps.tests.factories import (
    GenerationFactory,
    ModuleFactory,
    ModulePrerequisiteFactory,
    NoteFactory,
    ResourceFactory,
    RoadmapFactory,
    SharedRoadmapFactory,
)
from skillbridge_backend.core.access import DatabaseRole, acting_as, enter_role
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.tests.races import write_at_once

pytestmark = pytest.mark.django_db


def progress_of(roadmap: Roadmap) -> Decimal:
    roadmap.refresh_from_db()
    return roadmap.progress


def complete(*modules: Module) -> None:
    Module.objects.filter(pk__in=[module.pk for module in modules]).update(
        status=ModuleStatus.COMPLETED, completed_at=timezone.now()
    )


def refused(constraint: str) -> Any:
    return pytest.raises(IntegrityError, match=constraint)


# --- progress ---------------------------------------------------------------------------------------------------------


def test_progress_moves_by_the_weight_of_what_is_completed() -> None:
    light, heavy = ModuleFactory(weight=100), None
    heavy = ModuleFactory(roadmap=light.roadmap, weight=300)
    assert progress_of(light.roadmap) == 0
    complete(light)
    assert progress_of(light.roadmap) == 25
    complete(heavy)
    assert progress_of(light.roadmap) == 100
    assert light.roadmap.completed_at is not None


def test_progress_is_zero_without_modules() -> None:
    module = ModuleFactory(status=ModuleStatus.COMPLETED)
    assert progress_of(module.roadmap) == 100
    Module.objects.all().delete()
    assert progress_of(module.roadmap) == 0
    assert module.roadmap.completed_at is None


@pytest.mark.parametrize("gone", [ModuleStatus.SKIPPED, ModuleStatus.REMOVED])
def test_skipped_and_removed_modules_leave_the_denominator(gone: ModuleStatus) -> None:
    done = ModuleFactory(status=ModuleStatus.COMPLETED, weight=10)
    other = ModuleFactory(roadmap=done.roadmap, weight=990)
    assert progress_of(done.roadmap) == 1
    Module.objects.filter(pk=other.pk).update(status=gone)
    assert progress_of(done.roadmap) == 100


def test_progress_is_zero_when_everything_is_skipped() -> None:
    module = ModuleFactory(status=ModuleStatus.SKIPPED)
    assert progress_of(module.roadmap) == 0
    assert module.roadmap.completed_at is None


def test_almost_everything_is_not_everything() -> None:
    done = ModuleFactory(status=ModuleStatus.COMPLETED, weight=1_000_000)
    ModuleFactory(roadmap=done.roadmap, weight=1)
    assert progress_of(done.roadmap) == Decimal("99.99")
    assert done.roadmap.completed_at is None


def test_time_of_completion_stays_until_something_is_open_again() -> None:
    module = ModuleFactory(status=ModuleStatus.COMPLETED)
    progress_of(module.roadmap)
    first = module.roadmap.completed_at
    Module.objects.filter(pk=module.pk).update(weight=7)
    progress_of(module.roadmap)
    assert module.roadmap.completed_at == first
    Module.objects.filter(pk=module.pk).update(status=ModuleStatus.IN_PROGRESS, completed_at=None)
    progress_of(module.roadmap)
    assert module.roadmap.completed_at is None


def test_change_of_progress_is_a_new_version_of_the_roadmap_and_a_change_of_text_is_not() -> None:
    module = ModuleFactory()
    progress_of(module.roadmap)
    before = module.roadmap.updated_at
    Module.objects.filter(pk=module.pk).update(title="x")
    progress_of(module.roadmap)
    assert module.roadmap.updated_at == before
    complete(module)
    progress_of(module.roadmap)
    assert module.roadmap.updated_at > before


def test_one_statement_over_many_roadmaps_moves_each() -> None:
    modules = [ModuleFactory() for _ in range(5)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE roadmaps_module SET status = 'completed', completed_at = now()")
    assert [progress_of(module.roadmap) for module in modules] == [100] * 5
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM roadmaps_module WHERE id = %s", [modules[0].pk])
    assert [progress_of(module.roadmap) for module in modules] == [0, 100, 100, 100, 100]


def test_module_that_moves_between_roadmaps_moves_the_progress_of_both() -> None:
    module, other = ModuleFactory(status=ModuleStatus.COMPLETED), RoadmapFactory()
    Module.objects.filter(pk=module.pk).update(roadmap=other)
    assert [progress_of(module.roadmap), progress_of(other)] == [Decimal(0), Decimal(100)]


def test_new_roadmap_begins_at_zero_whatever_its_writer_says() -> None:
    roadmap = RoadmapFactory(progress=100, completed_at=timezone.now())
    assert progress_of(roadmap) == 0
    assert roadmap.completed_at is None


# --- constraints ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("module_weight_positive", {"weight": 0}),
        ("module_weight_positive", {"weight": 1_000_001}),
        ("module_minutes_1_to_6000", {"estimated_minutes": 0}),
        ("module_levels_rise_to_5", {"from_level": 3, "to_level": 2}),
        ("module_levels_rise_to_5", {"to_level": 6}),
        ("module_weeks_in_order", {"starts_week": 0}),
        ("module_weeks_in_order", {"starts_week": 3, "ends_week": 2}),
        ("module_weeks_in_order", {"starts_week": None}),
        ("module_status_known", {"status": "done"}),
        ("module_completed_has_time", {"completed_at": timezone.now()}),
        ("module_override_completed", {"is_override": True}),
        ("module_position_from_1", {"position": 0}),
    ],
)
def test_module_that_makes_no_sense_is_refused(constraint: str, fields: dict[str, Any]) -> None:
    with refused(constraint), transaction.atomic():
        ModuleFactory(**fields)


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("roadmap_visibility_known", {"visibility": "friends"}),
        ("roadmap_hours_1_to_80", {"hours_per_week": 0}),
        ("roadmap_hours_1_to_80", {"hours_per_week": 81}),
        ("roadmap_weeks_1_to_104", {"weeks": 105}),
    ],
)
def test_roadmap_that_makes_no_sense_is_refused(constraint: str, fields: dict[str, Any]) -> None:
    with refused(constraint), transaction.atomic():
        RoadmapFactory(**fields)


def test_completion_and_progress_cannot_contradict_each_other() -> None:
    roadmap = RoadmapFactory()
    with refused("roadmap_completed_at_100"), transaction.atomic():
        Roadmap.objects.filter(pk=roadmap.pk).update(completed_at=timezone.now())
    with refused("roadmap_progress_0_to_100"), transaction.atomic():
        Roadmap.objects.filter(pk=roadmap.pk).update(progress=101)


def test_two_modules_may_share_a_position_for_a_moment_and_not_at_the_end() -> None:
    first = ModuleFactory()
    second = ModuleFactory(roadmap=first.roadmap)
    with transaction.atomic():
        Module.objects.filter(pk=first.pk).update(position=2)
        Module.objects.filter(pk=second.pk).update(position=1)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with refused("module_position_once"), transaction.atomic():
        Module.objects.filter(pk=first.pk).update(position=1)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_roadmap_has_one_job_at_a_time() -> None:
    job = GenerationFactory()
    with refused("generation_one_active"), transaction.atomic():
        GenerationFactory(roadmap=job.roadmap)
    Generation.objects.filter(pk=job.pk).update(status="failed", finished_at=timezone.now())
    GenerationFactory(roadmap=job.roadmap)


def test_resource_has_an_https_address_once_for_a_skill() -> None:
    with refused("resource_https"), transaction.atomic():
        ResourceFactory(url="http://plain.test")
    first = ResourceFactory()
    with refused("resource_once"), transaction.atomic():
        ResourceFactory(skill=first.skill, url=first.url)


def test_note_is_one_for_each_person_and_prerequisite_is_never_the_module_itself() -> None:
    note = NoteFactory()
    with refused("note_one_per_module"), transaction.atomic():
        NoteFactory(module=note.module)
    with refused("module_prerequisite_not_itself"), transaction.atomic():
        ModulePrerequisiteFactory(module=note.module, requires=note.module)


# --- prerequisites ----------------------------------------------------------------------------------------------------


def test_prerequisite_that_closes_a_cycle_is_refused_in_one_statement_and_in_two() -> None:
    first = ModuleFactory()
    second, third = ModuleFactory(roadmap=first.roadmap), ModuleFactory(roadmap=first.roadmap)
    ModulePrerequisite.objects.bulk_create(
        [ModulePrerequisite(module=first, requires=second), ModulePrerequisite(module=second, requires=third)]
    )
    with refused("a module cannot come to build on itself"), transaction.atomic():
        ModulePrerequisite.objects.create(module=third, requires=first)
    with refused("a module cannot come to build on itself"), transaction.atomic():
        ModulePrerequisite.objects.filter(module=second).update(requires=first)
    with refused("a module cannot come to build on itself"), transaction.atomic():
        others = ModuleFactory.create_batch(2, roadmap=first.roadmap)
        ModulePrerequisite.objects.bulk_create(
            ModulePrerequisite(module=one, requires=other) for one, other in (others, others[::-1])
        )


@pytest.mark.django_db(transaction=True)
def test_two_halves_of_a_cycle_at_once_do_not_both_get_in() -> None:
    a = ModuleFactory()
    b = ModuleFactory(roadmap=a.roadmap)

    outcomes = write_at_once(
        *(partial(ModulePrerequisite.objects.create, module=one, requires=other) for one, other in ((a, b), (b, a)))
    )

    assert outcomes == ["alone", "in", "refused"]
    assert ModulePrerequisite.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_module_moves_while_another_comes_to_build_on_it() -> None:
    a = ModuleFactory()
    b = ModuleFactory(roadmap=a.roadmap)

    outcomes = write_at_once(
        partial(ModulePrerequisite.objects.create, module=a, requires=b),
        partial(Module.objects.filter(pk=b.pk).update, position=b.position + 100),
    )

    # Whoever came second waited for the first, and neither for ever.
    assert outcomes == ["alone", "alone", "in", "in"]


def test_prerequisite_is_of_the_same_roadmap_and_stays_so() -> None:
    edge = ModulePrerequisiteFactory()
    with refused("a module builds on modules of its own roadmap"), transaction.atomic():
        ModulePrerequisiteFactory(requires=ModuleFactory())
    for module in (edge.module, edge.requires):
        with refused("a module builds on modules of its own roadmap"), transaction.atomic():
            Module.objects.filter(pk=module.pk).update(roadmap=RoadmapFactory(), position=9)
    Module.objects.filter(pk__in=[edge.module_id, edge.requires_id]).update(roadmap=RoadmapFactory())


# --- news -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "kind"), [("succeeded", "roadmap_ready"), ("failed", "roadmap_failed")])
def test_owner_hears_once_how_the_job_ended(status: str, kind: str) -> None:
    job = GenerationFactory(status="running")
    Generation.objects.filter(pk=job.pk).update(status=status, finished_at=timezone.now())
    Generation.objects.filter(pk=job.pk).update(finished_at=timezone.now() + timedelta(seconds=1))
    (notification,) = Notification.objects.all()
    assert (notification.recipient_id, notification.kind) == (job.roadmap.owner_id, kind)
    assert (notification.target_type, notification.target_id) == ("roadmap", job.roadmap_id)
    assert notification.data["title"] == job.roadmap.title


def test_job_that_begins_is_no_news() -> None:
    job = GenerationFactory()
    Generation.objects.filter(pk=job.pk).update(status="running")
    assert not Notification.objects.exists()


# --- rights -----------------------------------------------------------------------------------------------------------


def test_person_cannot_write_the_progress_by_hand() -> None:
    roadmap = RoadmapFactory()
    for field, value in [("progress", 50), ("completed_at", None), ("owner_id", roadmap.owner_id)]:
        with pytest.raises(ProgrammingError, match="permission denied"), acting_as(roadmap.owner_id):
            Roadmap.objects.filter(pk=roadmap.pk).update(**{field: value})


@pytest.mark.parametrize("role", [DatabaseRole.AUTHENTICATED, DatabaseRole.ANONYMOUS])
def test_person_cannot_write_the_catalogue(role: DatabaseRole) -> None:
    resource = ResourceFactory()
    enter_role(role)
    assert list(Resource.objects.all()) == [resource]
    with pytest.raises(ProgrammingError, match="permission denied"):
        Resource.objects.filter(pk=resource.pk).update(title="x")


def test_nobody_reads_no_roadmaps() -> None:
    enter_role(DatabaseRole.ANONYMOUS)
    with pytest.raises(ProgrammingError, match="permission denied"):
        Roadmap.objects.count()


def test_module_that_is_completed_no_longer_is_not_counted_from_another() -> None:
    module = ModuleFactory(status=ModuleStatus.COMPLETED, counted_from=new_id())
    Module.objects.filter(pk=module.pk).update(status=ModuleStatus.IN_PROGRESS, completed_at=None)
    module.refresh_from_db()
    assert module.counted_from is None


def test_deleting_a_roadmap_lets_other_peoples_forks_of_it_go() -> None:
    roadmap = RoadmapFactory()
    fork = RoadmapFactory(forked_from=roadmap)
    module = ModulePrerequisiteFactory(module__roadmap=roadmap, requires__roadmap=roadmap).module
    NoteFactory(module=module)
    with acting_as(roadmap.owner_id):
        roadmap.delete()
    assert [left.forked_from_id for left in Roadmap.objects.all()] == [None]
    assert Roadmap.objects.get() == fork
    assert not Module.objects.exists()


def test_nobody_builds_on_anothers_modules() -> None:
    mine, theirs = ModuleFactory(), ModuleFactory()
    further, owner = ModuleFactory(roadmap=mine.roadmap), mine.roadmap.owner_id
    for module, requires in [(mine, theirs), (theirs, mine), (theirs, ModuleFactory(roadmap=theirs.roadmap))]:
        with pytest.raises(ProgrammingError, match="row-level security"), acting_as(owner):
            ModulePrerequisiteFactory(module=module, requires=requires)
    with acting_as(owner):
        ModulePrerequisiteFactory(module=mine, requires=further)


def test_nobody_puts_a_module_or_a_note_into_anothers_roadmap() -> None:
    mine, theirs = ModuleFactory(), ModuleFactory()
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(mine.roadmap.owner_id):
        Module.objects.filter(pk=mine.pk).update(roadmap=theirs.roadmap)
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(mine.roadmap.owner_id):
        NoteFactory(module=theirs, owner=mine.roadmap.owner)


@pytest.mark.parametrize("login", ["sb_web", "sb_worker"])
@pytest.mark.parametrize("change", ["cost = 0", "attempts = 0", "model = 'another'", "completion_tokens = 1"])
def test_receipt_is_the_workers_to_write(login: str, change: str) -> None:
    receipt = GenerationFactory(status="running", started_at=timezone.now(), attempts=1, cost=Decimal("0.1"))
    owner = receipt.roadmap.owner

    def write(what: str) -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL SESSION AUTHORIZATION {login}")
            enter_role(DatabaseRole.AUTHENTICATED, user_id=owner.pk, user_role=owner.role)
            cursor.execute(f"UPDATE roadmaps_generation SET {what}")
            rows = int(cursor.rowcount)
            cursor.execute("RESET SESSION AUTHORIZATION")
            return rows

    if login == "sb_worker":
        assert write(change) == 1
        return
    with pytest.raises(ProgrammingError, match="written by the worker"):
        write(change)
    assert write("status = 'cancelled', finished_at = now()") == 1


def test_gallery_shows_no_roadmap_whose_publication_is_gone() -> None:
    roadmap = SharedRoadmapFactory()
    former = Publication.objects.get(roadmap=roadmap)
    former.delete()
    listing, publication = RoadmapListing.objects.get(), Publication.objects.get()
    assert listing.slug == publication.slug != former.slug


def test_deleted_roadmap_takes_its_publication_along() -> None:
    SharedRoadmapFactory().delete()
    assert not Publication.objects.exists()
    assert not RoadmapListing.objects.exists()
