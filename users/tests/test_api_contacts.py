"""How one may be reached: what is taken, and how what is not is named. Who is shown it is tested with matches."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from users.contacts import CONTACT_RULES
from users.enums import ContactKind
from users.models import Profile
from users.tests.factories import ContactChannelFactory, ProfileFactory

pytestmark = pytest.mark.django_db
ME = "/api/v1/users/me/"
GOOD = {
    ContactKind.EMAIL: "ada@example.org",
    ContactKind.VIDEO: "https://meet.example.org/ada?from=skillbridge#now",
    ContactKind.PHONE: "+4930123456",
    ContactKind.SIGNAL: "ada.01",
    ContactKind.TELEGRAM: "@ada_lovelace",
    ContactKind.DISCORD: "ada.lovelace",
    ContactKind.MATRIX: "@ada:example.org",
}
BAD = [
    (ContactKind.EMAIL, "ada"), (ContactKind.EMAIL, "ada@example"), (ContactKind.EMAIL, "a b@example.org"),
    (ContactKind.EMAIL, "ada@example.org\nBcc: x@example.org"),
    (ContactKind.VIDEO, "http://meet.example.org/ada"), (ContactKind.VIDEO, "javascript:alert(1)"),
    (ContactKind.VIDEO, "https://ada:secret@example.org/"), (ContactKind.VIDEO, "https://localhost/"),
    (ContactKind.VIDEO, 'https://example.org/"><script>'),
    (ContactKind.PHONE, "030 123456"), (ContactKind.PHONE, "+12"), (ContactKind.PHONE, "+49 call me"),
    (ContactKind.SIGNAL, "ada"), (ContactKind.TELEGRAM, "ada_lovelace"), (ContactKind.DISCORD, "Ada Lovelace"),
    (ContactKind.MATRIX, "ada:example.org"),
]  # fmt: skip


@pytest.fixture
def profile() -> Profile:
    return ProfileFactory()


@pytest.fixture
def me(api_as: Any, profile: Profile) -> Any:
    return api_as(profile.user)


def refusal(response: Any) -> tuple[str, str]:
    assert response.status_code == 400, response.content
    (error,) = response.json()["errors"]
    return error["field"], error["code"]


def test_contacts_come_back_in_order_and_are_replaced_as_a_whole(me: Any) -> None:
    three = [
        {"kind": "email", "value": "ada@example.org", "is_preferred": False},
        {"kind": "phone", "value": "+4930123456", "is_preferred": True},
        {"kind": "video", "value": "https://meet.example.org/ada", "is_preferred": False},
    ]

    written = me.patch(ME, {"contacts": [{**three[0]}, {**three[1], "value": "+49 (30) 12-34/56"}, {**three[2]}]})

    assert written.status_code == 200, written.content
    assert written.json()["contacts"] == three
    assert me.patch(ME, {"contacts": three[1:]}).json()["contacts"] == three[1:]
    assert me.patch(ME, {"headline": "Other"}).json()["contacts"] == three[1:]
    assert me.patch(ME, {"contacts": []}).json()["contacts"] == []


@pytest.mark.parametrize("kind", ContactKind)
def test_value_of_every_kind_is_taken(me: Any, kind: str) -> None:
    response = me.patch(ME, {"contacts": [{"kind": kind, "value": GOOD[ContactKind(kind)]}]})

    assert response.status_code == 200, response.content
    assert response.json()["contacts"][0]["value"] == GOOD[ContactKind(kind)]


@pytest.mark.parametrize(("kind", "value"), BAD)
def test_value_that_is_not_of_its_kind_is_named(me: Any, kind: ContactKind, value: str) -> None:
    response = me.patch(ME, {"contacts": [{"kind": "signal", "value": "ada.01"}, {"kind": kind, "value": value}]})

    assert refusal(response) == ("contacts[1].value", "invalid")
    assert response.json()["errors"][0]["message"] == CONTACT_RULES[kind].hint


@pytest.mark.parametrize(("kind", "value"), BAD)
def test_database_refuses_the_same(profile: Profile, kind: ContactKind, value: str) -> None:
    with pytest.raises(IntegrityError, match="contact_value_fits_kind"), transaction.atomic():
        ContactChannelFactory(profile=profile, kind=kind, value=value)


@pytest.mark.parametrize(
    ("contacts", "field", "code"),
    [
        ([{"kind": "fax", "value": "1"}], "contacts[0].kind", "invalid_choice"),
        ([{"kind": "email"}], "contacts[0].value", "required"),
        ([{"value": "ada@example.org"}], "contacts[0].kind", "required"),
        (
            [{"kind": "email", "value": "ada@example.org"}, {"kind": "email", "value": "Ada@example.org"}],
            "contacts[1].value", "duplicate_contact",
        ),
        (
            [
                {"kind": "email", "value": "ada@example.org", "is_preferred": True},
                {"kind": "phone", "value": "+4930123456", "is_preferred": True},
            ],
            "contacts[1].is_preferred", "preferred_twice",
        ),
        ([{"kind": "email", "value": f"ada{n}@example.org"} for n in range(4)], "contacts", "max_length"),
    ],
)  # fmt: skip
def test_list_that_makes_no_sense_is_named(me: Any, contacts: Any, field: str, code: str) -> None:
    assert refusal(me.patch(ME, {"contacts": contacts})) == (field, code)
