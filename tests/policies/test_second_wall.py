"""Every route × identity with one wall down: the API still gives nobody another's rows, and changes none of them.

With the filters out the policies hold; with the policies out the filters hold. What counts as a leak:

- a change of a row succeeds that is refused while both walls stand;
- the answer holds the id of a row, or the secret text in it, that `tables/<app>.py` does not let this identity read;
- a row of the learner's is another one afterwards, and would not be while both walls stand.

The last test takes both walls down and finds leaks on many routes: so the others can fail.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from forum.tests.factories import ReplyFactory, ThreadFactory
from matches.models import MentorMatch
from matches.tests.factories import MatchFactory
from roadmaps.tests.factories import ModuleFactory, RoadmapFactory
from skillbridge_backend.core.ids import new_id
from tests.architecture.test_routes import ROUTES, view_of
from tests.policies.access import ADMIN, ANONYMOUS, EVERYBODY, IDENTITIES, MENTOR, OTHER_LEARNER
from tests.policies.walls import comparing_filters_out, named_filters_out, policies_out
from tests.policies.world import SECRET, World, tables
from users.tokens import issue_access_token

NOT_OF_ROWS = ("schema/", "docs/", "auth/", "unsubscribe/", "webhooks/")
"""Documents, account endpoints (open to everybody, with rights of their own), and what is proved by a signature."""


GRANTED = {(MENTOR, "roadmaps_roadmap"), (MENTOR, "roadmaps_module")}
"""What the learner granted, shown for the length of a request by a function that logs it."""

WITHOUT_POLICIES = {(MENTOR, "roadmaps_generation")}
"""The state of the job that plans a granted roadmap: no filter but the policy keeps it from the mentor."""


@dataclass(frozen=True)
class Call:
    """One verb on one route, on the learner's row where the route has one."""

    verb: str
    url: str
    body: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.verb.upper()} {self.url}"


@dataclass(frozen=True)
class Outcome:
    """What a call came to: status, the texts and ids of the answer that are the learner's, and the rows it changed."""

    status: int
    shown: frozenset[str]
    changed: frozenset[str]

    @property
    def succeeded(self) -> bool:
        return self.status < 400


