"""The limits through the API, on the real Redis: who is refused, who never is, and what happens without Redis."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connections
from prometheus_client import REGISTRY
from rest_framework.test import APIClient

from skillbridge_backend.core.errors import RateLimited
from skillbridge_backend.core.rate_limits import count_or_refuse, redis_at
from users.clients import Client
from users.enums import AuditAction
from users.limits import EMAIL_CHANGE, EXPORT, LOG_IN, PICTURE, SUGGEST_SKILL, AccountLimits, know_address
from users.models import AuditEntry, Challenge, RefreshTokenFamily, User
from users.services import LoginCodeService, PasswordService, SessionService
from users.tests.factories import PASSWORD, AuthenticatorAppFactory, UserFactory
from users.tests.logins import code_now, logged_in

pytestmark = pytest.mark.django_db(transaction=True)

AUTH = "/api/v1/auth"
NOWHERE = "redis://127.0.0.1:1/0"
ATTACKER, ELSEWHERE = "192.0.2.66", "198.51.100.7"
Guess = Callable[..., Any]


@pytest.fixture
def log_in() -> Guess:
    """`log_in(email, password="wrong", place=ATTACKER)`."""

    def call(email: str, password: str = "wrong", place: str = ATTACKER, **more: Any) -> Any:
        body = {"email": email, "password": password}
        return APIClient().post(f"{AUTH}/login/", body, REMOTE_ADDR=place, **more)

    return call


def test_of_a_hundred_parallel_guesses_ten_are_evaluated_and_the_owner_logs_in_meanwhile(log_in: Guess) -> None:
    owner = UserFactory()

    def attempt(number: int) -> int:
        try:
            if number == 50:
                return int(log_in(owner.email, PASSWORD, ELSEWHERE).status_code)
            return int(log_in(owner.email, f"guess {number}").status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(attempt, range(101)))

    assert statuses.pop(50) == 200
    assert (statuses.count(401), statuses.count(429)) == (10, 90)
    assert AuditEntry.objects.filter(action=AuditAction.LOGIN_FAILED).count() == 10


def test_refused_guess_at_one_account_takes_nothing_from_its_neighbours(log_in: Guess) -> None:
    for _ in range(40):
        log_in("ada@example.org")

    others = [log_in(f"other{number // 10}@example.org").status_code for number in range(41)]

    assert others == [401] * 40 + [429]  # the address allows 50 failures, of which 10 were evaluated before


@pytest.mark.parametrize("has_account", [True, False])
def test_eleventh_sign_up_with_an_address_mails_nobody_wherever_it_comes_from(has_account: bool) -> None:
    email = UserFactory().email if has_account else "nobody@example.org"
    body = {"email": email, "password": "quiet rivers run deep", "display_name": "Ada"}

    answers = [APIClient().post(f"{AUTH}/signup/", body, REMOTE_ADDR=f"10.{number}.0.1") for number in range(11)]

    assert [each.status_code for each in answers] == [202] * 10 + [429]
    assert answers[-1]["RateLimit"].startswith('"signup-account";r=0;t=')


def test_own_login_washes_no_guesses_off(log_in: Guess) -> None:
    victim, attacker = UserFactory(), UserFactory()
    for _ in range(10):
        log_in(victim.email)

    assert log_in(attacker.email, PASSWORD).status_code == 200
    assert log_in(victim.email).status_code == 429


def with_code(owner: User, place: str) -> Any:
    """The answer to the code from the mail."""
    asked = APIClient().post(f"{AUTH}/login/code/", {"email": owner.email}, REMOTE_ADDR=place).json()
    code = LoginCodeService.code_for(User.objects.with_hidden().get(pk=owner.pk), Challenge.objects.latest("pk").pk)
    return APIClient().post(f"{AUTH}/login/code/confirm/", {"ticket": asked["ticket"], "code": code}, REMOTE_ADDR=place)


@pytest.mark.parametrize("has_factor", [False, True])
def test_own_login_with_a_code_washes_no_guesses_off_the_address(
    log_in: Guess, settings: Any, has_factor: bool
) -> None:
    """It took nothing from that count, so it gets nothing back: 60 of them were 60 guesses more."""
    own, counts = UserFactory(), redis_at(settings.REDIS_URL, 1.0)
    app = AuthenticatorAppFactory(user=own) if has_factor else None
    for _ in range(LOG_IN.address.quota):
        count_or_refuse([LOG_IN.address.bucket(ATTACKER)], client=counts)

    answer = with_code(own, ATTACKER)
    if app:
        body = {"ticket": answer.json()["ticket"], "code": code_now(app.secret)}
        answer = APIClient().post(f"{AUTH}/login/second-factor/", body, REMOTE_ADDR=ATTACKER)

    assert answer.status_code == 200, answer.content
    assert log_in("victim@example.org").status_code == 429


def test_many_people_with_a_second_factor_behind_one_address_log_in(log_in: Guess) -> None:
    people = [AuthenticatorAppFactory().user for _ in range(6)]

    answers = [log_in(people[number % 6].email, PASSWORD) for number in range(51)]

    assert {answer.json()["code"] for answer in answers} == {"second_factor_required"}


def test_many_people_behind_one_address_log_in(log_in: Guess) -> None:
    user = UserFactory()

    assert {log_in(user.email, PASSWORD).status_code for _ in range(60)} == {200}


def test_guesses_from_everywhere_slow_strangers_down_and_not_the_owner(log_in: Guess) -> None:
    owner = UserFactory()
    log_in(owner.email, PASSWORD, ELSEWHERE)

    guesses = [log_in(owner.email, place=f"10.{number}.0.1") for number in range(101)]

    assert [guess.status_code for guess in guesses] == [401] * 100 + [429]
    assert guesses[-1]["RateLimit"].startswith('"login-account";r=0;t=')
    assert int(guesses[-1]["Retry-After"]) <= 36  # for a stranger; never longer
    assert log_in(owner.email, place=ELSEWHERE).status_code == 401
    assert log_in(owner.email, PASSWORD, ELSEWHERE).status_code == 200


@pytest.fixture
def besieged(settings: Any) -> User:
    """Somebody whose password is guessed at from so many places that nobody has a try left."""
    owner: User = UserFactory()
    assert LOG_IN.account
    for _ in range(LOG_IN.account.quota):
        count_or_refuse([LOG_IN.account.bucket(owner.email)], client=redis_at(settings.REDIS_URL, 1.0))
    return owner


def test_waiting_for_the_next_try_at_an_account_costs_tries_of_ones_own(
    log_in: Guess, settings: Any, besieged: User
) -> None:
    """Otherwise three addresses that ask all the time take each one as it comes back, and the owner none."""
    for _ in range(LOG_IN.address.quota - 10):
        count_or_refuse([LOG_IN.address.bucket(ATTACKER)], client=redis_at(settings.REDIS_URL, 1.0))

    answers = [log_in(besieged.email) for _ in range(11)]

    assert {answer.status_code for answer in answers} == {429}
    assert answers[0]["RateLimit"].startswith('"login-account"')
    assert int(answers[0]["Retry-After"]) <= 36 < int(answers[10]["Retry-After"])
    assert log_in("another@example.org").status_code == 429


def test_owner_who_chooses_a_new_password_by_a_link_can_log_in_with_it(log_in: Guess, besieged: User) -> None:
    token = parse_qs(urlsplit(PasswordService.reset_link(besieged)).query)["token"][0]
    assert log_in(besieged.email, PASSWORD, ELSEWHERE).status_code == 429

    body = {"token": token, "password": "quiet rivers run deep"}
    reset = APIClient().post(f"{AUTH}/password/reset/confirm/", body, REMOTE_ADDR=ELSEWHERE)

    assert reset.status_code == 204, reset.content
    assert log_in(besieged.email, body["password"], "203.0.113.1").status_code == 429
    assert log_in(besieged.email, body["password"], ELSEWHERE).status_code == 200


def test_limits_are_the_same_for_an_address_without_an_account(log_in: Guess) -> None:
    owner = UserFactory()

    def told(email: str) -> list[tuple[int, str, str]]:
        answers = [log_in(email, place=f"10.{number // 9}.0.1") for number in range(101)]
        return [(a.status_code, a["RateLimit"].partition(";t=")[0], a.json()["code"]) for a in answers]

    has_account, has_none = told(owner.email), told("nobody@example.org")

    assert has_account == has_none
    assert has_none[-1] == (429, '"login-account";r=0', "too_many_login_attempts")


@pytest.mark.parametrize("limits", [EMAIL_CHANGE, EXPORT, PICTURE, SUGGEST_SKILL])
def test_what_a_person_may_do_in_all_is_the_same_wherever_they_have_logged_in(limits: AccountLimits) -> None:
    """Whoever logs in from another address all the time had as much again each time."""
    person, places = UserFactory(), [f"10.{number}.0.1" for number in range(20)]
    assert limits.account
    for place in places:
        know_address(person, Client(place))
    for number in range(limits.account.quota):
        limits.count(str(person.pk), Client(places[number % 20]))

    with pytest.raises(RateLimited):
        limits.count(str(person.pk), Client(places[-1]))


@pytest.mark.parametrize("proxies", [0, 1])
def test_spoofed_forwarded_for_resets_nothing(log_in: Guess, settings: Any, proxies: int) -> None:
    settings.TRUSTED_PROXIES = proxies
    proxy_saw = ", 203.0.113.9" if proxies else ""

    statuses = [
        log_in("ada@example.org", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}{proxy_saw}").status_code
        for number in range(11)
    ]

    assert statuses == [401] * 10 + [429]


def test_neighbours_in_an_ipv6_network_share_a_count(log_in: Guess) -> None:
    statuses = [log_in("ada@example.org", place=f"2001:db8:0:1::{number:x}").status_code for number in range(11)]

    assert statuses == [401] * 10 + [429]
    assert log_in("ada@example.org", place="2001:db8:0:2::1").status_code == 401


def test_ipv4_address_in_the_clothes_of_ipv6_is_the_same(log_in: Guess) -> None:
    statuses = [log_in("ada@example.org", place=place).status_code for place in ["::ffff:192.0.2.1", "192.0.2.1"] * 6]

    assert statuses == [401] * 10 + [429] * 2


def test_neighbours_in_an_ipv4_network_share_its_count(api: Any) -> None:
    def resend(number: int, place: str) -> Any:
        return api.post(f"{AUTH}/resend-confirmation/", {"email": f"a{number}@example.org"}, REMOTE_ADDR=place)

    assert {resend(number, f"203.0.113.{number // 50}").status_code for number in range(200)} == {202}

    refused = resend(200, "203.0.113.200")
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert refused["RateLimit"].startswith('"resend-network";r=0;t=')
    assert resend(200, "203.0.114.1").status_code == 202


def test_neighbours_in_an_ipv6_site_share_its_count(api: Any) -> None:
    """It has up to 65,536 networks, each of which was counted alone: that limit held nobody."""

    def resend(number: int, place: str) -> Any:
        return api.post(f"{AUTH}/resend-confirmation/", {"email": f"a{number}@example.org"}, REMOTE_ADDR=place)

    assert {resend(number, f"2001:db8:7:{number // 50}::1").status_code for number in range(200)} == {202}

    refused = resend(200, "2001:db8:7:ffff::1")
    assert refused.status_code == 429
    assert refused["RateLimit"].startswith('"resend-network";r=0;t=')
    assert resend(200, "2001:db8:8:1::1").status_code == 202


@pytest.mark.parametrize(
    ("address", "counted", "network"),
    [
        ("203.0.113.9", "203.0.113.9", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        (None, "", ""),
    ],
)
def test_address_and_network_that_are_counted(address: str | None, counted: str, network: str) -> None:
    client = Client(address)
    assert (client.counted_address, client.network) == (counted, network)


def test_login_tells_how_its_limit_stands(log_in: Guess) -> None:
    user = UserFactory()

    right, wrong = log_in(user.email, PASSWORD), log_in(user.email)
    for _ in range(9):
        log_in(user.email)
    refused = log_in(user.email)

    assert (right.status_code, right["RateLimit"]) == (200, '"login";r=9;t=90')
    assert (wrong.status_code, wrong["RateLimit"]) == (401, '"login";r=9;t=90')
    assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
    assert {each["RateLimit-Policy"] for each in (right, wrong, refused)} == {'"login";q=10;w=900'}
    wait = int(refused["Retry-After"])
    assert refused["RateLimit"] == f'"login";r=0;t={wait}'
    assert (refused.json()["code"], refused.json()["retry_after_seconds"]) == ("too_many_login_attempts", wait)
    assert f"{wait} seconds" in refused.json()["detail"]
    assert 80 <= wait <= 90


def test_confirmation_page_says_when_to_come_back(api: Any) -> None:
    def confirm() -> Any:
        body = "token=nonsense"
        form = "application/x-www-form-urlencoded"
        return api.post(f"{AUTH}/confirm-email/", body, content_type=form, HTTP_ACCEPT="text/html")

    assert {confirm().status_code for _ in range(120)} == {400}
    refused = confirm()
    assert (refused.status_code, refused["Content-Type"]) == (429, "text/html; charset=utf-8")
    assert 0 < int(refused["Retry-After"]) <= 30


def test_guesses_at_one_session_are_limited_and_leave_others_alone(api: Any) -> None:
    def refresh(family: str) -> int:
        return int(api.post(f"{AUTH}/refresh/", {"refresh": f"{family * 32}.0.{'A' * 43}"}).status_code)

    assert [refresh("a") for _ in range(61)] == [401] * 60 + [429]
    assert refresh("b") == 401


def test_token_in_a_cookie_counts_for_its_session(api: Any) -> None:
    def refresh(family: str) -> int:
        api.cookies["refresh"] = f"{family * 32}.0.{'A' * 43}"
        return int(api.post(f"{AUTH}/refresh/", {}).status_code)

    assert [refresh("a") for _ in range(61)] == [401] * 60 + [429]
    assert refresh("b") == 401


def test_guesses_at_the_present_password_are_limited(api_as: Callable[[User], Any]) -> None:
    owner = api_as(UserFactory())
    body = {"current_password": "wrong", "password": "quiet rivers run deep"}

    answers = [owner.post(f"{AUTH}/password/change/", body).status_code for _ in range(11)]

    assert answers == [400] * 10 + [429]


def test_guesses_at_a_reset_link_are_limited_for_its_account(api: Any) -> None:
    def reset(account: str, number: int) -> int:
        body = {"token": f"{account * 32}.{number}", "password": "quiet rivers run deep"}
        return int(api.post(f"{AUTH}/password/reset/confirm/", body).status_code)

    assert [reset("a", number) for number in range(21)] == [400] * 20 + [429]
    assert reset("b", 0) == 400


def test_rubbish_is_counted_too(api: Any) -> None:
    statuses = [api.post(f"{AUTH}/signup/", body).status_code for body in [{}, [], {"email": [1]}] * 20]
    assert set(statuses) == {400}
    assert api.post(f"{AUTH}/signup/", {}).status_code == 429


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("signup", {"email": "ada@example.org", "password": "quiet rivers run deep", "display_name": "Ada"}),
        ("confirm-email", {"token": "nonsense"}),
        ("resend-confirmation", {"email": "known@example.org"}),
        ("login", {"email": "known@example.org", "password": PASSWORD}),
        ("login/code", {"email": "known@example.org"}),
        ("login/code/confirm", {"ticket": "nonsense", "code": "12345678"}),
        ("password/reset", {"email": "known@example.org"}),
        ("password/reset/confirm", {"token": f"{'a' * 32}.1", "password": "quiet rivers run deep"}),
        ("refresh", {"refresh": f"{'a' * 32}.0.{'A' * 43}"}),
        ("logout", {"refresh": f"{'a' * 32}.0.{'A' * 43}"}),
    ],
)
def test_account_endpoints_are_unavailable_without_redis(
    api: Any, settings: Any, path: str, body: dict[str, str]
) -> None:
    UserFactory(email="known@example.org")
    settings.REDIS_URL = settings.CACHE_URL = NOWHERE

    answer = api.post(f"{AUTH}/{path}/", body)

    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "service_unavailable", "5")
    assert User.objects.count() == 1
    assert not RefreshTokenFamily.objects.exists()


@pytest.fixture
def silent_redis(settings: Any) -> Iterator[socket.socket]:
    """A far side that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.CACHE_URL = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        yield server


