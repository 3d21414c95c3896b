"""What operators set: read with its type, refused with one line for each problem."""

import json
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest

from skillbridge_backend.embedded.installation import new_signing_key
from skillbridge_backend.settings.environment import BASE_DIR, DEVELOPMENT_SIGNING_KEY, Environment

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "skillbridge_backend.settings.production",
    "SECRET_KEY": "kq8#Vd2!mZ7pLx0wRt" * 3,
    "JWT_SIGNING_KEYS": new_signing_key(),
    "FIELD_ENCRYPTION_KEYS": "b3BlcmF0b3Itb25seS1mZXJuZXQta2V5LTAxMjM0NTY=",
    "PERSONAL_TOKEN_KEYS": "b3BlcmF0b3Itb25seS10b2tlbi1rZXlzLTAxMjM0NTY=",
    "ALLOWED_HOSTS": "api.example.org",
    "PUBLIC_URL": "https://api.example.org",
    "DATABASE_URL": "postgresql://sb_web:secret@db/skillbridge",
    "REDIS_URL": "redis://cache:6379/0",
    "EMAIL_URL": "smtp+tls://user:secret@mail.example.org:587",
    "DEFAULT_FROM_EMAIL": "SkillBridge <hello@example.org>",
    "MATCHER_TOKEN": "T9uWb3xKe6nHq2LcVz8s" * 2,
    "METRICS_TOKEN": "gY4mRd7fPj1aXo5iBt0v" * 2,
}


CLIENT = {"client_id": "a", "client_secret": "b"}
ADDRESSES = {name: f"https://chat.example.org/{name}" for name in ("authorize_url", "token_url", "userinfo_url")}
CHAT = CLIENT | ADDRESSES | {"id_field": "id"}
MICROSOFT = CLIENT | {"issuer": "https://login.microsoftonline.com/common/v2.0"}
APPLE = {"client_id": "a", "issuer": "https://appleid.apple.com", "team_id": "T", "key_id": "K"}


