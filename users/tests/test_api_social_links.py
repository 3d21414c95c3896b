"""Accounts at login providers beside one's own: linked and unlinked by their owner, and gone with a new password."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.enums import AuditAction
from users.models import AuditEntry, ProviderVisit, RefreshTokenFamily, SocialLink, User
from users.services import PersonalTokenService, provider_visits
from users.tests.factories import PASSWORD, PasskeyFactory, SocialLinkFactory, UserFactory
from users.tests.logins import CLIENT, as_client_of, logged_in
from users.tests.provider_server import ProviderServer
from users.tests.visits import FINISH, PROVIDERS, app_code, come_back, landed, log_in, start

pytestmark = pytest.mark.django_db(transaction=True)
Drain = Callable[[], list[str]]
AUTH = "/api/v1/auth/"
LINKS = f"{AUTH}links/"


@pytest.fixture
def person() -> User:
    return UserFactory()


@pytest.fixture
def client(person: User) -> ApiClient:
    """The person's browser."""
    return as_client_of(logged_in(person))


def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def link(client: ApiClient, server: ProviderServer, provider: str = "github") -> Any:
    """The answer to the ticket of a visit to link."""
    told = landed(client, server, provider, purpose="link")
    assert told["purpose"] == "link"
    return client.post(LINKS, {"ticket": told["ticket"]})


def no_proof(person: User) -> None:
    RefreshTokenFamily.objects.filter(user=person).update(proved_at=timezone.now() - timedelta(minutes=11))


def test_linked_provider_is_listed_and_logs_in(
    client: ApiClient, browser: ApiClient, server: ProviderServer, person: User, drain_outbox: Drain
) -> None:
    made = link(client, server)

    assert made.status_code == 201, made.content
    assert made.json().keys() == {"id", "provider", "email", "login", "name", "linked_at", "last_used_at"}
    assert (made.json()["provider"], made.json()["login"], made.json()["last_used_at"]) == ("github", "octocat", None)
    assert client.get(LINKS).json()["results"] == [made.json()]
    answer = log_in(browser, server).json()
    assert (answer["is_new"], answer["user"]["id"]) == (False, str(person.pk))
    assert client.get(LINKS).json()["results"][0]["last_used_at"] is not None
    entry = AuditEntry.objects.get(action=AuditAction.PROVIDER_LINKED)
    assert (entry.user_id, entry.details["provider"]) == (person.pk, "github")
    drain_outbox()
    assert {tuple(each.to) for each in mail.outbox} == {(person.email,)}
    assert {each.subject for each in mail.outbox} == {"A login provider was linked", "New login to your account"}


def test_address_of_the_provider_does_not_matter_for_a_link(client: ApiClient, server: ProviderServer) -> None:
    """Who is logged in has said whose account it is."""
    server.emails = [{"email": "another@example.org", "primary": True, "verified": False}]

    assert link(client, server).json()["email"] == "another@example.org"


def test_person_is_told_of_each_link(client: ApiClient, server: ProviderServer, drain_outbox: Drain) -> None:
    server.user_info = {"sub": server.claims["sub"]}
    for provider in ("github", "corp", "apple", "microsoft", "plain"):
        assert link(client, server, provider).status_code == 201
    drain_outbox()
    assert [each.subject for each in mail.outbox] == ["A login provider was linked"] * 5


def test_app_links_with_a_code_that_it_got_itself(client: ApiClient, server: ProviderServer, person: User) -> None:
    made = client.post(f"{LINKS}corp/code/", app_code(server))

    assert made.status_code == 201, made.content
    assert SocialLink.objects.get(user=person).subject == "248289761001"


def test_nobody_links_without_a_login(browser: ApiClient, server: ProviderServer) -> None:
    assert refusal(browser.post(f"{PROVIDERS}github/start/", {"purpose": "link"})) == (401, "not_authenticated")
    assert refusal(browser.post(LINKS, {"ticket": "x"})) == (401, "not_authenticated")
    assert refusal(browser.post(f"{LINKS}github/code/", app_code(server))) == (401, "not_authenticated")
    assert not ProviderVisit.objects.exists()


