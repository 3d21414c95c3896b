"""Login providers on loopback, which misbehave on demand: GitHub's OAuth and API, an OpenID Connect provider, Apple,
Microsoft for all tenants, and a provider that has OAuth 2 and an API of its own.

`consent` is the person at the provider: it takes the address that a browser is led to, and gives the one that the
browser comes back with. A real browser gets a page there, with a link that says yes and one that says no. From there on
the server does what a provider does: a code works once, for the client, the `redirect_uri` and the verifier (PKCE) that
it was given out for. Apple's answer is a form, which the page posts.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

CLIENT_ID, CLIENT_SECRET = "skillbridge", "a secret of the client: with colons, and ü"
TEAM_ID, KEY_ID = "TEAM123456", "KEY1234567"
SIX_MONTHS = 15_777_000
Json = dict[str, Any]


@dataclass(slots=True)
class Fault:
    """What goes over the wire instead; of what is left out the server's own."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    pause_seconds: float = 0.0
    drip_seconds: float = 0.0


@dataclass(slots=True)
class ProviderServer:
    """The running server: whom it knows, how it misbehaves, what it was asked."""

    url: str = ""
    person: Json = field(default_factory=lambda: {"id": 583231, "login": "octocat", "name": "Mona Lisa"})
    emails: Any = field(
        default_factory=lambda: [
            {"email": "octocat@users.noreply.github.test", "primary": False, "verified": True},
            {"email": "Mona@Example.org", "primary": True, "verified": True},
        ]
    )
    scope: str = "user:email"
    claims: Json = field(
        default_factory=lambda: {"sub": "248289761001", "email": "jane@example.org", "name": "Jane Doe"}
    )
    user_info: Json = field(default_factory=dict)
    metadata: Json = field(default_factory=dict)
    tenant: str = "72f988bf-86f1-41af-91ab-2d7cd011db47"
    keys_of: str = "{tenantid}"
    """Whose Microsoft's keys are: of all tenants, or of one."""
    profile: Any = field(
        default_factory=lambda: {
            "data": {"id": 80351110224678912, "handle": "nelly", "mail": "nelly@example.org", "mail_ok": True},
            "shown_as": "Nelly Bly",
        }
    )
    addresses: Any = field(default_factory=lambda: {"values": []})
    takes_pkce: bool = True
    team_key: Any = field(default_factory=lambda: ECKey.generate_key("P-256"))
    """Of which Apple has the public half."""
    apple_user: Json = field(
        default_factory=lambda: {"name": {"firstName": "Jane", "lastName": "Appleseed"}, "email": "jane@example.org"}
    )
    """Of the first time; {} later."""
    faults: dict[str, Fault] = field(default_factory=dict)
    """By the path that they happen on."""
    keys: list[Any] = field(default_factory=lambda: [new_key()])
    sign: Callable[["ProviderServer", Json], str] = field(default_factory=lambda: signed)
    requests: list[str] = field(default_factory=list)
    forms: list[Json] = field(default_factory=list)
    codes: dict[str, Json] = field(default_factory=dict)

    def consent(self, authorize_url: str, **changes: str) -> Json:
        """The person says yes: the parameters that the browser comes back with."""
        parts = urlsplit(authorize_url)
        asked = dict(parse_qsl(parts.query))
        assert asked["response_type"] == "code"
        assert asked.get("code_challenge_method") == ("S256" if self.takes_pkce else None)
        answer = {"code": self.give_code(asked), "state": asked["state"]}
        if parts.path == "/apple/auth/authorize":
            # Apple refuses to give a name or an address by any other way.
            assert asked["response_mode"] == "form_post"
            answer |= {"user": json.dumps(self.apple_user)} if self.apple_user else {}
        return {**answer, **changes}

    def give_code(self, asked: Json) -> str:
        """A code for what was asked."""
        assert asked["client_id"] == CLIENT_ID
        code = secrets.token_hex(10)
        self.codes[code] = asked
        return code

    @property
    def github(self) -> dict[str, str]:
        """As LOGIN_PROVIDERS says it."""
        client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        return {**client, "web_url": self.url, "api_url": f"{self.url}/api/v3"}

    @property
    def openid(self) -> dict[str, str]:
        """As LOGIN_PROVIDERS says it."""
        return {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "issuer": self.url}

    @property
    def apple(self) -> dict[str, str]:
        """As LOGIN_PROVIDERS says it."""
        key = self.team_key.as_pem(private=True).decode()
        team = {"team_id": TEAM_ID, "key_id": KEY_ID, "private_key": key}
        return {"client_id": CLIENT_ID, "issuer": f"{self.url}/apple", **team}

    @property
    def microsoft(self) -> dict[str, str]:
        """As LOGIN_PROVIDERS says it."""
        return {**self.openid, "issuer": f"{self.url}/common/v2.0"}

    @property
    def plain(self) -> dict[str, str]:
        """As LOGIN_PROVIDERS says it."""
        return {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "authorize_url": f"{self.url}/oauth/authorize",
            "token_url": f"{self.url}/oauth/token",
            "userinfo_url": f"{self.url}/oauth/me?fields=all",
            "scopes": "identify email",
            "id_field": "data.id",
            "login_field": "data.handle",
            "name_field": "shown_as",
            "email_field": "data.mail",
            "email_verified_field": "data.mail_ok",
        }

    def id_claims(self, asked: Json, access_token: str, **own: Any) -> Json:
        """What an ID token for this login says; `own` is what one kind of provider says otherwise."""
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        now = int(time.time())
        nonce = {"nonce": asked["nonce"]} if "nonce" in asked else {}
        at_hash = base64.urlsafe_b64encode(half).rstrip(b"=").decode()
        standard = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "at_hash": at_hash}
        return {**standard, **nonce, "email_verified": True, **own, **self.claims}


