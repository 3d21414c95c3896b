"""The admin, through its pages: lists open, learners' rows are read-only, planning starts again by the service."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib import admin
from django.test import Client as Browser
from django.urls import reverse

from roadmaps.enums import RoadmapStatus
from roadmaps.models import Generation, Resource, ResourceReport, Roadmap, RoadmapListing
from roadmaps.tests.factories import (
    GenerationFactory,
    GrantedReadFactory,
    ModelSpendingFactory,
    ModuleFactory,
    PublicationFactory,
    ResourceFactory,
    ResourceReportFactory,
    RoadmapFactory,
    RoadmapGrantFactory,
    RoadmapRatingFactory,
    RoadmapVersionFactory,
)
from skillbridge_backend.core.models import OutboxMessage
from users.enums import Role
from users.models import User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(settings: LazySettings) -> Browser:
    """A browser that an operator has logged in with, on the admin process's settings."""
    settings.ROOT_URLCONF = "skillbridge_backend.urls_admin"
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]
    settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    browser = Browser()
    browser.force_login(UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True))
    return browser


def test_every_page_opens(browser: Browser) -> None:
    rows: list[Any] = [
        RoadmapFactory(),
        ModuleFactory(),
        GenerationFactory(),
        ResourceFactory(),
        RoadmapGrantFactory(),
        GrantedReadFactory(),
        ModelSpendingFactory(),
        RoadmapVersionFactory(),
        ResourceReportFactory(),
        PublicationFactory(),
        RoadmapRatingFactory(),
    ]
    for row in rows:
        name = f"admin:roadmaps_{row._meta.model_name}"
        assert browser.get(reverse(f"{name}_changelist"), {"q": "x"}).status_code == 200, name
        assert browser.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200, name
    assert {type(row) for row in rows} == {
        model for model in admin.site._registry if model._meta.app_label == "roadmaps"
    }


def test_learners_rows_are_only_read(browser: Browser) -> None:
    roadmap = RoadmapFactory()
    page = reverse("admin:roadmaps_roadmap_change", args=[roadmap.pk])
    assert browser.post(page, {"title": "x"}).status_code == 403
    assert browser.get(reverse("admin:roadmaps_roadmap_add")).status_code == 403
    assert browser.post(reverse("admin:roadmaps_roadmap_delete", args=[roadmap.pk])).status_code == 403


def test_failed_planning_is_queued_again_and_others_are_left(browser: Browser, learner: User) -> None:
    failed = RoadmapFactory(owner=learner, status=RoadmapStatus.FAILED)
    ready = RoadmapFactory(owner=learner)
    response = browser.post(
        reverse("admin:roadmaps_roadmap_changelist"),
        {"action": "plan_again", "_selected_action": [str(failed.pk), str(ready.pk)]},
        follow=True,
    )
    said = {str(message) for message in response.context["messages"]}
    assert f"{failed}: queued." in said
    assert any(message.startswith(f"{ready}: It is 'ready'") for message in said)
    assert [job.roadmap_id for job in Generation.objects.all()] == [failed.pk]
    assert Roadmap.objects.get(pk=ready.pk).status == RoadmapStatus.READY


def test_reports_are_decided_once(browser: Browser) -> None:
    first, second = ResourceReportFactory(), ResourceReportFactory()
    page = reverse("admin:roadmaps_resourcereport_changelist")

    def decide(action: str, *reports: ResourceReport) -> set[str]:
        chosen = {"action": action, "_selected_action": [str(each.pk) for each in reports]}
        return {str(message) for message in browser.post(page, chosen, follow=True).context["messages"]}

    decide("resolve", first)
    said = decide("reject", first, second)

    states = {each.pk: each for each in ResourceReport.objects.all()}
    assert (states[first.pk].state, states[second.pk].state) == ("resolved", "rejected")
    assert all(each.resolved_at and each.resolved_by for each in states.values())
    assert any("closed already: resolved" in message for message in said)


def test_resource_with_another_address_is_checked_soon(browser: Browser, settings: LazySettings) -> None:
    settings.LINK_CHECKS = True
    resource = ResourceFactory()
    page = reverse("admin:roadmaps_resource_change", args=[resource.pk])
    fields = {
        name: getattr(resource, name) for name in ("title", "url", "kind", "provider", "language", "minutes", "is_free")
    } | {"skill": resource.skill_id}

    def checks() -> int:
        return OutboxMessage.objects.filter(topic="roadmaps.check_links").count()

    browser.post(page, fields | {"title": "Another"})
    assert (Resource.objects.get(title="Another").url, checks()) == (resource.url, 0)
    browser.post(page, fields | {"url": "https://new.test/"})
    assert (Resource.objects.get(url="https://new.test/").title, checks()) == (resource.title, 1)


def test_roadmap_is_taken_down_and_put_back(browser: Browser) -> None:
    publication = PublicationFactory()
    url = reverse("admin:roadmaps_publication_changelist")
    for action, is_listed in [("take_down", False), ("put_back", True)]:
        response = browser.post(url, {"action": action, "_selected_action": [str(publication.pk)]}, follow=True)
        assert "1 " in "".join(map(str, response.context["messages"]))
        assert RoadmapListing.objects.filter(roadmap=publication.roadmap).exists() == is_listed
