"""Roadmaps with their modules, notes and jobs; repositories with their deliveries; the log of work."""

from functools import cache
from random import Random

from skillbridge_backend.core.fields import cipher
from skillbridge_backend.scale.bulk import Loader
from skillbridge_backend.scale.world import NULL, World, Zipf, sentence, stamp, zone_of

COLUMNS = {
    "roadmaps_roadmap": "id owner_id title goal_text track_id status visibility hours_per_week weeks started_on"
    " progress completed_at understood plan_summary created_at updated_at",
    "roadmaps_module": "id roadmap_id position title description skill_id from_level to_level weight estimated_minutes"
    " status completed_at is_override created_at updated_at",
    "roadmaps_moduleprerequisite": "id module_id requires_id",
    "roadmaps_generation": "id roadmap_id status source input model prompt_hash fallback_reason error started_at"
    " finished_at created_at updated_at",
    "roadmaps_note": "id owner_id module_id text created_at updated_at",
    "roadmaps_ownresource": "id owner_id module_id title url next_check_at created_at updated_at",
    "progress_repository": "id owner_id full_name webhook_secret previous_secret last_delivery_at created_at"
    " updated_at",
    "progress_webhookdelivery": "id repository_id delivery_guid event action body_hash payload status reason"
    " entries_recorded received_at processed_at",
    "progress_progresslog": "id user_id kind evidence occurred_at time_zone minutes commits skill_id module_id"
    " repository_id delivery_id external_id data created_at",
}
SORTED_BY = {"progress_webhookdelivery": "id", "progress_progresslog": "id"}
MOST_MODULES_OF_A_ROADMAP = 40
WEEK_MS = 7 * 24 * 60 * 60 * 1000


def add_learning(world: World, load: Loader) -> None:
    """What everybody plans and does: 1 to 1,000 modules, and as many entries of their own in the log."""
    random = world.random("learning")
    zipf = Zipf(2.0)
    for person in world.people():
        modules = zipf.draw(random)
        # Who plans much mostly also does much.
        entries = modules if random.random() < 0.5 else zipf.draw(random)
        while modules:
            size = min(modules, MOST_MODULES_OF_A_ROADMAP)
            _add_roadmap(world, load, random, person, size)
            modules -= size
        _add_entries(world, load, random, person, entries)


def _add_roadmap(world: World, load: Loader, random: Random, person: int, size: int) -> None:
    owner, began = world.user_id(person), world.some_time_since(person, random)
    roadmap, came = world.new_id(began, 20), stamp(began)
    # A third is finished, the rest is at some point of it.
    done = size if random.random() < 0.33 else int(random.random() * size)
    per_module = (world.ends_ms - began) // (size + 1)
    finished = weight_done = weight_counted = 0
    former = ""
    for position in range(1, size + 1):
        module, minutes = world.new_id(began, 21), 60 + int(random.random() * 540)
        skill = world.catalogue.skills[(person + position) % len(world.catalogue.skills)]
        status, completed = "pending", NULL
        if position <= done:
            finished = began + per_module * position
            status, completed = "completed", stamp(finished)
            weight_done += minutes
            _add_entry(world, load, person, finished, kind="module_completed", skill=skill, module=module)
        elif position == done + 1:
            status = "in_progress"
        elif position % 9 == 0:
            status = "skipped"
        weight_counted += minutes if status != "skipped" else 0
        load.add(
            "roadmaps_module",
            f"{module}\t{roadmap}\t{position}\tModule {position}\t{sentence(random, 12)}\t{skill}\t0\t3\t{minutes}\t"
            f"{minutes}\t{status}\t{completed}\tf\t{came}\t{came}",
        )
        if former and position % 2:
            load.add("roadmaps_moduleprerequisite", f"{world.new_id(began, 22)}\t{module}\t{former}")
        former = module
        if position % 10 == 1:
            load.add(
                "roadmaps_note", f"{world.new_id(began, 23)}\t{owner}\t{module}\t{sentence(random, 10)}\t{came}\t{came}"
            )
        if position % 20 == 2:
            load.add(
                "roadmaps_ownresource",
                f"{world.new_id(began, 24)}\t{owner}\t{module}\tMine\thttps://example.org/{module}"
                f"\t{stamp(world.ends_ms + int(random.random() * WEEK_MS))}\t{came}\t{came}",
            )
    progress = 10_000 * weight_done // weight_counted  # hundredths, cut off as the trigger does
    completed_at = stamp(finished) if progress == 10_000 else NULL
    track = world.catalogue.tracks[person % len(world.catalogue.tracks)] if person % 3 else NULL
    load.add(
        "roadmaps_roadmap",
        f"{roadmap}\t{owner}\tRoadmap of {size} modules\t{sentence(random, 6)}\t{track}\tready\tprivate\t6\t20\t"
        f"{came[:10]}\t{progress // 100}.{progress % 100:02}\t{completed_at}\t{{}}\t{{}}\t{came}\t{came}",
    )
    load.add(
        "roadmaps_generation",
        f"{world.new_id(began, 25)}\t{roadmap}\tsucceeded\tplanner\t{{}}\t\t\t\t\t{came}\t{came}\t{came}\t{came}",
    )


def _add_entries(world: World, load: Loader, random: Random, person: int, entries: int) -> None:
    """Work by hand, and of every fifth person half of it pushed to a repository."""
    if person % 5:
        for _ in range(entries):
            _add_entry(world, load, person, world.some_time_since(person, random), minutes=15 + person % 90)
        return
    owner, joined = world.user_id(person), world.joined_ms(person)
    repository, last, secret = world.new_id(joined, 30), 0, _secret()
    for number in range(entries):
        at = world.some_time_since(person, random)
        if number % 2:
            _add_entry(world, load, person, at, minutes=15 + person % 90)
            continue
        last = max(last, at)
        delivery, received = world.new_id(at, 31), stamp(at)
        load.add(
            "progress_webhookdelivery",
            f"{delivery}\t{repository}\t{delivery}\tpush\t\t{delivery}{delivery}\t{{}}\tprocessed\t\t1\t{received}\t"
            f"{received}",
        )
        _add_entry(
            world, load, person, at, kind="commits_pushed", commits=1 + number % 5, repository=repository,
            delivery=delivery,
        )  # fmt: skip
    last_delivery = stamp(last) if last else NULL
    load.add(
        "progress_repository",
        f"{repository}\t{owner}\tscale/person-{person}\t{secret}\t\t{last_delivery}\t{stamp(joined)}\t{stamp(joined)}",
    )


@cache
def _secret() -> str:
    """One for all: encrypting a million would take minutes."""
    return cipher().encrypt(b"scale").decode()


def _add_entry(
    world: World, load: Loader, person: int, at: int, *, kind: str = "manual", minutes: int = 0, commits: int = 0,
    skill: str = NULL, module: str = NULL, repository: str = NULL, delivery: str = NULL,
) -> None:  # fmt: skip
    entry, when = world.new_id(at, 32), stamp(at)
    evidence, external = ("commit", f"scale:{delivery}") if commits else ("self", NULL)
    load.add(
        "progress_progresslog",
        f"{entry}\t{world.user_id(person)}\t{kind}\t{evidence}\t{when}\t{zone_of(person)}\t{minutes or NULL}"
        f"\t{commits}\t{skill}\t{module}\t{repository}\t{delivery}\t{external}\t{{}}\t{when}",
    )
