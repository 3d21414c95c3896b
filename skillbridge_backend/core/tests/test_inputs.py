"""Bodies and query parameters are of the types that the document says, and the errors name the field."""

from typing import Any

import pytest
from django.http import QueryDict
from django_filters import rest_framework as filters
from rest_framework import serializers

from skillbridge_backend.core.errors import InvalidInput
from skillbridge_backend.core.filters import Filters
from skillbridge_backend.core.inputs import check
from users.models import User


class Inner(serializers.Serializer[Any]):
    level = serializers.IntegerField()


class Body(serializers.Serializer[Any]):
    name = serializers.CharField(required=False, allow_null=True)
    number = serializers.IntegerField(required=False)
    is_on = serializers.BooleanField(required=False)
    ident = serializers.UUIDField(required=False)
    skills = serializers.ListField(child=Inner(), required=False)
    tags = serializers.ListField(child=serializers.CharField(), required=False)


def wrong(**data: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        check(Body(data=data))
    return [(error.field, error.code) for error in refused.value.errors]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": 5}, "name"),
        ({"number": "5"}, "number"),
        ({"number": True}, "number"),
        ({"is_on": "yes"}, "is_on"),
        ({"is_on": 1}, "is_on"),
        ({"ident": 5}, "ident"),
        ({"skills": [{"level": 1}, {"level": "2"}]}, "skills[1].level"),
        ({"tags": ["a", 2]}, "tags[1]"),
    ],
)
def test_value_of_another_type_is_refused_by_name(data: dict[str, Any], field: str) -> None:
    assert wrong(**data) == [(field, "invalid_type")]


def test_all_values_of_other_types_are_named_at_once() -> None:
    assert wrong(name=5, is_on="yes") == [("name", "invalid_type"), ("is_on", "invalid_type")]


def test_right_types_pass_and_a_form_has_nothing_but_text() -> None:
    assert check(Body(data={"name": None, "number": 5, "is_on": False})) == {"name": None, "number": 5, "is_on": False}
    assert check(Body(data=QueryDict("number=5&is_on=true")))["number"] == 5


class People(Filters):
    is_active = filters.BooleanFilter()
    since = filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    handle = filters.CharFilter()

    class Meta:
        model = User
        fields: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("is_active=true&since=2026-01-01T00:00:00Z&handle=", {}),
        ("is_active=maybe", {"is_active": "invalid"}),
        ("is_active=true&is_active=null", {"is_active": "invalid"}),
        ("since=", {"since": "empty"}),
        ("since=yesterday", {"since": "invalid"}),
    ],
)
def test_filter_that_cannot_be_understood_is_an_error(query: str, errors: dict[str, str]) -> None:
    asked = People(QueryDict(query), queryset=User.objects.none())

    assert asked.is_valid() is not bool(errors)
    assert {name: found.as_data()[0].code for name, found in asked.errors.items()} == errors
