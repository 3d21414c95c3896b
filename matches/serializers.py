"""The shape of input and output, field by field."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from badges.enums import Metric
from matches.enums import BlockKind, LeftOut
from matches.models import (
    HIGHEST_SCORE,
    LONGEST_DEADLINE_SECONDS,
    LONGEST_NOTE,
    LONGEST_TEXT,
    SHORTEST_DEADLINE_SECONDS,
    Block,
    Conversation,
    MatchRound,
    MentorMatch,
    MentorStanding,
    Message,
    ReadPointer,
    Review,
    Session,
)
from matches.services.matching import MOST_SUGGESTIONS
from matches.services.rounds import MOST_LEARNERS
from matches.services.statistics import OwnFigures
from matches.services.waiting_times import MOST_SKILLS
from users.models import ContactChannel, User
from users.services import picture_links


class PartnerPictureSerializer(serializers.Serializer[Any]):
    """Where a picture is fetched, without a login: a square of WebP each, of at most so many pixels."""

    large = serializers.URLField(help_text="512 × 512")
    small = serializers.URLField(help_text="128 × 128")


class PersonSerializer(serializers.ModelSerializer[User]):
    """How one sees the other side."""

    headline = serializers.CharField(source="profile.headline", default="", read_only=True)
    time_zone = serializers.CharField(source="profile.time_zone", default="UTC", read_only=True)
    picture = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["id", "handle", "display_name", "picture", "headline", "time_zone"]
        read_only_fields = fields

    @extend_schema_field(PartnerPictureSerializer(allow_null=True))
    def get_picture(self, person: User) -> dict[str, str] | None:
        """Of the picture that `with_people` reads along."""
        return picture_links(getattr(person, "profile", None))


class BlockedPersonSerializer(serializers.ModelSerializer[User]):
    """Whom one keeps away."""

    class Meta:
        model = User
        fields = ["id", "handle", "display_name"]
        read_only_fields = fields


class BlockSerializer(serializers.ModelSerializer[Block]):
    """That one keeps somebody away; nobody else but admins reads it."""

    person = BlockedPersonSerializer(read_only=True)

    class Meta:
        model = Block
        fields = ["id", "person", "kind", "note", "created_at"]
        read_only_fields = fields


class NewBlockSerializer(serializers.Serializer[Any]):
    """Whom to keep away, and why."""

    person = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=BlockKind.choices, default=BlockKind.BLOCKED)
    note = serializers.CharField(max_length=LONGEST_NOTE, allow_blank=True, default="", help_text="for oneself")


class ComponentSerializer(serializers.Serializer[Any]):
    """One component of a score; the points of all add up to it."""

    points = serializers.IntegerField()
    value = serializers.IntegerField(help_text="0 to 1000")
    weight = serializers.IntegerField()


class MatchedSkillSerializer(serializers.Serializer[Any]):
    """A wanted skill that the mentor has."""

    skill = serializers.CharField(help_text="slug")
    have = serializers.IntegerField(help_text="the mentor's level, or what the skill in `through` implies")
    wanted = serializers.IntegerField()
    through = serializers.CharField(allow_null=True, help_text="slug of another skill of theirs, which builds on it")


class MentorSummarySerializer(serializers.Serializer[Any]):
    """A mentor in a suggestion."""

    id = serializers.UUIDField()
    handle = serializers.CharField()
    display_name = serializers.CharField()
    headline = serializers.CharField()
    country = serializers.CharField()
    time_zone = serializers.CharField()
    languages = serializers.ListField(child=serializers.CharField())


class SuggestionSerializer(serializers.Serializer[Any]):
    """A mentor who fits, and why."""

    mentor = MentorSummarySerializer()
    score = serializers.IntegerField(help_text="0 to 4095")
    components = serializers.DictField(child=ComponentSerializer())
    why = serializers.CharField()
    places_left = serializers.IntegerField()
    overlap_minutes = serializers.IntegerField(help_text="a week, in which both have time")
    shared_languages = serializers.ListField(child=serializers.CharField())
    matched_skills = MatchedSkillSerializer(many=True)


@extend_schema_serializer(many=False)
class SuggestionsSerializer(serializers.Serializer[Any]):
    """The best mentors, best first, and who computed it."""

    solver = serializers.CharField()
    solver_version = serializers.CharField()
    input_hash = serializers.CharField()
    is_fallback = serializers.BooleanField(help_text="true when the matching service was away")
    notice = serializers.CharField(allow_null=True)
    considered = serializers.IntegerField(help_text="mentors who were weighed")
    suggestions = SuggestionSerializer(many=True)


@extend_schema_field(
    {"type": "string", "maxLength": 2000, "pattern": "^[a-z0-9-]+:[1-5](,[a-z0-9-]+:[1-5])*$", "examples": ["python:4"]}
)
class WantedField(serializers.CharField):
    """Slugs with levels; `validate_wanted` names the one that is wrong."""


class SuggestionsQuerySerializer(serializers.Serializer[Any]):
    """What one may ask for; `wanted` takes the place of the profile's wanted skills."""

    limit = serializers.IntegerField(min_value=1, max_value=MOST_SUGGESTIONS, default=5)
    wanted = WantedField(
        required=False, help_text="comma-separated slug:level, such as python:4,postgresql:3", max_length=2000
    )

    def validate_wanted(self, text: str) -> dict[str, int]:
        """Levels by slug."""
        wanted: dict[str, int] = {}
        for item in text.split(","):
            slug, _, level = item.strip().rpartition(":")
            if not slug or level not in {"1", "2", "3", "4", "5"}:
                raise serializers.ValidationError(f"Write {item.strip()!r} as slug:level, with a level from 1 to 5.")
            if slug in wanted:
                raise serializers.ValidationError(f"Name {slug!r} once, with one level.")
            wanted[slug] = int(level)
        return wanted


