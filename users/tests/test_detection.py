"""Attacks that no single limit sees: noticed, slowed down, counted for operators, and nobody kept out for good."""

from typing import Any

import pytest
from django.conf import LazySettings
from prometheus_client import REGISTRY
from rest_framework.test import APIClient

from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.rate_limits import key, redis_at
from users.clients import Client
from users.detection import NETWORK_FACTOR, THRESHOLDS, Sign, is_slow, notice
from users.limits import SLOW_TOKENS, SLOWNESS
from users.models import AuthenticatorApp, User
from users.personal_tokens import new_token
from users.refresh_tokens import RefreshToken
from users.services import PersonalTokenService
from users.tests.authenticator import Authenticator
from users.tests.factories import PASSWORD, AuthenticatorAppFactory, ProfileFactory, UserFactory
from users.tests.logins import as_client_of, code_now, logged_in
from users.tokens import issue_access_token

pytestmark = pytest.mark.django_db(transaction=True)
CODE = "/api/v1/auth/login/code/"
LOGIN, REFRESH, ME = "/api/v1/auth/login/", "/api/v1/auth/refresh/", "/api/v1/users/me/"
ATTACKER, NEIGHBOUR, ELSEWHERE = "192.0.2.66", "192.0.2.67", "198.51.100.7"


@pytest.fixture
def noticed_before() -> dict[str, float]:
    return {str(sign): noticed(sign) for sign in Sign}


def noticed(sign: Sign) -> float:
    return REGISTRY.get_sample_value("skillbridge_attacks_noticed_total", {"sign": str(sign)}) or 0.0


def guess(email: str, password: str = "wrong", place: str = ATTACKER) -> Any:
    return APIClient().post(LOGIN, {"email": email, "password": password}, REMOTE_ADDR=place)


def refreshed(token: str, place: str = ATTACKER) -> Any:
    return APIClient().post(REFRESH, {"refresh": token}, REMOTE_ADDR=place)


def spray(count: int, place: str = ATTACKER) -> None:
    """A wrong password for so many accounts."""
    for number in range(count):
        assert guess(f"victim{number}@example.org", place=place).status_code == 401


def ask(token: str, place: str = ATTACKER) -> int:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return int(client.get(ME, REMOTE_ADDR=place).status_code)


