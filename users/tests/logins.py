"""Logging in, for tests that begin after it."""

import time

import pyotp

from skillbridge_backend.core.tests.fixtures import ApiClient
from users.clients import Client
from users.models import User
from users.services import SessionService
from users.services.sessions import Tokens
from users.tests.factories import PASSWORD

CLIENT = Client("192.0.2.1", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")


def logged_in(person: User, *, password: str = PASSWORD, client: Client = CLIENT) -> Tokens:
    """The tokens of a new session of somebody without a second factor."""
    tokens = SessionService().log_in(email=person.email, password=password, client=client)
    assert isinstance(tokens, Tokens)
    return tokens


def as_client_of(tokens: Tokens) -> ApiClient:
    """An HTTP client with these tokens."""
    client = ApiClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.access}")
    return client


def code_now(secret: str) -> str:
    """The app's present code; shortly before it ends the next one, so that it still counts when it arrives."""
    left = 30 - time.time() % 30
    if left < 5:
        time.sleep(left)
    return pyotp.TOTP(secret).now()
