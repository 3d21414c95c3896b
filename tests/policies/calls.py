"""Every verb of every route as a call that can succeed: with the rows of a `World` in its URL, and a body it takes."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from forum.tests.factories import ReplyFactory, ThreadFactory
from matches.models import MentorMatch
from matches.tests.factories import MatchFactory, missed_session, past_session, round_after
from roadmaps.services.contents import content_of
from roadmaps.tests.factories import (
    ForkBaseFactory,
    GenerationFactory,
    ModuleFactory,
    ResourceFactory,
    RoadmapFactory,
    RoadmapVersionFactory,
)
from skillbridge_backend.core.ids import new_id
from tests.architecture.test_routes import ROUTES, view_of
from tests.policies.access import ANONYMOUS
from tests.policies.world import World
from users.models import User
from users.tests.factories import PASSWORD, RefreshTokenFamilyFactory, SkillFactory
from users.tests.images import encoded, half_red
from users.tokens import issue_access_token

JOINED = "019ac5f0-a1b2-7c3d-8e4f-0000000000aa"
"""The id of a module that is joined with another one."""
NOT_OF_ROWS = re.compile(r"schema/|docs/|auth/(?!sessions/)|unsubscribe/|webhooks/|/file/|^pictures/")
"""Documents, account endpoints (open to everybody, with rights of their own), and what is proved by a signature."""


@dataclass(frozen=True)
class Call:
    """One verb on one route, on the learner's row where the route has one."""

    verb: str
    route: str
    url: str
    body: dict[str, Any]

    @property
    def format(self) -> str:
        """How the body is sent."""
        return "multipart" if any(isinstance(value, Upload) for value in self.body.values()) else "json"

    def __str__(self) -> str:
        return f"{self.verb.upper()} {self.url}"


class Upload(SimpleUploadedFile):
    """A file that can be sent more than once."""

    def read(self, *args: Any) -> bytes:
        """From the beginning."""
        self.seek(0)
        return bytes(super().read(*args))


def body_of(world: World, route: str, verb: str) -> dict[str, Any]:
    """A body that the route takes, where it takes one."""
    for pattern, methods, body in BODIES:
        if re.fullmatch(pattern, route) and verb in methods:
            return body(world) if callable(body) else body
    return {}


def learners(world: World, table: str) -> Any:
    """The learner's row of this table."""
    return world.rows[table]


def in_a_month() -> str:
    """As the API writes times."""
    return (timezone.now() + timedelta(days=30)).isoformat()


