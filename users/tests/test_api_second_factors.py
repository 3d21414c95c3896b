"""Second factors as clients meet them: enrol, log in, step up, lose them; and everything that gets nobody in."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.core import mail
from django.db import connection, connections
from django.utils import timezone

from skillbridge_backend.core.tests.fixtures import ApiClient
from users.enums import AuditAction
from users.models import AuditEntry, AuthenticatorApp, Challenge, Passkey, RecoveryCode, RefreshTokenFamily, User
from users.tests.authenticator import Authenticator
from users.tests.factories import PASSWORD, AuthenticatorAppFactory, PasskeyFactory, UserFactory
from users.tests.logins import as_client_of, code_now, logged_in

pytestmark = pytest.mark.django_db(transaction=True)
AUTH = "/api/v1/auth/"
LOGIN, SECOND = f"{AUTH}login/", f"{AUTH}login/second-factor/"
FACTORS, APP, APP_CONFIRM = f"{AUTH}factors/", f"{AUTH}factors/app/", f"{AUTH}factors/app/confirm/"
PASSKEYS, PASSKEY_ADD = f"{AUTH}factors/passkeys/", f"{AUTH}factors/passkeys/confirm/"
RECOVERY = f"{AUTH}factors/recovery-codes/"
STEP_UP, STEP_UP_CONFIRM = f"{AUTH}step-up/", f"{AUTH}step-up/confirm/"
PASSKEY_LOGIN, PASSKEY_LOGIN_CONFIRM = f"{AUTH}login/passkey/", f"{AUTH}login/passkey/confirm/"
ME = "/api/v1/users/me/"


@pytest.fixture
def person() -> User:
    return UserFactory()


@pytest.fixture
def client(person: User) -> ApiClient:
    return as_client_of(logged_in(person))


@pytest.fixture
def app(person: User) -> AuthenticatorApp:
    return AuthenticatorAppFactory(user=person)


def code_of(app: AuthenticatorApp, *, steps_ago: int = 0) -> str:
    """The app's code; makes room for it, where a test has used up the present one."""
    AuthenticatorApp.objects.filter(pk=app.pk).update(last_step=0)
    code_now(app.secret)  # waits where the half minute is nearly over
    return pyotp.TOTP(app.secret).at(timezone.now(), counter_offset=-steps_ago)


def ask(api: Any, person: User) -> Any:
    """The first step of a login."""
    response = api.post(LOGIN, {"email": person.email, "password": PASSWORD})
    assert (response.status_code, response.json()["code"]) == (401, "second_factor_required")
    return response.json()


def with_passkey(client: ApiClient, **how: Any) -> tuple[Authenticator, list[str]]:
    """A passkey that was just added, and the recovery codes that came with it."""
    key = Authenticator(**how)
    asked = client.post(PASSKEYS).json()
    answer = {"ticket": asked["ticket"], "name": "My key", "passkey": key.create(asked["passkey_options"])}
    response = client.post(PASSKEY_ADD, answer)
    assert response.status_code == 201, response.content
    return key, response.json()["recovery_codes"]


def let_proofs_age() -> None:
    RefreshTokenFamily.objects.update(proved_at=timezone.now() - timedelta(minutes=11))


def events(action: AuditAction) -> list[dict[str, Any]]:
    return [entry.details for entry in AuditEntry.objects.filter(action=action).order_by("pk")]