class WaitingTimesQuerySerializer(serializers.Serializer[Any]):
    """Which skills, and where one lives."""

    skills = serializers.CharField(
        required=False,
        max_length=600,
        help_text="slugs, at most ten by commas: `python,sql`; else those that one wants",
    )
    zone = serializers.CharField(required=False, default="", max_length=64, help_text="IANA name of one's own zone")

    def validate_skills(self, text: str) -> list[str]:
        """The slugs."""
        slugs = [slug.strip() for slug in text.split(",")]
        if not all(slugs) or len(slugs) > MOST_SKILLS:
            raise serializers.ValidationError(f"Write 1 to {MOST_SKILLS} slugs with commas between, as python,sql.")
        return slugs


class WaitingTimeSerializer(serializers.Serializer[Any]):
    """How long requests to mentors who know a skill waited, in the last 180 days."""

    skill = serializers.CharField(help_text="slug")
    requests = serializers.IntegerField(help_text="that were answered, or lapsed")
    answered = serializers.IntegerField()
    has_enough_data = serializers.BooleanField(help_text="from five requests on")
    p50_minutes = serializers.IntegerField(
        allow_null=True, help_text="half of the requests waited no longer; null: too few, or half of them lapsed"
    )
    p90_minutes = serializers.IntegerField(
        allow_null=True, help_text="nine of ten waited no longer; null: too few, or a tenth of them lapsed"
    )


@extend_schema_serializer(many=False)
class WaitingTimesSerializer(serializers.Serializer[Any]):
    """A row for each skill asked for, in that order."""

    results = WaitingTimeSerializer(many=True)


class MatchSerializer(serializers.ModelSerializer[MentorMatch]):
    """A match, as both sides see it."""

    learner = PersonSerializer(read_only=True)
    mentor = PersonSerializer(read_only=True)
    conversation = serializers.SerializerMethodField()
    components = serializers.DictField(child=ComponentSerializer(), read_only=True)

    class Meta:
        model = MentorMatch
        fields = [
            "id", "status", "learner", "mentor", "message", "answer", "end_reason", "score", "components",
            "conversation", "requested_at", "expires_at", "answered_at", "started_at", "ended_at", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_conversation(self, match: MentorMatch) -> str | None:
        """The id of the conversation, once it is open."""
        conversation = getattr(match, "conversation", None)
        return str(conversation.pk) if conversation else None


class MatchRequestSerializer(serializers.Serializer[Any]):
    """A request to a mentor."""

    mentor = serializers.UUIDField()
    message = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")


class DecisionSerializer(serializers.Serializer[Any]):
    """Words that go with a decision."""

    answer = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")


class QuestionSerializer(serializers.Serializer[Any]):
    """What the mentor wants to know before deciding."""

    question = serializers.CharField(max_length=LONGEST_TEXT)


class InfoSerializer(serializers.Serializer[Any]):
    """The learner's answer to it."""

    answer = serializers.CharField(max_length=LONGEST_TEXT)


class CancellationSerializer(serializers.Serializer[Any]):
    """Why, if one wants to say."""

    reason = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")


class EndSerializer(serializers.Serializer[Any]):
    """Why it ends before its goal."""

    reason = serializers.CharField(max_length=LONGEST_TEXT)


class NothingSerializer(serializers.Serializer[Any]):
    """No input."""


class PartnerContactSerializer(serializers.ModelSerializer[ContactChannel]):
    """A way to reach the other side."""

    class Meta:
        model = ContactChannel
        fields = ["kind", "value", "is_preferred"]
        read_only_fields = fields


class PartnerContactsSerializer(serializers.Serializer[Any]):
    """How the other side wants to be reached; without a preferred one, by the conversation."""

    contacts = PartnerContactSerializer(many=True)


class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    """A conversation with how much of it is unread."""

    learner = PersonSerializer(source="match.learner", read_only=True)
    mentor = PersonSerializer(source="match.mentor", read_only=True)
    match_status = serializers.CharField(source="match.status", read_only=True)
    unread_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Conversation
        fields = ["id", "match", "match_status", "learner", "mentor", "last_seq", "last_message_at", "unread_count"]
        read_only_fields = fields


class MessageSerializer(serializers.ModelSerializer[Message]):
    """One message."""

    class Meta:
        model = Message
        fields = ["id", "conversation", "seq", "sender", "client_message_id", "body", "sent_at"]
        read_only_fields = fields


class NewMessageSerializer(serializers.Serializer[Any]):
    """What one writes; the same `client_message_id` again is the same message."""

    client_message_id = serializers.UUIDField()
    body = serializers.CharField(max_length=LONGEST_TEXT)


class AfterSerializer(serializers.Serializer[Any]):
    """Where to read on."""

    after_seq = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)


