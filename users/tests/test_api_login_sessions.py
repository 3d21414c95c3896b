"""The list of one's sessions, in words, and ending one, all others, or all."""

import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.utils import timezone
from mmdb_writer import MMDBWriter
from netaddr import IPSet  # type: ignore[import-untyped]  # what mmdb-writer takes

from skillbridge_backend.core.beat import tick
from skillbridge_backend.core.ids import first_id_at, new_id
from skillbridge_backend.core.tests.fixtures import ApiClient
from users import devices
from users.clients import Client
from users.enums import AuditAction
from users.models import AuditEntry, RefreshTokenFamily, User
from users.services import SessionService
from users.services.sessions import Tokens
from users.tests.factories import RefreshTokenFamilyFactory, UserFactory
from users.tests.logins import as_client_of, logged_in

pytestmark = pytest.mark.django_db(transaction=True)
SESSIONS = "/api/v1/auth/sessions/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.5 Mobile/15E148 Safari/604.1"
)

LogIn = Callable[..., tuple[ApiClient, Tokens]]


@pytest.fixture
def person() -> User:
    return UserFactory()


@pytest.fixture
def log_in(person: User) -> LogIn:
    """`log_in(agent, address)`: a client with the access token of a new session of this person, and its tokens."""

    def log_in(agent: str = FIREFOX, address: str = "192.0.2.1") -> tuple[ApiClient, Tokens]:
        tokens = logged_in(person, client=Client(address, agent))
        return as_client_of(tokens), tokens

    return log_in


@pytest.fixture
def places(tmp_path: Path, settings: Any) -> Iterator[None]:
    """A database as MaxMind makes them, with three networks."""
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="GeoLite2-City")
    germany = {"names": {"en": "Germany", "de": "Deutschland"}, "iso_code": "DE"}
    writer.insert_network(IPSet(["192.0.2.0/24"]), {"city": {"names": {"en": "Berlin"}}, "country": germany})
    writer.insert_network(IPSet(["2001:db8::/32"]), {"country": germany})
    writer.insert_network(IPSet(["198.51.100.128/25"]), {"country": {"names": {"en": "France"}, "iso_code": "FR"}})
    writer.to_db_file(str(tmp_path / "places.mmdb"))
    settings.GEOIP_DATABASE = str(tmp_path / "places.mmdb")
    yield
    devices._database.cache_clear()


def old_login(person: User, agent: str, address: str, *, days_ago: int, **more: Any) -> RefreshTokenFamily:
    """A login of so many days ago that was never refreshed: it ended a week later."""
    began = timezone.now() - timedelta(days=days_ago)
    key = UUID(int=first_id_at(began).int + secrets.randbits(32))
    login: RefreshTokenFamily = RefreshTokenFamilyFactory(
        id=key, user=person, user_agent=agent, ip_address=address, **more
    )
    login.created_at, login.rotated_at, login.expires_at = began, began, began + timedelta(days=30)
    login.save()
    return login


def listed(client: ApiClient) -> list[dict[str, Any]]:
    response = client.get(SESSIONS)
    assert response.status_code == 200, response.content
    rows: list[dict[str, Any]] = response.json()["results"]
    return rows


def can_refresh(api: Any, tokens: Tokens) -> bool:
    return bool(api.post("/api/v1/auth/refresh/", {"refresh": tokens.refresh}).status_code == 200)


def test_sessions_are_told_in_words_and_this_one_is_marked(log_in: LogIn) -> None:
    laptop, _ = log_in(FIREFOX, "192.0.2.1")
    log_in(IPHONE, "2001:db8::7")
    RefreshTokenFamilyFactory()

    rows = listed(laptop)

    assert [(row["device"], row["ip_address"], row["is_current"]) for row in rows] == [
        ("Mobile Safari on iPhone", "2001:db8::7", False),
        ("Firefox on Linux", "192.0.2.1", True),
    ]
    family = RefreshTokenFamily.objects.get(pk=rows[1]["id"])
    assert rows[1]["first_seen_at"] == family.created_at.isoformat().replace("+00:00", "Z")
    assert set(rows[0]) == {
        "id", "device", "place", "ip_address", "first_seen_at", "last_seen_at", "expires_at", "is_current",
        "is_impersonated",
    }  # fmt: skip


