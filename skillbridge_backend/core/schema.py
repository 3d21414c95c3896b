"""How drf-spectacular describes our operations: tags by app, and the problem document as the answer to every error."""

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers


class FieldProblemSerializer(serializers.Serializer[Any]):
    """One wrong field of a problem."""

    field = serializers.CharField(help_text="path such as skills[2].level")
    code = serializers.CharField()
    message = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem details, with a stable code and the request id."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField(help_text="stable; all of them: GET /api/v1/problems/")
    request_id = serializers.CharField()
    errors = FieldProblemSerializer(many=True, required=False)  # type: ignore[assignment]  # the RFC's name


class OperationSchema(AutoSchema):
    """Adds the problem to each operation, and names tags after the first part of the path."""

    def get_tags(self) -> list[str]:
        """`/api/v1/roadmaps/{id}/` belongs to `roadmaps`."""
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        component = self.resolve_serializer(ProblemSerializer, direction)
        bodies.setdefault(
            "default",
            {
                "description": "What went wrong (RFC 9457).",
                "content": {"application/problem+json": {"schema": component.ref}},
            },
        )
        return bodies


class AccessTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers by subclassing
    """How the document describes the access token. Named by its path: core imports no app."""

    target_class = "users.authentication.AccessTokenAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """A bearer JWT."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