class TestAuthenticatorApp:
    def test_enrolling_shows_a_secret_three_ways_and_counts_from_its_first_code(
        self, api: Any, person: User, client: ApiClient, drain_outbox: Callable[[], list[str]]
    ) -> None:
        elsewhere = as_client_of(logged_in(person))
        enrolment = client.post(APP).json()
        secret = pyotp.TOTP(enrolment["secret"])
        assert enrolment["uri"] == secret.provisioning_uri(name=person.email, issuer_name="SkillBridge")
        assert enrolment["qr_code"].startswith("<svg ")
        assert logged_in(person)  # nothing is asked yet

        code = code_now(enrolment["secret"])
        codes = client.post(APP_CONFIRM, {"code": code}).json()["recovery_codes"]

        assert len(set(codes)) == 10
        assert all(re.fullmatch(r"[a-z2-9]{5}-[a-z2-9]{5}", each) for each in codes)
        assert ask(api, person)["factors"] == ["code", "recovery_code"]
        assert elsewhere.get(ME).status_code == 401
        assert client.get(ME).status_code == 200
        told = client.get(FACTORS).json()
        assert (told["recovery_codes_left"], told["passkeys"]) == (10, [])
        assert told["authenticator_app"]["confirmed_at"]
        drain_outbox()
        assert [each.subject for each in mail.outbox] == ["Logins now ask for a second factor"]
        assert [event["factor"] for event in events(AuditAction.FACTOR_ADDED)] == ["authenticator_app"]

    def test_secret_and_codes_are_unreadable_in_the_database(self, person: User, client: ApiClient) -> None:
        secret = client.post(APP).json()["secret"]
        codes = client.post(APP_CONFIRM, {"code": code_now(secret)}).json()["recovery_codes"]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT string_agg(a::text, '') || (SELECT string_agg(r::text, '') FROM users_recoverycode r)"
                " || (SELECT string_agg(e::text, '') FROM users_auditentry e) FROM users_authenticatorapp a"
            )
            (stored,) = cursor.fetchone()
        assert not [word for word in (secret, *codes, *(code.replace("-", "") for code in codes)) if word in stored]
        assert all(each.code_hash.startswith("argon2$") for each in RecoveryCode.objects.all())

    def test_wrong_code_enrols_nothing(self, person: User, client: ApiClient) -> None:
        secret = client.post(APP).json()["secret"]
        wrong = f"{(int(code_now(secret)) + 1) % 10**6:06}"

        response = client.post(APP_CONFIRM, {"code": wrong})

        assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "code")
        assert logged_in(person)

    def test_there_is_one(self, client: ApiClient, app: AuthenticatorApp) -> None:
        assert client.post(APP).json()["code"] == "authenticator_app_exists"

    def test_removing_it_takes_the_recovery_codes_along(
        self, person: User, client: ApiClient, app: AuthenticatorApp, drain_outbox: Callable[[], list[str]]
    ) -> None:
        client.post(RECOVERY)

        assert client.delete(APP).status_code == 204

        assert not RecoveryCode.objects.exists()
        assert logged_in(person)
        assert client.delete(APP).status_code == 404
        drain_outbox()
        assert "Your authenticator app was removed" in [each.subject for each in mail.outbox]


