"""What clients send, checked by a serializer: of the types that the OpenAPI document says, and nothing else.

DRF reads 5 as "5", "yes" as true and "" as null; a client that mixes them up has made a mistake, and hears of it.
Belongs here: bodies and query parameters. Those of filters are in `filters.py`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.request import Request

from skillbridge_backend.core.errors import FieldError, InvalidInput


def check(serializer: serializers.BaseSerializer[Any]) -> dict[str, Any]:
    """The validated data. Raises InvalidInput or ValidationError, naming the fields.

    A browser's form has nothing but text, so that its types are not looked at.
    """
    data = serializer.initial_data
    if not isinstance(data, QueryDict) and (wrong := list(_of_other_types(serializer, data, ""))):
        detail = wrong[0].message if len(wrong) == 1 else "One or more fields are of another type; see errors."
        raise InvalidInput(detail, errors=wrong)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def check_query(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The query parameters, checked. An empty one is not the same as none; of several the last counts."""
    parsed = serializer(data=request.query_params.dict())
    parsed.is_valid(raise_exception=True)
    return dict(parsed.validated_data)


def _of_other_types(field: Any, value: Any, path: str) -> Iterator[FieldError]:
    """An error for each value whose JSON type is not the field's."""
    if value is None:  # whether it may be, the field says
        return
    if isinstance(field, serializers.ListSerializer | serializers.ListField):
        if isinstance(value, list):
            for position, item in enumerate(value):
                yield from _of_other_types(field.child, item, f"{path}[{position}]")
    elif isinstance(field, serializers.Serializer):
        if isinstance(value, Mapping):
            for name, inner in field.fields.items():
                if name in value and not inner.read_only:
                    yield from _of_other_types(inner, value[name], f"{path}.{name}" if path else name)
    elif problem := _problem(field, value):
        yield FieldError(path, "invalid_type", problem)


def _problem(field: Any, value: Any) -> str:
    """What is wrong with a single value; '' when it is of the field's type, or the field looks itself."""
    if isinstance(field, serializers.BooleanField):
        return "" if isinstance(value, bool) else "Write true or false."
    if isinstance(field, serializers.IntegerField):
        is_whole = isinstance(value, int | float) and not isinstance(value, bool)
        return "" if is_whole else "Write a number, without quotation marks."
    if isinstance(field, serializers.CharField | serializers.UUIDField):
        return "" if isinstance(value, str) else "Write a text, in quotation marks."
    if isinstance(field, serializers.RelatedField) and value == "":
        return "Write null, or leave it out."
    return ""
