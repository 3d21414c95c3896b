"""What the database refuses or cannot do: the client learns which, nothing is half done, the next request works.

All of it happens in the real database, lost connections, deadlocks, refused rows, and each request is a transaction.
"""

import threading
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from django.db import connection

from skillbridge_backend.core.tests.fixtures import ApiClient
from skillbridge_backend.core.tests.urls_of_faults import RACE
from users.models import Track

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("skillbridge_backend.core.tests.urls_of_faults"),
]


@pytest.fixture
def tracks() -> list[Track]:
    return [Track.objects.create(slug=slug, name=slug) for slug in ("a", "b")]


@pytest.fixture
def other() -> Iterator[Any]:
    """Another connection to the same database."""
    settings = connection.settings_dict
    raw = psycopg2.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"],
    )
    yield raw
    raw.close()


def names() -> dict[str, str]:
    return dict(Track.objects.values_list("slug", "name"))


def test_connection_lost_in_mid_request_is_503_and_the_next_request_works(api: ApiClient, tracks: list[Track]) -> None:
    response = api.post("/test/database/", {"do": "lose_connection"})

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response.json()["code"] == "service_unavailable"
    assert names() == {"a": "a", "b": "b"}
    assert api.post("/test/database/", {"do": "rename"}).status_code == 200
    assert names() == {"a": "renamed", "b": "b"}


@pytest.mark.parametrize(
    ("sqlstate", "detail", "wait"),
    [
        ("53100", "disk is full", "5"),
        ("53300", "no connection left", "5"),
        ("55P03", "else is changing", "1"),
        ("57014", "took too long", "5"),
        ("25P03", "took too long", "5"),
        ("25006", "only be read", "5"),
        ("40001", "same moment", "1"),
    ],
)
def test_fault_is_said_and_undoes_what_was_written(
    api: ApiClient, tracks: list[Track], sqlstate: str, detail: str, wait: str
) -> None:
    response = api.post("/test/database/", {"do": "rename", "then_raise": sqlstate})

    assert (response.status_code, response["Retry-After"]) == (503, wait)
    assert detail in response.json()["detail"]
    assert names() == {"a": "a", "b": "b"}


def test_what_policies_or_grants_forbid_is_403_without_a_word_about_tables(api: ApiClient, tracks: list[Track]) -> None:
    response = api.post("/test/database/", {"do": "forbidden"})

    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert "users_" not in response.content.decode()


@pytest.mark.parametrize(
    ("do", "status", "code", "field"),
    [
        ("duplicate", 409, "conflict", "slug"),
        ("break_check", 400, "validation_failed", "minutes_per_level"),
        ("refer_to_nothing", 400, "validation_failed", "skill"),
        ("leave_out", 400, "validation_failed", "name"),
        ("overflow", 400, "validation_failed", "body"),
    ],
)
def test_row_that_is_refused_names_the_field(
    api: ApiClient, tracks: list[Track], do: str, status: int, code: str, field: str
) -> None:
    response = api.post("/test/database/", {"do": do})

    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code)
    assert [error["field"] for error in problem["errors"]] == [field]
    assert problem["errors"][0]["message"]


def test_request_that_lost_a_deadlock_runs_again_and_both_changes_are_there(
    api: ApiClient, tracks: list[Track], other: Any
) -> None:
    """The other side holds b and then wants a; the request holds a and wants b: PostgreSQL ends one of them."""
    other_has_b, request_has_a = threading.Event(), threading.Event()
    other_failed: list[Exception] = []

    def other_side() -> None:
        with other.cursor() as cursor:
            # The one that waits longer for its own timeout wins: the request is the victim.
            cursor.execute("SET deadlock_timeout = '60s'")
            cursor.execute("UPDATE users_track SET description = 'other' WHERE slug = 'b'")
            other_has_b.set()
            assert request_has_a.wait(10)
            try:
                cursor.execute("UPDATE users_track SET description = 'other' WHERE slug = 'a'")
                other.commit()
            except psycopg2.Error as error:
                other_failed.append(error)

    RACE.runs, RACE.before, RACE.between = 0, other_has_b.wait, request_has_a.set
    thread = threading.Thread(target=other_side)
    thread.start()
    response = api.post("/test/database/", {"do": "deadlock"})
    thread.join(20)

    assert not other_failed
    assert (response.status_code, RACE.runs) == (200, 2)
    assert names() == {"a": "deadlock", "b": "deadlock"}
    assert set(Track.objects.values_list("description", flat=True)) == {"other"}


def test_body_survives_the_second_run_and_a_request_of_several_transactions_has_none(
    api: ApiClient, tracks: list[Track]
) -> None:
    RACE.runs = 0
    assert api.post("/test/database/", {"do": "fail_once", "name": "kept"}).status_code == 200
    assert (RACE.runs, names()["a"]) == (2, "kept")

    RACE.runs = 0
    assert api.post("/test/own-database/", {"do": "fail_once", "name": "x"}).status_code == 503
    assert RACE.runs == 1
