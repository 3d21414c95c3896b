"""Roadmaps: one's own to work on, all to read for those who moderate; notes and own addresses are nobody else's."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from roadmaps.enums import ModuleStatus, RoadmapStatus
from roadmaps.models import Module, Publication, RoadmapListing
from roadmaps.tests.factories import (
    ForkBaseFactory,
    GenerationEventFactory,
    GenerationFactory,
    GrantedReadFactory,
    ModelAnswerFactory,
    ModelSpendingFactory,
    ModuleFactory,
    ModuleLinkFactory,
    ModulePrerequisiteFactory,
    NoteFactory,
    OwnResourceFactory,
    ResourceFactory,
    ResourceReportFactory,
    RoadmapFactory,
    RoadmapGrantFactory,
    RoadmapRatingFactory,
    RoadmapVersionFactory,
    SharedRoadmapFactory,
    ShareLinkFactory,
    VideoSearchFactory,
    YouTubeDayFactory,
)
from skillbridge_backend.core.ids import new_id
from tests.policies.access import EVERYBODY, MODERATING, NOBODY, OWNER, PARTNERS, Access, columns_of
from tests.policies.world import World
from users.tests.factories import SkillFactory


def build(world: World) -> None:
    """A roadmap of two modules, one upon the other, with a note, an address and a job; a resource for everybody.

    The mentor holds a grant on another roadmap and has read that before, which opens nothing now.
    """
    roadmap = RoadmapFactory(owner=world.learner, title=world.SECRET, status=RoadmapStatus.GENERATING)
    module, required = ModuleFactory.create_batch(2, roadmap=roadmap, description=world.SECRET)
    ModuleFactory(roadmap=roadmap, status=ModuleStatus.REMOVED)
    world.remember(
        roadmap,
        module,
        ModulePrerequisiteFactory(module=module, requires=required),
        job := GenerationFactory(roadmap=roadmap),
        GenerationEventFactory(generation=job),
        ModelSpendingFactory(owner=world.learner, generation_id=job.pk),
        ModelAnswerFactory(),
        NoteFactory(module=module, text=world.SECRET),
        ModuleLinkFactory(module=module, title=world.SECRET),
        OwnResourceFactory(module=module, title=world.SECRET),
        RoadmapVersionFactory(roadmap=roadmap, number=1),
        ForkBaseFactory(roadmap=roadmap),
        resource := ResourceFactory(),
        ResourceReportFactory(resource=resource, reporter=world.learner, text=world.SECRET),
        VideoSearchFactory(),
        YouTubeDayFactory(),
        grant := RoadmapGrantFactory(roadmap__owner=world.learner, mentor=world.mentor),
        GrantedReadFactory(owner=world.learner, mentor=world.mentor, roadmap_id=grant.roadmap_id, grant_id=grant.pk),
        link := ShareLinkFactory(roadmap__owner=world.learner, roadmap__goal_text=world.SECRET),
        Publication.objects.get(roadmap=link.roadmap),
        rating := RoadmapRatingFactory(rater=world.learner),
        RoadmapListing.objects.get(roadmap=rating.roadmap),
    )


def further_module(world: World) -> Module:
    """Another module of the learner's roadmap."""
    module: Module = ModuleFactory(roadmap=world.rows["roadmaps_roadmap"])
    return module


def new_module(world: World) -> dict[str, Any]:
    """The columns of one more."""
    module = ModuleFactory.build(
        roadmap=world.rows["roadmaps_roadmap"], skill=None, position=further_module(world).position + 1
    )
    return columns_of(module)


def new_edge(world: World) -> dict[str, Any]:
    """The columns of an edge between two further modules."""
    edge = ModulePrerequisiteFactory.build(module=further_module(world), requires=further_module(world))
    return columns_of(edge)


def new_job(world: World) -> dict[str, Any]:
    """The columns of a job for a roadmap that has none."""
    roadmap = RoadmapFactory(owner=world.learner, status=RoadmapStatus.GENERATING)
    return columns_of(GenerationFactory.build(roadmap=roadmap))


def new_grant(world: World) -> dict[str, Any]:
    """The columns of a grant to another mentor."""
    roadmap = world.rows["roadmaps_roadmap"]
    return columns_of(RoadmapGrantFactory.build(roadmap=roadmap, owner=world.learner, mentor=world.other_mentor))


def new_publication(world: World) -> dict[str, Any]:
    """The columns of a publication of a roadmap that has none."""
    return columns_of(Publication(roadmap=RoadmapFactory(owner=world.learner), slug="new"))


def new_listing(world: World) -> dict[str, Any]:
    """The columns of a row in the gallery for a roadmap that is not in it."""
    listing = RoadmapListing(
        roadmap_id=world.rows["roadmaps_roadmap"].pk,
        slug="new",
        title="New",
        language="en",
        hours_per_week=1,
        weeks=1,
        search="",
    )
    return columns_of(listing)