def new_key() -> Any:
    """A key to sign ID tokens with."""
    return RSAKey.generate_key(2048, parameters={"kid": secrets.token_hex(4), "use": "sig", "alg": "RS256"})


def signed(server: ProviderServer, claims: Json) -> str:
    """An ID token, signed with the first of the server's keys."""
    key = server.keys[0]
    algorithm = "ES256" if isinstance(key, ECKey) else "RS256"
    return jwt.encode({"alg": algorithm, "kid": key.kid, "x5t": "ignored"}, claims, key)


Answering = Callable[[ProviderServer, Any, Json], tuple[int, Any]]
ABSENT = object()
"""What a discovery document leaves out."""


class Handler(BaseHTTPRequestHandler):
    """Answers as ROUTES say, or as a fault does."""

    protocol_version = "HTTP/1.1"
    state: ProviderServer

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._answer({name: values[0] for name, values in form.items()})

    def _answer(self, form: Json) -> None:
        path = urlsplit(self.path).path
        self.state.requests.append(path)
        fault = self.state.faults.get(path, Fault())
        time.sleep(fault.pause_seconds)
        if fault.body or fault.headers or fault.status != 200:
            self._write(fault.status, fault.body, fault)
            return
        if path in AUTHORIZE:
            self._write(200, self._page(), Fault(headers={"Content-Type": "text/html; charset=utf-8"}))
            return
        status, answer = ROUTES[path](self.state, self.headers, form)
        self._write(status, json.dumps(answer).encode(), fault)

    def _page(self) -> bytes:
        asked = query_of(self.path)
        ways = {
            "yes": self.state.consent(self.path),
            "no": {"error": "access_denied", "state": asked["state"]},
        }
        back = escape(asked["redirect_uri"])
        way = _form if asked.get("response_mode") == "form_post" else _link
        links = [f"<p>{way(answer, back, parameters)}</p>" for answer, parameters in ways.items()]
        return f"<!doctype html><h1>Let SkillBridge know who you are?</h1>{''.join(links)}".encode()

    def _write(self, status: int, body: bytes, fault: Fault) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            for name, value in {"Content-Type": "application/json", **fault.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self._write_body(body, fault.drip_seconds)
        except OSError:  # the client has hung up, which is what some of the tests are about
            self.close_connection = True

    def _write_body(self, body: bytes, drip_seconds: float) -> None:
        if not drip_seconds:
            self.wfile.write(body)
            return
        for byte in body:
            self.wfile.write(bytes([byte]))
            time.sleep(drip_seconds)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the base class's
        """Quiet."""


@contextmanager
def provider_server() -> Iterator[ProviderServer]:
    """The server, on a port of its own, until the block ends."""
    state = ProviderServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("BoundHandler", (Handler,), {"state": state}))
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