class TestLogin:
    def test_code_of_the_app_is_the_second_step(self, api: Any, person: User, app: AuthenticatorApp) -> None:
        asked = ask(api, person)
        assert RefreshTokenFamily.objects.count() == 0
        assert asked["passkey_options"] is None

        response = api.post(SECOND, {"ticket": asked["ticket"], "code": code_of(app)})

        assert response.status_code == 200
        assert response.json()["user"]["email"] == person.email
        assert events(AuditAction.LOGGED_IN) == [{"method": "password", "factor": "code"}]

    def test_code_counts_once(self, api: Any, person: User, app: AuthenticatorApp) -> None:
        code = code_of(app)
        assert api.post(SECOND, {"ticket": ask(api, person)["ticket"], "code": code}).status_code == 200

        again = api.post(SECOND, {"ticket": ask(api, person)["ticket"], "code": code})

        assert (again.status_code, again.json()["code"]) == (401, "second_factor_invalid")

    @pytest.mark.parametrize("steps_ago", [-1, 1, 2])
    def test_codes_beside_the_present_one_do_not_count(
        self, api: Any, person: User, app: AuthenticatorApp, steps_ago: int
    ) -> None:
        response = api.post(SECOND, {"ticket": ask(api, person)["ticket"], "code": code_of(app, steps_ago=steps_ago)})
        assert response.status_code == 401

    def test_one_code_sent_in_parallel_gets_in_once(self, api: Any, person: User, app: AuthenticatorApp) -> None:
        code = code_of(app)
        tickets = [ask(api, person)["ticket"] for _ in range(6)]

        assert sorted(in_parallel([{"ticket": ticket, "code": code} for ticket in tickets])) == [200] + [401] * 5

    def test_ticket_takes_five_answers(self, api: Any, person: User, app: AuthenticatorApp) -> None:
        ticket = ask(api, person)["ticket"]
        for _ in range(5):
            assert api.post(SECOND, {"ticket": ticket, "code": "000 000"}).json()["code"] == "second_factor_invalid"

        response = api.post(SECOND, {"ticket": ticket, "code": code_of(app)})

        assert (response.status_code, response.json()["code"]) == (400, "challenge_over")
        assert len(events(AuditAction.SECOND_FACTOR_FAILED)) == 5

    def test_ticket_in_parallel_takes_five_answers_too(self, api: Any, person: User, app: AuthenticatorApp) -> None:
        ticket = ask(api, person)["ticket"]
        statuses = in_parallel([{"ticket": ticket, "code": "000000"}] * 9)
        assert statuses.count(401) == 5
        assert Challenge.objects.get().attempts == 5

    def test_ticket_ends_with_its_time_with_its_use_and_with_the_account(
        self, api: Any, person: User, app: AuthenticatorApp
    ) -> None:
        late = ask(api, person)["ticket"]
        Challenge.objects.update(expires_at=timezone.now())
        assert api.post(SECOND, {"ticket": late, "code": code_of(app)}).json()["code"] == "challenge_over"

        used = ask(api, person)["ticket"]
        assert api.post(SECOND, {"ticket": used, "code": code_of(app)}).status_code == 200
        assert api.post(SECOND, {"ticket": used, "code": code_of(app)}).json()["code"] == "challenge_over"

        closed = ask(api, person)["ticket"]
        User.objects.filter(pk=person.pk).update(is_active=False)
        assert api.post(SECOND, {"ticket": closed, "code": code_of(app)}).json()["code"] == "challenge_over"

    @pytest.mark.parametrize("ticket", ["", "x", "WyIwMTlhIl0:1abc:xyz", "\0"])
    def test_ticket_that_is_not_ours(self, api: Any, ticket: str) -> None:
        assert api.post(SECOND, {"ticket": ticket, "code": "123456"}).status_code == 400

    def test_ticket_for_something_else_is_no_login(self, api: Any, person: User, app: AuthenticatorApp) -> None:
        let_in = api.post(SECOND, {"ticket": ask(api, person)["ticket"], "code": code_of(app)}).json()
        other = ApiClient()
        other.credentials(HTTP_AUTHORIZATION=f"Bearer {let_in['access']}")
        ticket = other.post(STEP_UP).json()["ticket"]

        assert api.post(SECOND, {"ticket": ticket, "code": code_of(app)}).json()["code"] == "challenge_over"

    def test_ticket_of_another_does_not_take_my_code(self, api: Any, person: User, app: AuthenticatorApp) -> None:
        victim = AuthenticatorAppFactory().user
        response = api.post(SECOND, {"ticket": ask(api, victim)["ticket"], "code": code_of(app)})
        assert response.status_code == 401

    @pytest.mark.parametrize(
        "answer", [{}, {"code": "1", "recovery_code": "2"}, {"password": PASSWORD}, {"passkey": 1}]
    )
    def test_answer_that_is_none(self, api: Any, person: User, app: AuthenticatorApp, answer: dict[str, Any]) -> None:
        response = api.post(SECOND, {"ticket": ask(api, person)["ticket"], **answer})
        assert response.status_code == 400
        assert response.json()["errors"]

    def test_browser_gets_its_refresh_token_in_the_cookie(self, api: Any, person: User, app: AuthenticatorApp) -> None:
        answer = {"ticket": ask(api, person)["ticket"], "code": code_of(app), "refresh_in": "cookie"}
        response = api.post(SECOND, answer)
        assert response.json()["refresh"] is None
        assert response.cookies["refresh"]["httponly"]

    def test_guesses_are_limited_for_the_account(self, api: Any, person: User, app: AuthenticatorApp) -> None:
        answers = []
        for _ in range(3):
            ticket = ask(api, person)["ticket"]
            answers += [api.post(SECOND, {"ticket": ticket, "code": "000000"}).status_code for _ in range(4)]
        assert answers == [401] * 10 + [429] * 2

    def test_reset_of_the_password_does_not_lead_around_it(self, api: Any, person: User, app: AuthenticatorApp) -> None:
        from users.services import PasswordService

        link = PasswordService.reset_link(User.objects.with_hidden().get(pk=person.pk))
        token = link.partition("token=")[2]
        answer = {"token": token, "password": PASSWORD + "!"}
        assert api.post(f"{AUTH}password/reset/confirm/", answer).status_code == 204
        response = api.post(LOGIN, {"email": person.email, "password": PASSWORD + "!"})
        assert response.json()["code"] == "second_factor_required"


