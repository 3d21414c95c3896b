"""Endpoints that belong to no app: the root of the API and the table of problem codes."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from skillbridge_backend.core.errors import ERROR_TABLE


class ProblemKindSerializer(serializers.Serializer[object]):
    """A code that a problem document may carry."""

    code = serializers.CharField()
    status = serializers.IntegerField()
    title = serializers.CharField()


class ProblemKindsView(APIView):
    """All problem codes with status and title."""

    authentication_classes = ()
    permission_classes = [AllowAny]

    @extend_schema(operation_id="problems_list", responses=ProblemKindSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every code, in alphabetical order."""
        kinds = sorted(ERROR_TABLE.values(), key=lambda kind: kind.code)
        return Response(ProblemKindSerializer(kinds, many=True).data)


class RootView(APIView):
    """Where to begin."""

    authentication_classes = ()
    permission_classes = [AllowAny]

    @extend_schema(operation_id="root", responses={200: dict[str, str]})
    def get(self, request: Request) -> Response:
        """Links to the documentation, the schema and the problem codes."""
        return Response({name: request.build_absolute_uri(name + "/") for name in ("docs", "schema", "problems")})