class TestFailedLogins:
    def test_source_that_fails_with_many_accounts_gets_a_tenth(self, noticed_before: dict[str, float]) -> None:
        spray(THRESHOLDS[Sign.FAILED_LOGINS])
        assert is_slow(Client(ATTACKER))
        assert noticed(Sign.FAILED_LOGINS) == noticed_before[Sign.FAILED_LOGINS] + 1

        # Of 50 for the address in 15 minutes the spray has used up a fifth; of the rest a tenth is left.
        answers = [guess(f"victim{number}@example.org").status_code for number in range(20, 30)]
        assert answers == [401] * 4 + [429] * 6

    def test_one_account_after_another_is_needed_not_one_many_times(self) -> None:
        for _ in range(9):
            guess("victim@example.org")
        assert not is_slow(Client(ATTACKER))

    def test_neighbour_and_others_are_not_slowed(self) -> None:
        owner = UserFactory()
        spray(THRESHOLDS[Sign.FAILED_LOGINS])
        for place in (NEIGHBOUR, ELSEWHERE):
            assert not is_slow(Client(place))
            assert guess(owner.email, PASSWORD, place).status_code == 200

    def test_owner_who_has_logged_in_from_there_gets_in_all_the_same(self) -> None:
        owner = UserFactory()
        assert guess(owner.email, PASSWORD).status_code == 200
        spray(THRESHOLDS[Sign.FAILED_LOGINS])
        assert guess(owner.email, PASSWORD).status_code == 200

    def test_owner_with_a_second_factor_gets_in_from_there_too(self) -> None:
        app = AuthenticatorAppFactory()
        second = "/api/v1/auth/login/second-factor/"

        def log_in() -> list[int]:
            """Twice the wrong code, then the right one."""
            ticket = guess(app.user.email, PASSWORD).json()["ticket"]
            AuthenticatorApp.objects.update(last_step=0)
            codes = ("000000", "000000", code_now(app.secret))
            bodies = [{"ticket": ticket, "code": code} for code in codes]
            return [APIClient().post(second, body, REMOTE_ADDR=ATTACKER).status_code for body in bodies]

        assert log_in() == [401, 401, 200]
        spray(THRESHOLDS[Sign.FAILED_LOGINS])
        assert log_in() == [401, 401, 200]

    def test_owner_who_has_logged_in_with_a_passkey_alone_gets_in_too(self) -> None:
        owner: User = UserFactory()
        session, key_of_owner, keys = as_client_of(logged_in(owner)), Authenticator(), "/api/v1/auth/factors/passkeys/"
        asked = session.post(keys).json()
        made = {"ticket": asked["ticket"], "name": "Key", "passkey": key_of_owner.create(asked["passkey_options"])}
        assert session.post(f"{keys}confirm/", made).status_code == 201
        asked = APIClient().post(f"{LOGIN}passkey/", REMOTE_ADDR=ATTACKER).json()
        shown = {"ticket": asked["ticket"], "passkey": key_of_owner.get(asked["passkey_options"])}
        assert APIClient().post(f"{LOGIN}passkey/confirm/", shown, REMOTE_ADDR=ATTACKER).status_code == 200

        spray(THRESHOLDS[Sign.FAILED_LOGINS])

        answers = [guess(owner.email, password).json()["code"] for password in ("wrong", PASSWORD)]
        assert answers == ["invalid_credentials", "second_factor_required"]

    def test_session_from_there_goes_on(self) -> None:
        """Its refreshes got a tenth of the limit: whoever attacks from behind an address logged the others out."""
        elsewhere = guess(UserFactory().email, PASSWORD, ELSEWHERE).json()["refresh"]
        sessions = [guess(UserFactory().email, PASSWORD).json()["refresh"], refreshed(elsewhere).json()["refresh"]]

        spray(THRESHOLDS[Sign.FAILED_LOGINS])

        for _ in range(8):
            answers = [refreshed(token) for token in sessions]
            assert [answer.status_code for answer in answers] == [200, 200]
            sessions = [answer.json()["refresh"] for answer in answers]
        out = APIClient().post("/api/v1/auth/logout/", {"refresh": sessions[0]}, REMOTE_ADDR=ATTACKER)
        assert out.status_code == 204

    def test_network_of_many_addresses_is_one_source(self) -> None:
        for number in range(THRESHOLDS[Sign.FAILED_LOGINS] * NETWORK_FACTOR):
            guess(f"victim{number}@example.org", place=f"192.0.2.{number % 10 + 1}")
        assert is_slow(Client("192.0.2.200"))
        assert not is_slow(Client(ELSEWHERE))

    def test_wrong_codes_by_e_mail_count_too(self) -> None:
        for number in range(THRESHOLDS[Sign.FAILED_LOGINS]):
            asked = APIClient().post(
                "/api/v1/auth/login/code/", {"email": f"v{number}@example.org"}, REMOTE_ADDR=ELSEWHERE
            )
            body = {"ticket": asked.json()["ticket"], "code": "00000000"}
            APIClient().post("/api/v1/auth/login/code/confirm/", body, REMOTE_ADDR=ATTACKER)
        assert is_slow(Client(ATTACKER))

    def test_address_that_nobody_asked_for_hides_no_wrong_codes(self) -> None:
        """The same one in each body would make one subject of all of them."""
        for number in range(THRESHOLDS[Sign.FAILED_LOGINS]):
            asked = APIClient().post(CODE, {"email": f"v{number}@example.org"}, REMOTE_ADDR=ELSEWHERE)
            body = {"ticket": asked.json()["ticket"], "code": "00000000", "email": "hides@example.org"}
            assert APIClient().post(f"{CODE}confirm/", body, REMOTE_ADDR=ATTACKER).status_code == 401
        assert is_slow(Client(ATTACKER))

    def test_address_that_nobody_asked_for_makes_nobody_faster(self) -> None:
        own = UserFactory()
        assert guess(own.email, PASSWORD).status_code == 200
        spray(THRESHOLDS[Sign.FAILED_LOGINS])

        body = {"ticket": "x", "code": "00000000", "email": own.email}
        answers = [APIClient().post(f"{CODE}confirm/", body, REMOTE_ADDR=ATTACKER).status_code for _ in range(6)]

        assert answers == [400] * 5 + [429]  # a tenth of 50

    def test_everybody_is_as_before_when_it_is_over(self, settings: LazySettings) -> None:
        """Slowness ends by itself: its key has an end in Redis."""
        spray(THRESHOLDS[Sign.FAILED_LOGINS])
        left = redis_at(settings.REDIS_URL, 1.0).ttl(key("slow", ATTACKER))
        assert 0 < int(str(left)) <= 15 * 60


