"""Shapes of profile pictures."""

from typing import Any

from rest_framework import serializers


class PictureUploadSerializer(serializers.Serializer[Any]):
    """A picture as a part of `multipart/form-data`. Its name and type are not looked at, its content is."""

    picture = serializers.FileField(
        allow_empty_file=True,
        error_messages={
            "required": "Send a file in the part `picture`.",
            "invalid": "Send a file in the part `picture`, with a file name.",
        },
    )


class PictureLinksSerializer(serializers.Serializer[Any]):
    """Where a picture is fetched, without a login: a square of WebP each, of at most so many pixels."""

    large = serializers.URLField(help_text="512 × 512")
    small = serializers.URLField(help_text="128 × 128")