def test_linking_and_unlinking_need_a_recent_proof(client: ApiClient, server: ProviderServer, person: User) -> None:
    ticket = landed(client, server, purpose="link")["ticket"]
    made = SocialLinkFactory(user=person, provider="corp")
    no_proof(person)
    asked = len(server.requests)

    refused = [
        client.post(f"{PROVIDERS}github/start/", {"purpose": "link"}),
        client.post(LINKS, {"ticket": ticket}),
        client.post(f"{LINKS}github/code/", app_code(server)),
        client.delete(f"{LINKS}{made.pk}/"),
    ]

    assert {refusal(each) for each in refused} == {(403, "step_up_required")}
    assert len(server.requests) == asked
    RefreshTokenFamily.objects.filter(user=person).update(proved_at=timezone.now())
    # The ticket has waited for the proof.
    assert client.post(LINKS, {"ticket": ticket}).status_code == 201


def test_ticket_of_a_login_links_nothing_and_the_other_way_round(client: ApiClient, server: ProviderServer) -> None:
    to_log_in, to_link = landed(client, server)["ticket"], landed(client, server, purpose="link")["ticket"]

    assert refusal(client.post(LINKS, {"ticket": to_log_in})) == (400, "challenge_over")
    assert refusal(client.post(FINISH, {"ticket": to_link})) == (400, "challenge_over")
    assert not SocialLink.objects.exists()


def test_ticket_links_in_the_account_and_browser_that_it_was_begun_in(
    client: ApiClient, server: ProviderServer
) -> None:
    """Or somebody could get their own GitHub linked to the account of whoever opens a page."""
    ticket = landed(client, server, purpose="link")["ticket"]
    other = as_client_of(logged_in(UserFactory()))

    assert refusal(other.post(LINKS, {"ticket": ticket})) == (400, "challenge_over")
    other.cookies = client.cookies
    assert refusal(other.post(LINKS, {"ticket": ticket})) == (400, "challenge_over")
    assert client.post(LINKS, {"ticket": ticket}).status_code == 201
    assert refusal(client.post(LINKS, {"ticket": ticket})) == (400, "challenge_over")


def test_account_of_a_provider_lets_into_one_account(client: ApiClient, server: ProviderServer) -> None:
    SocialLinkFactory(subject="583231")

    assert refusal(link(client, server)) == (409, "link_taken")
    assert refusal(client.post(f"{LINKS}github/code/", app_code(server))) == (409, "link_taken")


def test_person_links_one_account_of_a_provider(client: ApiClient, server: ProviderServer) -> None:
    assert link(client, server).status_code == 201
    server.person |= {"id": 7}

    assert refusal(link(client, server)) == (409, "link_exists")
    assert link(client, server, "corp").status_code == 201


def test_unlinked_provider_lets_nobody_in_any_more(
    client: ApiClient, browser: ApiClient, server: ProviderServer, person: User, drain_outbox: Drain
) -> None:
    made = SocialLinkFactory(user=person, subject="583231")

    assert client.delete(f"{LINKS}{made.pk}/").status_code == 204

    assert client.get(LINKS).json()["results"] == []
    assert log_in(browser, server).json()["is_new"] is True
    entry = AuditEntry.objects.get(action=AuditAction.PROVIDER_UNLINKED)
    assert (entry.user_id, entry.details["provider"], entry.details["link"]) == (person.pk, "github", str(made.pk))
    drain_outbox()
    assert ([person.email], "A login provider is no longer linked") in [(each.to, each.subject) for each in mail.outbox]
    assert refusal(client.delete(f"{LINKS}{made.pk}/")) == (404, "not_found")


def test_links_of_others_are_not_there(client: ApiClient) -> None:
    theirs = SocialLinkFactory()

    assert client.get(LINKS).json()["results"] == []
    assert refusal(client.delete(f"{LINKS}{theirs.pk}/")) == (404, "not_found")
    assert refusal(client.delete(f"{LINKS}{new_id()}/")) == (404, "not_found")
    assert SocialLink.objects.exists()


def test_confirmed_address_is_a_way_in_without_password_and_links(
    browser: ApiClient, server: ProviderServer, drain_outbox: Drain
) -> None:
    """Whoever came by a provider and unlinks it logs in with a code by e-mail."""
    answer = log_in(browser, server).json()
    browser.credentials(HTTP_AUTHORIZATION=f"Bearer {answer['access']}")

    assert browser.delete(f"{LINKS}{SocialLink.objects.get().pk}/").status_code == 204

    asked = browser.post(f"{AUTH}login/code/", {"email": "mona@example.org"})
    drain_outbox()
    (code,) = [found for each in mail.outbox for found in re.findall(r"^\d{8}$", str(each.body), re.MULTILINE)]
    again = browser.post(f"{AUTH}login/code/confirm/", {"ticket": asked.json()["ticket"], "code": code})
    assert again.json()["user"]["id"] == answer["user"]["id"]


