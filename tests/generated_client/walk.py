"""The walk of a client that is none of ours: `skillbridge_client` is generated from the schema that the server serves.

`steps.py` makes that package, lets mypy read this file beside it, and runs it. So what the schema says is held against
what the server answers twice: by its types, and by the values that come.

    python -m walk API MAILBOX
"""

import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from urllib.parse import parse_qs, urlsplit

import attrs
import httpx
import pyotp
from skillbridge_client import AuthenticatedClient, Client, models, types
from skillbridge_client.api.auth import (
    auth_authenticator_app_confirm,
    auth_authenticator_app_enrol,
    auth_confirm_email,
    auth_events_list,
    auth_factors,
    auth_login,
    auth_login_second_factor,
    auth_logout,
    auth_refresh,
    auth_sessions_end,
    auth_sessions_list,
    auth_signup,
)
from skillbridge_client.api.mentors import mentors_list, mentors_retrieve
from skillbridge_client.api.modules import modules_complete_create
from skillbridge_client.api.notifications import (
    notifications_list,
    notifications_read_all_create,
    notifications_unread_count_retrieve,
)
from skillbridge_client.api.roadmaps import (
    roadmaps_create,
    roadmaps_generations_retrieve,
    roadmaps_list,
    roadmaps_modules_list,
    roadmaps_retrieve,
)
from skillbridge_client.api.users import users_me_partial_update, users_me_retrieve

EMAIL, PASSWORD = "grace@client.test", "a compiler is a kind of library"
PATIENCE_SECONDS = 60.0
TWO_TABS_SECONDS = 10.5
"""So long an older refresh token is taken for another tab's."""
Parsed = TypeVar("Parsed")
Wanted = TypeVar("Wanted")


def main(api: str, mailbox: str) -> None:
    """The whole walk; an AssertionError where it does not go as it must."""
    nobody = Client(base_url=api, raise_on_unexpected_status=True, timeout=httpx.Timeout(60))
    sign_up(nobody, mailbox)
    first = is_a(models.Tokens, auth_login.sync_detailed(client=nobody, body=credentials()))
    app, recovery_codes = add_authenticator_app(nobody, logged_in(api, first))
    use(logged_in(api, first))
    log_out(nobody, logged_in(api, first), first)

    second = by_app(nobody, app)
    third = by_recovery_code(nobody, recovery_codes[0])
    end_other_session(logged_in(api, third), logged_in(api, second))
    fourth = refresh_twice(nobody, third)
    told = is_a(models.PaginatedAccountEventList, auth_events_list.sync_detailed(client=logged_in(api, fourth)))
    assert models.ActionEnum.RECOVERY_CODE_USED in {event.action for event in told.results}
    replay(nobody, third, logged_in(api, fourth))

    last = by_recovery_code(nobody, recovery_codes[1])
    log_out(nobody, logged_in(api, last), last)


def sign_up(nobody: Client, mailbox: str) -> None:
    """An account, whose address is confirmed by what the mail says; before that, and with less, it is refused."""
    short = models.SignUpRequest(email=EMAIL, password="short", display_name="Grace")
    refused = is_a(models.Problem, auth_signup.sync_detailed(client=nobody, body=short), status=400)
    assert not isinstance(refused.errors, types.Unset)
    assert {error.field for error in refused.errors} == {"password"}
    wanted = models.SignUpRequest(email=EMAIL, password=PASSWORD, display_name="Grace")
    is_a(models.Accepted, auth_signup.sync_detailed(client=nobody, body=wanted), status=202)
    early = is_a(models.Problem, auth_login.sync_detailed(client=nobody, body=credentials()), status=403)
    assert early.code == "email_not_confirmed"

    mail = eventually("the mail", lambda: httpx.get(f"{mailbox}/messages.json", params={"to": EMAIL}).json())[0]
    link = re.search(r"https?://\S+", mail["text"])
    assert link, mail["text"]
    token = parse_qs(urlsplit(link.group()).query)["token"][0]
    damaged = models.EmailConfirmationRequest(token=token[:-1])
    wrong = is_a(models.Problem, auth_confirm_email.sync_detailed(client=nobody, body=damaged), status=400)
    assert wrong.code == "confirmation_token_invalid"
    somebody_elses = models.EmailConfirmationRequest(token=token, password="not the one of the sign-up")
    unknown = is_a(models.Problem, auth_confirm_email.sync_detailed(client=nobody, body=somebody_elses), status=400)
    assert not isinstance(unknown.errors, types.Unset)
    assert [error.code for error in unknown.errors] == ["wrong_password"]
    right = models.EmailConfirmationRequest(token=token, password=PASSWORD)
    account = is_a(models.Account, auth_confirm_email.sync_detailed(client=nobody, body=right))
    assert (account.email, account.role) == (EMAIL, models.RoleEnum.LEARNER)
    assert account.email_confirmed_at is not None


