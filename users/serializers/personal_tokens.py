"""Shapes of personal access tokens."""

from typing import Any

from rest_framework import serializers

from users.enums import TokenScope
from users.models import LONGEST_TOKEN_LIFE, PersonalToken

LONGEST_DAYS = LONGEST_TOKEN_LIFE.days


class PersonalTokenSerializer(serializers.ModelSerializer[PersonalToken]):
    """A token as its owner sees it afterwards: everything but the token."""

    prefix = serializers.CharField(read_only=True, help_text="how it begins, after `sb_pat_`")
    last_used_at = serializers.DateTimeField(read_only=True, allow_null=True, help_text="to a minute or so")

    class Meta:
        model = PersonalToken
        fields = ["id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at"]
        read_only_fields = fields


class PersonalTokensSerializer(serializers.Serializer[Any]):
    """All tokens of a person; there are at most twenty."""

    results = PersonalTokenSerializer(many=True)


class NewPersonalTokenSerializer(serializers.Serializer[Any]):
    """What a new token is for, what it may do, and for how long."""

    name = serializers.CharField(max_length=60)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=TokenScope.choices), allow_empty=False, max_length=len(TokenScope)
    )
    expires_in_days = serializers.IntegerField(default=90, min_value=1, max_value=LONGEST_DAYS)


class MadePersonalTokenSerializer(serializers.Serializer[Any]):
    """The token, which is shown this once."""

    token = serializers.CharField(help_text="keep it where secrets are kept; it is not shown again")
    personal_token = PersonalTokenSerializer()