def _link(name: str, back: str, parameters: Json) -> str:
    return f'<a id="{name}" href="{back}?{escape(urlencode(parameters))}">{name}</a>'


def _form(name: str, back: str, parameters: Json) -> str:
    inputs = "".join(f'<input type="hidden" name="{key}" value="{escape(text)}">' for key, text in parameters.items())
    return f'<form method="post" action="{back}">{inputs}<button id="{name}">{name}</button></form>'


def _taken(state: ProviderServer, headers: Any, form: Json) -> Json | None:
    """What the code was given out for, once, if everything beside it is right."""
    state.forms.append({**form, "authorization": headers["Authorization"]})
    asked = state.codes.pop(form.get("code", ""), None)
    challenge = challenge_of(form["code_verifier"]) if "code_verifier" in form else None
    is_right = (
        asked is not None and asked["redirect_uri"] == form["redirect_uri"] and asked.get("code_challenge") == challenge
    )
    return asked if is_right else None


def _is_client(headers: Any, form: Json) -> bool:
    basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode("latin1")).decode()
    in_body = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
    return in_body or headers["Authorization"] == f"Basic {basic}"


def github_token(state: ProviderServer, headers: Any, form: Json) -> tuple[int, Json]:
    """GitHub answers 200 to everything."""
    assert headers["Accept"] == "application/json"
    if not _is_client(headers, form):
        return 200, {"error": "incorrect_client_credentials", "error_description": "…"}
    if _taken(state, headers, form) is None:
        return 200, {"error": "bad_verification_code", "error_description": "The code is incorrect or expired."}
    return 200, {"access_token": "gho_16C7e42F292c6912E7", "scope": state.scope, "token_type": "bearer"}


def github_api(what: str) -> Answering:
    """Of the person whose token it is."""

    def answer(state: ProviderServer, headers: Any, _: Json) -> tuple[int, Any]:
        if headers["Authorization"] != "Bearer gho_16C7e42F292c6912E7":
            return 401, {"message": "Bad credentials"}
        assert headers["X-GitHub-Api-Version"]
        if what == "emails" and "user:email" not in state.scope:
            return 404, {"message": "Not Found"}
        return 200, getattr(state, what)

    return answer


def token_endpoint(
    is_client: Callable[[ProviderServer, Any, Json], bool], own: Callable[[ProviderServer], Json] | None
) -> Answering:
    """As RFC 6749 has it, with an ID token where the provider has `own` claims to make."""

    def answer(state: ProviderServer, headers: Any, form: Json) -> tuple[int, Json]:
        if not is_client(state, headers, form):
            return 401, {"error": "invalid_client"}
        asked = _taken(state, headers, form)
        if asked is None:
            return 400, {"error": "invalid_grant"}
        token = {"access_token": "opaque", "token_type": "Bearer"}
        if own is None:
            return 200, token
        claims = state.id_claims(asked, "opaque", **own(state))
        return 200, {**token, "id_token": state.sign(state, claims)}

    return answer


def by_secret(state: ProviderServer, headers: Any, form: Json) -> bool:
    """The client, by the secret that it was given."""
    return _is_client(headers, form)


def by_signature(state: ProviderServer, headers: Any, form: Json) -> bool:
    """The client, as Apple demands: a JWT of the team's, for it, for half a year at most."""
    try:
        secret = jwt.decode(form["client_secret"], state.team_key, algorithms=["ES256"])
    except JoseError:
        return False
    told = {name: secret.claims[name] for name in ("iss", "sub", "aud")}
    now = time.time()
    return (
        form["client_id"] == CLIENT_ID
        and secret.header == {"alg": "ES256", "kid": KEY_ID, "typ": "JWT"}
        and told == {"iss": TEAM_ID, "sub": CLIENT_ID, "aud": f"{state.url}/apple"}
        and secret.claims["iat"] <= now < secret.claims["exp"] <= secret.claims["iat"] + SIX_MONTHS
    )


