"""The OpenAPI document, where drf-spectacular alone would say less or something else. A generated client reads it in
`make browser` (`tests/generated_client/`)."""

import json
from functools import cache
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

SOMETIMES = {"errors", "current_etag", "current_status"}
VERBS = {"get", "post", "put", "patch", "delete"}


@cache
def document() -> dict[str, Any]:
    return json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True)))  # type: ignore[no-any-return]


def component(name: str) -> dict[str, Any]:
    found: dict[str, Any] = document()["components"]["schemas"][name]
    return found


def operations() -> dict[str, dict[str, Any]]:
    paths = document()["paths"].items()
    return {f"{verb} {path}": found for path, verbs in paths for verb, found in verbs.items() if verb in VERBS}


def test_it_speaks_no_openapi_3_0() -> None:
    assert document()["openapi"].startswith("3.1")
    assert '"nullable"' not in json.dumps(document())


def test_page_always_has_its_links_which_may_be_null() -> None:
    page = component("PaginatedNotificationList")

    assert page["required"] == ["next", "previous", "results"]
    assert page["properties"]["next"]["type"] == ["string", "null"]


@pytest.mark.parametrize(
    ("name", "optional"),
    [
        ("Roadmap", set()),  # a model has all its fields, whatever one need not send
        ("Notification", set()),  # a default stands in
        ("RoundOutcome", {"proposed", "left_out"}),  # empty before the round is applied
        ("Problem", SOMETIMES),
        ("LoginProblem", SOMETIMES | {"ticket", "factors", "passkey_options", "expires_in"}),
    ],
)
def test_what_an_answer_always_has_is_required(name: str, optional: set[str]) -> None:
    assert set(component(name)["properties"]) - set(component(name).get("required", [])) == optional


def test_each_factor_has_a_shape_of_its_own() -> None:
    shapes = [shape["$ref"].rsplit("/", 1)[1] for shape in component("SecondFactorRequest")["oneOf"]]

    assert shapes == [f"SecondFactorBy{factor}Request" for factor in ("Code", "Passkey", "RecoveryCode")]
    assert set(component(shapes[0])["properties"]) == {"ticket", "code", "refresh_in"}
    assert set(component(shapes[0])["required"]) == {"ticket", "code"}


def test_every_body_that_is_sent_has_one_shape() -> None:
    bodies = {name: found["requestBody"]["content"] for name, found in operations().items() if "requestBody" in found}

    assert [name for name, content in bodies.items() if len(content) != 1] == []


def test_problem_is_the_first_that_is_read_where_something_goes_wrong() -> None:
    for name, found in operations().items():
        assert next(iter(found["responses"]["default"]["content"])) == "application/problem+json", name


def test_nobody_is_asked_for_a_token_where_none_is_needed() -> None:
    assert "security" not in operations()["post /api/v1/auth/login/"]
    assert operations()["get /api/v1/users/me/"]["security"] == [{"accessToken": []}]