BODIES: list[tuple[str, str, dict[str, Any] | Callable[[World], dict[str, Any]]]] = [
    ("users/me/", "patch", {"headline": "Another"}),
    ("users/me/", "delete", {"password": PASSWORD}),
    ("users/me/picture/", "put", {"picture": Upload("me.png", encoded(half_red(), "PNG"))}),
    ("skills/suggestions/", "post", {"skill": "Weaving"}),
    (
        "roadmaps/",
        "post",
        lambda world: {"goal": f"Learn {learners(world, 'users_skill').name}", "hours_per_week": 5, "weeks": 12},
    ),
    (
        "roadmaps/preview/",
        "post",
        lambda world: {"goal": f"Learn {learners(world, 'users_skill').name}", "hours_per_week": 5, "weeks": 12},
    ),
    (r"roadmaps/<uuid:pk>/regenerate/", "post", lambda world: {"goal": f"Learn {learners(world, 'users_skill').name}"}),
    ("roadmaps/drafts/", "post", {"title": "Mine", "hours_per_week": 5, "weeks": 12}),
    (r"roadmaps/<uuid:pk>/", "patch", {"title": "Another"}),
    (r"roadmaps/<uuid:roadmap_id>/modules/", "post", {"title": "One more", "estimated_minutes": 60}),
    (r"roadmaps/<uuid:\w+>/grants/", "post", lambda world: {"mentor": world.mentor.handle, "expires_at": in_a_month()}),
    (
        "roadmaps/import/",
        "post",
        {
            "format": "skillbridge-roadmap",
            "version": 1,
            "title": "Imported",
            "hours_per_week": 5,
            "weeks": 12,
            "started_on": "2026-11-23",
            "modules": [{"title": "One", "estimated_minutes": 60}],
        },
    ),
    ("roadmaps/<uuid:roadmap_id>/publication/", "patch", {"shows_progress": True}),
    ("roadmaps/<uuid:roadmap_id>/rating/", "put", {"value": 5}),
    (r"modules/<uuid:pk>/", "patch", {"title": "Another"}),
    (r"modules/<uuid:pk>/move/", "post", {"position": 1}),
    (
        r"modules/<uuid:pk>/split/",
        "post",
        {"parts": [{"title": "One", "estimated_minutes": 60}, {"title": "Two", "estimated_minutes": 60}]},
    ),
    (
        r"modules/<uuid:pk>/join/",
        "post",
        {"modules": [JOINED]},
    ),
    (r"modules/<uuid:pk>/note/", "put", {"text": "Another"}),
    (r"modules/<uuid:pk>/resources/", "post", {"title": "One", "url": "https://example.org/one"}),
    (r"resources/<uuid:\w+>/reports/", "post", {"reason": "broken"}),
    ("progress/log/", "post", {"kind": "study", "minutes": 30, "occurred_on": "2026-11-20"}),
    ("progress/repositories/", "post", {"full_name": "octo/another"}),
    ("matches/", "post", lambda world: {"mentor": str(world.other_mentor.pk), "message": "Please"}),
    ("matches/blocks/", "post", lambda world: {"person": str(world.admin.pk), "note": "Family"}),
    ("matches/<uuid:pk>/ask-info/", "post", {"question": "What?"}),
    ("matches/<uuid:pk>/answer-info/", "post", {"answer": "That."}),
    ("matches/<uuid:pk>/end/", "post", {"reason": "No time"}),
    ("matches/<uuid:pk>/reviews/", "post", {"rating": 5}),
    (
        "matches/<uuid:pk>/sessions/",
        "post",
        {"starts_at": "2031-01-06T10:00:00Z", "ends_at": "2031-01-06T11:00:00Z"},
    ),
    ("conversations/<uuid:pk>/messages/", "post", {"client_message_id": str(new_id()), "body": "Hello"}),
    ("conversations/<uuid:pk>/read/", "post", {"seq": 1}),
    (
        "notification-preferences/",
        "put",
        {"entries": [{"kind": "mentioned", "channel": "email", "is_enabled": False}]},
    ),
    (
        "forum/threads/",
        "post",
        lambda world: {
            "category": learners(world, "forum_category").slug,
            "title": "How is it?",
            "body_markdown": "So?",
        },
    ),
    ("forum/threads/<uuid:pk>/replies/", "post", {"body_markdown": "Like this."}),
    ("forum/posts/<uuid:pk>/", "patch", {"body_markdown": "Another"}),
    ("forum/sanctions/", "post", lambda world: {"person": world.other_mentor.handle, "kind": "warned", "reason": "So"}),
    ("forum/posts/<uuid:pk>/report/", "post", {"reason": "spam"}),
    ("forum/posts/<uuid:pk>/vote/", "put", {"value": 1}),
    ("forum/reports/<uuid:pk>/resolve/", "post", {"resolution": "dismiss"}),
    ("auth/factors/passkeys/<uuid:pk>/", "patch", {"name": "Another"}),
    ("auth/email/", "post", {"email": "another@example.org"}),
    ("auth/tokens/", "post", {"name": "Script", "scopes": ["progress:read"]}),
    (
        "auth/password/change/",
        "post",
        {"current_password": PASSWORD, "password": "a sentence that nobody else has thought of"},
    ),
]


STAGED = {
    r"(patch|delete) modules/<uuid:pk>/": "module",
    r"post modules/<uuid:pk>/(move|complete|skip|start|resources|split|join)/": "module",
    r"put modules/<uuid:pk>/note/": "module",
    r"post resources/<uuid:resource_id>/reports/": "resource",
    r"post modules/<uuid:pk>/reopen/": "done module",
    r"post roadmaps/<uuid:roadmap_id>/(modules|grants)/": "roadmap",
    r"(get|patch|post) roadmaps/<uuid:roadmap_id>/(publication|links)/": "unlisted",
    r"(get|put|delete) roadmaps/<uuid:roadmap_id>/rating/": "rated",
    r"post roadmaps/<uuid:pk>/(archive|reschedule|regenerate|fork)/": "roadmap",
    r"(get|post) roadmaps/<uuid:pk>/upstream/": "copy",
    r"post roadmaps/gallery/<slug:slug>/fork/": "shared",
    r"post roadmaps/<uuid:roadmap_id>/versions/<int:number>/restore/": "version",
    r"post roadmaps/generations/<uuid:pk>/cancel/": "job",
    r"post modules/<uuid:pk>/regenerate/": "planned module",
    r"post roadmaps/<uuid:pk>/activate/": "draft",
    r"post roadmaps/<uuid:pk>/retry/": "failed",
    r"post matches/<uuid:pk>/(accept|decline|ask-info|cancel)/": "requested",
    r"post matches/<uuid:pk>/answer-info/": "asked",
    r"post matches/<uuid:pk>/resume/": "paused",
    r"post match-rounds/<uuid:pk>/cancel/": "running round",
    r"post match-rounds/<uuid:pk>/undo/": "applied round",
    r"post matches/<uuid:pk>/reviews/": "completed",
    r"post sessions/<uuid:pk>/(hold|miss)/": "past session",
    r"post sessions/<uuid:pk>/dispute/": "missed session",
    r"post forum/posts/<uuid:pk>/accept/": "reply",
    r"delete forum/posts/<uuid:pk>/accept/": "solution",
}
"""Calls that need a row in another state than the one of the matrix."""