class TestImpossibleRefreshes:
    def test_tokens_of_many_sessions_that_do_not_exist_are_noticed(self, noticed_before: dict[str, float]) -> None:
        for _ in range(THRESHOLDS[Sign.IMPOSSIBLE_REFRESHES]):
            body = {"refresh": str(RefreshToken.first(new_id()))}
            assert APIClient().post(REFRESH, body, REMOTE_ADDR=ATTACKER).status_code == 401
        assert is_slow(Client(ATTACKER))
        assert noticed(Sign.IMPOSSIBLE_REFRESHES) == noticed_before[Sign.IMPOSSIBLE_REFRESHES] + 1

    def test_client_that_repeats_its_old_token_is_no_attack(self) -> None:
        body = {"refresh": str(RefreshToken.first(new_id()))}
        for _ in range(THRESHOLDS[Sign.IMPOSSIBLE_REFRESHES] + 5):
            APIClient().post(REFRESH, body, REMOTE_ADDR=ATTACKER)
        assert not is_slow(Client(ATTACKER))


class TestUnknownTokens:
    def test_source_that_tries_many_personal_tokens_waits_and_right_ones_with_it(self) -> None:
        person: User = ProfileFactory().user
        session = as_client_of(logged_in(person))
        right = session.post(
            "/api/v1/auth/tokens/", {"name": "Script", "scopes": ["profile:read"], "expires_in_days": 1}
        ).json()["token"]
        assert all(ask(new_token()) == 401 for _ in range(THRESHOLDS[Sign.UNKNOWN_TOKENS]))
        # A few more than the quota on a slow machine, for one comes back every two seconds.
        assert 429 in (ask(new_token()) for _ in range(SLOW_TOKENS.quota * 10))
        assert ask(right) == 429
        assert ask(right, ELSEWHERE) == 200
        assert len(PersonalTokenService().overview(person)) == 1

    def test_forged_access_tokens_are_noticed_and_expired_ones_are_not(self, settings: LazySettings) -> None:
        person: User = ProfileFactory().user
        token = issue_access_token(person, family_id=new_id())
        head, body, signature = token.split(".")
        for number in range(THRESHOLDS[Sign.UNKNOWN_TOKENS]):
            assert ask(f"{head}.{body}.{signature[:-4]}{number:04}") == 401
        assert is_slow(Client(ATTACKER))
        assert 429 in (ask(f"{head}.{body}.{number:04}{signature[4:]}") for number in range(SLOW_TOKENS.quota * 10))
        # Access tokens that are right are not held up: nobody guesses one.
        assert ask(logged_in(person).access) == 200


def test_without_redis_nothing_is_noticed_and_nobody_is_told_another_error(settings: LazySettings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    notice(Sign.UNKNOWN_TOKENS, "token", Client(ATTACKER))
    assert ask(new_token()) == 401


def test_limit_is_slower_in_the_same_buckets() -> None:
    assert SLOW_TOKENS.slower(SLOWNESS).quota == SLOW_TOKENS.quota // SLOWNESS
    assert SLOW_TOKENS.slower(1000).quota == 1
    assert SLOW_TOKENS.slower(SLOWNESS).bucket("x").key == SLOW_TOKENS.bucket("x").key
