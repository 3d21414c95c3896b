"""Pages that a model names: only those that answer are shown. Against a model's server and a web server on loopback."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from roadmaps.enums import GenerationSource, LinkState, Visibility
from roadmaps.model_planner import client, worded_plan
from roadmaps.model_planner import links as asking
from roadmaps.models import ModelAnswer, Module, ModuleLink, Resource, Roadmap
from roadmaps.planner import PlannedLink
from roadmaps.services import LinkService, WordedPlan
from roadmaps.tests.factories import ModuleFactory, ModuleLinkFactory, RoadmapFactory, ShareLinkFactory
from roadmaps.tests.link_server import LinkServer, Page, link_server
from roadmaps.tests.openai_server import Modules, OpenAiServer, openai_server, worded
from roadmaps.tests.test_model_planner import job
from roadmaps.tests.test_services_links import FAILED, due
from skillbridge_backend.core.circuit_breaker import CircuitBreaker
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import Skill, User

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]


@pytest.fixture
def model(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAiServer]:
    monkeypatch.setattr(client, "breaker", CircuitBreaker(most_failures=4, rest_seconds=30.0))
    with openai_server() as running:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "test-key", running.url
        settings.OPENAI_MODEL, settings.OPENAI_PRICES = "test-model", {"test-model": (0.15, 0.6)}
        settings.OPENAI_TIMEOUT_SECONDS = 30
        settings.LINK_CHECKS = settings.LINK_CHECK_ALLOWS_LOOPBACK = True
        yield running


@pytest.fixture
def web() -> Iterator[LinkServer]:
    with link_server() as running:
        yield running


def on(web: LinkServer, path: str, page: Page | None = None, *, host: str = "127.0.0.1") -> str:
    if page:
        web.pages[path] = page
    return f"http://{host}:{web.port}{path}"


def naming(*links: dict[str, str]) -> Callable[[dict[str, Any]], Any]:
    """A model that names these for the first module."""

    def change(modules: Modules) -> Modules:
        return [{**modules[0], "links": list(links)}, *modules[1:]]

    return worded(change)


def named(title: str, url: str) -> dict[str, str]:
    return {"title": title, "url": url}


def links_of(result: WordedPlan) -> list[PlannedLink]:
    assert result.source == GenerationSource.MODEL
    return [link for module in result.plan.modules for link in module.links]


def reasons(result: WordedPlan) -> list[str]:
    return [f"{fault.title}: {fault.reason}" for fault in result.faults]


def test_links_that_answer_are_taken_and_the_others_are_counted(model: OpenAiServer, web: LinkServer) -> None:
    moved = on(web, "/old", Page(301, {"Location": "/new"}))
    on(web, "/new", Page())
    model.answer = naming(
        named("<b>Good</b> &amp; free", moved),
        named("Gone", on(web, "/gone")),
        named("Robots", on(web, "/no", Page(403))),
    )

    result = worded_plan(*job())

    (link,) = links_of(result)
    assert (link.title, link.url, link.final_url) == ("Good & free", moved, on(web, "/new"))
    assert link.checked_at
    assert timezone.now() - link.checked_at < timedelta(minutes=1)
    assert reasons(result) == ["Links: 2 of the model's links did not answer and were left out."]


@pytest.mark.parametrize(
    ("title", "url"),
    [
        ("Inside", "http://10.0.0.1/secret"),
        ("Script", "javascript:alert(1)"),
        ("No address", "see the docs"),
        ("Password", "http://me:secret@127.0.0.1/"),
        ("Capitals", "HTTPS://127.0.0.1/"),
        ("", "http://127.0.0.1/"),
        ("https://elsewhere.test/", "http://127.0.0.1/"),
        ("t" * 201, "http://127.0.0.1/"),
        ("Long", "http://127.0.0.1/" + "a" * 500),
    ],
)
def test_what_is_no_link_of_the_public_web_is_left_out_and_never_repeated(
    model: OpenAiServer, web: LinkServer, title: str, url: str
) -> None:
    model.answer = naming(named(title, url.replace("127.0.0.1", f"127.0.0.1:{web.port}")))
    web.pages["/"] = Page()

    result = worded_plan(*job())

    assert links_of(result) == []
    assert reasons(result) == ["Links: 1 of the model's links did not answer and were left out."]
    assert result.plan.modules[0].title.startswith("Worded: ")
    assert web.requests == []


def test_links_of_several_hosts_are_asked_side_by_side(model: OpenAiServer, web: LinkServer) -> None:
    slow = Page(pause_seconds=1.5)
    model.answer = naming(*(named(host, on(web, f"/{host}", slow, host=host)) for host in ("127.0.0.1", "localhost")))

    result = worded_plan(*job())

    assert len(links_of(result)) == 2
    assert max(each.began for each in web.requests) < min(each.ended for each in web.requests)


def test_what_could_not_be_asked_in_time_is_left_out(
    model: OpenAiServer, web: LinkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_SECONDS", 1.5)
    quick, slow = on(web, "/quick", Page()), on(web, "/slow", Page(pause_seconds=5), host="localhost")
    model.answer = naming(named("Quick", quick), named("Slow", slow))

    began = time.monotonic()
    result = worded_plan(*job())

    assert [link.url for link in links_of(result)] == [quick]
    assert len(reasons(result)) == 1
    assert time.monotonic() - began < 4


def test_redis_that_is_away_costs_the_links_and_not_the_words(
    model: OpenAiServer, web: LinkServer, settings: Any
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    model.answer = naming(named("Good", on(web, "/good", Page())))

    result = worded_plan(*job())

    assert links_of(result) == []
    assert len(reasons(result)) == 1
    assert result.plan.modules[0].title.startswith("Worded: ")


@pytest.mark.parametrize("bad", ["http://xn--.x'/", "https://xn--z.ab--b.com/"])
def test_link_that_cannot_be_asked_is_one_that_does_not_answer(model: OpenAiServer, web: LinkServer, bad: str) -> None:
    good, trap = on(web, "/good", Page()), on(web, "/trap", Page(302, {"Location": "https:////[,"}), host="localhost")
    model.answer = naming(named("Bad", bad), named("Good", good), named("Trap", trap))

    result = worded_plan(*job())
    again = worded_plan(*job())

    assert [link.url for link in links_of(result)] == [link.url for link in links_of(again)] == [good]
    assert len(reasons(result)) == 1


def test_more_links_than_were_asked_for_and_the_same_twice_are_not_taken(model: OpenAiServer, web: LinkServer) -> None:
    url = on(web, "/a", Page())
    model.answer = naming(
        named("A", url), named("A again", url), named("B", on(web, "/b", Page())), named("C", on(web, "/c", Page()))
    )

    result = worded_plan(*job())

    assert [link.title for link in links_of(result)] == ["A", "B"]
    assert reasons(result) == []
    assert '"links_per_module": 3' in model.requests[0]["messages"][1]["content"]


def test_without_link_checks_no_link_is_asked_for_or_taken(model: OpenAiServer, web: LinkServer, settings: Any) -> None:
    settings.LINK_CHECKS = False
    model.answer = naming(named("Good", on(web, "/good", Page())))

    result = worded_plan(*job())

    assert (links_of(result), reasons(result), web.requests) == ([], [], [])
    assert '"links_per_module": 0' in model.requests[0]["messages"][1]["content"]


def test_shared_answer_keeps_its_links_and_asks_them_again_after_a_day(model: OpenAiServer, web: LinkServer) -> None:
    urls = [on(web, "/a", Page()), on(web, "/b", Page(), host="localhost")]
    model.answer = naming(*(named("Page", url) for url in urls))

    first = worded_plan(*job())
    asked = len(web.requests)
    again = worded_plan(*job())
    assert (again.is_cached, links_of(again), len(web.requests)) == (True, links_of(first), asked)

    kept = ModelAnswer.objects.get()
    answer: Any = kept.answer
    for link in answer[0]["links"]:
        link["checked_at"] = (timezone.now() - timedelta(days=2)).isoformat()
    kept.save()
    age = kept.updated_at
    del web.pages["/b"]
    later = worded_plan(*job())

    assert later.is_cached
    assert [link.url for link in links_of(later)] == urls[:1]
    assert reasons(later) == ["Links: 1 of the model's links did not answer and were left out."]
    kept.refresh_from_db()
    answer = kept.answer
    assert len(answer[0]["links"]) == 2
    assert kept.updated_at == age
    assert len(model.requests) == 1


# --- stored, shown, checked again, copied ---------------------------------------------------------------------------


def resources_of(client: ApiClient, module: Module) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = client.get(f"/api/v1/modules/{module.pk}/").json()["resources"]
    return shown


def test_planned_roadmap_shows_a_models_links_after_those_of_the_catalogue(
    model: OpenAiServer,
    web: LinkServer,
    learner: User,
    api_as: ApiAs,
    goal: dict[str, Any],
    run_jobs: Callable[[], int],
) -> None:
    good = on(web, "/good", Page())
    model.answer = naming(named("Good", good), named("Gone", on(web, "/gone")))
    answer = api_as(learner).post("/api/v1/roadmaps/", goal)
    assert run_jobs() == 1

    shown = api_as(learner).get(f"/api/v1/roadmaps/{answer.json()['roadmap']}/").json()

    resources = shown["modules"][0]["resources"]
    assert [each["source"] for each in resources] == ["catalogue", "catalogue", "model"]
    assert [each["is_verified"] for each in resources] == [False, False, True]
    assert (resources[2]["title"], resources[2]["url"], resources[2]["kind"]) == ("Good", good, None)
    assert shown["generation"]["faults"] == [
        {"title": "Links", "reason": "1 of the model's links did not answer and were left out."}
    ]


def test_module_worded_anew_has_the_new_links_only(
    model: OpenAiServer, web: LinkServer, learner: User, api_as: ApiAs, skills: dict[str, Skill], run_jobs: Any
) -> None:
    roadmap = RoadmapFactory(owner=learner, status="ready", goal_text="Learn git")
    module = ModuleFactory(roadmap=roadmap, skill=skills["git"], to_level=2, estimated_minutes=240)
    ModuleLinkFactory(module=module)
    model.answer = naming(named("New", on(web, "/new", Page())))

    assert api_as(learner).post(f"/api/v1/modules/{module.pk}/regenerate/", {}).status_code == 202
    run_jobs()

    assert [each["title"] for each in resources_of(api_as(learner), module)][-1] == "New"
    assert list(ModuleLink.objects.values_list("title", flat=True)) == ["New"]


def test_models_link_is_checked_again_and_disappears_when_it_is_quarantined(learner: User, api_as: ApiAs) -> None:
    link = ModuleLinkFactory(module__roadmap__owner=learner)
    ModuleLink.objects.update(next_check_at=timezone.now())
    assert due(link) in LinkService().take_due()

    LinkService().record(due(link), FAILED)
    (failing,) = resources_of(api_as(learner), link.module)
    assert (failing["source"], failing["is_verified"]) == ("model", False)
    for _ in range(2):
        LinkService().record(due(link), FAILED)

    link.refresh_from_db()
    assert link.state == LinkState.QUARANTINED
    assert resources_of(api_as(learner), link.module) == []


def test_link_that_the_catalogue_has_as_well_is_shown_once(
    learner: User, api_as: ApiAs, skills: dict[str, Skill]
) -> None:
    module = ModuleFactory(roadmap__owner=learner, skill=skills["git"])
    ModuleLinkFactory(module=module, url=Resource.objects.filter(skill=skills["git"])[0].url)

    assert [each["source"] for each in resources_of(api_as(learner), module)] == ["catalogue", "catalogue"]


def test_copy_takes_links_along_with_what_is_known_of_them(learner: User, api_as: ApiAs) -> None:
    original: Roadmap = RoadmapFactory(owner=learner)
    module = ModuleFactory(roadmap=original)
    known = ModuleLinkFactory(module=module)
    lost = ModuleLinkFactory(module=module)
    ModuleLink.objects.filter(pk=lost.pk).update(state=LinkState.FAILING, failures=2)
    LinkService().record(due(lost), FAILED)

    answer = api_as(learner).post(f"/api/v1/roadmaps/{original.pk}/fork/", {"title": "Mine"})

    (copied,) = answer.json()["modules"][0]["resources"]
    assert (copied["title"], copied["source"], copied["is_verified"]) == (known.title, "model", True)
    assert ModuleLink.objects.filter(module__roadmap=answer.json()["id"]).get().checked_at == known.checked_at


def test_module_that_is_merged_into_a_copy_brings_its_links(learner: User, api_as: ApiAs) -> None:
    original: Roadmap = RoadmapFactory(owner=learner)
    ModuleFactory(roadmap=original)
    copy = api_as(learner).post(f"/api/v1/roadmaps/{original.pk}/fork/", {}).json()
    link = ModuleLinkFactory(module=ModuleFactory(roadmap=original, title="Late"))

    merged = api_as(learner).post(f"/api/v1/roadmaps/{copy['id']}/upstream/", {})

    late = [each for each in merged.json()["modules"] if each["title"] == "Late"]
    assert [each["title"] for each in late[0]["resources"]] == [link.title]


def test_copy_by_a_link_to_an_unlisted_roadmap_takes_links_along(learner: User, other: User, api_as: ApiAs) -> None:
    original: Roadmap = RoadmapFactory(owner=other, status="ready", visibility=Visibility.UNLISTED)
    link = ModuleLinkFactory(module=ModuleFactory(roadmap=original))
    ShareLinkFactory(roadmap=original, token="t" * 43)

    answer = api_as(learner).post(f"/api/v1/roadmaps/gallery/{original.publication.slug}/fork/?k={'t' * 43}", {})

    assert answer.status_code == 201
    assert ModuleLink.objects.get(module__roadmap=answer.json()["id"]).url == link.url


def test_module_that_takes_the_originals_text_has_the_originals_links_too(learner: User, api_as: ApiAs) -> None:
    original: Roadmap = RoadmapFactory(owner=learner)
    module = ModuleFactory(roadmap=original)
    copy = api_as(learner).post(f"/api/v1/roadmaps/{original.pk}/fork/", {}).json()
    link = ModuleLinkFactory(module=module)
    api_as(learner).patch(f"/api/v1/modules/{module.pk}/", {"description": "Rewritten."})

    merged = api_as(learner).post(f"/api/v1/roadmaps/{copy['id']}/upstream/", {})

    assert [each["title"] for each in merged.json()["modules"][0]["resources"]] == [link.title]


def test_joined_module_has_the_links_of_all(learner: User, api_as: ApiAs) -> None:
    first, second = ModuleFactory.create_batch(2, roadmap=RoadmapFactory(owner=learner), skill=None)
    link = ModuleLinkFactory(module=first)
    ModuleLinkFactory(module=second, url=link.url)
    other_link = ModuleLinkFactory(module=second)

    joined = api_as(learner).post(f"/api/v1/modules/{first.pk}/join/", {"modules": [str(second.pk)]})

    assert [each["title"] for each in joined.json()["resources"]] == [link.title, other_link.title]


def test_nobody_copies_links_from_a_roadmap_that_is_not_open_to_them(learner: User, other: User, api_as: ApiAs) -> None:
    """A copy remembers ids; one that somebody makes up opens nothing."""
    secret = ModuleLinkFactory(module__roadmap__owner=other)
    mine = RoadmapFactory(owner=learner)
    version = api_as(learner).post(f"/api/v1/roadmaps/{mine.pk}/modules/", {"title": "A", "estimated_minutes": 60})
    assert version.status_code == 201
    api_as(learner).patch(f"/api/v1/modules/{version.json()['id']}/", {"title": "B"})
    mine.versions.update(
        content={
            "roadmap": mine.versions.get().content["roadmap"],
            "modules": [mine.versions.get().content["modules"][0] | {"id": str(secret.module_id)}],
        }
    )

    answer = api_as(learner).post(f"/api/v1/roadmaps/{mine.pk}/versions/1/restore/", {})

    assert answer.status_code == 200
    assert Module.objects.filter(roadmap=mine, upstream_id=secret.module_id).count() == 1
    assert ModuleLink.objects.count() == 1


def test_metrics_count_links_that_want_attention(learner: User, api: ApiClient, settings: Any) -> None:
    settings.LINK_CHECKS = True
    due_now, lost, _ = ModuleLinkFactory.create_batch(3, module__roadmap__owner=learner)
    ModuleLink.objects.filter(pk=due_now.pk).update(next_check_at=timezone.now() - timedelta(minutes=1))
    LinkService().record(due(lost), FAILED)
    text = api.get("/metrics", HTTP_AUTHORIZATION="Bearer development").content.decode()
    assert 'skillbridge_links{kind="model",state="due"} 1.0' in text
    assert 'skillbridge_links{kind="model",state="failing"} 1.0' in text
    assert 'skillbridge_links{kind="catalogue",state="quarantined"} 0.0' in text
    assert "skillbridge_youtube_units_used 0.0" in text