def start_production(tmp_path: Path, **changes: str | None) -> subprocess.CompletedProcess[str]:
    values = PRODUCTION | changes
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=BASE_DIR,
        env={name: value for name, value in values.items() if value is not None} | {"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("surface", "silenced"), [("api", 3), ("admin", 0)])
def test_production_with_everything_set_has_nothing_to_say(tmp_path: Path, surface: str, silenced: int) -> None:
    done = start_production(tmp_path, SKILLBRIDGE_SURFACE=surface)
    said = f"System check identified no issues ({silenced} silenced).\n"
    assert (done.returncode, done.stdout) == (0, said), done.stderr


def test_production_names_every_missing_variable_on_a_line_of_its_own(tmp_path: Path) -> None:
    done = start_production(tmp_path, SECRET_KEY=None, DATABASE_URL=None, EMAIL_URL=None, METRICS_TOKEN=None)
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 1
    assert [line.split()[1] for line in lines] == ["SECRET_KEY", "DATABASE_URL", "METRICS_TOKEN", "EMAIL_URL"]
    assert all(line.startswith("settings: ") and " is missing: " in line for line in lines)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY is unsafe: 5 characters, at least 50 are needed"),
        ("JWT_SIGNING_KEYS", "x" * 64, "JWT_SIGNING_KEYS is unsafe: key 1 is no PEM private key on P-256 in base64"),
        (
            "JWT_SIGNING_KEYS",
            f"{new_signing_key()},{DEVELOPMENT_SIGNING_KEY}",
            "JWT_SIGNING_KEYS is unsafe: key 2 is the one that development uses",
        ),
        ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS is unsafe: name the hosts instead of *"),
        ("PUBLIC_URL", "http://api.example.org", "PUBLIC_URL is unsafe: it must start with https://"),
        ("DATABASE_URL", "mysql://x/y", "DATABASE_URL starts with 'mysql': write postgresql://…"),
        ("EMAIL_URL", "ftp://x", "EMAIL_URL starts with 'ftp': write smtp://, smtp+tls:// or smtps://"),
        ("FIELD_ENCRYPTION_KEYS", "nonsense", "FIELD_ENCRYPTION_KEYS is unsafe"),
        (
            "FIELD_ENCRYPTION_KEYS",
            "ZGV2ZWxvcG1lbnQtb25seS1mZXJuZXQta2V5LTAxMjM=",
            "FIELD_ENCRYPTION_KEYS is unsafe: key 1 is the one that development uses",
        ),
        ("PERSONAL_TOKEN_KEYS", "nonsense", "PERSONAL_TOKEN_KEYS is unsafe"),
        (
            "PERSONAL_TOKEN_KEYS",
            "ZGV2ZWxvcG1lbnQtb25seS10b2tlbi1rZXktMDEyMzQ=",
            "PERSONAL_TOKEN_KEYS is unsafe: key 1 is the one that development uses",
        ),
        ("MATCHER_TOKEN", "secret", "MATCHER_TOKEN is unsafe: 6 characters, at least 32 are needed"),
        ("METRICS_TOKEN", "p" * 40, "METRICS_TOKEN is unsafe: it has only 1 different characters"),
        ("REDIS_URL", "cache:6379", "REDIS_URL starts with 'cache': write redis://…"),
        ("CACHE_URL", "redis://cache:many/0", "CACHE_URL has a port that is not a number from 1 to 65535"),
        ("EMAIL_URL", "smtp://mail:many", "EMAIL_URL has a port that is not a number from 1 to 65535"),
        ("GEOIP_DATABASE", "/nowhere.mmdb", "GEOIP_DATABASE is '/nowhere.mmdb', which cannot be read: name a MaxMind"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT is 'xml': write console or json"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is 'loud': write DEBUG, INFO, WARNING or ERROR"),
        ("SKILLBRIDGE_SURFACE", "both", "SKILLBRIDGE_SURFACE is 'both': write api or admin"),
        ("LOGIN_PROVIDERS", "github", 'LOGIN_PROVIDERS cannot be read: write {"google": {"issuer": "https://…", …}}'),
        ("LOGIN_PROVIDERS", '["github"]', "LOGIN_PROVIDERS cannot be read"),
        (
            "LOGIN_PROVIDERS",
            '{"corp": {"client_id": "a", "client_secret": "b", "issuer": "http://corp.example.org"}}',
            "LOGIN_PROVIDERS: corp has issuer 'http://corp.example.org': it must start with https://",
        ),
        (
            "LOGIN_PROVIDERS",
            '{"corp": {"client_id": "a", "client_secret": "b"}}',
            "LOGIN_PROVIDERS: corp has no issuer",
        ),
        ("GITHUB_LOGIN_CLIENT_ID", "a", "LOGIN_PROVIDERS: github has no client_secret"),
        (
            "LOGIN_PROVIDERS",
            json.dumps({"apple": APPLE}),
            "LOGIN_PROVIDERS: apple has no private_key",
        ),
        (
            "LOGIN_PROVIDERS",
            json.dumps({"chat": CHAT | {"token_url": "http://chat.example.org/token"}}),
            "LOGIN_PROVIDERS: chat has token_url 'http://chat.example.org/token': it must start with https://",
        ),
        ("MATCHER_TIMEOUT_SECONDS", "soon", "MATCHER_TIMEOUT_SECONDS is 'soon': write a number"),
    ],
)
def test_production_refuses_what_is_unsafe(tmp_path: Path, name: str, value: str, says: str) -> None:
    done = start_production(tmp_path, **{name: value})
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith(f"settings: {says}")


