"""A browser's way to a login provider and back, for tests of what comes of it."""

from typing import Any
from urllib.parse import urlencode

from skillbridge_backend.core.tests.fixtures import ApiClient
from users.tests.provider_server import CLIENT_ID, ProviderServer, challenge_of, fragment_of

PROVIDERS = "/api/v1/auth/providers/"
FINISH = f"{PROVIDERS}finish/"
APP = "org.example.app:/login"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


def start(browser: ApiClient, provider: str = "github", **body: Any) -> str:
    """The address of the provider that the browser is led to."""
    response = browser.post(f"{PROVIDERS}{provider}/start/", body)
    assert response.status_code == 200, response.content
    return str(response.json()["authorize_url"])


def come_back(browser: ApiClient, parameters: dict[str, str], provider: str = "github") -> Any:
    return browser.get(f"{PROVIDERS}{provider}/callback/", parameters, HTTP_ACCEPT="text/html,*/*;q=0.8")


def post_back(parameters: dict[str, str], provider: str = "apple") -> Any:
    """The answer to what a page of the provider's site posts: the cookie is `SameSite=Lax` and does not come along."""
    far_page = ApiClient(raise_request_exception=False, enforce_csrf_checks=True)
    return far_page.post(
        f"{PROVIDERS}{provider}/callback/",
        urlencode(parameters),
        content_type="application/x-www-form-urlencoded",
        HTTP_ORIGIN="https://appleid.apple.com",
        HTTP_ACCEPT="text/html,*/*;q=0.8",
    )


def sent_on(browser: ApiClient, response: Any) -> Any:
    """Where the browser goes from there, now with its cookies."""
    assert response.status_code == 303, response.content
    return browser.get(response["Location"], HTTP_ACCEPT="text/html,*/*;q=0.8")


def landed(browser: ApiClient, server: ProviderServer, provider: str = "github", **body: Any) -> dict[str, str]:
    """What stands behind the `#` of the page that the browser is on in the end."""
    answer = server.consent(start(browser, provider, **body))
    response = sent_on(browser, post_back(answer)) if provider == "apple" else come_back(browser, answer, provider)
    assert response.status_code == 302, response.content
    return fragment_of(response["Location"])


def log_in(browser: ApiClient, server: ProviderServer, provider: str = "github", **body: Any) -> Any:
    """The answer to the ticket."""
    return browser.post(FINISH, {"ticket": landed(browser, server, provider, **body)["ticket"]})


def app_code(server: ProviderServer, **changes: Any) -> dict[str, str]:
    """What an app has after it was at the provider by itself."""
    asked = {"client_id": CLIENT_ID, "redirect_uri": APP, "code_challenge": challenge_of(VERIFIER)} | changes
    return {"code": server.give_code(asked), "code_verifier": VERIFIER, "redirect_uri": APP}
