"""Who sees and does what in the admin: groups of permissions, for staff who are no superusers.

`manage.py ensure_admin_groups` brings the database to this. Permissions are named, not imported: they are of apps to
the left. A group opens pages; what is done there the services allow by role, so that a moderator's decisions take a
moderator. Tested page by page: `tests/policies/test_admin_groups.py`.
"""

from collections.abc import Iterator, Mapping

Rights = Mapping[str, tuple[str, ...]]

GROUPS: dict[str, Rights] = {
    # Answers questions: reads what happened to somebody, changes nothing.
    "support": {
        "view": (
            "users.user", "users.profile", "users.profileskill", "users.wantedskill", "users.availabilityslot",
            "users.leavewindow", "users.refreshtokenfamily", "users.auditentry", "users.auditseal",
            "notifications.notification", "notifications.delivery", "notifications.preference",
            "roadmaps.roadmap", "roadmaps.module", "roadmaps.generation", "roadmaps.roadmapgrant",
            "roadmaps.grantedread",
            "progress.progresslog", "progress.repository", "progress.webhookdelivery", "progress.dailyactivity",
            "badges.award", "badges.pointsentry", "badges.metrictotal",
            "matches.mentormatch", "matches.session", "matches.sessionseat", "matches.review",
            "matches.mentorstanding", "matches.block",
        ),
    },
    # The forum's queue; its members have the role moderator.
    "moderation": {
        "view": ("forum.category", "forum.forumpost", "forum.removedtext", "forum.report",
                 "forum.sanction", "roadmaps.resource", "roadmaps.resourcereport"),
        "change": ("forum.forumpost", "forum.report", "forum.sanction", "roadmaps.resourcereport"),
    },
    # What there is to learn and to earn.
    "catalogue": {
        "view": ("users.skill", "users.skillalias", "users.skillprerequisite", "users.track", "users.trackskill",
                 "users.skillsuggestion", "roadmaps.resource", "roadmaps.resourcereport", "forum.category",
                 "badges.badge", "badges.pointsrule"),
        "add": ("users.skill", "users.skillalias", "users.skillprerequisite", "users.track", "users.trackskill",
                "roadmaps.resource", "forum.category", "badges.badge", "badges.pointsrule"),
        "change": ("users.skill", "users.skillalias", "users.skillprerequisite", "users.track", "users.trackskill",
                   "users.skillsuggestion", "roadmaps.resource", "roadmaps.resourcereport", "forum.category",
                   "badges.badge", "badges.pointsrule"),
        "delete": ("users.skillalias", "users.skillprerequisite", "users.trackskill", "roadmaps.resource"),
    },
    # Keeps it running: what waits, what failed, what is done about it.
    "operations": {
        "view": ("core.deadletter", "core.deadletterfate", "users.auditseal", "notifications.delivery",
                 "notifications.broadcast", "progress.webhookdelivery", "roadmaps.generation", "roadmaps.roadmap",
                 "matches.matchround", "matches.mentormatch"),
        "add": ("notifications.broadcast", "matches.matchround"),
        "change": ("core.deadletter", "roadmaps.roadmap", "matches.mentormatch", "matches.matchround"),
        "delete": ("core.deadletter",),
    },
}  # fmt: skip


def permissions_of(group: str) -> Iterator[tuple[str, str]]:
    """App and codename of every permission of the group: ("users", "view_user")."""
    for verb, models in GROUPS[group].items():
        for label in models:
            app, _, model = label.partition(".")
            yield app, f"{verb}_{model}"