@pytest.fixture(scope="module")
def marked(world: World) -> World:
    """The world, in which the secret text of each row says of which table it is."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger minds
        for table, row in world.rows.items():
            cursor.execute(
                "SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = %s::regclass"
                " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
                " AND atttypid IN ('text'::regtype, 'varchar'::regtype, 'jsonb'::regtype)",
                [table],
            )
            for column, kind in cursor.fetchall():
                cursor.execute(
                    f'UPDATE {table} SET "{column}" = replace("{column}"::text, %s, %s)::{kind}'
                    f' WHERE {row._meta.pk.column} = %s AND "{column}"::text LIKE %s',
                    [SECRET, f"{SECRET}.{table}.", row.pk, f"%{SECRET}%"],
                )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    return world


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
    (
        "roadmaps/",
        "post",
        lambda world: {"goal": f"Learn {learners(world, 'users_skill').name}", "hours_per_week": 5, "weeks": 12},
    ),
    ("roadmaps/drafts/", "post", {"title": "Mine", "hours_per_week": 5, "weeks": 12}),
    (r"roadmaps/<uuid:pk>/", "patch", {"title": "Another"}),
    (r"roadmaps/<uuid:roadmap_id>/modules/", "post", {"title": "One more", "estimated_minutes": 60}),
    (r"roadmaps/<uuid:\w+>/grants/", "post", lambda world: {"mentor": world.mentor.handle, "expires_at": in_a_month()}),
    (r"modules/<uuid:pk>/", "patch", {"title": "Another"}),
    (r"modules/<uuid:pk>/move/", "post", {"position": 1}),
    (r"modules/<uuid:pk>/note/", "put", {"text": "Another"}),
    (r"modules/<uuid:pk>/resources/", "post", {"title": "One", "url": "https://example.org/one"}),
    ("progress/log/", "post", {"kind": "study", "minutes": 30, "occurred_on": "2026-11-20"}),
    ("progress/repositories/", "post", {"full_name": "octo/another"}),
    ("matches/", "post", lambda world: {"mentor": str(world.other_mentor.pk), "message": "Please"}),
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
]


STAGED = {
    r"(patch|delete) modules/<uuid:pk>/": "module",
    r"post modules/<uuid:pk>/(move|complete|skip|start|resources)/": "module",
    r"put modules/<uuid:pk>/note/": "module",
    r"post modules/<uuid:pk>/reopen/": "done module",
    r"post roadmaps/<uuid:roadmap_id>/(modules|grants)/": "roadmap",
    r"post roadmaps/<uuid:pk>/archive/": "roadmap",
    r"post roadmaps/<uuid:pk>/activate/": "draft",
    r"post roadmaps/<uuid:pk>/retry/": "failed",
    r"post matches/<uuid:pk>/(accept|decline|ask-info|cancel)/": "requested",
    r"post matches/<uuid:pk>/answer-info/": "asked",
    r"post matches/<uuid:pk>/resume/": "paused",
    r"post matches/<uuid:pk>/reviews/": "completed",
    r"post forum/posts/<uuid:pk>/accept/": "reply",
    r"delete forum/posts/<uuid:pk>/accept/": "solution",
}
"""Calls that need a row in another state than the one of the matrix."""


@pytest.fixture(scope="module")
def staged(world: World) -> dict[str, Any]:
    """Rows in the states of STAGED; they are the learner's but for the request, which the mentor answers."""
    roadmap, draft = RoadmapFactory(owner=world.learner), RoadmapFactory(owner=world.learner, status="draft")
    ModuleFactory(roadmap=draft)
    failed = RoadmapFactory(owner=world.learner, status="failed")
    thread = world.rows["forum_forumpost"]
    in_state = partial(MatchFactory.in_state, learner=world.learner)
    return {
        "roadmap": roadmap,
        "module": ModuleFactory(roadmap=roadmap),
        "done module": ModuleFactory(roadmap=roadmap, status="completed"),
        "draft": draft,
        "failed": failed,
        "requested": MentorMatch.objects.get(learner=world.other_learner, mentor=world.mentor, status="requested"),
        "asked": in_state("info_requested"),
        "paused": in_state("paused"),
        "completed": in_state("completed"),
        "reply": ReplyFactory(thread=thread, author=world.other_learner),
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


def calls(world: World, staged: dict[str, Any]) -> Iterator[Call]:
    """Every verb of every route."""
    for raw, callback in ROUTES:
        route = raw.removeprefix("api/v1/").replace("^", "").replace("$", "")
        if any(part in route for part in NOT_OF_ROWS):
            continue
        view, actions = view_of(callback), getattr(callback, "actions", None)
        for verb in tuple(actions or (verb for verb in ("get", "post", "put", "delete") if hasattr(view, verb))):
            if verb != "head":  # DRF adds it to the table meanwhile
                url = url_of(world, staged, route, verb, view)
                yield Call(verb, f"/api/v1/{url}", body_of(world, route, verb))


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
        elif parameter == "roadmap_id" and "/grants/<uuid:pk>" in route:
            value = learners(world, "roadmaps_roadmapgrant").roadmap_id
        elif parameter in NAMED and not any(re.fullmatch(pattern, call) for pattern in STAGED):
            value = world.rows[NAMED[parameter]].pk
        else:
            value = row_of(world, staged, call, view).pk
        url = re.sub(rf"\(\?P<{parameter}>[^)]*\)|<(?:\w+:)?{parameter}>", str(value), url)
    return url


def client_of(world: World, identity: str) -> APIClient:
    """Logged in as this identity; a fault of the server is a 500."""
    client = APIClient(raise_request_exception=False)
    if identity != ANONYMOUS:
        token = issue_access_token(world.people[identity], family_id=new_id())
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def learners_rows(world: World) -> dict[str, str]:
    """Each remembered row as it is now, by its table."""
    parts = [f"SELECT '{table}', to_jsonb(t)::text FROM {table} t WHERE {row._meta.pk.column} = %s"
             for table, row in world.rows.items()]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), [row.pk for row in world.rows.values()])
        return dict(cursor.fetchall())


def shown_in(world: World, text: str) -> frozenset[str]:
    """The tables of whose learner's row the id or the secret stands in the text."""
    own_keys = {table: row for table, row in world.rows.items() if not row._meta.pk.is_relation}
    ids = {table for table, row in own_keys.items() if f'"id":"{row.pk}"' in text}
    return frozenset(ids | set(re.findall(rf"{SECRET}\.(\w+)\.", text)))