def apple_claims(state: ProviderServer) -> Json:
    """What Apple says otherwise: no name, and what is true as text."""
    words = {"email_verified": "true", "is_private_email": "true", "nonce_supported": True}
    return {"iss": f"{state.url}/apple", **words}


def microsoft_claims(state: ProviderServer) -> Json:
    """What Microsoft says otherwise: the tenant, and nothing of whether the address is anybody's."""
    return {"iss": f"{state.url}/{state.tenant}/v2.0", "tid": state.tenant, "ver": "2.0", "email_verified": None}


def discovery(issuer: str = "", endpoints: str = "", **own: Any) -> Answering:
    """OpenID Connect Discovery 1.0, 3; `issuer` and `endpoints` are paths of this server."""

    def answer(state: ProviderServer, headers: Any, _: Json) -> tuple[int, Json]:
        standard = {
            "issuer": f"{state.url}{issuer}",
            "authorization_endpoint": f"{state.url}{endpoints}/authorize",
            "token_endpoint": f"{state.url}{endpoints}/token",
            "jwks_uri": f"{state.url}{endpoints}/jwks",
            "userinfo_endpoint": f"{state.url}/userinfo",
            # More than we take: what a provider could do is not what we let it do.
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }
        return 200, {key: value for key, value in {**standard, **own, **state.metadata}.items() if value is not ABSENT}

    return answer


def microsoft_keys(state: ProviderServer, headers: Any, _: Json) -> tuple[int, Json]:
    """The keys, each with whom it signs for."""
    issuer = f"{state.url}/{state.keys_of}/v2.0"
    return 200, {"keys": [key | {"issuer": issuer} for key in KeySet(state.keys).as_dict()["keys"]]}


def plain_api(what: str) -> Answering:
    """Of the person whose token it is."""

    def answer(state: ProviderServer, headers: Any, _: Json) -> tuple[int, Any]:
        return (200, getattr(state, what)) if headers["Authorization"] == "Bearer opaque" else (401, {})

    return answer


def keys(state: ProviderServer, headers: Any, _: Json) -> tuple[int, Json]:
    """The public halves."""
    return 200, {**KeySet(state.keys).as_dict()}


MICROSOFT = "/common/oauth2/v2.0"
AUTHORIZE = {
    "/login/oauth/authorize",
    "/authorize",
    "/apple/auth/authorize",
    f"{MICROSOFT}/authorize",
    "/oauth/authorize",
}
ROUTES: dict[str, Answering] = {
    "/login/oauth/access_token": github_token,
    "/api/v3/user": github_api("person"),
    "/api/v3/user/emails": github_api("emails"),
    "/.well-known/openid-configuration": discovery(),
    "/jwks": keys,
    "/token": token_endpoint(by_secret, lambda state: {}),
    "/userinfo": plain_api("user_info"),
    "/apple/.well-known/openid-configuration": discovery(
        "/apple",
        "/apple/auth",
        userinfo_endpoint=ABSENT,
        token_endpoint_auth_methods_supported=["client_secret_post"],
    ),
    "/apple/auth/jwks": keys,
    "/apple/auth/token": token_endpoint(by_signature, apple_claims),
    "/common/v2.0/.well-known/openid-configuration": discovery("/{tenantid}/v2.0", MICROSOFT),
    "/organizations/v2.0/.well-known/openid-configuration": discovery("/{tenantid}/v2.0", MICROSOFT),
    f"{MICROSOFT}/jwks": microsoft_keys,
    f"{MICROSOFT}/token": token_endpoint(by_secret, microsoft_claims),
    "/oauth/token": token_endpoint(by_secret, None),
    "/oauth/me": plain_api("profile"),
    "/oauth/emails": plain_api("addresses"),
}


def challenge_of(verifier: str) -> str:
    """What an app sends to the provider of a verifier that it keeps."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def query_of(address: str) -> Json:
    """The parameters behind the `?`."""
    return dict(parse_qsl(urlsplit(address).query))


def fragment_of(address: str) -> Json:
    """The parameters behind the `#`."""
    return dict(parse_qsl(urlsplit(address).fragment))