class TestRecoveryCodes:
    def test_code_gets_in_once_whatever_its_case(
        self, api: Any, person: User, client: ApiClient, app: AuthenticatorApp, drain_outbox: Callable[[], list[str]]
    ) -> None:
        code = client.post(RECOVERY).json()["recovery_codes"][3]
        answer = {"recovery_code": code.replace("-", " ").upper()}

        assert api.post(SECOND, {"ticket": ask(api, person)["ticket"], **answer}).status_code == 200
        assert api.post(SECOND, {"ticket": ask(api, person)["ticket"], **answer}).status_code == 401

        assert client.get(FACTORS).json()["recovery_codes_left"] == 9
        assert len(events(AuditAction.RECOVERY_CODE_USED)) == 1
        drain_outbox()
        assert "A recovery code was used" in [each.subject for each in mail.outbox]

    def test_person_is_told_of_each_that_is_used(
        self, api: Any, person: User, client: ApiClient, app: AuthenticatorApp, drain_outbox: Callable[[], list[str]]
    ) -> None:
        for code in client.post(RECOVERY).json()["recovery_codes"][:2]:
            answer = {"ticket": ask(api, person)["ticket"], "recovery_code": code}
            assert api.post(SECOND, answer).status_code == 200
        drain_outbox()
        assert [each.subject for each in mail.outbox].count("A recovery code was used") == 2

    def test_one_sent_in_parallel_gets_in_once(
        self, api: Any, person: User, client: ApiClient, app: AuthenticatorApp
    ) -> None:
        code = client.post(RECOVERY).json()["recovery_codes"][0]
        tickets = [ask(api, person)["ticket"] for _ in range(4)]
        assert sorted(in_parallel([{"ticket": t, "recovery_code": code} for t in tickets])) == [200, 401, 401, 401]

    def test_new_ones_end_the_old_ones(self, api: Any, person: User, client: ApiClient, app: AuthenticatorApp) -> None:
        old = client.post(RECOVERY).json()["recovery_codes"][0]
        new = client.post(RECOVERY).json()["recovery_codes"][0]
        ticket = ask(api, person)["ticket"]
        assert api.post(SECOND, {"ticket": ticket, "recovery_code": old}).status_code == 401
        assert api.post(SECOND, {"ticket": ticket, "recovery_code": new}).status_code == 200

    def test_are_for_those_who_have_a_factor(self, client: ApiClient) -> None:
        assert client.post(RECOVERY).json()["code"] == "no_second_factor"