def test_sessions_that_ended_are_not_listed(log_in: LogIn) -> None:
    client, _ = log_in()
    now = timezone.now()
    for end in ({"revoked_at": now}, {"rotated_at": now - timedelta(days=8)}):
        _, tokens = log_in()
        newest = RefreshTokenFamily.objects.filter(user=tokens.user).latest("pk")
        RefreshTokenFamily.objects.filter(pk=newest.pk).update(**end)

    assert len(listed(client)) == 1


def test_ending_one_ends_its_tokens_and_no_others(api: Any, log_in: LogIn, person: User) -> None:
    laptop, laptop_tokens = log_in(FIREFOX)
    phone, phone_tokens = log_in(IPHONE)
    (session,) = [row for row in listed(laptop) if not row["is_current"]]

    assert laptop.delete(f"{SESSIONS}{session['id']}/").status_code == 204

    assert phone.get(SESSIONS).status_code == 401
    assert not can_refresh(api, phone_tokens)
    assert can_refresh(api, laptop_tokens)
    entry = AuditEntry.objects.get(action=AuditAction.LOGGED_OUT)
    assert (entry.user_id, entry.details) == (person.pk, {"family": session["id"]})
    assert laptop.delete(f"{SESSIONS}{session['id']}/").status_code == 404


def test_all_others_and_all(api: Any, log_in: LogIn) -> None:
    others = [log_in()[1] for _ in range(2)]
    client, tokens = log_in()

    assert client.delete(f"{SESSIONS}?keep_current=true").status_code == 204
    assert [row["is_current"] for row in listed(client)] == [True]
    assert not any(can_refresh(api, other) for other in others)

    assert client.delete(SESSIONS).status_code == 204
    assert client.get(SESSIONS).status_code == 401
    assert not can_refresh(api, tokens)


def test_sessions_of_others_are_neither_seen_nor_ended(api: Any, log_in: LogIn) -> None:
    client, _ = log_in()
    others = RefreshTokenFamilyFactory()

    response = client.delete(f"{SESSIONS}{others.pk}/")
    client.delete(SESSIONS)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    others.refresh_from_db()
    assert others.revoked_at is None
    assert api.get(SESSIONS).status_code == 401
    assert api.delete(SESSIONS).status_code == 401


def test_unclear_wish_is_refused_and_ends_nothing(log_in: LogIn) -> None:
    client, _ = log_in()

    response = client.delete(f"{SESSIONS}?keep_current=perhaps")

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "keep_current"
    assert len(listed(client)) == 1


class TestWords:
    @pytest.mark.parametrize(
        ("agent", "words"),
        [
            (FIREFOX, "Firefox on Linux"),
            (IPHONE, "Mobile Safari on iPhone"),
            ("curl/8.5.0", "curl"),
            ("phone", ""),
            ("", ""),
            ("\u202e" * 200, ""),
        ],
    )
    def test_device(self, agent: str, words: str) -> None:
        assert devices.device_of(agent) == words

    @pytest.mark.usefixtures("places")
    @pytest.mark.parametrize(
        ("address", "words"),
        [("192.0.2.9", "Berlin, Germany"), ("2001:db8::9", "Germany"), ("198.51.100.1", ""), (None, "")],
    )
    def test_place(self, address: str | None, words: str) -> None:
        assert devices.place_of(address) == words

    def test_without_a_database_no_place_is_known(self) -> None:
        assert devices.place_of("192.0.2.9") == ""


