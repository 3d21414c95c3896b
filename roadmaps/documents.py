"""A roadmap as a file: JSON that can be imported again, Markdown to read, iCalendar of its weeks. No I/O.

A document is what somebody has planned: modules, prerequisites, their notes and their own addresses. Not progress,
which is earned where it is shown, and no ids, for an imported roadmap is another one.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import orjson
from icalendar import Calendar, Event

from roadmaps.models import MOST_WEEKS, Module, Roadmap
from roadmaps.pace import whole_weeks
from skillbridge_backend.core.errors import FieldError

FORMAT, VERSION = "skillbridge-roadmap", 1
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&^$=:])")


def document_of(roadmap: Roadmap) -> dict[str, Any]:
    """What is in the JSON file of a roadmap, read `with_export`. Prerequisites are numbers of modules, from 1."""
    modules = list(roadmap.modules.all())
    number_of = {module.pk: number for number, module in enumerate(modules, start=1)}
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": roadmap.title,
        "goal_text": roadmap.goal_text,
        "track": roadmap.track.slug if roadmap.track else None,
        "hours_per_week": roadmap.hours_per_week,
        "weeks": roadmap.weeks,
        "started_on": roadmap.started_on,
        "deadline": roadmap.deadline,
        "modules": [_module(module, number_of) for module in modules],
    }


def as_json(roadmap: Roadmap) -> bytes:
    """The JSON file."""
    return orjson.dumps(document_of(roadmap), option=orjson.OPT_INDENT_2)


def as_markdown(roadmap: Roadmap) -> str:
    """For people: a heading for each module. Whatever they wrote is text in it, never markup."""
    document = document_of(roadmap)
    lines = [f"# {_text(document['title'])}", ""]
    if document["goal_text"]:
        lines += [_text(document["goal_text"]), ""]
    lines += [
        f"{document['weeks']} weeks, {document['hours_per_week']} hours a week, from {document['started_on']}",
        "",
    ]
    for number, module in enumerate(document["modules"], start=1):
        lines += [f"## {number}\\. {_text(module['title'])}", ""]
        lines += [", ".join(_facts(module, document["modules"])), ""]
        for text in (module["description"], module["milestone"] and f"Milestone: {module['milestone']}"):
            lines += [_text(text), ""] if text else []
        lines += [f"- <{_address(each['url'])}> {_text(each['title'])}" for each in module["own_resources"]]
        lines += [""] if module["own_resources"] else []
        if module["note"]:
            lines += [f"> {line}" for line in _text(module["note"]).split("\n")] + [""]
    return "\n".join(lines)


def as_icalendar(roadmap: Roadmap) -> bytes:
    """RFC 5545: an event of whole days for each module that has weeks. The same module has the same UID each time."""
    calendar = Calendar()
    calendar.add("prodid", "-//SkillBridge//Roadmaps//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", _line(roadmap.title))
    for module in roadmap.modules.all():
        if module.starts_week is None or module.ends_week is None:
            continue
        event = Event()
        event.add("uid", f"{module.pk}@skillbridge")
        event.add("dtstamp", module.updated_at)
        event.add("last-modified", module.updated_at)
        event.add("dtstart", first_day(roadmap, module.starts_week))
        event.add("dtend", first_day(roadmap, module.ends_week + 1))
        event.add("summary", _line(module.title))
        event.add("description", module.description)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def first_day(roadmap: Roadmap, week: int) -> date:
    """Of a week of the roadmap, from 1."""
    return roadmap.started_on + timedelta(weeks=week - 1)


def problems_of(document: Mapping[str, Any], *, skills: Iterable[str], tracks: Iterable[str]) -> list[FieldError]:
    """What is wrong with a document whose fields are each of the right kind: every fault, by module and field."""
    known, problems = set(skills), []
    if document["track"] is not None and document["track"] not in set(tracks):
        problems.append(FieldError("track", "unknown_track", "There is no such track."))
    if document["deadline"] is not None:
        problems += _faults_of_deadline(document["deadline"], document["started_on"])
    for index, module in enumerate(document["modules"]):
        problems += [
            FieldError(f"modules[{index}].{field}", code, message)
            for field, code, message in _faults(module, index, len(document["modules"]), known)
        ]
    return problems or _circles(document["modules"])


def _faults_of_deadline(deadline: date, started_on: date) -> Iterable[FieldError]:
    if not 1 <= whole_weeks(started_on, deadline) <= MOST_WEEKS:
        yield FieldError("deadline", "invalid", f"Write a day 1 to {MOST_WEEKS} weeks after started_on.")


def _faults(module: Mapping[str, Any], index: int, number: int, skills: set[str]) -> Iterable[tuple[str, str, str]]:
    if module["skill"] is not None and module["skill"] not in skills:
        yield "skill", "unknown_skill", f"There is no skill {module['skill']!r} in the catalogue."
    if module["to_level"] < module["from_level"]:
        yield "to_level", "invalid", "It must be at least from_level."
    first, last = module["starts_week"], module["ends_week"]
    if (first is None) != (last is None):
        yield ("ends_week" if last is None else "starts_week"), "invalid", "Write both weeks or none."
    elif first is not None and last is not None and last < first:
        yield "ends_week", "invalid", "It must be at least starts_week."
    yield from _faults_of_requires(module["requires"], index, number)
    yield from _faults_of_addresses([resource["url"] for resource in module["own_resources"]])


def _faults_of_requires(requires: list[int], index: int, number: int) -> Iterable[tuple[str, str, str]]:
    seen: set[int] = set()
    for place, required in enumerate(requires):
        if not 1 <= required <= number:
            yield f"requires[{place}]", "does_not_exist", "There is no module of this number."
        elif required == index + 1:
            yield f"requires[{place}]", "invalid", "A module does not require itself."
        elif required in seen:
            yield f"requires[{place}]", "invalid", "It is required already."
        seen.add(required)


def _faults_of_addresses(urls: list[str]) -> Iterable[tuple[str, str, str]]:
    for place, url in enumerate(urls):
        if not url.startswith(("https://", "http://")):
            yield f"own_resources[{place}].url", "invalid", "Write an address that begins with https:// or http://."
        if url in urls[:place]:
            yield f"own_resources[{place}].url", "invalid", "This address is on the module already."


def _circles(modules: list[Mapping[str, Any]]) -> list[FieldError]:
    """A fault for each module that waits for itself: those that are left when all that can be done is done."""
    waiting = {number: set(module["requires"]) for number, module in enumerate(modules, start=1)}
    unlocks: dict[int, list[int]] = {number: [] for number in waiting}
    for number, required in waiting.items():
        for other in required:
            unlocks[other].append(number)
    ready = [number for number, required in waiting.items() if not required]
    while ready:
        done = ready.pop()
        del waiting[done]
        for other in unlocks[done]:
            waiting[other].discard(done)
            if not waiting[other]:
                ready.append(other)
    message = "These prerequisites lead in a circle."
    return [FieldError(f"modules[{number - 1}].requires", "circle", message) for number in waiting]


def _module(module: Module, number_of: Mapping[Any, int]) -> dict[str, Any]:
    notes = module.notes.all()
    return {
        "title": module.title,
        "description": module.description,
        "skill": module.skill.slug if module.skill else None,
        "from_level": module.from_level,
        "to_level": module.to_level,
        "weight": module.weight,
        "estimated_minutes": module.estimated_minutes,
        "starts_week": module.starts_week,
        "ends_week": module.ends_week,
        "milestone": module.milestone,
        "requires": sorted(number_of[required] for required in module.required_ids),
        "note": notes[0].text if notes else "",
        "own_resources": [{"title": own.title, "url": own.url} for own in module.own_resources.all()],
    }


def _facts(module: Mapping[str, Any], modules: list[dict[str, Any]]) -> list[str]:
    facts = [f"{max(round(module['estimated_minutes'] / 60), 1)} hours"]
    if module["starts_week"] is not None:
        facts.insert(0, f"weeks {module['starts_week']} to {module['ends_week']}")
    if module["skill"]:
        facts.append(f"{_text(module['skill'])} from level {module['from_level']} to {module['to_level']}")
    if module["requires"]:
        facts.append("after " + ", ".join(_text(modules[number - 1]["title"]) for number in module["requires"]))
    return facts


def _line(text: str) -> str:
    return " ".join(text.split())


def _text(text: str) -> str:
    """As Markdown that shows exactly this; a line break stays one."""
    lines = (_MARKDOWN.sub(r"\\\1", line.strip()) for line in text.splitlines())
    return "  \n".join(line for line in lines if line)


def _address(url: str) -> str:
    return url.replace("<", "%3C").replace(">", "%3E")