class TestPasskeys:
    @pytest.mark.parametrize("counts", [True, False])
    def test_passkey_is_a_second_factor(self, api: Any, person: User, client: ApiClient, counts: bool) -> None:
        key, codes = with_passkey(client, counts=counts)
        assert len(codes) == 10
        for _ in range(2):
            asked = ask(api, person)
            assert asked["factors"] == ["passkey", "recovery_code"]
            answer = {"ticket": asked["ticket"], "passkey": key.get(asked["passkey_options"], is_verified=False)}
            assert api.post(SECOND, answer).status_code == 200
        (told,) = client.get(FACTORS).json()["passkeys"]
        assert (told["name"], told["is_synced"]) == ("My key", not counts)
        assert told["last_used_at"]

    def test_passkey_alone_gets_in_when_it_asked_for_a_pin(self, api: Any, person: User, client: ApiClient) -> None:
        key, _ = with_passkey(client)
        asked = api.post(PASSKEY_LOGIN).json()
        assert "allowCredentials" not in asked["passkey_options"]["publicKey"]

        answer = {"ticket": asked["ticket"], "passkey": key.get(asked["passkey_options"])}
        response = api.post(PASSKEY_LOGIN_CONFIRM, answer)

        assert response.json()["user"]["email"] == person.email
        assert events(AuditAction.LOGGED_IN)[-1]["method"] == "passkey"
        assert api.post(PASSKEY_LOGIN_CONFIRM, answer).json()["code"] == "challenge_over"

    def test_without_a_pin_it_is_no_login(self, api: Any, client: ApiClient) -> None:
        key, _ = with_passkey(client)
        asked = api.post(PASSKEY_LOGIN).json()
        answer = {"ticket": asked["ticket"], "passkey": key.get(asked["passkey_options"], is_verified=False)}
        assert api.post(PASSKEY_LOGIN_CONFIRM, answer).status_code == 401

    @pytest.mark.parametrize(
        "fault",
        [
            {"origin": "https://evil.example"},
            {"rp_id": "evil.example"},
            {"challenge": "b3RoZXI"},
            {"counter": -2},
            {"key": "another"},
            {"rawId": "AAAA"},
            {"rawId": None},
            {"response": {}},
            {"response": "x"},
        ],
        ids=str,
    )
    def test_answer_with_a_fault_is_refused(
        self, api: Any, person: User, client: ApiClient, fault: dict[str, Any]
    ) -> None:
        key, _ = with_passkey(client)
        asked = ask(api, person)
        options = asked["passkey_options"]
        key.origin = fault.get("origin", key.origin)
        key.counter += fault.get("counter", 0)
        if "challenge" in fault:
            options["publicKey"]["challenge"] = fault["challenge"]
        signer = Authenticator() if "key" in fault else key
        signer.credential_id = key.credential_id
        answer = signer.get(options, rp_id=fault.get("rp_id", ""))
        answer |= {name: value for name, value in fault.items() if name in {"rawId", "response"}}

        response = api.post(SECOND, {"ticket": asked["ticket"], "passkey": answer})

        assert (response.status_code, response.json()["code"]) == (401, "second_factor_invalid")

    @pytest.mark.parametrize("fault", ["origin", "unverified", "challenge", "empty", "used"])
    def test_registration_with_a_fault_adds_nothing(self, client: ApiClient, fault: str) -> None:
        key = Authenticator(origin="https://evil.example" if fault == "origin" else "http://localhost:8000")
        asked = client.post(PASSKEYS).json()
        options = asked["passkey_options"]
        if fault == "challenge":
            options["publicKey"]["challenge"] = "b3RoZXI"
        made = {} if fault == "empty" else key.create(options, is_verified=fault != "unverified")
        answer = {"ticket": asked["ticket"], "name": "Key", "passkey": made}
        if fault == "used":
            assert client.post(PASSKEY_ADD, answer).status_code == 201

        response = client.post(PASSKEY_ADD, answer)

        assert response.status_code == 400
        assert response.json()["code"] == ("challenge_over" if fault == "used" else "passkey_refused")
        assert Passkey.objects.count() == (fault == "used")

    def test_key_that_somebody_else_registered(self, client: ApiClient) -> None:
        key, _ = with_passkey(client)
        other = as_client_of(logged_in(UserFactory()))
        asked = other.post(PASSKEYS).json()
        answer = {"ticket": asked["ticket"], "name": "Mine", "passkey": key.create(asked["passkey_options"])}
        assert other.post(PASSKEY_ADD, answer).json()["code"] == "passkey_refused"

    def test_renaming_and_removing_are_the_owners(self, api: Any, person: User, client: ApiClient) -> None:
        with_passkey(client)
        pk = Passkey.objects.get().pk
        stranger = as_client_of(logged_in(UserFactory()))
        assert stranger.patch(f"{PASSKEYS}{pk}/", {"name": "x"}).status_code == 404
        assert stranger.delete(f"{PASSKEYS}{pk}/").status_code == 404

        assert client.patch(f"{PASSKEYS}{pk}/", {"name": "Blue key"}).json()["name"] == "Blue key"
        assert client.delete(f"{PASSKEYS}{pk}/").status_code == 204
        assert logged_in(person)

    def test_person_is_told_of_each(self, client: ApiClient, drain_outbox: Callable[[], list[str]]) -> None:
        for _ in range(3):
            with_passkey(client)
        drain_outbox()
        assert [each.subject for each in mail.outbox].count("A passkey was added") == 2  # beside the first factor

    def test_ten_are_enough(self, client: ApiClient) -> None:
        for _ in range(10):
            with_passkey(client)
        assert client.post(PASSKEYS).json()["code"] == "too_many_passkeys"

    def test_ten_are_enough_for_who_has_asked_before(self, client: ApiClient, person: User) -> None:
        key, asked = Authenticator(), client.post(PASSKEYS).json()
        PasskeyFactory.create_batch(10, user=person)

        answer = {"ticket": asked["ticket"], "name": "Eleventh", "passkey": key.create(asked["passkey_options"])}
        refused = client.post(PASSKEY_ADD, answer)

        assert (refused.status_code, refused.json()["code"]) == (409, "too_many_passkeys")
        assert Passkey.objects.count() == 10


