"""The shape of grants, of what mentors hold, and of the log of what they read."""

from typing import Any

from rest_framework import serializers

from roadmaps.models import GrantedRead, RoadmapGrant


class GrantPersonSerializer(serializers.Serializer[Any]):
    """A person by their names."""

    handle = serializers.CharField()
    display_name = serializers.CharField()


class GrantInput(serializers.Serializer[Any]):
    """Who may read a roadmap, and until when."""

    mentor = serializers.SlugField(max_length=40, help_text="handle of a mentor")
    expires_at = serializers.DateTimeField(help_text="at most 366 days from now")


class RoadmapGrantSerializer(serializers.ModelSerializer[RoadmapGrant]):
    """A grant as the learner sees it. It holds until it is revoked or expires, and while the mentor is one."""

    mentor = GrantPersonSerializer(source="mentor_shown", read_only=True)

    class Meta:
        model = RoadmapGrant
        fields = ["id", "roadmap", "mentor", "expires_at", "revoked_at", "created_at"]
        read_only_fields = fields


class GrantedRoadmapSerializer(serializers.ModelSerializer[RoadmapGrant]):
    """A roadmap that the mentor may read. `title` is what it was called when it was shared."""

    learner = GrantPersonSerializer(source="owner_shown", read_only=True)

    class Meta:
        model = RoadmapGrant
        fields = ["id", "roadmap", "title", "learner", "expires_at", "created_at"]
        read_only_fields = fields


class GrantedReadSerializer(serializers.ModelSerializer[GrantedRead]):
    """A mentor read the roadmap."""

    mentor = GrantPersonSerializer(source="mentor_shown", read_only=True)
    grant = serializers.UUIDField(source="grant_id", read_only=True)

    class Meta:
        model = GrantedRead
        fields = ["id", "mentor", "grant", "read_at"]
        read_only_fields = fields