def stage(world: World) -> dict[str, Any]:
    """Rows in the states of STAGED; they are the learner's but for the request, which the mentor answers."""
    roadmap, draft = RoadmapFactory(owner=world.learner), RoadmapFactory(owner=world.learner, status="draft")
    ModuleFactory(roadmap=draft)
    goal = f"Learn {learners(world, 'users_skill').name}"
    failed = RoadmapFactory(owner=world.learner, status="failed", goal_text=goal)
    module = ModuleFactory(roadmap=roadmap)
    ModuleFactory(roadmap=roadmap, skill=module.skill, pk=JOINED)
    ModuleFactory(roadmap_id=learners(world, "roadmaps_roadmaplisting").roadmap_id, position=1)
    copy = RoadmapFactory(owner=world.learner, forked_from=roadmap)
    ForkBaseFactory(roadmap=copy, content=content_of(roadmap).to_json())
    thread = world.rows["forum_forumpost"]
    in_state = partial(MatchFactory.in_state, learner=world.learner)
    return {
        "roadmap": roadmap,
        "module": module,
        "copy": copy,
        "shared": world.rows["roadmaps_roadmaplisting"],
        "version": RoadmapVersionFactory(roadmap=roadmap),
        "planned module": ModuleFactory(roadmap__owner=world.learner, skill=SkillFactory()),
        "job": GenerationFactory(roadmap__owner=world.learner),
        "done module": ModuleFactory(roadmap=roadmap, status="completed"),
        "draft": draft,
        "unlisted": learners(world, "roadmaps_sharelink").roadmap,
        "rated": learners(world, "roadmaps_roadmaprating").roadmap,
        "failed": failed,
        "requested": MentorMatch.objects.get(learner=world.other_learner, mentor=world.mentor, status="requested"),
        "asked": in_state("info_requested"),
        "paused": in_state("paused"),
        "running round": round_after("running"),
        "applied round": round_after("running", "proposed", "applied"),
        "completed": in_state("completed"),
        "past session": past_session(world.match),
        "missed session": missed_session(world.match, "no_show_learner"),
        "reply": ReplyFactory(thread=thread, author=world.other_learner),
        "resource": ResourceFactory(),
        "solution": ReplyFactory(thread=ThreadFactory(author=world.learner), is_solution=True),
    }


def row_of(world: World, staged: dict[str, Any], call: str, view: Any) -> Any:
    """The learner's row that the call names."""
    for pattern, name in STAGED.items():
        if re.fullmatch(pattern, call):
            return staged[name]
    return world.rows[view.queryset.model._meta.db_table]


NAMED = {"roadmap_id": "roadmaps_roadmap", "resource_id": "roadmaps_ownresource"}
"""Parameters that name another row than the view's own."""

OF_A_ROADMAP = {"grants": "roadmaps_roadmapgrant", "links": "roadmaps_sharelink"}
"""Rows that are named inside of their roadmap."""


def calls(world: World, staged: dict[str, Any]) -> Iterator[Call]:
    """Every verb of every route."""
    for raw, callback in ROUTES:
        route = raw.removeprefix("api/v1/").replace("^", "").replace("$", "")
        if NOT_OF_ROWS.search(route):
            continue
        view, actions = view_of(callback), getattr(callback, "actions", None)
        for verb in tuple(actions or (verb for verb in ("get", "post", "put", "delete") if hasattr(view, verb))):
            if verb != "head":  # DRF adds it to the table meanwhile
                url = url_of(world, staged, route, verb, view)
                yield Call(verb, route, f"/api/v1/{url}", body_of(world, route, verb))


def url_of(world: World, staged: dict[str, Any], route: str, verb: str, view: Any) -> str:
    """The route with the learner's rows for its parameters."""
    url, call = route, f"{verb} {route}"
    for parameter in re.findall(r"<(?:\w+:)?(\w+)>", route):
        if parameter == "handle":
            value: Any = world.learner.handle
        elif parameter == "slug":
            value = row_of(world, staged, call, view).slug
        elif parameter == "id":
            value = world.mentor.pk
        elif parameter == "number":
            value = row_of(world, staged, call, view).number
        elif parameter == "roadmap_id" and "/versions/<" in route:
            value = row_of(world, staged, call, view).roadmap_id
        elif parameter == "roadmap_id" and (found := re.search("/(grants|links)/<uuid:pk>", route)):
            value = learners(world, OF_A_ROADMAP[found[1]]).roadmap_id
        elif parameter in NAMED and not any(re.fullmatch(pattern, call) for pattern in STAGED):
            value = world.rows[NAMED[parameter]].pk
        else:
            value = row_of(world, staged, call, view).pk
        url = re.sub(rf"\(\?P<{parameter}>[^)]*\)|<(?:\w+:)?{parameter}>", str(value), url)
    return url


def client_of(world: World, identity: str) -> APIClient:
    """Logged in as this identity; a fault of the server is a 500."""
    return APIClient(raise_request_exception=False) if identity == ANONYMOUS else client_as(world.people[identity])


def client_as(person: User) -> APIClient:
    """Logged in as this person a moment ago; a fault of the server is a 500."""
    client = APIClient(raise_request_exception=False)
    login = RefreshTokenFamilyFactory(user=person, proved_at=timezone.now())
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_access_token(person, family_id=login.pk)}")
    return client