class TestStepUp:
    @pytest.mark.parametrize(
        ("verb", "path"),
        [("post", APP), ("delete", APP), ("post", APP_CONFIRM), ("post", PASSKEYS), ("post", RECOVERY)],
    )
    def test_changes_need_a_recent_proof(self, client: ApiClient, verb: str, path: str) -> None:
        let_proofs_age()
        response = getattr(client, verb)(path, {"code": "123456"})
        assert (response.status_code, response.json()["code"]) == (403, "step_up_required")

    def test_password_proves_it_where_there_is_no_factor(self, client: ApiClient) -> None:
        let_proofs_age()
        asked = client.post(STEP_UP).json()
        assert asked["factors"] == ["password"]

        wrong = client.post(STEP_UP_CONFIRM, {"ticket": asked["ticket"], "password": "not this one"})
        assert wrong.status_code == 401
        assert client.post(STEP_UP_CONFIRM, {"ticket": asked["ticket"], "password": PASSWORD}).status_code == 204

        assert client.post(APP).status_code == 201

    def test_with_neither_factor_nor_password_a_login_is_the_proof(self, client: ApiClient, person: User) -> None:
        person.set_unusable_password()
        person.save()

        asked = client.post(STEP_UP)

        assert (asked.status_code, asked.json()["code"]) == (409, "nothing_to_prove_with")

    def test_with_a_factor_the_password_does_not_prove_it(self, client: ApiClient, app: AuthenticatorApp) -> None:
        let_proofs_age()
        asked = client.post(STEP_UP).json()
        assert asked["factors"] == ["code"]

        refused = client.post(STEP_UP_CONFIRM, {"ticket": asked["ticket"], "password": PASSWORD})
        assert refused.status_code == 401
        assert client.post(STEP_UP_CONFIRM, {"ticket": asked["ticket"], "code": code_of(app)}).status_code == 204

        assert client.delete(APP).status_code == 204
        assert events(AuditAction.STEPPED_UP)[0]["factor"] == "code"

    def test_proof_holds_for_its_session_alone(self, person: User, client: ApiClient) -> None:
        elsewhere = as_client_of(logged_in(person))
        let_proofs_age()
        ticket = client.post(STEP_UP).json()["ticket"]
        assert client.post(STEP_UP_CONFIRM, {"ticket": ticket, "password": PASSWORD}).status_code == 204
        assert elsewhere.post(APP).status_code == 403

    def test_password_beside_a_factor_is_changed_with_a_proof(self, client: ApiClient, app: AuthenticatorApp) -> None:
        let_proofs_age()
        change = {"current_password": PASSWORD, "password": "short one"}
        assert client.post(f"{AUTH}password/change/", change).json()["code"] == "step_up_required"


class TestShortPassword:
    def test_eight_characters_do_beside_a_factor_and_hold_it(self, client: ApiClient, app: AuthenticatorApp) -> None:
        change = {"current_password": PASSWORD, "password": "q7 Lamp!"}
        assert client.post(f"{AUTH}password/change/", change).status_code == 204
        assert client.delete(APP).json()["code"] == "password_too_short_alone"

        longer = {"current_password": "q7 Lamp!", "password": PASSWORD}
        assert client.post(f"{AUTH}password/change/", longer).status_code == 204
        assert client.delete(APP).status_code == 204

    def test_without_a_factor_it_takes_fifteen_and_with_one_eight(self, client: ApiClient, person: User) -> None:
        change = {"current_password": PASSWORD, "password": "q7 Lamp!"}
        assert client.post(f"{AUTH}password/change/", change).json()["errors"][0]["code"] == "password_too_short"
        AuthenticatorAppFactory(user=person)
        shorter = change | {"password": "q7 Lamp"}
        assert client.post(f"{AUTH}password/change/", shorter).json()["errors"][0]["code"] == "password_too_short"


def in_parallel(answers: list[dict[str, Any]]) -> list[int]:
    """The statuses of second steps that are sent at the same moment."""

    def send(answer: dict[str, Any]) -> int:
        try:
            return ApiClient(raise_request_exception=False).post(SECOND, answer).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(answers)) as pool:
        return list(pool.map(send, answers))
