"""Who the requests of a run come from, and what is there for them to read: over HTTP, as clients do it."""

import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx

from skillbridge_backend.demo.narrator import Narrator
from skillbridge_backend.demo.world import LINK, DemoFailure, Person, World, eventually
from tests.drills.target import Target
from tests.fuzzing.schemathesis_run import Identity

PEERS = ("learner", "stranger")
"""Have nothing in common: what is the one's, the other must never get."""


def make_world(target: Target) -> list[Identity]:
    """The identities, in the order in which they are tried, and in every list of theirs something to read."""
    password = target.secrets["DEV_LOGIN_PASSWORD"]
    with httpx.Client(base_url=target.url, timeout=60) as http:
        people = {name: Person(http, Narrator(), is_quiet=True) for name in ("learner", "mentor", "moderator")}
        for name, person in people.items():
            person.log_in(f"{name}@skillbridge.test", password)
        stranger = sign_up(
            World(target.installation, target.secrets), Person(http, Narrator(), is_quiet=True), password
        )
        for person in (people["learner"], stranger):
            fill(person, people["mentor"])
        meet(people["learner"], people["mentor"], people["moderator"])
    logins = {**{name: person.email for name, person in people.items()}, "stranger": stranger.email}
    order = ("learner", "mentor", "moderator", "stranger")
    return [Identity(name, logins[name], password, is_peer=name in PEERS) for name in order]


def sign_up(world: World, person: Person, password: str) -> Person:
    """Somebody new, logged in."""
    email = f"stranger-{secrets.token_hex(4)}@fuzz.test"
    body = {"email": email, "password": password, "display_name": "A stranger"}
    person.post("/api/v1/auth/signup/", body, expect=202)
    mail = eventually("the confirmation e-mail", lambda: next(iter(world.emails_to(email)), None))
    link = LINK.search(mail["text"])
    assert link is not None
    token = parse_qs(urlsplit(link.group()).query)["token"][0]
    person.post("/api/v1/auth/confirm-email/", {"token": token}, expect=(200, 204))
    person.log_in(email, password)
    return person


def fill(person: Person, mentor: Person) -> None:
    """Everything that one person makes for themselves."""
    draft = person.post("/api/v1/roadmaps/drafts/", {"title": "Mine", "hours_per_week": 5, "weeks": 12})
    modules = f"/api/v1/roadmaps/{draft['id']}/modules/"
    made = [person.post(modules, {"title": f"Part {number}", "estimated_minutes": 60}) for number in range(4)]
    first = f"/api/v1/modules/{made[0]['id']}"
    person.post(f"/api/v1/roadmaps/{draft['id']}/activate/", expect=200)
    person.call("PUT", f"{first}/note/", json={"text": "Only for me."}, expect=(200, 201))
    person.post(f"{first}/resources/", {"title": "A page", "url": "https://example.org/one"})
    in_a_month = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    person.post(f"/api/v1/roadmaps/{draft['id']}/grants/", {"mentor": "mentor", "expires_at": in_a_month})
    person.post(f"/api/v1/modules/{made[1]['id']}/complete/", expect=200)
    today = datetime.now(UTC).date().isoformat()
    person.post("/api/v1/progress/log/", {"kind": "study", "minutes": 30, "occurred_on": today})
    person.post("/api/v1/progress/repositories/", {"full_name": f"fuzz/{uuid4().hex[:8]}"})
    person.post("/api/v1/auth/tokens/", {"name": "Script", "scopes": ["progress:read"], "expires_in_days": 30})


def meet(learner: Person, mentor: Person, moderator: Person) -> None:
    """What they make together: a mentorship with words and a meeting, a thread with an answer and a report."""
    mentor_id = mentor.get("/api/v1/users/me/")["id"]
    match = learner.post("/api/v1/matches/", {"mentor": mentor_id, "message": "Would you help me?"})
    accepted = mentor.post(f"/api/v1/matches/{match['id']}/accept/", {"answer": "Gladly."}, expect=200)
    message = {"body": "Welcome!", "client_message_id": str(uuid4())}
    mentor.post(f"/api/v1/conversations/{accepted['conversation']}/messages/", message)
    meeting = {"starts_at": "2031-01-06T10:00:00Z", "ends_at": "2031-01-06T11:00:00Z"}
    learner.post(f"/api/v1/matches/{match['id']}/sessions/", meeting)
    category: dict[str, Any] = learner.get("/api/v1/forum/categories/")[0]
    words = {"category": category["slug"], "title": "How is it?", "body_markdown": "So?"}
    thread = learner.post("/api/v1/forum/threads/", words)
    reply = mentor.post(f"/api/v1/forum/threads/{thread['id']}/replies/", {"body_markdown": "Like this."})
    learner.post(f"/api/v1/forum/posts/{reply['id']}/report/", {"reason": "spam"})
    with suppress(DemoFailure):  # not every installation lets a mentor be warned
        warning = {"person": "mentor", "kind": "warned", "reason": "Only to have one."}
        moderator.post("/api/v1/forum/sanctions/", warning)
