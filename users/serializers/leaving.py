"""Shapes of leaving: the deletion of an account, and the copy of one's data."""

from typing import Any

from rest_framework import serializers

from users.serializers.accounts import PasswordField


class DeletionSerializer(serializers.Serializer[Any]):
    """What proves that it is oneself who wants to go."""

    password = PasswordField()


class DeletionAcceptedSerializer(serializers.Serializer[Any]):
    """Until when one can change one's mind."""

    deletion_due_at = serializers.DateTimeField()
