"""How drf-spectacular describes our operations: tags by app, and the problem document as the answer to every error."""

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, force_instance
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.fields import empty

from skillbridge_backend.core.idempotency import LONGEST_KEY
from skillbridge_backend.core.viewsets import ActionViewSet


class FieldProblemSerializer(serializers.Serializer[Any]):
    """One wrong field of a problem."""

    field = serializers.CharField(help_text="path such as skills[2].level")
    code = serializers.CharField()
    message = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem details, with a stable code and the request id. Described here, and written by `problems.py`."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField(help_text="stable; all of them: GET /api/v1/problems/")
    request_id = serializers.CharField()
    errors = FieldProblemSerializer(many=True, required=False)  # type: ignore[assignment]  # the RFC's name
    current_etag = serializers.CharField(required=False, help_text="with `precondition_failed`")
    current_status = serializers.CharField(required=False, help_text="where the status is what stands against it")


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    type={"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    location=OpenApiParameter.HEADER,
    description="1 to 255 characters of your choice. The same key again gets the first answer, for 24 hours.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    location=OpenApiParameter.HEADER,
    description="The ETag of what you read. 412 with the current one when somebody else was faster.",
)
HEADERS = {
    "RateLimit-Policy": 'The limit that is nearest: `"reads";q=600;w=60` is 600 requests in 60 seconds.',
    "RateLimit": 'How it stands: `"reads";r=599;t=1` is 599 requests left, one more in a second.',
}
"""What every answer tells, but those of routes without limits (draft-ietf-httpapi-ratelimit-headers-11)."""
RETRY_AFTER = "With 429 and 503: try again after so many seconds."


class OperationSchema(AutoSchema):
    """Adds the problem to each operation, and names tags after the first part of the path."""

    def get_tags(self) -> list[str]:
        """`/api/v1/roadmaps/{id}/` belongs to `roadmaps`."""
        return [self.path.removeprefix("/api/v1/").split("/")[0] or "api"]

    def get_summary(self) -> str | None:
        """What `extend_schema` says, else the first sentence of the view's docstring."""
        declared = super().get_summary()
        return str(declared) if declared else self.get_description().split("\n")[0].removesuffix(".") or None

    def get_override_parameters(self) -> list[Any]:
        """The headers that work everywhere: Idempotency-Key on what is posted, If-Match on what is patched."""
        declared = list(super().get_override_parameters())
        if self.method == "POST" and isinstance(self.view, ActionViewSet) and self.view.replays:
            declared.append(IDEMPOTENCY_KEY)
        if self.method == "PATCH" and isinstance(self.view, ActionViewSet):
            declared.append(IF_MATCH)
        return declared

    def get_auth(self) -> list[Any]:
        """Nothing where nobody has to log in: "one of: nothing" makes generated clients ask for a token."""
        asked: list[Any] = super().get_auth()
        return asked if any(asked) else []

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        """With what drf-spectacular leaves out: what every answer has is required, whether or not one must send it."""
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        described = force_instance(serializer)  # type: ignore[no-untyped-call]  # of drf-spectacular
        if direction == "response" and not isinstance(described, ProblemSerializer):
            fields = described.fields.items()
            always = {name for name, field in fields if name in schema["properties"] and _is_always_there(field)}
            schema["required"] = sorted(always.union(schema.get("required", [])))
        return schema

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        """With what drf-spectacular leaves out: a list that must not be empty."""
        schema = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        if isinstance(field, serializers.ListField) and not field.allow_empty:
            schema.setdefault("minItems", 1)
        return schema

    def _get_request_body(self, direction: Literal["request", "response"] = "request") -> Any:
        """With what drf-spectacular leaves out: a body written by hand that has a required property is required."""
        body = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        if body and any(media["schema"].get("required") for media in body["content"].values()):
            body["required"] = True
        return body

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        component = self.resolve_serializer(ProblemSerializer, direction)
        problem = bodies.setdefault("default", {})  # a view that has a page for problems has declared it
        problem["description"] = "What went wrong (RFC 9457)."
        # The first is what generated clients read.
        problem["content"] = {"application/problem+json": {"schema": component.ref}, **problem.get("content", {})}
        problem["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": RETRY_AFTER}}
        if self.view.throttle_classes:
            for body in bodies.values():
                body.setdefault("headers", {}).update(
                    {name: self._shared_header(name, text) for name, text in HEADERS.items()}
                )
        return bodies

    def _shared_header(self, name: str, description: str) -> dict[str, str]:
        """A reference to the header, described once in the document."""
        header = ResolvedComponent(  # type: ignore[no-untyped-call]  # of drf-spectacular
            name=name,
            type=ResolvedComponent.HEADER,
            object=name,
            schema={"schema": {"type": "string"}, "description": description},
        )
        self.registry.register_on_missing(header)
        return dict(header.ref)


def _is_always_there(field: serializers.Field[Any, Any, Any, Any]) -> bool:
    """Whether DRF writes the field even where it need not be sent: a model has it, or null or a default stands in."""
    of_model = isinstance(field.parent, serializers.ModelSerializer)
    return of_model or field.allow_null or field.default is not empty


class AccessTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers by subclassing
    """How the document describes the access token. Named by its path: core imports no app."""

    target_class = "users.authentication.AccessTokenAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """A bearer JWT."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