def test_production_with_nothing_set_says_one_line_for_each_variable(tmp_path: Path) -> None:
    done = start_production(tmp_path, **{name: None for name in PRODUCTION if name != "DJANGO_SETTINGS_MODULE"})
    named = [line.split()[1] for line in done.stderr.splitlines()]
    assert sorted(named) == sorted(PRODUCTION.keys() - {"DJANGO_SETTINGS_MODULE"})


def environment(**values: str) -> Environment:
    return Environment(values, is_strict=False)


def test_database_url_is_taken_apart_with_its_escapes() -> None:
    settings = environment(DATABASE_URL="postgres://me:p%40ss@db:5433/sky%20net?sslmode=require").database(
        "DATABASE_URL", development=""
    )
    assert settings == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "sky net",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


def test_database_url_with_a_bad_port_is_a_problem() -> None:
    env = environment(DATABASE_URL="postgres://db:99999/x")
    env.database("DATABASE_URL", development="")
    assert env.problems == ["DATABASE_URL has a port that is not a number from 1 to 65535"]


@pytest.mark.parametrize(
    ("url", "port", "tls", "ssl"),
    [("smtp://h", 25, False, False), ("smtp+tls://h", 587, True, False), ("smtps://h:99", 99, False, True)],
)
def test_smtp_url_says_how_to_encrypt(url: str, port: int, tls: bool, ssl: bool) -> None:
    settings = environment(EMAIL_URL=url).smtp("EMAIL_URL", development="")
    assert (settings["port"], settings["use_tls"], settings["use_ssl"]) == (port, tls, ssl)


def test_choice_may_be_written_in_any_case() -> None:
    env = environment(LOG_LEVEL="debug", LOG_FORMAT="")
    assert env.choice("LOG_LEVEL", "DEBUG", "INFO", default="INFO") == "DEBUG"
    assert env.choice("LOG_FORMAT", "console", "json", default="json") == "json"
    assert env.problems == []


def test_flags_numbers_and_lists() -> None:
    env = environment(ON="yes", OFF="0", ODD="maybe", N="2.5", LOW="-1", LIST="a, b,,c")
    assert env.flag("ON", default=False) is True
    assert env.flag("OFF", default=True) is False
    assert env.flag("NONE", default=True) is True
    assert env.flag("ODD", default=True) is False
    assert env.number("N", default=1) == 2.5
    assert env.number("LOW", default=1) == -1
    assert env.listing("LIST", purpose="") == ["a", "b", "c"]
    assert env.problems == ["ODD is 'maybe': write true or false", "LOW is -1: write 0 or more"]


GITHUB = {"client_id": "", "client_secret": "", "web_url": "https://github.com", "api_url": "https://api.github.com"}
CORP = '{"corp": {"client_id": "a", "client_secret": "b", "issuer": "https://corp.example.org"}}'


def test_login_providers_are_github_by_its_variables_and_others_by_json() -> None:
    env = environment(LOGIN_PROVIDERS=CORP)
    assert env.login_providers("LOGIN_PROVIDERS", github=GITHUB).keys() == {"corp"}
    named = env.login_providers("LOGIN_PROVIDERS", github={**GITHUB, "client_id": "c", "client_secret": "d"})
    assert named.keys() == {"corp", "github"}
    assert (named["github"]["client_id"], named["github"]["web_url"]) == ("c", "https://github.com")
    assert env.problems == []
    assert environment().login_providers("LOGIN_PROVIDERS", github=GITHUB) == {}


def test_github_in_json_is_completed_by_its_variables() -> None:
    text = '{"github": {"client_id": "a", "client_secret": "b", "api_url": "https://git.example.org/api/v3"}}'
    env = environment(LOGIN_PROVIDERS=text)
    (github,) = env.login_providers("LOGIN_PROVIDERS", github=GITHUB).values()
    assert (github["client_id"], github["web_url"]) == ("a", "https://github.com")
    assert github["api_url"] == "https://git.example.org/api/v3"
    assert env.problems == []


