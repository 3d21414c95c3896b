"""What this app knows about a person, for the copy of their data (core/personal_data.py)."""

from django.db.models import Q

from roadmaps.models import (
    Generation,
    GenerationEvent,
    GrantedRead,
    ModelSpending,
    Module,
    ModuleLink,
    Note,
    OwnResource,
    Publication,
    ResourceReport,
    Roadmap,
    RoadmapGrant,
    RoadmapRating,
    RoadmapVersion,
    ShareLink,
)
from skillbridge_backend.core.personal_data import Section

SECTIONS = (
    Section(
        "roadmaps",
        ("roadmaps_roadmap.owner_id",),
        lambda person: Roadmap.objects.filter(owner_id=person),
        (
            "id", "title", "goal_text", "track__slug", "status", "visibility", "hours_per_week", "weeks", "started_on",
            "deadline", "progress", "completed_at", "wishes", "understood", "plan_summary", "created_at", "updated_at",
        ),
    ),
    Section(
        "roadmap_modules",
        (),
        lambda person: Module.objects.filter(roadmap__owner_id=person),
        (
            "id", "roadmap_id", "position", "title", "description", "skill__slug", "from_level", "to_level", "weight",
            "estimated_minutes", "starts_week", "ends_week", "milestone", "status", "completed_at",
            "is_override", "evidence", "counted_from", "created_at",
        ),
    ),
    Section(
        "module_links",
        (),
        lambda person: ModuleLink.objects.filter(module__roadmap__owner_id=person),
        ("module_id", "title", "url", "state", "checked_at", "created_at"),
    ),
    Section(
        "roadmap_versions",
        (),
        lambda person: RoadmapVersion.objects.filter(roadmap__owner_id=person),
        ("roadmap_id", "number", "reason", "content", "created_at"),
    ),
    Section(
        "roadmap_generations",
        (),
        lambda person: Generation.objects.filter(roadmap__owner_id=person),
        (
            "roadmap_id", "kind", "module_id", "comment", "status", "source", "input", "model", "attempts", "is_cached",
            "cost", "faults", "fallback_reason", "error", "created_at", "finished_at",
        ),
    ),
    Section(
        "roadmap_generation_events",
        (),
        lambda person: GenerationEvent.objects.filter(generation__roadmap__owner_id=person),
        ("generation_id", "number", "kind", "payload", "created_at"),
    ),
    Section(
        "model_spending",
        ("roadmaps_modelspending.owner_id",),
        lambda person: ModelSpending.objects.filter(owner_id=person),
        ("generation_id", "kind", "day", "microdollars", "created_at", "settled_at"),
    ),
    Section(
        "module_notes",
        ("roadmaps_note.owner_id",),
        lambda person: Note.objects.filter(owner_id=person),
        ("module_id", "text", "created_at", "updated_at"),
    ),
    Section(
        "own_resources",
        ("roadmaps_ownresource.owner_id",),
        lambda person: OwnResource.objects.filter(owner_id=person),
        ("module_id", "title", "url", "state", "checked_at", "created_at"),
    ),
    Section(
        "resource_reports",
        ("roadmaps_resourcereport.reporter_id",),
        lambda person: ResourceReport.objects.filter(reporter_id=person),
        ("resource__url", "reason", "text", "state", "created_at", "resolved_at"),
    ),
    Section(
        "roadmap_grants",
        ("roadmaps_roadmapgrant.owner_id", "roadmaps_roadmapgrant.mentor_id"),
        lambda person: RoadmapGrant.objects.filter(Q(owner_id=person) | Q(mentor_id=person)),
        ("id", "roadmap_id", "owner__handle", "mentor__handle", "title", "created_at", "expires_at", "revoked_at"),
    ),
    Section(
        "roadmaps_read_by_mentors",
        ("roadmaps_grantedread.owner_id",),
        lambda person: GrantedRead.objects.filter(owner_id=person),
        ("roadmap_id", "mentor__handle", "read_at"),
    ),
    Section(
        "roadmap_publications",
        (),
        lambda person: Publication.objects.filter(roadmap__owner_id=person),
        ("roadmap_id", "slug", "language", "shows_progress", "taken_down_at", "created_at"),
    ),
    Section(
        "roadmap_links",
        (),
        lambda person: ShareLink.objects.filter(roadmap__owner_id=person),
        ("id", "roadmap_id", "hint", "created_at", "expires_at", "revoked_at"),
    ),
    Section(
        "roadmap_ratings",
        ("roadmaps_roadmaprating.rater_id",),
        lambda person: RoadmapRating.objects.filter(rater_id=person),
        ("roadmap_id", "value", "created_at", "updated_at"),
    ),
)  # fmt: skip
EXEMPT = {
    "roadmaps_grantedread.mentor_id": "the learners' log of who read their roadmaps",
    "roadmaps_resourcereport.resolved_by_id": "a decision of the platform's",
}
