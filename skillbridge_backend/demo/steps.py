"""The nine steps of the main job. Each takes the Demo, does its part over HTTP and leaves what later steps need."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from skillbridge_backend.demo.narrator import Narrator
from skillbridge_backend.demo.world import LINK, DemoFailure, Person, World, eventually, signed_push

MODULES_SHOWN = 12
LONGEST_PLANNING_SECONDS = 150.0
"""A model may take OPENAI_TIMEOUT_SECONDS, which are 60 by default."""
GOAL = "backend engineer with Python and PostgreSQL"
WISH = {"goal": GOAL, "hours_per_week": 6, "weeks": 20}


@dataclass
class Demo:
    """What the steps know of the world and of each other."""

    world: World
    narrator: Narrator
    mentors_file: Path
    learner: Person = field(init=False)
    mentor: Person = field(init=False)
    password: str = field(default_factory=lambda: f"demo-{secrets.token_urlsafe(12)}")
    roadmap: dict[str, Any] = field(default_factory=dict)
    suggestion: dict[str, Any] = field(default_factory=dict)
    match: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.learner = self.world.person(self.narrator)
        self.mentor = self.world.person(self.narrator)

    def check(self, holds: object, what: str) -> None:
        """Print what holds; DemoFailure when it does not."""
        if not holds:
            raise DemoFailure(f"this should hold and does not: {what}")
        self.narrator.good(what)


def import_mentors(demo: Demo) -> None:
    """Mentors are imported from a file, with skills as people type them."""
    words = ("import_mentors", str(demo.mentors_file), "--password", demo.world.secrets["DEV_LOGIN_PASSWORD"])
    demo.narrator.command(("manage.py", *words[:3], "…"))
    demo.narrator.say(demo.world.manage(*words))


def sign_up(demo: Demo) -> None:
    """A learner signs up, confirms the address from the e-mail, logs in and fills in a profile."""
    learner, tag = demo.learner, secrets.token_hex(4)
    email = f"learner-{tag}@demo.test"
    learner.post(
        "/api/v1/auth/signup/",
        {"email": email, "password": demo.password, "display_name": "Demo Learner"},
        expect=202,
    )
    mail = eventually("the confirmation e-mail", lambda: next(iter(demo.world.emails_to(email)), None))
    link = LINK.search(mail["text"])
    demo.check(link, f"e-mail “{mail['subject']}” is in the mailbox, with its link")
    assert link is not None
    token = parse_qs(urlsplit(link.group()).query)["token"][0]
    confirmation = {"token": token, "password": demo.password}
    learner.post("/api/v1/auth/confirm-email/", confirmation, expect=(200, 204))
    learner.log_in(email, demo.password)
    me = learner.call("GET", "/api/v1/users/me/")
    profile = learner.call(
        "PATCH",
        "/api/v1/users/me/",
        headers={"If-Match": me.headers["ETag"]},
        json={
            "headline": "Shop assistant on the way to backend development",
            "country": "DE",
            "time_zone": "Europe/Berlin",
            "languages": ["en", "de"],
            "hours_per_week": 6,
            "is_seeking_mentoring": True,
            "skills": [{"skill": "html", "level": 3}, {"skill": "git", "level": 2}, {"skill": "cli", "level": 2}],
            "wanted_skills": [
                {"skill": "Python", "level": 3},
                {"skill": "postgres", "level": 3},
                {"skill": "django", "level": 2},
                {"skill": "docker", "level": 1},
            ],
            "availability": [
                {"weekday": 1, "starts_at": "18:00", "ends_at": "21:00"},
                {"weekday": 3, "starts_at": "18:00", "ends_at": "21:00"},
                {"weekday": 5, "starts_at": "10:00", "ends_at": "13:00"},
            ],
        },
    ).json()
    demo.narrator.table(
        ("skill", "has", "wants"),
        [
            *((row["skill"], row["level"], "") for row in profile["skills"]),
            *((row["skill"], "", row["level"]) for row in profile["wanted_skills"]),
        ],
    )


def ask_for_a_roadmap(demo: Demo) -> None:
    """A roadmap is asked for, made by a worker, and fits this learner."""
    learner = demo.learner
    job = learner.post("/api/v1/roadmaps/", WISH, expect=202)
    quiet = Person(learner.http, demo.narrator, token=learner.token, is_quiet=True)

    def finished() -> dict[str, Any] | None:
        state: dict[str, Any] = quiet.get(f"/api/v1/roadmaps/generations/{job['id']}/")
        return state if state["status"] in {"succeeded", "failed"} else None

    generation = eventually("the roadmap", finished, seconds=LONGEST_PLANNING_SECONDS)
    demo.check(generation["status"] == "succeeded", f"a worker made it ({generation['source']})")
    show_receipt(demo, generation)
    demo.roadmap = learner.get(f"/api/v1/roadmaps/{job['roadmap']}/")
    modules, plan = demo.roadmap["modules"], demo.roadmap["plan_summary"]
    understood = ", ".join(f"{p['text']} → {p['skill'] or ' or '.join(p['tracks'])}" for p in phrases_of(demo.roadmap))
    demo.narrator.say(f"understood: {understood}")
    demo.narrator.say(f"{demo.roadmap['title']}: {len(modules)} modules, {plan['total_minutes'] / 60:.0f} hours")
    demo.narrator.table(
        ("#", "module", "minutes", "weeks", "first resource"),
        [
            (
                module["position"],
                module["title"],
                module["estimated_minutes"],
                f"{module['starts_week']}–{module['ends_week']}",
                module["resources"][0]["url"] if module["resources"] else "",
            )
            for module in modules[:MODULES_SHOWN]
        ],
    )
    if len(modules) > MODULES_SHOWN:
        demo.narrator.say(f"… and {len(modules) - MODULES_SHOWN} more")
    if not plan["fits"]:
        droppable = ", ".join(part["skill"] for part in plan["could_drop"][:6])
        demo.narrator.say(
            f"It needs {plan['weeks_needed']} weeks, {plan['shortfall_weeks']} more than asked for"
            f" ({plan['hours_per_week_needed']} hours a week would do). What could be left out: {droppable}, …"
        )
    position = {module["id"]: module["position"] for module in modules}
    in_order = all(position[required] < module["position"] for module in modules for required in module["requires"])
    demo.check(in_order, "every module comes after its prerequisites")
    skills = {module["skill"]["slug"] for module in modules}
    demo.check("html" not in skills, "what the learner knows is left out (html)")
    demo.check({"python", "postgresql"} <= skills, "what the goal names is there (python, postgresql)")
    demo.check(all(module["resources"] for module in modules), "every module has resources")


def show_receipt(demo: Demo, generation: dict[str, Any]) -> None:
    """What a model did, where the installation has one."""
    if not demo.learner.get("/api/v1/roadmaps/limits/")["is_model_set_up"]:
        demo.narrator.say("no model is set up: the built-in planner's words (docs/roadmaps.md)")
        return
    columns = ("model", "attempts", "prompt_tokens", "completion_tokens", "cost", "is_cached")
    demo.narrator.table(columns, [[generation[column] for column in columns]])
    for fault in generation["faults"]:
        demo.narrator.say(f"built-in words for “{fault['title']}”: {fault['reason']}")
    is_told = generation["source"] == "model" or generation["fallback_reason"]
    demo.check(is_told, generation["fallback_reason"] or "the model worded it, as the receipt says")


def phrases_of(roadmap: dict[str, Any]) -> list[dict[str, Any]]:
    """The words of the goal that meant something."""
    phrases: list[dict[str, Any]] = roadmap["understood"]["phrases"]
    return phrases


def ask_for_mentors(demo: Demo) -> None:
    """The best five mentors, scored by the matcher, each with the reason why."""
    answer = demo.learner.get("/api/v1/matches/suggestions/")
    demo.narrator.say(
        f"solver {answer['solver']} {answer['solver_version']}" + (" (fallback)" if answer["is_fallback"] else "")
    )
    rows = answer["suggestions"]
    demo.check(rows, f"{len(rows)} suggestions")
    names = sorted({name for row in rows for name in row["components"]})
    demo.narrator.table(
        ("mentor", "score", *names),
        [
            (
                row["mentor"]["headline"],
                row["score"],
                *(row["components"].get(name, {}).get("points", 0) for name in names),
            )
            for row in rows
        ],
    )
    for row in rows:
        demo.check(
            sum(part["points"] for part in row["components"].values()) == row["score"],
            f"{row['mentor']['headline']}: {row['why']}",
        )
    demo.suggestion = rows[0]


def request_and_accept(demo: Demo) -> None:
    """The best is requested; the mentor sees it and accepts; both write."""
    learner, mentor = demo.learner, demo.mentor
    best = demo.suggestion["mentor"]
    demo.match = learner.post(
        "/api/v1/matches/", {"mentor": best["id"], "message": "I want to move into backend work. Would you help me?"}
    )
    # Imported mentors have addresses of their own domain; the role's development login is a candidate too.
    domain = "skillbridge.test" if best["handle"] == "mentor" else "mentors.skillbridge.test"
    mentor.log_in(f"{best['handle']}@{domain}", demo.world.secrets["DEV_LOGIN_PASSWORD"])
    waiting = mentor.get("/api/v1/matches/?role=mentor&status=requested")["results"]
    demo.check(demo.match["id"] in {row["id"] for row in waiting}, "the mentor sees the request")
    accepted = mentor.post(
        f"/api/v1/matches/{demo.match['id']}/accept/", {"answer": "Gladly. Tuesdays at seven?"}, expect=200
    )
    demo.narrator.say(f"the match is {accepted['status']}")
    conversation = accepted["conversation"]
    for person, text in ((mentor, "Welcome! What have you built so far?"), (learner, "A small shop page. Now an API.")):
        person.post(
            f"/api/v1/conversations/{conversation}/messages/",
            {"body": text, "client_message_id": str(uuid4())},
        )
    names = {accepted[side]["id"]: accepted[side]["display_name"] for side in ("learner", "mentor")}
    messages = learner.get(f"/api/v1/conversations/{conversation}/messages/?after_seq=0")["results"]
    demo.narrator.table(("seq", "from", "text"), [(m["seq"], names[m["sender"]], m["body"]) for m in messages])


def push_to_github(demo: Demo) -> None:
    """A repository is connected, and a signed push shows in the progress log: once, and only if it is signed."""
    learner = demo.learner
    full_name = f"demo/{secrets.token_hex(4)}"
    connection = learner.post("/api/v1/progress/repositories/", {"full_name": full_name})
    demo.narrator.say(f"to enter at GitHub: {connection['webhook_url']}")
    path = urlsplit(connection["webhook_url"]).path
    github = demo.world.person(demo.narrator)
    body, headers = signed_push(
        repository=full_name,
        secret=connection["webhook_secret"],
        message="Add the orders endpoint",
        author_email=learner.email,
    )
    github.call("POST", path, content=body, headers=headers, expect=202)

    def logged() -> list[dict[str, Any]] | None:
        rows = Person(learner.http, demo.narrator, token=learner.token, is_quiet=True).get("/api/v1/progress/log/")
        return [row for row in rows["results"] if row["kind"] == "commits_pushed"] or None

    rows = eventually("the log entry", logged)
    demo.narrator.table(
        ("kind", "evidence", "when", "repository", "what"),
        [(r["kind"], r["evidence"], r["occurred_at"], r["repository"], r["data"]["title"]) for r in rows],
    )
    github.call("POST", path, content=body, headers=headers, expect=200)
    demo.check(len(logged() or ()) == len(rows), "the same delivery again changes nothing")
    forged = headers | {"X-Hub-Signature-256": "sha256=" + "0" * 64, "X-GitHub-Delivery": secrets.token_hex(16)}
    github.call("POST", path, content=body, headers=forged, expect=401)
    demo.check(True, "a forged delivery gets 401")


def complete_a_module(demo: Demo) -> None:
    """A module is completed: progress, points, the badge “First module”, the notification and the e-mail."""
    learner = demo.learner
    module = demo.roadmap["modules"][0]
    before = learner.get("/api/v1/points/")["total"]
    learner.post(f"/api/v1/modules/{module['id']}/complete/", expect=200)
    roadmap = learner.get(f"/api/v1/roadmaps/{demo.roadmap['id']}/")
    total = sum(m["weight"] for m in roadmap["modules"])
    share = 100 * module["weight"] / total
    demo.check(
        abs(float(roadmap["progress"]) - share) < 0.01,
        f"progress is {roadmap['progress']} %: the module weighs {module['weight']} of {total}",
    )
    points = learner.get("/api/v1/points/")
    demo.check(
        points["total"] > before, f"points went from {before} to {points['total']}, level {points['level']['number']}"
    )
    awards = learner.get("/api/v1/awards/")["results"]
    demo.check(any(a["badge"]["slug"] == "first-module" for a in awards), "the badge “First module” is awarded")
    notifications = learner.get("/api/v1/notifications/")["results"]
    demo.narrator.table(("notification", "text"), [(n["kind"], n["summary"]) for n in notifications])
    demo.check(any(n["kind"] == "badge_awarded" for n in notifications), "the notification is in the list")
    mail = eventually(
        "the e-mail about the badge",
        lambda: next(
            (m for m in demo.world.emails_to(learner.email) if "First module" in m["subject"] + m["text"]), None
        ),
    )
    demo.check(mail, f"e-mail “{mail['subject']}” is in the mailbox")


def ask_the_forum(demo: Demo) -> None:
    """A question in the forum, a reply by the mentor, and the notification about it."""
    learner, mentor = demo.learner, demo.mentor
    category = learner.get("/api/v1/forum/categories/")[0]
    thread = learner.post(
        "/api/v1/forum/threads/",
        {
            "category": category["slug"],
            "title": "When does an index on two columns help?",
            "body_markdown": "I have `orders(customer_id, created_at)` and *still* see a sequential scan.",
        },
    )
    mentor.post(
        f"/api/v1/forum/threads/{thread['id']}/replies/",
        {"body_markdown": "When the query filters by the **first** column. Run `EXPLAIN` and look at the rows."},
    )

    def told() -> dict[str, Any] | None:
        quiet = Person(learner.http, demo.narrator, token=learner.token, is_quiet=True)
        rows = quiet.get("/api/v1/notifications/?kind=reply_posted")["results"]
        return rows[0] if rows else None

    notification = eventually("the notification about the reply", told)
    demo.check(notification, f"the learner is told: {notification['summary']}")
    again = learner.get(f"/api/v1/forum/threads/{thread['id']}/")
    demo.check(again["reply_count"] == 1, "the thread counts one reply")


def look_at_health_and_metrics(demo: Demo) -> None:
    """Health and metrics show the system that did this."""
    nobody = demo.world.person(demo.narrator)
    health = nobody.get("/health/ready")
    demo.narrator.table(
        ("check", "status", "ms"), [(n, c["status"], c["milliseconds"]) for n, c in health["checks"].items()]
    )
    text = nobody.call(
        "GET", "/metrics", headers={"Authorization": f"Bearer {demo.world.secrets['METRICS_TOKEN']}"}
    ).text
    done = [line for line in text.splitlines() if line.startswith("skillbridge_outbox_done")]
    demo.narrator.table(
        ("queue", "outbox topic", "messages done"),
        [(*line.split('"')[1:4:2], int(float(line.rsplit(" ", 1)[1]))) for line in done],
    )
    demo.narrator.say(f"at {datetime.now(UTC):%H:%M:%S} UTC, health is “{health['status']}”")


STEPS: tuple[Callable[[Demo], None], ...] = (
    import_mentors,
    sign_up,
    ask_for_a_roadmap,
    ask_for_mentors,
    request_and_accept,
    push_to_github,
    complete_a_module,
    ask_the_forum,
    look_at_health_and_metrics,
)