def uncounted() -> dict[str, float]:
    """Requests that passed uncounted so far."""
    name = "skillbridge_rate_limits_uncounted_total"
    return {limit: REGISTRY.get_sample_value(name, {"limit": limit}) or 0 for limit in ("reads", "writes")}


def test_rest_of_the_api_goes_on_without_redis_and_asks_only_once(
    api_as: Callable[[User], Any], silent_redis: socket.socket
) -> None:
    person = api_as(UserFactory())
    before = uncounted()

    reads = [person.get("/api/v1/users/me/") for _ in range(5)]
    write = person.patch("/api/v1/users/me/", {"display_name": "Ada"})

    assert {read.status_code for read in reads} | {write.status_code} == {200}
    assert "RateLimit" not in reads[0]
    assert (uncounted()["reads"] - before["reads"], uncounted()["writes"] - before["writes"]) == (5, 1)
    silent_redis.setblocking(False)
    silent_redis.accept()
    with pytest.raises(BlockingIOError):
        silent_redis.accept()


def test_person_has_reads_and_writes_of_their_own(api_as: Callable[[User], Any], settings: Any) -> None:
    settings.READS_PER_MINUTE, settings.WRITES_PER_MINUTE = 3, 2
    ada, bob = api_as(UserFactory()), api_as(UserFactory())

    reads = [ada.get("/api/v1/users/me/") for _ in range(4)]
    writes = [ada.patch("/api/v1/users/me/", {"display_name": "Ada"}).status_code for _ in range(3)]

    assert [read.status_code for read in reads] == [200, 200, 200, 429]
    assert [read["RateLimit"] for read in reads[:2]] == ['"reads";r=2;t=20', '"reads";r=1;t=20']
    assert reads[3]["RateLimit-Policy"] == '"reads";q=3;w=60'
    assert (reads[3].json()["code"], reads[3]["Retry-After"]) == ("rate_limited", "20")
    assert writes == [200, 200, 429]
    assert bob.get("/api/v1/users/me/").status_code == 200


