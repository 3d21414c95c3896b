"""Random writes on roadmaps, their plannings and grants, modules, the log, repositories, bookings and awards."""

from datetime import timedelta
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from badges.models import Award, PointsEntry
from progress.models import ProgressLog, Repository, WebhookDelivery
from roadmaps.models import Generation, Module, ModulePrerequisite, Publication, Roadmap, RoadmapGrant, RoadmapRating
from skillbridge_backend.core.ids import new_id
from tests.drift.hand import Hand, writer

FURTHEST_POSITION = 32_000
KINDS = ("manual", "commits_pushed", "pull_request_merged", "module_reopened")
PENDING_TO = ("completed", "completed", "completed", "in_progress", "skipped")


@writer(2)
def make_roadmap(hand: Hand) -> None:
    owner = hand.person()
    with hand.acting_for(owner):
        roadmap = Roadmap.objects.create(
            owner_id=owner, title="x", status="ready", hours_per_week=5, weeks=5, started_on=timezone.localdate()
        )
    hand.world.add("roadmap", (roadmap.pk, owner))


@writer(6)
def add_modules(hand: Hand) -> None:
    roadmap, owner = hand.one("roadmap")
    rows = [
        Module(
            roadmap_id=roadmap,
            position=hand.rng.randint(1, FURTHEST_POSITION),
            title="x",
            weight=hand.rng.choice([1, 10, 1000]),
            estimated_minutes=60,
            status=status,
            completed_at=timezone.now() if status == "completed" else None,
        )
        for status in hand.rng.choices(["pending", "completed", "skipped"], [6, 2, 1], k=hand.rng.randint(1, 5))
    ]
    with hand.acting_for(owner):
        Module.objects.bulk_create(rows)
    hand.world.add("module", *((row.pk, owner) for row in rows))


@writer(10)
def step_module(hand: Hand) -> None:
    module, owner = hand.one("module")
    _step(hand, owner, [module])


@writer(4)
def step_modules_of_many(hand: Hand) -> None:
    _step(hand, None, [module for module, _ in hand.some("module", 12)])


def _step(hand: Hand, owner: UUID | None, modules: list[UUID]) -> None:
    before = hand.rng.choice(["pending", "in_progress", "completed", "skipped"])
    after = {
        "pending": hand.rng.choice(PENDING_TO),
        "in_progress": "completed",
        "completed": "in_progress",
        "skipped": "pending",
    }[before]
    done_at = timezone.now() if after == "completed" else None
    with hand.acting_for(owner):
        hand.wrote(
            Module.objects.filter(pk__in=modules, status=before).update(
                status=after, completed_at=done_at, is_override=False
            )
        )


@writer(3)
def count_elsewhere(hand: Hand) -> None:
    """As when a skill that was completed in another roadmap is forgotten there, or found again."""
    modules = [module for module, _ in hand.some("module", 8)]
    with hand.acting_for(None):
        rows = Module.objects.filter(pk__in=modules, status="completed")
        hand.wrote(rows.update(counted_from=hand.rng.choice([None, new_id()])))


@writer(3)
def weigh_modules(hand: Hand) -> None:
    modules = [module for module, _ in hand.some("module", 8)]
    with hand.acting_for(None):
        hand.wrote(Module.objects.filter(pk__in=modules).update(weight=F("weight") % 1000 + 1))


@writer(2)
def move_module(hand: Hand) -> None:
    module, _ = hand.one("module")
    roadmap, _ = hand.one("roadmap")
    with hand.acting_for(None):
        position = hand.rng.randint(1, FURTHEST_POSITION)
        hand.wrote(Module.objects.filter(pk=module).update(roadmap=roadmap, position=position))


@writer(2)
def delete_modules(hand: Hand) -> None:
    module, owner = hand.one("module")
    with hand.acting_for(owner):
        hand.wrote(Module.objects.filter(pk=module).delete()[0])


@writer(3)
def tie_modules(hand: Hand) -> None:
    module, owner = hand.one("module")
    # Mostly of the same roadmap, for most people have one.
    requires = hand.rng.choice([other for other, whose in hand.world.pools["module"] if whose == owner])
    with hand.acting_for(owner):
        ModulePrerequisite.objects.create(module_id=module, requires_id=requires)


@writer(1)
def hand_over_roadmap(hand: Hand) -> None:
    roadmap, _ = hand.one("roadmap")
    with hand.acting_for(None):
        hand.wrote(Roadmap.objects.filter(pk=roadmap).update(owner_id=hand.person()))


@writer(1)
def delete_roadmap(hand: Hand) -> None:
    roadmap, owner = hand.one("roadmap")
    with hand.acting_for(owner):
        hand.wrote(Roadmap.objects.filter(pk=roadmap).delete()[0])


@writer(2)
def begin_planning(hand: Hand) -> None:
    roadmap, owner = hand.one("roadmap")
    with hand.acting_for(None):
        job = Generation.objects.create(roadmap_id=roadmap, input={})
    hand.world.add("planning", (job.pk, owner))


@writer(4)
def step_plannings(hand: Hand) -> None:
    jobs = [job for job, _ in hand.some("planning", 6)]
    before = hand.rng.choice(["queued", "running", "running", "failed"])
    after = {"queued": "running", "running": hand.rng.choice(["succeeded", "failed"]), "failed": "queued"}[before]
    ended_at = timezone.now() if after in {"succeeded", "failed"} else None
    with hand.acting_for(None):
        hand.wrote(Generation.objects.filter(pk__in=jobs, status=before).update(status=after, finished_at=ended_at))


