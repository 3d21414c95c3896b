"""What this app knows about a person, for the copy of their data (core/personal_data.py)."""

from django.db.models import Q

from matches.models import Block, MentorMatch, MentorStanding, Message, ReadPointer, Review, Session
from skillbridge_backend.core.personal_data import Section

SECTIONS = (
    Section(
        "matches",
        ("matches_mentormatch.learner_id", "matches_mentormatch.mentor_id"),
        lambda person: MentorMatch.objects.filter(Q(learner_id=person) | Q(mentor_id=person)),
        (
            "id", "learner__handle", "mentor__handle", "status", "message", "answer", "end_reason", "score",
            "components", "requested_at", "answered_at", "started_at", "ended_at", "created_at",
        ),
    ),
    Section(
        "blocks",
        ("matches_block.owner_id",),
        lambda person: Block.objects.filter(owner_id=person),
        ("id", "person__handle", "kind", "note", "created_at"),
    ),
    Section(
        "mentor_standing",
        ("matches_mentorstanding.mentor_id",),
        lambda person: MentorStanding.objects.filter(mentor_id=person),
        ("places_taken", "requests_decided", "requests_answered"),
    ),
    Section(
        "sessions",
        ("matches_session.learner_id", "matches_session.mentor_id", "matches_session.proposed_by_id"),
        lambda person: Session.objects.filter(Q(learner_id=person) | Q(mentor_id=person)),
        ("id", "match_id", "status", "starts_at", "ends_at", "location", "proposed_by__handle", "created_at"),
    ),
    Section(
        "messages",
        ("matches_message.sender_id",),
        lambda person: Message.objects.filter(
            Q(conversation__match__learner_id=person) | Q(conversation__match__mentor_id=person)
        ),
        ("conversation_id", "seq", "sender__handle", "body", "sent_at"),
    ),
    Section(
        "read_pointers",
        ("matches_readpointer.user_id",),
        lambda person: ReadPointer.objects.filter(user_id=person),
        ("conversation_id", "last_read_seq", "updated_at"),
    ),
    Section(
        "reviews",
        ("matches_review.author_id", "matches_review.subject_id"),
        lambda person: Review.objects.filter(Q(author_id=person) | Q(subject_id=person)),
        ("match_id", "author__handle", "subject__handle", "rating", "text", "revealed_at", "created_at"),
    ),
)  # fmt: skip
EXEMPT = {
    "matches_block.person_id": "who keeps one away is theirs to know",
    "matches_sessionseat.person_id": "repeats the times of sessions.json",
    "matches_matchround.requested_by_id": "a round over everybody, started for the platform",
}