def add_authenticator_app(nobody: Client, me: AuthenticatedClient) -> tuple["App", list[str]]:
    """An app that counts from its first code on, and ten recovery codes."""
    enrolment = is_a(models.Enrolment, auth_authenticator_app_enrol.sync_detailed(client=me), status=201)
    app = App(enrolment.secret)
    code = models.CodeRequest(code=app.code())
    made = is_a(models.RecoveryCodes, auth_authenticator_app_confirm.sync_detailed(client=me, body=code))
    assert len(made.recovery_codes) == 10
    factors = is_a(models.Factors, auth_factors.sync_detailed(client=me))
    assert factors.authenticator_app is not None
    assert (factors.passkeys, factors.recovery_codes_left) == ([], 10)
    return app, made.recovery_codes


def use(me: AuthenticatedClient) -> None:
    """A profile, a roadmap that is planned and begun, a mentor, and what was told of it."""
    read = users_me_retrieve.sync_detailed(client=me)
    changes = models.PatchedProfileChangesRequest(headline="Compiles", languages=["en"], hours_per_week=6)
    tag = read.headers["etag"]
    profile = is_a(models.Profile, users_me_partial_update.sync_detailed(client=me, body=changes, if_match=tag))
    assert (profile.headline, profile.languages) == ("Compiles", ["en"])
    stale = users_me_partial_update.sync_detailed(client=me, body=changes, if_match=tag)
    assert is_a(models.Problem, stale, status=412).code == "precondition_failed"

    wish = models.GenerateInputRequest(goal="Become a data scientist", hours_per_week=6, weeks=40)
    job = is_a(models.Generation, roadmaps_create.sync_detailed(client=me, body=wish), status=202)

    def planned() -> bool:
        now = is_a(models.Generation, roadmaps_generations_retrieve.sync_detailed(job.id, client=me))
        assert now.status != models.GenerationStatusEnum.FAILED, now.error
        return now.status == models.GenerationStatusEnum.SUCCEEDED

    eventually("the roadmap", planned)
    roadmap = is_a(models.Roadmap, roadmaps_retrieve.sync_detailed(job.roadmap, client=me))
    listed = is_a(models.PaginatedRoadmapSummaryList, roadmaps_list.sync_detailed(client=me))
    assert [each.id for each in listed.results] == [roadmap.id]
    assert listed.next_ is None
    modules = are(models.Module, roadmaps_modules_list.sync_detailed(roadmap.id, client=me))
    done = is_a(models.Module, modules_complete_create.sync_detailed(modules[0].id, client=me, idempotency_key="one"))
    assert done.status == models.ModuleStatusEnum.COMPLETED
    assert done.completed_at is not None
    assert done.completed_at <= datetime.now(UTC)

    mentors = is_a(models.PaginatedMentorList, mentors_list.sync_detailed(client=me, limit=1))
    mentor = is_a(models.Mentor, mentors_retrieve.sync_detailed(mentors.results[0].id, client=me))
    assert mentor.handle == mentors.results[0].handle

    def told() -> set[models.NotificationKindEnum]:
        page = is_a(models.PaginatedNotificationList, notifications_list.sync_detailed(client=me))
        return {each.kind for each in page.results} & {models.NotificationKindEnum.ROADMAP_READY}

    eventually("the notification", told)
    unread = is_a(models.UnreadCount, notifications_unread_count_retrieve.sync_detailed(client=me)).unread
    read_now = is_a(models.MarkedRead, notifications_read_all_create.sync_detailed(client=me))
    assert read_now.marked_read >= unread >= 1


