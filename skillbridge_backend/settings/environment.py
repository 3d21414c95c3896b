"""The process environment, read once, typed and checked.

Everything that an operator can set is read through `Environment`; no other module touches `os.environ` for settings.
A value that is missing or malformed is collected, not raised at once, so that an operator sees every problem in one go
(`Environment.refuse_to_start_with_problems`). A `.env` file in the checkout fills in what the environment leaves out.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from cryptography.fernet import Fernet
from dotenv import dotenv_values

from skillbridge_backend.settings.login_providers import problems_of
from skillbridge_backend.settings.private_keys import pem_in

BASE_DIR = Path(__file__).resolve().parents[2]
DEVELOPMENT_SIGNING_KEY = (
    "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JR0hBZ0VBTUJNR0J5cUdTTTQ5QWdFR0NDcUdTTTQ5QXdFSEJHMHdhd0lCQVFR"
    "Z0FCa3RHWlJnOWo5M2xaOHoKM1VwK0hqUER5dHhFSVZuNHZiekl0bHZ4N3ZXaFJBTkNBQVMyRk9RUnc2K3kwMkVGc0p3WkVEakZO"
    "eEVJVTBsWgphcDNNaUxaRzh5VUVnZk9rQSsvSUJuYmZKY1QwVWpoS1JhZ1RkczNoc3dGZkhpZGJXMmVCQzZ6RwotLS0tLUVORCBQ"
    "UklWQVRFIEtFWS0tLS0tCg=="
)
"""Known to everybody who reads this, and refused in production."""

DEVELOPMENT_HOST = "localhost"
"""Where passkeys are for an address: browsers refuse them for `127.0.0.1`."""

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off", ""})


class Environment:
    """Typed access to variables; what is wrong with them is gathered in `problems`, one line each."""

    def __init__(self, values: Mapping[str, str], *, is_strict: bool) -> None:
        """`is_strict` ignores the development defaults: what has no value is then a problem."""
        self._values = values
        self.is_strict = is_strict
        self.problems: list[str] = []

    @classmethod
    def from_process(cls, *, is_strict: bool) -> "Environment":
        """The process environment, with `.env` beneath it."""
        from_file = {name: value for name, value in dotenv_values(BASE_DIR / ".env").items() if value is not None}
        return cls({**from_file, **os.environ}, is_strict=is_strict)

    def text(self, name: str, *, purpose: str, default: str | None = None, development: str | None = None) -> str:
        """The variable, else `default`, else, where strictness allows, `development`; else a problem and ''."""
        value = self._values.get(name, "").strip()
        if value:
            return value
        if default is not None:
            return default
        if development is not None and not self.is_strict:
            return development
        self.problems.append(f"{name} is missing: {purpose}")
        return ""

    def secret(self, name: str, *, purpose: str, development: str, least_length: int = 32) -> str:
        """Like `text`, and refuses values that are too short or too uniform to be secret."""
        value = self.text(name, purpose=purpose, development=development)
        if value and self.is_strict:
            if len(value) < least_length:
                self.problems.append(f"{name} is unsafe: {len(value)} characters, at least {least_length} are needed")
            elif len(set(value)) < 12:
                self.problems.append(f"{name} is unsafe: it has only {len(set(value))} different characters")
        return value

    def choice(self, name: str, *options: str, default: str) -> str:
        """The variable, in whatever case it is written, when it is one of `options`."""
        value = self._values.get(name, "").strip() or default
        for option in options:
            if value.lower() == option.lower():
                return option
        self.problems.append(f"{name} is {value!r}: write {', '.join(options[:-1])} or {options[-1]}")
        return default

    def flag(self, name: str, *, default: bool) -> bool:
        """True for 1, true, yes, on; False for 0, false, no, off."""
        value = self._values.get(name)
        if value is None:
            return default
        word = value.strip().lower()
        if word not in TRUE_WORDS | FALSE_WORDS:
            self.problems.append(f"{name} is {value!r}: write true or false")
        return word in TRUE_WORDS

    def number(self, name: str, *, default: float, least: float = 0) -> float:
        """The variable as a number, at least `least`."""
        value = self._values.get(name, "").strip()
        if not value:
            return default
        try:
            number = float(value)
        except ValueError:
            self.problems.append(f"{name} is {value!r}: write a number")
            return default
        if number < least:
            self.problems.append(f"{name} is {value}: write {least} or more")
        return number

    def listing(
        self, name: str, *, purpose: str, default: str | None = None, development: str | None = None
    ) -> list[str]:
        """The variable split at commas, blanks removed."""
        value = self.text(name, purpose=purpose, default=default, development=development)
        return [part.strip() for part in value.split(",") if part.strip()]

    def prices(self, name: str, *, default: str) -> dict[str, tuple[float, float]]:
        """`model=in/out, …` as a mapping; prices are in dollars per million tokens."""
        found: dict[str, tuple[float, float]] = {}
        for part in self.listing(name, purpose="", default=default):
            model, _, price = part.rpartition("=")
            try:
                of_prompt, of_completion = (float(each) for each in price.split("/"))
            except ValueError:
                of_prompt = of_completion = -1
            if not model or min(of_prompt, of_completion) < 0:
                self.problems.append(f"{name} has {part!r}: write model=in/out in dollars per million tokens")
                continue
            found[model.strip()] = (of_prompt, of_completion)
        return found

    def file(self, name: str, *, purpose: str) -> str:
        """The path of a file that can be read; '' when the variable is not set."""
        path = self.text(name, purpose=purpose, default="")
        if path and not os.access(path, os.R_OK):
            self.problems.append(f"{name} is {path!r}, which cannot be read: name {purpose}")
            return ""
        return path

    def login_providers(self, name: str, *, github: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """Whom people can log in with, by the name that stands in URLs: a JSON object of objects.

        `github` is added, or completes what is said of `github` there, when it names a client. A `private_key` becomes
        its PEM.
        """
        text = self.text(name, purpose="", default="")
        try:
            told = json.loads(text or "{}")
            named = {key: {field: str(value) for field, value in about.items()} for key, about in told.items()}
        except (ValueError, AttributeError):
            self.problems.append(f'{name} cannot be read: write {{"google": {{"issuer": "https://…", …}}}}')
            return {}
        if github["client_id"] or "github" in named:
            named["github"] = {**github, **named.get("github", {})}
        for key, about in named.items():
            problems = problems_of(key, about, is_strict=self.is_strict)
            self.problems += [f"{name}: {key} {problem}" for problem in problems]
            if "private_key" in about:
                about["private_key"] = pem_in(about["private_key"])
        return named

    def encryption_keys(self, name: str, *, development: str) -> list[str]:
        """Fernet keys, newest first: the first encrypts, all decrypt."""
        keys = self.listing(name, purpose="comma-separated Fernet keys, newest first", development=development)
        for number, key in enumerate(keys, 1):
            try:
                Fernet(key)
            except ValueError:
                self.problems.append(f"{name} is unsafe: key {number} is not 32 bytes in URL-safe base64")
            if self.is_strict and key == development:
                self.problems.append(f"{name} is unsafe: key {number} is the one that development uses")
        return keys

    def signing_keys(self, name: str, *, development: str) -> list[str]:
        """Private keys on P-256 as PEM, newest first; each is written as one line of base64."""
        purpose = "comma-separated private keys on P-256, PEM in one line of base64 each, newest first"
        pems = []
        for number, key in enumerate(self.listing(name, purpose=purpose, development=development), 1):
            pem = pem_in(key)
            if not pem:
                self.problems.append(f"{name} is unsafe: key {number} is no PEM private key on P-256 in base64")
            elif self.is_strict and key == development:
                self.problems.append(f"{name} is unsafe: key {number} is the one that development uses")
            else:
                pems.append(pem)
        return pems

    def database(self, name: str, *, development: str) -> dict[str, Any]:
        """A `postgresql://user:password@host:port/name?option=value` URL as Django's dictionary."""
        url = self.text(name, purpose="postgresql://user:password@host:port/name", development=development)
        parts = urlsplit(url)
        if url and parts.scheme not in {"postgres", "postgresql"}:
            self.problems.append(f"{name} starts with {parts.scheme or 'nothing'!r}: write postgresql://…")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(self._port(name, parts) or ""),
            "OPTIONS": dict(parse_qsl(parts.query)),
        }

    def smtp(self, name: str, *, development: str) -> dict[str, Any]:
        """An `smtp://`, `smtp+tls://` (STARTTLS) or `smtps://` URL as arguments of Django's SMTP backend."""
        url = self.text(name, purpose="smtp+tls://user:password@host:587", development=development)
        parts = urlsplit(url)
        if url and parts.scheme not in {"smtp", "smtp+tls", "smtps"}:
            self.problems.append(f"{name} starts with {parts.scheme!r}: write smtp://, smtp+tls:// or smtps://")
        return {
            "host": parts.hostname or "localhost",
            "port": self._port(name, parts) or {"smtps": 465, "smtp+tls": 587}.get(parts.scheme, 25),
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_tls": parts.scheme == "smtp+tls",
            "use_ssl": parts.scheme == "smtps",
        }

    def redis(self, name: str, *, purpose: str, default: str | None = None, development: str | None = None) -> str:
        """A `redis://host:port/number` URL; `rediss://` with TLS, `unix://` for a socket. `default` is not checked."""
        url = self.text(name, purpose=purpose, default=default, development=development)
        if url == default:
            return url
        parts = urlsplit(url)
        if url and parts.scheme not in {"redis", "rediss", "unix"}:
            self.problems.append(f"{name} starts with {parts.scheme or 'nothing'!r}: write redis://…")
        self._port(name, parts)
        return url

    def _port(self, name: str, parts: SplitResult) -> int | None:
        try:
            return parts.port
        except ValueError:
            self.problems.append(f"{name} has a port that is not a number from 1 to 65535")
            return None

    def refuse_to_start_with_problems(self) -> None:
        """End the process with one line for each problem, if there are any."""
        if self.problems:
            _exit_with_lines(self.problems)


def page_origins(*urls: str) -> list[str]:
    """The origins of these pages, as a browser names them; of one by number also the one by name."""
    origins: list[str] = []
    for parts in map(urlsplit, urls):
        origins.append(f"{parts.scheme}://{parts.netloc}")
        if _is_number(parts.hostname or ""):
            port = f":{parts.port}" if parts.port else ""
            origins.append(f"{parts.scheme}://{DEVELOPMENT_HOST}{port}")
    return list(dict.fromkeys(origins))


def relying_party(url: str) -> str:
    """The host that passkeys of this page are for."""
    host = urlsplit(url).hostname or DEVELOPMENT_HOST
    return DEVELOPMENT_HOST if _is_number(host) else host


def _is_number(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _exit_with_lines(lines: list[str]) -> NoReturn:
    for line in lines:
        sys.stderr.write(f"settings: {line}\n")
    raise SystemExit(1)