def test_every_problem_of_a_login_provider_is_named() -> None:
    env = environment(LOGIN_PROVIDERS='{"A b": {"client": "a", "issuer": "ftp://x"}}')
    env.login_providers("LOGIN_PROVIDERS", github=GITHUB)
    said = [problem.partition(":")[2] for problem in env.problems]
    assert [each.split(",")[0] for each in said] == [
        " A b is no name: write up to 30 lower-case letters",
        " A b has client",
        " A b has no client_id",
        " A b has no client_secret",
        " A b has issuer 'ftp://x': it must start with https://",
    ]


def said_of(**about: str) -> list[str]:
    """The problems of a provider of which this is said."""
    env = environment(LOGIN_PROVIDERS=json.dumps({"some": about}))
    env.login_providers("LOGIN_PROVIDERS", github=GITHUB)
    return [problem.removeprefix("LOGIN_PROVIDERS: some ") for problem in env.problems]


def test_every_kind_of_login_provider_is_taken_when_it_is_whole() -> None:
    emails = {"emails_url": "https://chat.example.org/emails", "email_field": "email", "email_primary_field": "primary"}
    for about in (
        CHAT,
        CHAT | emails | {"emails_field": "values", "email_verified_field": "ok", "name_field": "n", "login_field": "l"},
        CHAT | {"client_authentication": "client_secret_basic", "pkce": "false", "emails_are_verified": "true"},
        MICROSOFT | {"email_verified_field": "xms_edov", "scopes": "openid email"},
        APPLE | {"private_key": new_signing_key(), "label": "Apple", "scopes": "openid"},
        CLIENT | {"web_url": "https://git.example.org", "api_url": "https://git.example.org/api/v3"},
    ):
        assert said_of(**about) == []


@pytest.mark.parametrize(
    ("about", "problem"),
    [
        (CHAT | {"id_field": ""}, "has no id_field"),
        (CHAT | {"token_url": ""}, "has no token_url"),
        (CHAT | {"token_url": "ftp://x"}, "has token_url 'ftp://x': it must start with https://"),
        (CHAT | {"userinfo_url": "me"}, "has userinfo_url 'me': it must start with https://"),
        (CHAT | {"emails_url": "https://x", "email_field": "a"}, "has no email_primary_field"),
        (CHAT | {"pkce": "maybe"}, "has pkce 'maybe': write true or false"),
        (CHAT | {"emails_are_verified": "yes"}, "has emails_are_verified 'yes': write true or false"),
        (
            CHAT | {"client_authentication": "none"},
            "has client_authentication 'none': write client_secret_post or client_secret_basic",
        ),
        (CHAT | {"team": "T"}, "has team, which is not known: write authorize_url, client_authentication, client_id"),
        (MICROSOFT | {"id_field": "oid"}, "has id_field, which is not known: write client_id"),
        (MICROSOFT | {"scopes": "email profile"}, "has scopes 'email profile': openid must be among them"),
        (MICROSOFT | {"emails_are_verified": "true"}, "has emails_are_verified, which nobody can say of all tenants"),
        (APPLE | {"private_key": "nonsense"}, "has a private_key that is no PEM private key on P-256 in base64"),
        (APPLE | {"private_key": new_signing_key(), "client_secret": "b"}, "has client_secret, which is not known"),
        (CLIENT | {"web_url": "https://git.example.org"}, "has no api_url"),
    ],
)
def test_what_a_kind_of_login_provider_lacks_or_has_too_much_is_named(about: dict[str, str], problem: str) -> None:
    (said,) = said_of(**about)

    assert said.startswith(problem)


def test_private_key_of_a_login_provider_is_its_pem() -> None:
    key = new_signing_key()
    env = environment(LOGIN_PROVIDERS=json.dumps({"apple": APPLE | {"private_key": key}}))
    (apple,) = env.login_providers("LOGIN_PROVIDERS", github=GITHUB).values()

    assert apple["private_key"] == b64decode(key).decode()