@pytest.mark.parametrize("way", ["", "password", "passkey", "link", "address"])
def test_last_way_in_stays(client: ApiClient, person: User, way: str) -> None:
    made = SocialLinkFactory(user=person)
    account = User.objects.with_hidden().get(pk=person.pk)
    if way != "address":
        account.email_confirmed_at = None
    if way != "password":
        account.set_unusable_password()
    account.save()
    if way == "passkey":
        PasskeyFactory(user=person)
    if way == "link":
        SocialLinkFactory(user=person, provider="corp")

    response = client.delete(f"{LINKS}{made.pk}/")

    if way:
        assert response.status_code == 204
    else:
        assert refusal(response) == (409, "last_way_in")
        assert SocialLink.objects.filter(pk=made.pk).exists()


def test_new_password_by_a_link_unlinks_all(browser: ApiClient, person: User, drain_outbox: Drain) -> None:
    """Somebody who was in the account may have linked a provider of theirs, as they may have made a token."""
    SocialLinkFactory(user=person, provider="corp")
    SocialLinkFactory(user=person)
    theirs = SocialLinkFactory()
    browser.post(f"{AUTH}password/reset/", {"email": person.email})
    drain_outbox()
    (token,) = re.findall(r"token=(\S+)", str(mail.outbox[-1].body))

    done = browser.post(f"{AUTH}password/reset/confirm/", {"token": token, "password": "another long sentence of mine"})

    assert done.status_code == 204, done.content
    assert list(SocialLink.objects.all()) == [theirs]
    entries = AuditEntry.objects.filter(action=AuditAction.PROVIDER_UNLINKED, user_id=person.pk)
    assert [each.details["reason"] for each in entries] == ["password_reset"] * 2


def test_changed_password_leaves_links(client: ApiClient, person: User) -> None:
    SocialLinkFactory(user=person)
    body = {"current_password": PASSWORD, "password": "another long sentence of mine"}

    assert client.post(f"{AUTH}password/change/", body).status_code == 204
    assert SocialLink.objects.filter(user=person).exists()


def test_personal_tokens_link_nothing(client: ApiClient, server: ProviderServer, person: User) -> None:
    session = RefreshTokenFamily.objects.get(user=person).pk
    token = PersonalTokenService().make(
        person, name="Script", scopes=["profile:write"], days=1, session_id=session, client=CLIENT
    )
    script = ApiClient(raise_request_exception=False)
    script.credentials(HTTP_AUTHORIZATION=f"Bearer {token.text}")

    assert refusal(script.post(f"{PROVIDERS}github/start/", {"purpose": "link"})) == (403, "not_for_personal_tokens")
    assert refusal(script.get(LINKS)) == (403, "not_for_personal_tokens")


def test_visit_to_link_of_a_closed_account_ends(client: ApiClient, server: ProviderServer, person: User) -> None:
    ticket = landed(client, server, purpose="link")["ticket"]
    User.objects.filter(pk=person.pk).update(is_active=False)

    assert client.post(LINKS, {"ticket": ticket}).status_code == 401
    assert not SocialLink.objects.exists()


def test_trail_of_links_hides_the_address(client: ApiClient, server: ProviderServer) -> None:
    link(client, server)

    (entry,) = AuditEntry.objects.changes("users_sociallink")
    assert entry.after is not None
    assert entry.after["email"] == "m***@example.org"
    assert "mona" not in str(entry.after).lower()


def test_visits_of_more_than_a_day_ago_are_removed(client: ApiClient, server: ProviderServer) -> None:
    start(client)
    come_back(client, server.consent(start(client)))
    assert provider_visits.remove_old() == 0
    for visit in ProviderVisit.objects.all():
        old = new_id()
        ProviderVisit.objects.filter(pk=visit.pk).update(id=f"0190{str(old)[4:]}")

    assert provider_visits.remove_old() == 2