def by_app(nobody: Client, app: "App") -> models.Tokens:
    """Tokens for the password and a code; the password alone, and a code that was used, do not get in."""
    ticket = begin_login(nobody, factor=models.FactorsEnum.CODE)
    used = models.SecondFactorByCodeRequest(ticket=ticket, code=app.last)
    refused = is_a(models.Problem, auth_login_second_factor.sync_detailed(client=nobody, body=used), status=401)
    assert refused.code == "second_factor_invalid"
    fresh = models.SecondFactorByCodeRequest(ticket=ticket, code=app.code())
    return is_a(models.Tokens, auth_login_second_factor.sync_detailed(client=nobody, body=fresh))


def by_recovery_code(nobody: Client, code: str) -> models.Tokens:
    """Tokens for the password and a recovery code."""
    ticket = begin_login(nobody, factor=models.FactorsEnum.RECOVERY_CODE)
    answer = models.SecondFactorByRecoveryCodeRequest(ticket=ticket, recovery_code=code)
    return is_a(models.Tokens, auth_login_second_factor.sync_detailed(client=nobody, body=answer))


def begin_login(nobody: Client, *, factor: models.FactorsEnum) -> str:
    """The ticket that the login goes on with."""
    asked = is_a(models.LoginProblem, auth_login.sync_detailed(client=nobody, body=credentials()), status=401)
    assert asked.code == "second_factor_required"
    assert not isinstance(asked.ticket, types.Unset)
    assert not isinstance(asked.factors, types.Unset)
    assert factor in asked.factors
    return asked.ticket


def end_other_session(me: AuthenticatedClient, other: AuthenticatedClient) -> None:
    """Both are listed, and the other one is nobody's afterwards."""
    is_a(models.Profile, users_me_retrieve.sync_detailed(client=other))
    sessions = is_a(models.PaginatedLoginSessionList, auth_sessions_list.sync_detailed(client=me)).results
    assert [session.is_current for session in sessions] == [True, False]
    assert auth_sessions_end.sync_detailed(sessions[1].id, client=me).status_code == 204
    is_logged_out(other)
    left = is_a(models.PaginatedLoginSessionList, auth_sessions_list.sync_detailed(client=me)).results
    assert [session.id for session in left] == [sessions[0].id]


def refresh_twice(nobody: Client, tokens: models.Tokens) -> models.Tokens:
    """The tokens after the next ones; each refresh token is another."""
    seen = {refresh_of(tokens)}
    for _ in range(2):
        body = models.RefreshRequest(refresh=refresh_of(tokens))
        tokens = is_a(models.Tokens, auth_refresh.sync_detailed(client=nobody, body=body))
        seen.add(refresh_of(tokens))
    assert len(seen) == 3
    return tokens


def replay(nobody: Client, old: models.Tokens, thief_or_owner: AuthenticatedClient) -> None:
    """An old refresh token is refused, and with it ends the session that it was of."""
    is_a(models.Profile, users_me_retrieve.sync_detailed(client=thief_or_owner))
    time.sleep(TWO_TABS_SECONDS)
    refuses(nobody, old)
    is_logged_out(thief_or_owner)


