"""Personal tokens as a script meets them: made, used, refused, and gone with what they hang on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.utils import timezone

from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.tests.fixtures import ApiClient
from tests.architecture.test_routes import ROUTES, view_of
from users.enums import AuditAction, Role, TokenScope
from users.models import AuditEntry, PersonalToken, RefreshTokenFamily, User
from users.personal_tokens import checksum, digest_of, prefix_of
from users.services import PasswordService, PersonalTokenService
from users.services.personal_tokens import MOST_TOKENS
from users.tests.factories import PASSWORD, PersonalTokenFactory, ProfileFactory
from users.tests.logins import as_client_of, logged_in

pytestmark = pytest.mark.django_db(transaction=True)
TOKENS, ME, LOGS = "/api/v1/auth/tokens/", "/api/v1/users/me/", "/api/v1/progress/"
NEW_LOG = {"kind": "study", "minutes": 30}
NEW = {"name": "Study timer", "scopes": ["profile:write", "profile:read"], "expires_in_days": 30}


@pytest.fixture
def person() -> User:
    found: User = ProfileFactory().user
    return found


@pytest.fixture
def client(person: User) -> ApiClient:
    return as_client_of(logged_in(person))


def with_token(token: str) -> ApiClient:
    """A script that has this token."""
    script = ApiClient(raise_request_exception=False)
    script.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return script


def made(client: ApiClient, **changes: Any) -> str:
    """The text of a new token."""
    response = client.post(TOKENS, NEW | changes)
    assert response.status_code == 201, response.content
    return str(response.json()["token"])


def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_token_is_shown_once_and_only_its_hmac_is_stored(client: ApiClient, person: User) -> None:
    response = client.post(TOKENS, NEW)

    assert response.status_code == 201, response.content
    assert response["Cache-Control"] == "no-store"
    token = response.json()["token"]
    row = PersonalToken.objects.get(user=person)
    assert token.startswith(f"sb_pat_{row.prefix}_")
    assert token[-6:] == checksum(token[:-6])
    assert row.token_hash == digest_of(token)
    assert row.expires_at == row.created_at + timedelta(days=30)
    listed = client.get(TOKENS).json()["results"]
    assert [(each["name"], each["prefix"], each["scopes"]) for each in listed] == [
        ("Study timer", row.prefix, ["profile:read", "profile:write"])
    ]
    everything = str(list(PersonalToken.objects.values())) + str(list(AuditEntry.objects.values())) + str(listed)
    assert token not in everything
    assert token.rpartition("_")[2] not in everything


def test_token_acts_as_its_owner_under_the_policies(client: ApiClient, person: User) -> None:
    ProfileFactory()
    script = with_token(made(client))

    response = script.get(ME)
    changed = script.patch(ME, {"headline": "By a script"}, HTTP_IF_MATCH=response["ETag"])

    assert response.json()["handle"] == person.handle
    assert response.json()["email"] == person.email
    assert (changed.status_code, changed.json()["headline"]) == (200, "By a script")


def test_scope_that_is_missing_is_named(client: ApiClient) -> None:
    script = with_token(made(client, scopes=["profile:read"]))

    refused = script.patch(ME, {"headline": "x"}, HTTP_IF_MATCH="*")

    assert refusal(refused) == (403, "scope_missing")
    assert "profile:write" in refused.json()["detail"]
    assert refusal(script.get("/api/v1/roadmaps/")) == (403, "scope_missing")


@pytest.mark.parametrize("verb", ["get", "post", "patch", "delete"])
def test_no_scope_opens_a_view_that_names_no_section(client: ApiClient, verb: str) -> None:
    """Account routes, exports, deletion, administration: closed whatever the token may do."""
    script = with_token(made(client, scopes=TokenScope.values))
    closed = closed_urls(verb)

    answers = {url: refusal(getattr(script, verb)(url, {})) for url in closed}

    assert set(answers.values()) == {(403, "not_for_personal_tokens")}, answers


def closed_urls(verb: str) -> set[str]:
    """One for each route with this verb that no scope opens; those that nobody logs in for do not look at tokens."""
    found = set()
    for route, callback in ROUTES:
        view = view_of(callback)
        is_page = any(part in route for part in ("format", "docs/", "schema"))
        if is_page or not getattr(view, "authentication_classes", ()):
            continue
        actions: dict[str, str] | None = getattr(callback, "actions", None)
        action = actions.get(verb, "") if actions is not None else ""
        has_verb = bool(action) if actions is not None else verb in vars(view)
        is_open = getattr(view, "scope_section", "") and action not in getattr(view, "closed_to_tokens", ())
        if not has_verb or is_open:
            continue
        found.add("/" + route.replace("<uuid:pk>", str(new_id())).replace("<uuid:repository_id>", str(new_id())))
    return {url for url in found if "(?P" not in url and "^" not in url and "<" not in url}


def test_closed_urls_are_those_of_the_account() -> None:
    assert {TOKENS, "/api/v1/auth/factors/", "/api/v1/auth/sessions/", "/api/v1/users/me/export/"} <= closed_urls("get")
    assert {ME, "/api/v1/auth/sessions/"} <= closed_urls("delete")
    assert {TOKENS, "/api/v1/auth/password/change/", "/api/v1/auth/step-up/"} <= closed_urls("post")


def test_every_section_has_its_scopes_and_every_scope_a_section() -> None:
    sections = {getattr(view_of(callback), "scope_section", "") for _, callback in ROUTES} - {""}
    assert sections == {scope.partition(":")[0] for scope in TokenScope.values}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"),
        lambda token: token[:20] + ("0" if token[20] != "0" else "1") + token[21:],
        lambda token: (body := token[:-10] + "0000") + checksum(body),
        lambda token: "sb_pat_",
        lambda token: f"{token}\u00e9",
    ],
    ids=["checksum", "typed-wrong", "other-secret", "empty", "not-ascii"],
)
def test_what_is_not_the_token_is_refused_alike(client: ApiClient, spoil: Callable[[str], str]) -> None:
    token = made(client)

    assert with_token(token).get(ME).status_code == 200
    response = with_token(spoil(token)).get(ME)

    assert response.status_code == 401
    assert response.json()["detail"] == "The personal token is invalid or expired."


def test_expired_token_is_refused(client: ApiClient) -> None:
    token = made(client)
    past = timezone.now() - timedelta(days=60)
    PersonalToken.objects.update(created_at=past, expires_at=past + timedelta(days=30))

    assert with_token(token).get(ME).status_code == 401


def test_removed_token_is_refused_at_its_next_request(client: ApiClient, person: User) -> None:
    token = made(client)
    script = with_token(token)
    assert script.get(ME).status_code == 200

    row = PersonalToken.objects.get()
    assert client.delete(f"{TOKENS}{row.pk}/").status_code == 204

    assert script.get(ME).status_code == 401
    assert client.delete(f"{TOKENS}{row.pk}/").status_code == 404
    entry = AuditEntry.objects.get(action=AuditAction.PERSONAL_TOKEN_REMOVED)
    assert (entry.user_id, entry.details) == (person.pk, {"token": str(row.pk)})


def test_nobody_removes_the_token_of_another(client: ApiClient) -> None:
    theirs = PersonalTokenFactory()

    assert client.delete(f"{TOKENS}{theirs.pk}/").status_code == 404
    assert PersonalToken.objects.filter(pk=theirs.pk).exists()
    assert client.get(TOKENS).json()["results"] == []


def test_making_and_removing_need_a_recent_proof(client: ApiClient) -> None:
    made(client)
    row = PersonalToken.objects.get()
    RefreshTokenFamily.objects.update(proved_at=timezone.now() - timedelta(minutes=11))

    assert refusal(client.post(TOKENS, NEW)) == (403, "step_up_required")
    assert refusal(client.delete(f"{TOKENS}{row.pk}/")) == (403, "step_up_required")
    assert PersonalToken.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["profile:read", "everything"]}, "scopes[1]"),
        ({"expires_in_days": 366}, "expires_in_days"),
        ({"expires_in_days": 0}, "expires_in_days"),
    ],
)
def test_problem_names_the_field(client: ApiClient, changes: dict[str, Any], field: str) -> None:
    response = client.post(TOKENS, NEW | changes)

    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_person_has_at_most_twenty(client: ApiClient, person: User) -> None:
    PersonalTokenFactory.create_batch(MOST_TOKENS - 1, user=person)
    made(client)

    assert refusal(client.post(TOKENS, NEW)) == (409, "too_many_personal_tokens")


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.MENTOR}], ids=["closed", "role"])
def test_change_of_the_account_works_within_one_request(
    client: ApiClient, person: User, change: dict[str, Any]
) -> None:
    script = with_token(made(client))
    assert script.get(ME).status_code == 200

    User.objects.filter(pk=person.pk).update(**change)

    answer = script.get(ME)
    assert answer.status_code == 401 if "is_active" in change else answer.json()["role"] == Role.MENTOR


def test_erased_account_takes_its_tokens_along(client: ApiClient, person: User) -> None:
    script = with_token(made(client))
    person.delete()

    assert script.get(ME).status_code == 401
    assert not PersonalToken.objects.exists()


def test_new_password_by_link_removes_tokens_and_a_changed_one_does_not(
    client: ApiClient, person: User, api: ApiClient
) -> None:
    script = with_token(made(client))

    change = {"current_password": PASSWORD, "password": "a longer horse than before"}
    assert client.post("/api/v1/auth/password/change/", change).status_code == 204
    assert script.get(ME).status_code == 200

    person = User.objects.with_hidden().get(pk=person.pk)
    token = PasswordService.reset_link(person).partition("token=")[2]
    reset = {"token": token, "password": "yet another stable battery"}
    assert api.post("/api/v1/auth/password/reset/confirm/", reset).status_code == 204
    assert script.get(ME).status_code == 401
    entry = AuditEntry.objects.get(action=AuditAction.PERSONAL_TOKEN_REMOVED)
    assert entry.details["reason"] == "password_reset"


def test_last_use_is_written_by_the_worker_and_without_a_lock_in_the_request(client: ApiClient) -> None:
    PersonalTokenService().note_uses()  # what other tests left in Redis
    token = made(client)
    script = with_token(token)

    for _ in range(3):
        assert script.get(ME).status_code == 200

    assert PersonalToken.objects.get().last_used_at is None
    assert PersonalTokenService().note_uses() == 1
    row = PersonalToken.objects.get()
    assert row.last_used_at is not None
    assert client.get(TOKENS).json()["results"][0]["last_used_at"] is not None
    assert PersonalTokenService().note_uses() == 0


def test_key_is_changed_without_making_tokens_anew(client: ApiClient, settings: Any) -> None:
    PersonalTokenService().note_uses()
    token = made(client)
    old, new = settings.PERSONAL_TOKEN_KEYS[0], "bmV3LWtleS1vZi1wZXJzb25hbC10b2tlbnMtMDEyMzQ="

    settings.PERSONAL_TOKEN_KEYS = [new, old]
    assert with_token(token).get(ME).status_code == 200
    assert PersonalTokenService().note_uses() == 1
    settings.PERSONAL_TOKEN_KEYS = [new]
    assert with_token(token).get(ME).status_code == 200

    settings.PERSONAL_TOKEN_KEYS = [old]
    assert with_token(token).get(ME).status_code == 401


def test_person_is_told_by_mail(client: ApiClient, drain_outbox: Callable[[], list[str]]) -> None:
    made(client)
    client.delete(f"{TOKENS}{PersonalToken.objects.get().pk}/")
    drain_outbox()

    subjects = [message.subject for message in mail.outbox]
    assert "A personal token was made" in subjects
    assert "A personal token was removed" in subjects
    entry = AuditEntry.objects.get(action=AuditAction.PERSONAL_TOKEN_MADE)
    assert entry.details["scopes"] == ["profile:read", "profile:write"]
    assert UUID(entry.details["token"])


def test_person_is_told_of_each_that_is_made(client: ApiClient, drain_outbox: Callable[[], list[str]]) -> None:
    """The second, a minute later, may be an intruder's."""
    for _ in range(2):
        made(client)
    drain_outbox()
    assert [message.subject for message in mail.outbox] == ["A personal token was made"] * 2


def test_token_has_a_limit_of_its_own_and_leaves_the_rest_to_its_owner(client: ApiClient, settings: Any) -> None:
    script = with_token(made(client))
    settings.READS_PER_MINUTE = 6

    assert [script.get(ME).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert client.get(ME).status_code == 200


def test_prefix_of_anything_else_is_empty() -> None:
    assert prefix_of("sb_pat_0123456789_" + "x" * 38) == ""
    assert prefix_of("eyJhbGciOiJFUzI1NiJ9") == ""