TABLES = {
    "roadmaps_roadmap": Access(
        select=OWNER | MODERATING,
        insert=OWNER,
        update=OWNER,
        delete=OWNER,
        new_row=lambda world: columns_of(RoadmapFactory.build(owner=world.learner)),
        change=("title", "Another"),
    ),
    "roadmaps_roadmap: its progress, which is the database's": Access(
        select=OWNER | MODERATING,
        insert=OWNER,
        delete=OWNER,
        new_row=lambda world: columns_of(RoadmapFactory.build(owner=world.learner)),
        change=("progress", 0),
    ),
    "roadmaps_module": Access(
        select=OWNER | MODERATING,
        insert=OWNER,
        update=OWNER,
        delete=OWNER,
        new_row=new_module,
        change=("title", "Another"),
    ),
    "roadmaps_moduleprerequisite": Access(
        select=OWNER | MODERATING,
        insert=OWNER,
        delete=OWNER,
        new_row=new_edge,
        change=("requires_id", new_id()),
    ),
    "roadmaps_generation": Access(
        select=OWNER | MODERATING,
        insert=OWNER,
        update=OWNER,
        delete=OWNER,
        new_row=new_job,
        change=("comment", "another"),
    ),
    "roadmaps_generationevent": Access(
        select=OWNER | MODERATING,
        insert=OWNER,
        new_row=lambda world: columns_of(
            GenerationEventFactory.build(generation=world.rows["roadmaps_generation"], number=2)
        ),
        change=("payload", "{}"),
    ),
    "roadmaps_modelspending": Access(
        select=OWNER | MODERATING,
        new_row=lambda world: columns_of(ModelSpendingFactory.build(owner=world.learner)),
        change=("microdollars", 0),
    ),
    "roadmaps_modelanswer": Access(
        select=NOBODY,
        new_row=lambda world: columns_of(ModelAnswerFactory.build()),
        change=("answer", "[]"),
    ),
    "roadmaps_roadmapversion": Access(
        select=OWNER | MODERATING,
        insert=OWNER,
        delete=OWNER,
        new_row=lambda world: columns_of(RoadmapVersionFactory.build(roadmap=world.rows["roadmaps_roadmap"], number=2)),
        change=("reason", "moved"),
    ),
    "roadmaps_forkbase": Access(
        select=OWNER | MODERATING,
        insert=OWNER,
        update=OWNER,
        new_row=lambda world: columns_of(ForkBaseFactory.build(roadmap=RoadmapFactory(owner=world.learner))),
        change=("content", "{}"),
    ),
    "roadmaps_note": Access(
        select=OWNER,
        insert=OWNER,
        update=OWNER,
        delete=OWNER,
        new_row=lambda world: columns_of(NoteFactory.build(owner=world.learner, module=further_module(world))),
        change=("text", "Another"),
    ),
    "roadmaps_modulelink": Access(
        select=OWNER | MODERATING,
        new_row=lambda world: columns_of(ModuleLinkFactory.build(module=further_module(world))),
        change=("title", "Another"),
    ),
    "roadmaps_ownresource": Access(
        select=OWNER,
        insert=OWNER,
        delete=OWNER,
        new_row=lambda world: columns_of(OwnResourceFactory.build(owner=world.learner, module=further_module(world))),
        change=("title", "Another"),
    ),
    "roadmaps_resource": Access(
        select=EVERYBODY,
        new_row=lambda world: columns_of(ResourceFactory.build(skill=SkillFactory())),
        change=("title", "Another"),
    ),
    "roadmaps_resourcereport": Access(
        select=OWNER | MODERATING,
        insert=OWNER,
        new_row=lambda world: columns_of(
            ResourceReportFactory.build(resource=ResourceFactory(), reporter=world.learner)
        ),
        change=("text", "Another"),
    ),
    "roadmaps_videosearch": Access(
        select=NOBODY,
        new_row=lambda world: columns_of(VideoSearchFactory.build(skill=SkillFactory())),
        change=("searched_at", timezone.now()),
    ),
    "roadmaps_youtubeday": Access(
        select=NOBODY,
        new_row=lambda world: columns_of(YouTubeDayFactory.build()),
        change=("used", 0),
    ),
    "roadmaps_roadmapgrant": Access(
        select=PARTNERS | MODERATING,
        insert=OWNER,
        update=OWNER,
        new_row=new_grant,
        change=("revoked_at", timezone.now()),
    ),
    "roadmaps_roadmapgrant: its end": Access(
        select=PARTNERS | MODERATING,
        insert=OWNER,
        new_row=new_grant,
        change=("expires_at", timezone.now() + timedelta(days=300)),
    ),
    "roadmaps_grantedread": Access(
        select=OWNER | MODERATING,
        new_row=lambda world: columns_of(GrantedReadFactory.build(owner=world.learner, mentor=world.mentor)),
        change=("read_at", timezone.now()),
    ),
    "roadmaps_publication": Access(
        select=OWNER | MODERATING,
        update=OWNER,
        new_row=new_publication,
        change=("shows_progress", True),
    ),
    "roadmaps_publication: whether it was taken down": Access(
        select=OWNER | MODERATING,
        new_row=new_publication,
        change=("taken_down_at", timezone.now()),
    ),
    "roadmaps_sharelink": Access(
        select=OWNER,
        insert=OWNER,
        update=OWNER,
        new_row=lambda world: columns_of(ShareLinkFactory.build(roadmap=world.rows["roadmaps_roadmap"])),
        change=("revoked_at", timezone.now()),
    ),
    "roadmaps_sharelink: its token": Access(
        select=OWNER,
        insert=OWNER,
        new_row=lambda world: columns_of(ShareLinkFactory.build(roadmap=world.rows["roadmaps_roadmap"])),
        change=("token_hash", "0" * 64),
    ),
    "roadmaps_roadmaprating": Access(
        select=OWNER,
        insert=OWNER,
        update=OWNER,
        delete=OWNER,
        new_row=lambda world: columns_of(
            RoadmapRatingFactory.build(rater=world.learner, roadmap=SharedRoadmapFactory(owner=world.other_learner))
        ),
        change=("value", 1),
    ),
    "roadmaps_roadmaplisting": Access(
        select=EVERYBODY,
        new_row=new_listing,
        change=("title", "Another"),
    ),
}
