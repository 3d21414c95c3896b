"""The server of the client's page gives out that page, its library, and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.browser.page_server import CLIENT, PageServer, page_server


@pytest.fixture
def page(tmp_path: Path) -> Iterator[PageServer]:
    with page_server() as server:
        server.api = "http://localhost:4711"
        server.library = tmp_path / "esm"
        server.library.mkdir()
        (server.library / "index.js").write_text("export const one = 1;")
        (tmp_path / "secret.js").write_text("no")
        yield server


def get(page: PageServer, path: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{page.server_port}{path}")


def test_page_may_ask_the_api_and_run_its_own_scripts_alone(page: PageServer) -> None:
    opened = get(page, "/")

    assert opened.text == (CLIENT / "index.html").read_text()
    policy = opened.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert policy.endswith("connect-src 'self' http://localhost:4711")
    assert get(page, "/config.json").json() == {"api": "http://localhost:4711/api/v1/"}


def test_every_file_that_the_page_names_is_there(page: PageServer) -> None:
    named = [name for file in CLIENT.glob("*.*") for name in re.findall(r'"(/[\w/.-]+\.\w+)"', file.read_text())]

    assert {"/app.js", "/api.js", "/style.css", "/lib/simplewebauthn/index.js"} <= set(named)
    assert {name: get(page, name).status_code for name in named} == dict.fromkeys(named, 200)


@pytest.mark.parametrize(
    "path", ["/../page_server.py", "/lib/simplewebauthn/../secret.js", "/lib/simplewebauthn/%2e%2e/secret.js", "/no.js"]
)
def test_nothing_else_is_given_out(page: PageServer, path: str) -> None:
    assert page.content_of(path) is None


def test_only_known_acts_are_done(page: PageServer) -> None:
    done = []
    page.acts = {"/acts/age": lambda: done.append("age")}
    address = f"http://127.0.0.1:{page.server_port}/acts"

    assert httpx.post(f"{address}/age").status_code == 204
    assert httpx.post(f"{address}/other").status_code == 404
    assert done == ["age"]