@writer(3)
def share_roadmap(hand: Hand) -> None:
    roadmap, owner = hand.one("roadmap")
    mentor = hand.rng.choice(hand.world.mentors)
    with hand.acting_for(owner):
        RoadmapGrant.objects.create(
            roadmap_id=roadmap, owner_id=owner, mentor_id=mentor, expires_at=timezone.now() + timedelta(days=9)
        )


@writer(3)
def revoke_grants(hand: Hand) -> None:
    roadmap, _ = hand.one("roadmap")
    with hand.acting_for(None):
        rows = RoadmapGrant.objects.filter(roadmap_id=roadmap, revoked_at=None)
        hand.wrote(rows.update(revoked_at=timezone.now()))


@writer(3)
def show_roadmap(hand: Hand) -> None:
    roadmap, owner = hand.one("roadmap")
    with hand.acting_for(owner):
        hand.wrote(
            Roadmap.objects.filter(pk=roadmap).update(
                visibility=hand.rng.choice(["private", "unlisted", "public", "public"]), title=hand.rng.choice("abc")
            )
        )


@writer(1)
def take_down_roadmaps(hand: Hand) -> None:
    roadmaps = [roadmap for roadmap, _ in hand.some("roadmap", 4)]
    with hand.acting_for(None):
        taken_down_at = hand.rng.choice([None, timezone.now()])
        hand.wrote(Publication.objects.filter(roadmap__in=roadmaps).update(taken_down_at=taken_down_at))


@writer(1)
def forget_publications(hand: Hand) -> None:
    roadmaps = [roadmap for roadmap, _ in hand.some("roadmap", 4)]
    with hand.acting_for(None):
        hand.wrote(Publication.objects.filter(roadmap__in=roadmaps).delete()[0])


@writer(4)
def rate_roadmap(hand: Hand) -> None:
    roadmap, _ = hand.one("roadmap")
    person = hand.person()
    with hand.acting_for(person):
        RoadmapRating.objects.create(roadmap_id=roadmap, rater_id=person, value=hand.rng.randint(1, 5))


@writer(3)
def rate_again(hand: Hand) -> None:
    ratings = RoadmapRating.objects.filter(roadmap__in=[roadmap for roadmap, _ in hand.some("roadmap", 12)])
    with hand.acting_for(None):
        hand.wrote(ratings.update(value=hand.rng.randint(1, 5)) if hand.rng.random() < 0.7 else ratings.delete()[0])


@writer(8)
def log_work(hand: Hand) -> None:
    person = hand.person()
    with hand.acting_for(person):
        ProgressLog.objects.bulk_create(_entry(hand, person, "manual") for _ in range(hand.rng.randint(1, 4)))


@writer(3)
def log_work_of_many(hand: Hand) -> None:
    with hand.acting_for(None):
        ProgressLog.objects.bulk_create(
            _entry(hand, hand.person(), hand.rng.choice(KINDS)) for _ in range(hand.rng.randint(2, 6))
        )


def _entry(hand: Hand, person: UUID, kind: str) -> ProgressLog:
    return ProgressLog(
        user_id=person,
        kind=kind,
        evidence="self" if kind == "manual" else "commit",
        occurred_at=timezone.now() - timedelta(days=hand.rng.randint(0, 15)),
        time_zone=hand.rng.choice(["UTC", "Pacific/Auckland", "America/Lima"]),
        minutes=hand.rng.choice([None, 5, 45]),
        commits=3 if kind == "commits_pushed" else 0,
    )


@writer(1)
def connect_repository(hand: Hand) -> None:
    owner = hand.person()
    with hand.acting_for(owner):
        row = Repository.objects.create(owner_id=owner, full_name=f"o/r{hand.rng.randint(1, 40)}", webhook_secret="s")
    hand.world.add("repository", (row.pk, owner))


@writer(1)
def disconnect_repository(hand: Hand) -> None:
    repository, owner = hand.one("repository")
    with hand.acting_for(owner):
        rows = Repository.objects.filter(pk=repository, disconnected_at=None)
        hand.wrote(rows.update(disconnected_at=timezone.now()))


@writer(3)
def take_delivery(hand: Hand) -> None:
    repository, _ = hand.one("repository")
    with hand.acting_for(None):
        row = WebhookDelivery.objects.create(
            repository_id=repository, delivery_guid=str(new_id()), event="push", body_hash="0" * 64, payload={}
        )
    hand.world.add("delivery", row.pk)


@writer(3)
def deal_with_deliveries(hand: Hand) -> None:
    rows = WebhookDelivery.objects.filter(pk__in=hand.some("delivery", 5), status="received")
    with hand.acting_for(None):
        status = hand.rng.choice(["processed", "processed", "ignored"])
        hand.wrote(rows.update(status=status, processed_at=timezone.now()))


@writer(2)
def book_by_hand(hand: Hand) -> None:
    with hand.acting_for(None):
        PointsEntry.objects.bulk_create(
            PointsEntry(
                user_id=hand.person(),
                metric="points",
                amount=amount,
                points=amount,
                source_type="manual",
                key=f"drift:{new_id()}",
                note="for the test",
                booked_by_id=hand.world.admin,
                created_at=timezone.now(),
            )
            for amount in hand.rng.sample(range(1, 30), hand.rng.randint(1, 3))
        )


@writer(3)
def revoke_award(hand: Hand) -> None:
    with hand.acting_for(None):
        held = Award.objects.filter(user_id=hand.person(), revoked_at=None).order_by("?")[:1]
        rows = Award.objects.filter(pk__in=list(held.values_list("pk", flat=True)), revoked_at=None)
        hand.wrote(rows.update(revoked_at=timezone.now(), revoked_by_id=hand.world.admin, revoke_reason="for the test"))