class MessagesSerializer(serializers.Serializer[Any]):
    """Messages in order; read on with `after_seq` set to the last one's `seq`."""

    results = MessageSerializer(many=True)
    last_seq = serializers.IntegerField(help_text="of the conversation's newest message")


class ReadSerializer(serializers.ModelSerializer[ReadPointer]):
    """How far one has read."""

    seq = serializers.IntegerField(source="last_read_seq", min_value=0)

    class Meta:
        model = ReadPointer
        fields = ["seq"]


class SessionSerializer(serializers.ModelSerializer[Session]):
    """A meeting."""

    class Meta:
        model = Session
        fields = [
            "id",
            "match",
            "proposed_by",
            "status",
            "starts_at",
            "ends_at",
            "location",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class NewSessionSerializer(serializers.Serializer[Any]):
    """A meeting that one proposes."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    location = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """A review."""

    class Meta:
        model = Review
        fields = ["id", "match", "author", "subject", "rating", "text", "revealed_at", "created_at"]
        read_only_fields = fields


class NewReviewSerializer(serializers.Serializer[Any]):
    """What one says of the other side."""

    rating = serializers.IntegerField(min_value=1, max_value=5)
    text = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")


class LeftOutSerializer(serializers.Serializer[Any]):
    """An assignment that was not proposed when the round was applied."""

    learner = serializers.UUIDField()
    mentor = serializers.UUIDField()
    reason = serializers.ChoiceField(choices=LeftOut.choices)


class RoundOutcomeSerializer(serializers.Serializer[Any]):
    """What applying a round came to; empty before that."""

    proposed = serializers.IntegerField(required=False)
    left_out = LeftOutSerializer(many=True, required=False)


class NewRoundSerializer(serializers.Serializer[Any]):
    """How long its job may take, and what the round aims at beside the highest sum of scores."""

    deadline_seconds = serializers.IntegerField(
        required=False, min_value=SHORTEST_DEADLINE_SECONDS, max_value=LONGEST_DEADLINE_SECONDS
    )
    is_fair = serializers.BooleanField(
        required=False, help_text="the worse a pair, the more a point of its score counts"
    )
    floor_loss_permille = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=1000,
        help_text="thousandths of the total that may be given up to raise the lowest score",
    )
    sticky_bonus = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=HIGHEST_SCORE,
        help_text="points for pairs of the latest round that was not discarded or undone",
    )
    weekly_priority = serializers.IntegerField(
        required=False, min_value=0, max_value=HIGHEST_SCORE, help_text="points for each week that a learner has waited"
    )


class RoundApplicationSerializer(serializers.Serializer[Any]):
    """Whom to apply it to; to everybody, where nothing is said."""

    learners = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        allow_empty=False,
        max_length=MOST_LEARNERS,
        help_text="these alone",
    )
    without = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=MOST_LEARNERS, help_text="learners to leave out"
    )


class MatchRoundSerializer(serializers.ModelSerializer[MatchRound]):
    """A round, its answer and what was made of it."""

    result = serializers.DictField(read_only=True, help_text="the answer: assignments, alternates, reasons, prices")
    outcome = RoundOutcomeSerializer(read_only=True)

    class Meta:
        model = MatchRound
        fields = [
            "id", "status", "requested_by", "input_hash", "solver", "solver_version", "is_fallback", "objective",
            "result", "outcome", "error", "deadline_seconds", "is_fair", "floor_loss_permille", "sticky_bonus",
            "weekly_priority", "created_at", "started_at", "heartbeat_at", "finished_at", "applied_at", "undone_at",
        ]  # fmt: skip
        read_only_fields = fields


class MatchRoundSummarySerializer(serializers.ModelSerializer[MatchRound]):
    """A round in a list."""

    class Meta:
        model = MatchRound
        fields = [
            "id", "status", "solver", "solver_version", "is_fallback", "objective", "error", "created_at",
            "finished_at", "applied_at", "undone_at",
        ]  # fmt: skip
        read_only_fields = fields


class ProfileFiguresSerializer(serializers.Serializer[OwnFigures]):
    """Of the profile."""

    member_since = serializers.DateField()
    completeness = serializers.IntegerField(source="profile.completeness", help_text="per cent")
    skills = serializers.SerializerMethodField()
    wanted_skills = serializers.SerializerMethodField()

    def get_skills(self, figures: OwnFigures) -> int:
        """Those one has."""
        return len(figures.profile.skills.all())

    def get_wanted_skills(self, figures: OwnFigures) -> int:
        """Those one wants."""
        return len(figures.profile.wanted_skills.all())


class RoadmapFiguresSerializer(serializers.Serializer[OwnFigures]):
    """Of roadmaps."""

    open = serializers.IntegerField(source="roadmaps.open", help_text="ready and not completed")
    completed = serializers.IntegerField(source="roadmaps.completed", help_text="archived ones too")
    modules_completed = serializers.IntegerField(source="work.modules_completed")


class WorkFiguresSerializer(serializers.Serializer[OwnFigures]):
    """Of the log of work; days are those of one's own zone."""

    minutes = serializers.IntegerField(source="work.minutes")
    active_days = serializers.IntegerField(source="work.active_days")
    current_streak = serializers.IntegerField(source="streak.current", help_text="days")
    longest_streak = serializers.IntegerField(source="streak.longest", help_text="days")


class PointsFiguresSerializer(serializers.Serializer[OwnFigures]):
    """Of points and badges."""

    total = serializers.IntegerField(source="standing.total")
    level = serializers.IntegerField(source="standing.level.number")
    badges = serializers.IntegerField(help_text="held now")


class MentoringFiguresSerializer(serializers.Serializer[OwnFigures]):
    """Of mentorships, on both sides."""

    active_as_learner = serializers.IntegerField(source="matches.active_as_learner")
    completed_as_learner = serializers.IntegerField(source="matches.completed_as_learner")
    active_as_mentor = serializers.IntegerField(source="matches.active_as_mentor")
    completed_as_mentor = serializers.IntegerField(source="matches.completed_as_mentor")
    sessions_held = serializers.IntegerField()


class ForumFiguresSerializer(serializers.Serializer[OwnFigures]):
    """Of the forum, as booked for points: what was removed is taken off again."""

    questions = serializers.SerializerMethodField()
    replies = serializers.SerializerMethodField()
    solutions = serializers.SerializerMethodField()

    def get_questions(self, figures: OwnFigures) -> int:
        """Threads."""
        return figures.metric(Metric.QUESTIONS_ASKED)

    def get_replies(self, figures: OwnFigures) -> int:
        """Replies."""
        return figures.metric(Metric.REPLIES_WRITTEN)

    def get_solutions(self, figures: OwnFigures) -> int:
        """Replies that solved it."""
        return figures.metric(Metric.SOLUTIONS_ACCEPTED)


class MentorFiguresSerializer(serializers.ModelSerializer[MentorStanding]):
    """Of requests to oneself as a mentor."""

    answer_rate_permille = serializers.IntegerField(allow_null=True, help_text="null before the first was decided")
    median_answer_minutes = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="of the last 180 days; null before three answers or when not listed"
    )

    class Meta:
        model = MentorStanding
        fields = [
            "places_taken", "requests_decided", "requests_answered", "answer_rate_permille", "median_answer_minutes",
        ]  # fmt: skip
        read_only_fields = fields


class OwnStatisticsSerializer(serializers.Serializer[OwnFigures]):
    """One's own figures."""

    profile = ProfileFiguresSerializer(source="*")
    roadmaps = RoadmapFiguresSerializer(source="*")
    work = WorkFiguresSerializer(source="*")
    points = PointsFiguresSerializer(source="*")
    mentoring = MentoringFiguresSerializer(source="*")
    forum = ForumFiguresSerializer(source="*")
    mentor = MentorFiguresSerializer(allow_null=True, help_text="null for who was never asked")