def test_nobody_in_particular_is_counted_by_address(api: Any, settings: Any) -> None:
    settings.READS_PER_MINUTE = 2

    statuses = [api.get("/api/v1/skills/", REMOTE_ADDR="192.0.2.1").status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert api.get("/api/v1/skills/", REMOTE_ADDR="192.0.2.2").status_code == 200


@pytest.mark.parametrize("headers", [{}, {"HTTP_AUTHORIZATION": "Bearer forged"}, {"HTTP_AUTHORIZATION": "Bearer"}])
def test_refused_request_of_nobody_is_counted_once_by_address(api: Any, settings: Any, headers: dict[str, str]) -> None:
    """Ten thousand a second were answered, for throttles come last."""
    settings.READS_PER_MINUTE = 2

    answers = [api.get("/api/v1/users/me/", REMOTE_ADDR=ATTACKER, **headers) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert [answer["RateLimit"].partition(";t=")[0] for answer in answers] == [
        '"reads";r=1',
        '"reads";r=0',
        '"reads";r=0',
    ]
    assert (answers[2].json()["code"], answers[2]["Content-Type"]) == ("rate_limited", "application/problem+json")
    assert int(answers[2]["Retry-After"]) <= 30
    assert api.get("/api/v1/skills/", REMOTE_ADDR=ATTACKER).status_code == 429
    assert api.get("/api/v1/users/me/", REMOTE_ADDR=ELSEWHERE, **headers).status_code == 401


def test_who_is_logged_in_goes_on_beside_somebody_who_forges_tokens(settings: Any) -> None:
    settings.READS_PER_MINUTE = 5
    person = UserFactory()
    tokens, ended = logged_in(person), logged_in(person)
    SessionService().end(person, session_id=ended.session_id, client=Client())
    attacker = APIClient(REMOTE_ADDR=ATTACKER)
    attacker.credentials(HTTP_AUTHORIZATION="Bearer forged")
    assert [attacker.get("/api/v1/users/me/").status_code for _ in range(6)] == [401] * 5 + [429]

    def read(access: str) -> int:
        bearer = f"Bearer {access}"
        return int(APIClient().get("/api/v1/users/me/", REMOTE_ADDR=ATTACKER, HTTP_AUTHORIZATION=bearer).status_code)

    assert read(tokens.access) == 200
    # Told that it is over, for otherwise nobody would refresh it; in the end that is counted, too.
    assert [read(f"{' ' * number}{ended.access}") for number in range(6)] == [401] * 5 + [429]


def test_request_that_a_person_may_not_make_is_counted_for_them(api_as: Callable[[User], Any], settings: Any) -> None:
    settings.WRITES_PER_MINUTE = 2
    person = UserFactory()

    answers = [api_as(person).post("/api/v1/match-rounds/", {}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [403, 403, 429]
    assert api_as(person).patch("/api/v1/users/me/", {"display_name": "Ada"}).status_code == 429


def test_refused_requests_pass_without_redis(api: Any, settings: Any) -> None:
    settings.READS_PER_MINUTE, settings.CACHE_URL = 1, NOWHERE

    assert {api.get("/api/v1/users/me/").status_code for _ in range(3)} == {401}


def test_limit_of_zero_is_none(api: Any, settings: Any) -> None:
    settings.READS_PER_MINUTE = 0

    assert "RateLimit" not in api.get("/api/v1/skills/")


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics", "/api/v1/schema/", "/api/v1/docs/"])
def test_what_machines_ask_for_is_not_counted(api: Any, settings: Any, path: str) -> None:
    settings.READS_PER_MINUTE = 1

    assert not {429} & {api.get(path).status_code for _ in range(2)}


def test_browsers_may_read_the_headers(settings: Any) -> None:
    assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= set(settings.CORS_EXPOSE_HEADERS)