class TestNewDevice:
    def mails(self, drain_outbox: Callable[[], list[str]]) -> list[str]:
        mail.outbox.clear()
        drain_outbox()
        return [str(message.body) for message in mail.outbox if message.subject == "New login to your account"]

    def test_first_login_and_a_known_device_are_no_news(
        self, log_in: LogIn, drain_outbox: Callable[[], list[str]]
    ) -> None:
        log_in(FIREFOX, "192.0.2.1")
        log_in(FIREFOX.replace("130", "131"), "198.51.100.7")
        assert self.mails(drain_outbox) == []

    def test_other_device_is_told_once_with_what_is_known_of_it(
        self, log_in: LogIn, person: User, drain_outbox: Callable[[], list[str]]
    ) -> None:
        log_in(FIREFOX)
        log_in(IPHONE)
        (body,) = self.mails(drain_outbox)
        assert "Mobile Safari on iPhone" in body
        log_in(IPHONE)
        assert self.mails(drain_outbox) == []
        logins: Any = AuditEntry.objects.filter(user_id=person.pk, action=AuditAction.LOGGED_IN).order_by("pk")
        assert [entry.details.get("new_device") for entry in logins] == [None, "yes", None]

    def test_device_of_another_person_is_not_known(self, log_in: LogIn, drain_outbox: Callable[[], list[str]]) -> None:
        logged_in(UserFactory(), client=Client("192.0.2.1", IPHONE))
        log_in(FIREFOX)
        log_in(IPHONE)
        assert len(self.mails(drain_outbox)) == 1

    def test_same_device_in_another_country_is_told_where_places_are_known(
        self, log_in: LogIn, places: None, drain_outbox: Callable[[], list[str]]
    ) -> None:
        log_in(FIREFOX, "192.0.2.1")
        log_in(FIREFOX, "192.0.2.9")
        log_in(FIREFOX, "198.51.100.1")
        assert self.mails(drain_outbox) == []
        log_in(FIREFOX, "198.51.100.200")
        (body,) = self.mails(drain_outbox)
        assert "France" in body

    @pytest.mark.usefixtures("places")
    def test_old_logins_are_forgotten_and_their_devices_and_countries_known(
        self, log_in: LogIn, person: User, drain_outbox: Callable[[], list[str]]
    ) -> None:
        """Every login's address was kept for as long as the account."""
        kinds = [(FIREFOX, "192.0.2.1"), (FIREFOX, "198.51.100.200"), (IPHONE, "192.0.2.1")]
        logins = [old_login(person, *kind, days_ago=days) for days in (200, 150, 100) for kind in kinds]
        # Its end is not a month ago yet.
        recent = old_login(person, *kinds[0], days_ago=36)
        User.objects.filter(pk=person.pk).update(last_login=recent.created_at)

        tick("users.prune_logins", timezone.now())
        drain_outbox()

        left = set(RefreshTokenFamily.objects.values_list("pk", flat=True))
        assert left == {recent.pk, *(login.pk for login in logins[-2:])}
        for kind in kinds:
            log_in(*kind)
        assert self.mails(drain_outbox) == []

    def test_last_one_of_its_kind_is_forgotten_after_a_year_and_support_that_looked_after_a_month(
        self, person: User
    ) -> None:
        old_login(person, FIREFOX, "192.0.2.1", days_ago=400)
        old_login(person, IPHONE, "192.0.2.1", days_ago=77, impersonated_by=new_id())
        kept = old_login(person, IPHONE, "192.0.2.1", days_ago=77)

        assert SessionService().remove_old() == 2

        assert RefreshTokenFamily.objects.get() == kept

    def test_dormant_account_whose_logins_are_forgotten_is_told(
        self, log_in: LogIn, person: User, drain_outbox: Callable[[], list[str]]
    ) -> None:
        log_in(FIREFOX)
        RefreshTokenFamily.objects.all().delete()
        log_in(FIREFOX)
        assert len(self.mails(drain_outbox)) == 1