def log_out(nobody: Client, me: AuthenticatedClient, tokens: models.Tokens) -> None:
    """Neither token is worth anything afterwards."""
    ended = auth_logout.sync_detailed(client=nobody, body=models.RefreshRequest(refresh=refresh_of(tokens)))
    assert ended.status_code == 204
    is_logged_out(me)
    refuses(nobody, tokens)


def refuses(nobody: Client, tokens: models.Tokens) -> None:
    """The refresh token gets no tokens."""
    body = models.RefreshRequest(refresh=refresh_of(tokens))
    refused = is_a(models.Problem, auth_refresh.sync_detailed(client=nobody, body=body), status=401)
    assert refused.code == "refresh_token_invalid"


def is_logged_out(client: AuthenticatedClient) -> None:
    """The access token is nobody's."""
    refused = is_a(models.Problem, users_me_retrieve.sync_detailed(client=client), status=401)
    assert refused.code == "not_authenticated"


def credentials() -> models.LoginRequest:
    """Of the person who walks."""
    return models.LoginRequest(email=EMAIL, password=PASSWORD)


def logged_in(api: str, tokens: models.Tokens) -> AuthenticatedClient:
    """A client with this access token."""
    return AuthenticatedClient(
        base_url=api, token=tokens.access, raise_on_unexpected_status=True, timeout=httpx.Timeout(60)
    )


def refresh_of(tokens: models.Tokens) -> str:
    """The refresh token, which is in the body for apps."""
    assert tokens.refresh is not None
    return tokens.refresh


class App:
    """An authenticator app that shows no code twice."""

    def __init__(self, secret: str) -> None:
        self._totp = pyotp.TOTP(secret)
        self.last = ""

    def code(self) -> str:
        """The next code that was not shown yet."""
        while self._totp.now() == self.last:
            time.sleep(0.5)
        self.last = self._totp.now()
        return self.last


def is_a(kind: type[Wanted], answer: types.Response[Any], *, status: int = 200) -> Wanted:
    """What was parsed: of this kind, with this status, and each value of the type that the client declares."""
    assert answer.status_code == status, answer.content[:600]
    assert isinstance(answer.parsed, kind), answer.content[:600]
    differences = list(undeclared(answer.parsed))
    assert not differences, (kind.__name__, differences)
    return answer.parsed


def are(kind: type[Wanted], answer: types.Response[Any]) -> list[Wanted]:
    """The same of a list without pages."""
    assert answer.status_code == 200, answer.content[:600]
    assert isinstance(answer.parsed, list)
    assert all(isinstance(each, kind) and not list(undeclared(each)) for each in answer.parsed)
    return answer.parsed


def undeclared(model: Any) -> list[str]:
    """Where the model's values are not of the types that its class says, and what the schema does not name."""
    hints = get_type_hints(type(model), {**vars(models), **vars(sys.modules[type(model).__module__])})
    found = [
        f"{name}: {getattr(model, name)!r}"
        for name in (field.name for field in attrs.fields(type(model)))
        if name != "additional_properties" and not fits(getattr(model, name), hints[name])
    ]
    # A class without a field of its own is an object of which the schema names nothing.
    more = model.additional_properties if len(hints) > 1 else []
    return found + [f"{name} is not in the schema" for name in more]


def fits(value: Any, hint: Any) -> bool:
    """Whether the value is of this type, and so is all that is in it."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin in {Union, UnionType}:
        return any(fits(value, each) for each in inner)
    if origin is list:
        return isinstance(value, list) and all(fits(each, inner[0]) for each in value)
    if hint is float and isinstance(value, int):
        return True
    if not isinstance(value, origin or hint) or (hint is int and isinstance(value, bool)):
        return False
    return not attrs.has(type(value)) or not undeclared(value)


def eventually(what: str, look: Callable[[], Parsed]) -> Parsed:
    """What `look` finds, once it is there."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what} did not come")


if __name__ == "__main__":
    main(*sys.argv[1:])