def outcomes_of(
    world: World, staged: dict[str, Any], identity: str, wall: Callable[[], AbstractContextManager[Any]] = nullcontext
) -> dict[str, Outcome]:
    """What each call comes to with this wall down; everything is undone."""
    client, outcomes, before = client_of(world, identity), {}, learners_rows(world)
    with transaction.atomic(), wall():
        for call in calls(world, staged):
            with transaction.atomic():
                with transaction.atomic():  # the request's own, which a refusal rolls back
                    response = getattr(client, call.verb)(call.url, call.body, format="json")
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT set_config('role', 'none', true), set_config('request.jwt.claims', '', true)"
                    )
                after = learners_rows(world)
                transaction.set_rollback(True)
            text = response.content.decode() if response.status_code < 400 else ""
            changed = frozenset(table for table in before if after.get(table) != before[table])
            outcomes[str(call)] = Outcome(response.status_code, shown_in(world, text), changed)
        transaction.set_rollback(True)
    return outcomes


@pytest.fixture(scope="module")
def with_both_walls(marked: World, staged: dict[str, Any]) -> Callable[[str], dict[str, Outcome]]:
    """What each call comes to for an identity as things are."""
    return cache(partial(outcomes_of, marked, staged))


def leaks(identity: str, outcomes: dict[str, Outcome], usual: dict[str, Outcome]) -> list[str]:
    """What the identity gets in these outcomes and should not."""
    readers = {case: access.select for case, access in tables().items() if ":" not in case}
    found = []
    for call, outcome in outcomes.items():
        # Only where the URL names a row: without the filter on oneself one can be taken for another whom one may see.
        is_write_of_a_row = not call.startswith("GET") and re.search("[0-9a-f-]{36}", call)
        if is_write_of_a_row and outcome.succeeded and not usual[call].succeeded:
            found.append(f"{call}: {outcome.status}, and {usual[call].status} with both walls")
        found += [
            f"{call}: shows {table}"
            for table in outcome.shown
            if identity not in readers.get(table, EVERYBODY) and (identity, table) not in GRANTED
        ]
        found += [f"{call}: changes {table}" for table in outcome.changed - usual[call].changed]
    return found


@pytest.mark.parametrize("identity", IDENTITIES)
def test_api_leaks_nothing_with_both_walls(with_both_walls: Any, identity: str) -> None:
    usual = with_both_walls(identity)

    found = leaks(identity, usual, usual)
    assert not found, "\n".join(found)
    assert {call: outcome.status for call, outcome in usual.items() if outcome.status >= 500} == {}


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("wall", [comparing_filters_out, policies_out])
def test_api_leaks_nothing_with_one_wall_down(
    marked: World, staged: Any, with_both_walls: Any, wall: Callable[[], AbstractContextManager[Any]], identity: str
) -> None:
    found = leaks(identity, outcomes_of(marked, staged, identity, wall), with_both_walls(identity))

    if wall is policies_out:
        found = [
            leak
            for leak in found
            if not any(leak.endswith(table) and who == identity for who, table in WITHOUT_POLICIES)
        ]
    assert not found, "\n".join(found)


def test_api_leaks_with_both_walls_down(marked: World, staged: Any, with_both_walls: Any) -> None:
    """The control: a test that finds nothing with both down would find nothing ever."""

    @contextmanager
    def no_walls() -> Iterator[None]:
        with named_filters_out(), policies_out():
            yield

    found = leaks(OTHER_LEARNER, outcomes_of(marked, staged, OTHER_LEARNER, no_walls), with_both_walls(OTHER_LEARNER))

    assert len({leak.partition(":")[0] for leak in found}) >= 30, found


def test_every_call_succeeds_for_somebody(with_both_walls: Any) -> None:
    """The control of each refusal: a call that nobody's request passes would be refused for its body or its state."""
    outcomes = {identity: with_both_walls(identity) for identity in IDENTITIES}
    never = {
        f"{call} {[outcomes[who][call].status for who in IDENTITIES]}"
        for call in outcomes[ADMIN]
        if not any(outcomes[who][call].succeeded for who in IDENTITIES)
    }

    assert not never, "\n".join(sorted(never))


def test_filters_are_found_in_every_app() -> None:
    with named_filters_out() as count:
        assert count >= 30
