"""The shape of what this app takes and gives. Of a removed post only its place is shown."""

from typing import Any

from rest_framework import serializers

from forum.enums import ReportReason, Resolution, SanctionKind, VoteValue
from forum.models import LEAST_TITLE, LONGEST_BODY, LONGEST_REASON, LONGEST_TITLE, Category, ForumPost, Report, Sanction

DELETED_MEMBER = "Deleted member"
"""Whom a post is by whose author left; the ghost's name too (users/sql/0021_leaving.sql)."""


class CategorySerializer(serializers.ModelSerializer[Category]):
    """A category."""

    class Meta:
        model = Category
        fields = ["slug", "name", "description", "position"]
        read_only_fields = fields


class PostSerializer(serializers.ModelSerializer[ForumPost]):
    """A post as readers see it."""

    author = serializers.SerializerMethodField(help_text="handle; null when the post or the account is gone")
    author_name = serializers.SerializerMethodField()
    body_html = serializers.CharField(read_only=True, help_text="sanitised")
    is_removed = serializers.BooleanField(read_only=True)
    own_vote = serializers.SerializerMethodField(help_text="1, -1, or null")

    class Meta:
        model = ForumPost
        fields = [
            "id", "thread", "parent", "depth", "author", "author_name", "body_markdown", "body_html", "is_solution",
            "is_removed", "reply_count", "vote_score", "own_vote", "created_at", "edited_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_author(self, post: ForumPost) -> str | None:
        """Annotated by `with_names`."""
        return None if post.is_removed else post.author_handle

    def get_author_name(self, post: ForumPost) -> str | None:
        """Annotated by `with_names`."""
        return None if post.is_removed else post.author_name or DELETED_MEMBER

    def get_own_vote(self, post: ForumPost) -> int | None:
        """Annotated by `with_vote_of`."""
        return post.own_vote


class ThreadSummarySerializer(PostSerializer):
    """A thread in a list."""

    category = serializers.SlugRelatedField[Category](slug_field="slug", read_only=True)
    solution = serializers.UUIDField(source="solution_id", read_only=True, allow_null=True, help_text="a reply")

    class Meta(PostSerializer.Meta):
        fields = [
            "id", "category", "title", "author", "author_name", "solution", "is_removed", "reply_count", "vote_score",
            "own_vote", "created_at", "edited_at", "last_reply_at", "active_at",
        ]  # fmt: skip
        read_only_fields = fields


class ThreadSerializer(ThreadSummarySerializer):
    """A thread with its opening post."""

    class Meta(ThreadSummarySerializer.Meta):
        fields = [*ThreadSummarySerializer.Meta.fields, "body_markdown", "body_html"]
        read_only_fields = fields


class NewThreadSerializer(serializers.Serializer[Any]):
    """A question to ask."""

    category = serializers.SlugField(help_text="slug")
    title = serializers.CharField(min_length=LEAST_TITLE, max_length=LONGEST_TITLE)
    body_markdown = serializers.CharField(max_length=LONGEST_BODY, trim_whitespace=False)


class NewReplySerializer(serializers.Serializer[Any]):
    """A reply; without `parent` to the opening post."""

    parent = serializers.UUIDField(  # type: ignore[assignment]  # the field is not the attribute of that name
        required=False, allow_null=True, help_text="a post of the same thread"
    )
    body_markdown = serializers.CharField(max_length=LONGEST_BODY, trim_whitespace=False)


class PostChangesSerializer(serializers.Serializer[Any]):
    """What to change; title and category of threads only."""

    category = serializers.SlugField(required=False)
    title = serializers.CharField(required=False, min_length=LEAST_TITLE, max_length=LONGEST_TITLE)
    body_markdown = serializers.CharField(required=False, max_length=LONGEST_BODY, trim_whitespace=False)


class VoteSerializer(serializers.Serializer[Any]):
    """A vote: 1 or -1."""

    value = serializers.ChoiceField(choices=VoteValue.choices)


class NewReportSerializer(serializers.Serializer[Any]):
    """A report to the moderators."""

    reason = serializers.ChoiceField(choices=ReportReason.choices)
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000, default="")


class ReportReceiptSerializer(serializers.ModelSerializer[Report]):
    """What the reporter gets back."""

    class Meta:
        model = Report
        fields = ["id", "post", "reason", "state", "created_at"]
        read_only_fields = fields


class ReportSerializer(serializers.ModelSerializer[Report]):
    """A report as moderators see it, with what the post said, removed or not."""

    thread = serializers.UUIDField(source="post.root_id", read_only=True)
    post_author = serializers.CharField(source="post.author.handle", read_only=True, allow_null=True, default=None)
    post_html = serializers.CharField(source="post.moderated_html", read_only=True)
    post_report_count = serializers.IntegerField(source="post.report_count", read_only=True, help_text="open reports")
    reporter = serializers.CharField(source="reporter.handle", read_only=True, allow_null=True, default=None)
    resolved_by = serializers.CharField(source="resolved_by.handle", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Report
        fields = [
            "id", "post", "thread", "post_author", "post_html", "post_report_count", "reporter", "reason", "note",
            "state", "resolved_by", "resolved_at", "resolution_note", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class ResolutionSerializer(serializers.Serializer[Any]):
    """What to do with a report."""

    resolution = serializers.ChoiceField(choices=Resolution.choices)
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000, default="")


class NewSanctionSerializer(serializers.Serializer[Any]):
    """A decision about a person."""

    person = serializers.SlugField(max_length=40, help_text="handle")
    kind = serializers.ChoiceField(choices=SanctionKind.choices)
    reason = serializers.CharField(max_length=LONGEST_REASON, help_text="the person reads it")
    ends_at = serializers.DateTimeField(required=False, allow_null=True, default=None, help_text="empty: until lifted")


class SanctionSerializer(serializers.ModelSerializer[Sanction]):
    """A sanction, as moderators and the person see it."""

    person = serializers.CharField(source="person.handle", read_only=True)
    imposed_by = serializers.CharField(source="imposed_by.handle", read_only=True)
    lifted_by = serializers.CharField(source="lifted_by.handle", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Sanction
        fields = [
            "id", "person", "kind", "reason", "imposed_by", "starts_at", "ends_at", "lifted_at", "lifted_by",
            "created_at",
        ]  # fmt: skip
        read_only_fields = fields
