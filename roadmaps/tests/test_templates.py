"""The platform's own roadmaps: one for each track, the same after a repeat, changed in place when the catalogue is."""

import pytest

from roadmaps.models import Module, Roadmap, RoadmapListing
from roadmaps.services.templates import PLATFORM_ID, load_templates
from skillbridge_backend.core.catalogue import LoadCounts, load_all
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import Skill, Track, TrackSkill, User

pytestmark = pytest.mark.django_db
GALLERY = "/api/v1/roadmaps/gallery/"


def test_shipped_catalogue_gives_a_public_roadmap_for_each_track(api: ApiClient) -> None:
    first = {counts.subject: counts for counts in load_all()}["roadmap templates"]
    again = {counts.subject: counts for counts in load_all()}["roadmap templates"]

    assert first.created == Track.objects.count() >= 12
    assert again == LoadCounts("roadmap templates", unchanged=first.created)
    assert RoadmapListing.objects.filter(is_template=True).count() == first.created
    assert all(2 <= each.modules.count() <= 100 for each in Roadmap.objects.all())
    row = api.get(GALLERY + "?is_template=true&track=backend-python").json()["results"][0]
    page = api.get(f"/r/{row['slug']}/")
    assert page.status_code == 200
    assert "by SkillBridge" in page.content.decode()
    assert row["author"] is None
    assert api.get(GALLERY + "?is_template=false").json()["results"] == []


def test_template_leads_to_the_tracks_levels_in_order(track: Track) -> None:
    load_templates()
    template = Roadmap.objects.get(track=track)
    reached = {
        slug: max(levels)
        for slug in ("python", "postgresql", "git")
        if (levels := template.modules.filter(skill__slug=slug).values_list("to_level", flat=True))
    }
    assert reached == {"python": 3, "postgresql": 2, "git": 1}
    for module in Module.objects.with_details().filter(roadmap=template):
        assert all(Module.objects.get(pk=key).position < module.position for key in module.required_ids)
    assert (template.visibility, template.status) == ("public", "ready")
    assert template.progress == 0


def test_modules_stay_when_the_catalogue_changes(track: Track, skills: dict[str, Skill]) -> None:
    load_templates()
    template = Roadmap.objects.get(track=track)
    slug = template.publication.slug
    before = dict(template.modules.values_list("pk", "title"))
    TrackSkill.objects.filter(track=track, skill=skills["git"]).delete()
    Skill.objects.filter(pk=skills["python"].pk).update(name="Python 3")
    Track.objects.filter(pk=track.pk).update(name="Another")

    assert load_templates() == [LoadCounts("roadmap templates", updated=1)]

    after = dict(template.modules.values_list("pk", "title"))
    template = Roadmap.objects.get(pk=template.pk)
    assert (template.title, template.publication.slug) == ("Another", slug)
    assert after.keys() < before.keys()
    assert {before[key] for key in before.keys() - after.keys()} == {"Git: first steps"}
    assert any("Python 3" in title for title in after.values())
    assert load_templates() == [LoadCounts("roadmap templates", unchanged=1)]


def test_template_goes_with_its_track(track: Track) -> None:
    load_templates()
    track.delete()
    assert load_templates() == [LoadCounts("roadmap templates", removed=1)]
    assert not RoadmapListing.objects.exists()


def test_nobody_logs_in_as_the_platform(api: ApiClient, track: Track) -> None:
    load_templates()
    platform = User.objects.get(pk=PLATFORM_ID)
    assert not platform.is_active
    assert not platform.has_usable_password()
    assert api.get("/api/v1/users/%5Bskillbridge%5D/").status_code == 404
