"""For every check constraint one row that makes no sense: the columns to change in a row that does.

Belongs here: the nonsense, and how to make a sensible row of each table. Foreign keys, primary keys, unique constraints
and the checks that Django adds to positive numbers need no entry: their nonsense follows from the catalogue.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.utils import timezone

from badges.models import MetricTotal
from badges.tests.factories import AwardFactory, BadgeFactory, PointsEntryFactory, PointsRuleFactory
from forum.models import RemovedText
from forum.tests.factories import (
    CategoryFactory,
    MentionFactory,
    ReplyFactory,
    ReportFactory,
    SanctionFactory,
    SubscriptionFactory,
    VoteFactory,
)
from matches.models import MentorStanding, SessionSeat
from matches.tests.factories import (
    ConversationFactory,
    MatchFactory,
    MatchRoundFactory,
    MessageFactory,
    ReadPointerFactory,
    ReviewFactory,
    SessionFactory,
)
from notifications.models import Delivery
from notifications.tests.factories import BroadcastFactory, NotificationFactory, PreferenceFactory
from progress.models import DailyActivity
from progress.tests.factories import ProgressLogFactory, RepositoryFactory, WebhookDeliveryFactory
from roadmaps.tests.factories import (
    GenerationFactory,
    GrantedReadFactory,
    ModuleFactory,
    ModulePrerequisiteFactory,
    NoteFactory,
    OwnResourceFactory,
    ResourceFactory,
    RoadmapFactory,
    RoadmapGrantFactory,
)
from skillbridge_backend.core.models import OutboxMessage
from users.tests.factories import (
    AvailabilitySlotFactory,
    DataExportFactory,
    DepartureFactory,
    LeaveWindowFactory,
    ProfileFactory,
    ProfileSkillFactory,
    RefreshTokenFamilyFactory,
    SkillAliasFactory,
    SkillFactory,
    SkillPrerequisiteFactory,
    SkillSuggestionFactory,
    TrackFactory,
    TrackSkillFactory,
    UserFactory,
    WantedSkillFactory,
)

EARLY, LATE = "2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z"

CHECKS: dict[str, dict[str, Any]] = {
    "outbox_done_or_dead": {"done_at": LATE, "dead_at": LATE},
    "user_email_lower_case": {"email": "Ada@skillbridge.test"},
    "user_handle_lower_case": {"handle": "Ada"},
    "user_role_known": {"role": "king"},
    "user_display_name_given": {"display_name": ""},
    "skill_minutes_positive": {"minutes_per_level": 0},
    "prerequisite_not_itself": {"requires_id": lambda row: row["skill_id"]},
    "track_skill_level": {"level": 6},
    "suggestion_status_known": {"status": "maybe"},
    "profile_hours_1_to_80": {"hours_per_week": 81},
    "profile_capacity_0_to_50": {"mentoring_capacity": 51},
    "profile_bio_length": {"bio": "x" * 4001},
    "profile_country_two_letters": {"country": "d"},
    "profile_time_zone_given": {"time_zone": ""},
    "profile_languages_to_20": {"languages": ["de"] * 21},
    "profile_skill_level": {"level": 6},
    "profile_skill_source_known": {"source": "rumour"},
    "wanted_skill_level": {"level": 0},
    "slot_weekday_0_to_6": {"weekday": 7},
    "slot_not_empty": {"ends_at": lambda row: row["starts_at"]},
    "leave_ends_after_start": {"starts_on": "2026-02-02", "ends_on": "2026-02-01"},
    "family_hash_is_sha_256": {"current_hash": "secret"},
    "family_expires_after_login": {"expires_at": EARLY},
    "departure_due_after_asked": {"due_at": EARLY},
    "export_status_known": {"status": "maybe"},
    "export_ready_has_file": {"status": "ready", "expires_at": None},
    "notification_kind_known": {"kind": "gossip"},
    "notification_key_given": {"uniqueness_key": ""},
    "preference_kind_known": {"kind": "gossip"},
    "preference_channel_known": {"channel": "pigeon"},
    "delivery_channel_known": {"channel": "pigeon"},
    "delivery_status_known": {"status": "lost"},
    "delivery_reason_known": {"reason": "whim"},
    "delivery_failed_by_transport": {"status": "failed", "reason": "default_on"},
    "delivery_sent_has_time": {"status": "sent", "sent_at": None},
    "broadcast_status_known": {"status": "lost"},
    "broadcast_role_known": {"role": "king"},
    "broadcast_subject_given": {"subject": ""},
    "broadcast_body_length": {"body": "x" * 2001},
    "roadmap_status_known": {"status": "lost"},
    "roadmap_visibility_known": {"visibility": "friends"},
    "roadmap_title_given": {"title": ""},
    "roadmap_hours_1_to_80": {"hours_per_week": 0},
    "roadmap_weeks_1_to_104": {"weeks": 105},
    "roadmap_progress_0_to_100": {"progress": 101},
    "roadmap_completed_at_100": {"progress": 99, "completed_at": LATE},
    "module_position_from_1": {"position": 0},
    "module_title_given": {"title": ""},
    "module_description_length": {"description": "x" * 4001},
    "module_status_known": {"status": "lost"},
    "module_weight_positive": {"weight": 0},
    "module_minutes_1_to_6000": {"estimated_minutes": 6001},
    "module_levels_rise_to_5": {"from_level": 3, "to_level": 2},
    "module_weeks_in_order": {"starts_week": 3, "ends_week": None},
    "module_completed_has_time": {"status": "completed", "completed_at": None},
    "module_override_completed": {"is_override": True},
    "module_prerequisite_not_itself": {"requires_id": lambda row: row["module_id"]},
    "resource_https": {"url": "http://plain.test"},
    "resource_kind_known": {"kind": "rumour"},
    "resource_minutes_positive": {"minutes": 0},
    "resource_title_given": {"title": ""},
    "resource_language_iso_639": {"language": "E"},
    "generation_status_known": {"status": "lost"},
    "generation_source_known": {"source": "oracle"},
    "generation_ended_has_time": {"status": "failed", "finished_at": None},
    "generation_prompt_hash_is_sha_256": {"prompt_hash": "prompt"},
    "generation_cost_not_negative": {"cost": -1},
    "generation_ends_after_start": {"started_at": LATE, "finished_at": EARLY, "status": "failed"},
    "note_text_length": {"text": ""},
    "own_resource_http": {"url": "javascript:alert(1)"},
    "own_resource_title_given": {"title": ""},
    "roadmap_grant_at_most_366_days": {"expires_at": EARLY},
    "roadmap_grant_not_to_oneself": {"mentor_id": lambda row: row["owner_id"]},
    "repository_owner_slash_name": {"full_name": "no slash"},
    "webhook_status_known": {"status": "lost", "processed_at": LATE},
    "webhook_is_named": {"event": ""},
    "webhook_body_hash_is_sha_256": {"body_hash": "body"},
    "webhook_ended_has_time": {"status": "failed", "processed_at": None},
    "log_kind_known": {"kind": "rumour"},
    "log_evidence_known": {"evidence": "oath"},
    "log_external_id_given": {"external_id": ""},
    "log_minutes_1_to_1440": {"minutes": 1441},
    "log_manual_is_somebodys_word": {"kind": "manual", "evidence": "commit"},
    "badge_tier_known": {"tier": "tin"},
    "badge_criteria_valid": {"criteria": "[[]]"},
    "award_seq_from_1": {"seq": 0},
    "award_revoked_after_awarded": {"revoked_at": EARLY},
    "award_revoked_by_somebody_for_a_reason": {"revoked_at": LATE, "revoke_reason": ""},
    "rule_metric_known": {"metric": "luck"},
    "entry_metric_known": {"metric": "luck"},
    "entry_amount_not_0": {"amount": 0},
    "entry_key_given": {"key": ""},
    "entry_by_hand_has_note": {"booked_by_id": lambda row: row["user_id"], "note": ""},
    "total_metric_known": {"metric": "luck"},
    "round_status_known": {"status": "lost"},
    "round_ended_has_time": {"status": "failed", "finished_at": None},
    "round_input_hash_is_sha_256": {"input_hash": "input"},
    "match_status_known": {"status": "lost"},
    "match_not_with_oneself": {"mentor_id": lambda row: row["learner_id"]},
    "match_score_0_to_4095": {"score": 4096},
    "match_request_expires": {"expires_at": EARLY},
    "match_ends_after_start": {"started_at": LATE, "ended_at": EARLY},
    "match_active_has_start": {"status": "active", "started_at": None},
    "match_over_has_end": {"status": "completed", "ended_at": None},
    "match_texts_length": {"answer": "x" * 4001},
    "standing_answered_of_decided": {"requests_answered": 2, "requests_decided": 1},
    "session_status_known": {"status": "lost"},
    "session_ends_after_start": {"ends_at": EARLY},
    "message_not_empty": {"body": ""},
    "message_body_length": {"body": "x" * 4001},
    "review_rating_1_to_5": {"rating": 6},
    "review_not_of_oneself": {"subject_id": lambda row: row["author_id"]},
    "review_text_length": {"text": "x" * 4001},
    "post_is_thread_or_reply": {"category_id": None, "thread_id": None},
    "post_title_length": {"thread_id": None, "title": "short"},
    "post_body_length": {"body_markdown": ""},
    "post_removed_is_empty": {"removed_at": LATE},
    "post_solution_is_living": {"is_solution": True, "removed_at": LATE},
    "post_removed_by_has_time": {"removed_by_id": lambda row: row["author_id"], "removed_at": None},
    "vote_up_or_down": {"value": 2},
    "report_reason_known": {"reason": "envy"},
    "report_state_known": {"state": "lost"},
    "report_closed_has_time": {"state": "resolved", "resolved_at": None},
    "report_open_by_nobody": {"resolved_by_id": lambda row: row["reporter_id"]},
    "sanction_kind_known": {"kind": "hanged"},
    "sanction_has_reason": {"reason": ""},
    "sanction_not_of_oneself": {"imposed_by_id": lambda row: row["person_id"]},
    "sanction_ends_after_start": {"ends_at": EARLY},
    "sanction_muted_has_end": {"kind": "muted", "ends_at": None},
    "sanction_lifted_after_start": {"lifted_at": EARLY},
}

IN_THE_INDEX: dict[str, dict[str, Any]] = {
    "outbox_key_once": {"key": "x"},
    "post_one_solution": {"is_solution": True},
    "progress_progresslog_external_id_key": {"external_id": "x"},
}
"""What puts the sensible row into a unique index that leaves it out: NULLs are distinct, conditions do not hold."""


def delivery() -> Delivery:
    return Delivery.objects.get(notification=NotificationFactory(), channel="email")


def seat() -> SessionSeat:
    session = SessionFactory()
    session.status = "confirmed"
    session.save()
    found = SessionSeat.objects.first()
    assert found
    return found


SENSIBLE: dict[str, Callable[[], Model]] = {
    "core_outbox": lambda: OutboxMessage.objects.create(topic="x", available_at=timezone.now()),
    "users_user": UserFactory,
    "users_skill": SkillFactory,
    "users_skillalias": SkillAliasFactory,
    "users_skillprerequisite": SkillPrerequisiteFactory,
    "users_track": TrackFactory,
    "users_trackskill": TrackSkillFactory,
    "users_skillsuggestion": SkillSuggestionFactory,
    "users_profile": ProfileFactory,
    "users_profileskill": ProfileSkillFactory,
    "users_wantedskill": WantedSkillFactory,
    "users_availabilityslot": AvailabilitySlotFactory,
    "users_leavewindow": LeaveWindowFactory,
    "users_refreshtokenfamily": RefreshTokenFamilyFactory,
    "users_departure": DepartureFactory,
    "users_dataexport": DataExportFactory,
    "notifications_notification": NotificationFactory,
    "notifications_preference": PreferenceFactory,
    "notifications_delivery": delivery,
    "notifications_broadcast": BroadcastFactory,
    "roadmaps_roadmap": RoadmapFactory,
    "roadmaps_module": ModuleFactory,
    "roadmaps_moduleprerequisite": ModulePrerequisiteFactory,
    "roadmaps_resource": ResourceFactory,
    "roadmaps_generation": GenerationFactory,
    "roadmaps_note": NoteFactory,
    "roadmaps_ownresource": OwnResourceFactory,
    "roadmaps_roadmapgrant": RoadmapGrantFactory,
    "roadmaps_grantedread": GrantedReadFactory,
    "progress_repository": RepositoryFactory,
    "progress_webhookdelivery": WebhookDeliveryFactory,
    "progress_progresslog": ProgressLogFactory,
    "progress_dailyactivity": lambda: DailyActivity.objects.get(user=ProgressLogFactory().user),
    "badges_badge": BadgeFactory,
    "badges_award": AwardFactory,
    "badges_pointsrule": PointsRuleFactory,
    "badges_pointsentry": PointsEntryFactory,
    "badges_metrictotal": lambda: MetricTotal.objects.get(user=PointsEntryFactory().user, metric="points"),
    "matches_matchround": MatchRoundFactory,
    "matches_mentormatch": MatchFactory,
    "matches_mentorstanding": lambda: MentorStanding.objects.get(mentor=MatchFactory().mentor),
    "matches_session": SessionFactory,
    "matches_sessionseat": seat,
    "matches_conversation": ConversationFactory,
    "matches_message": MessageFactory,
    "matches_readpointer": ReadPointerFactory,
    "matches_review": ReviewFactory,
    "forum_category": CategoryFactory,
    "forum_forumpost": ReplyFactory,
    "forum_removedtext": lambda: RemovedText.objects.get(post=ReplyFactory(removed_at=timezone.now())),
    "forum_vote": VoteFactory,
    "forum_mention": MentionFactory,
    "forum_subscription": SubscriptionFactory,
    "forum_report": ReportFactory,
    "forum_sanction": SanctionFactory,
}

EXEMPT = {
    "core_inbox": "a receipt: nothing but its key and a time",
    "core_tick": "written by beat alone",
    "core_dead_letter_fate": "written by the command and the admin alone",
    "core_idempotency": "written by one function alone",
    "users_auditentry": "append-only, written by definer functions alone",
    "users_auditpending": "append-only, written by definer functions alone",
    "users_auditseal": "append-only, written by definer functions alone",
}
