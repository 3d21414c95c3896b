"""GitHub's side of things: names, signatures, bodies, and what counts as work."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from progress.exceptions import UnreadableBody, UnsupportedBodyType
from progress.github import (
    MalformedPayloadError,
    credited_time,
    find_work,
    is_repository_name,
    is_signed,
    payload_of,
    repository_of,
)
from progress.tests.deliveries import DATA, REAL, payload, signature

NOW = datetime(2026, 1, 12, tzinfo=UTC)
JSON = "application/json"


@pytest.mark.parametrize("name", ["octo/hello", "a/b", "a-b/c.d_e-f", "A1/.github", "o" * 39 + "/" + "n" * 100])
def test_repository_name_as_github_allows_it(name: str) -> None:
    assert is_repository_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "", "octo", "octo/", "/hello", "octo/hello/x", "-octo/hello", "octo-/hello", "oc--to/hello", "octo/..",
        "octo/.",
        "octo/hello.git", "octo/hello.wiki", "octo/he llo", "octo/hello\n", "o" * 40 + "/n", "o/" + "n" * 101,
        "https://github.com/octo/hello", "öcto/hello",
    ],
)  # fmt: skip
def test_repository_name_that_github_refuses(name: str) -> None:
    assert not is_repository_name(name)


def test_signature_is_of_exactly_these_bytes_under_one_of_the_secrets() -> None:
    raw = b'{"a": 1}'
    good = signature(raw, "old")
    assert is_signed(raw, good, ["new", "old"])
    assert not is_signed(raw, good, ["new"])
    assert not is_signed(raw, good, [])
    assert not is_signed(raw + b" ", good, ["old"])
    for broken in (None, "", good.upper(), good[:-1], good + "0", good.replace("sha256", "sha1"), good[7:]):
        assert not is_signed(raw, broken, ["old"])


def test_signature_of_githubs_own_example() -> None:
    # docs.github.com, "Validating webhook deliveries", testing the webhook payload validation
    expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert is_signed(b"Hello, World!", expected, ["It's a Secret to Everybody"])


def test_body_is_read_as_json_or_as_a_form() -> None:
    form = urlencode({"payload": '{"a": "é"}'}).encode()
    assert payload_of(b'{"a": "\xc3\xa9"}', "application/json; charset=utf-8") == {"a": "é"}
    assert payload_of(form, "application/x-www-form-urlencoded") == {"a": "é"}


def test_body_with_a_nul_character_becomes_storable() -> None:
    assert payload_of(rb'{"a": "x\u0000y", "b": "\\u0000"}', JSON) == {"a": "x�y", "b": "\\u0000"}


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b"\xff", b'"x"', b"[" * 2000, b'{"a":' * 300 + b"1" + b"}" * 300]
)
def test_body_that_is_no_json_object_is_refused(raw: bytes) -> None:
    with pytest.raises(UnreadableBody):
        payload_of(raw, JSON)


def test_body_of_another_type_is_refused() -> None:
    with pytest.raises(UnsupportedBodyType):
        payload_of(b"{}", "text/plain")


def test_form_without_payload_is_refused() -> None:
    with pytest.raises(UnreadableBody):
        payload_of(b"other=1", "application/x-www-form-urlencoded")


def test_push_yields_its_distinct_commits_of_people() -> None:
    findings = find_work("push", payload("push"), received_at=NOW)
    assert [work.external_id for work in findings.work] == [f"github:octo/hello:{sha * 20}" for sha in ("a1", "b2")]
    first = findings.work[0]
    assert first.occurred_at == datetime(2026, 1, 10, 21, 30, tzinfo=UTC)
    assert first.data["title"] == "Parse the input"
    assert first.data["branch"] == "main"
    assert "example.org" not in str(findings)


def test_merged_pull_request_is_work() -> None:
    (work,) = find_work("pull_request", payload("pull_request.merged"), received_at=NOW).work
    assert work.external_id == "github:octo/hello:pull:4"
    assert work.is_pull_request
    assert work.occurred_at == datetime(2026, 1, 11, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("push.branch_deleted", "branch_deleted"),
        ("push.tag", "not_a_branch"),
        ("push.no_commits", "no_commits"),
        ("push.bots_only", "no_commits_of_the_learner"),
        ("pull_request.closed", "not_merged"),
        ("pull_request.opened", "action_not_counted"),
        ("pull_request.bot", "author_is_a_bot"),
        ("ping", "ping"),
        ("star.created", "event_not_counted"),
    ],
)
def test_what_is_no_work_has_its_reason(name: str, reason: str) -> None:
    findings = find_work(name.partition(".")[0], payload(name), received_at=NOW)
    assert (findings.work, findings.reason) == ((), reason)


@pytest.mark.parametrize(
    ("event", "broken"),
    [
        ("push", {}),
        ("push", {"deleted": False, "ref": "refs/heads/main", "commits": [{}]}),
        ("push", {"deleted": False, "ref": "refs/heads/main", "commits": "x"}),
        ("push", {"deleted": False, "ref": 1, "commits": []}),
        ("push", {"deleted": False, "ref": "refs/heads/main", "commits": [{"id": "f" * 9000}]}),
        ("pull_request", {"action": "closed", "pull_request": None}),
    ],
)
def test_payload_of_another_form_is_malformed(event: str, broken: dict[str, object]) -> None:
    with pytest.raises(MalformedPayloadError):
        find_work(event, broken, received_at=NOW)


@pytest.mark.parametrize(
    ("claimed", "credited"),
    [
        (NOW, NOW),
        (NOW - timedelta(days=30), NOW - timedelta(days=30)),
        (NOW - timedelta(days=30, seconds=1), NOW),
        (NOW + timedelta(seconds=1), NOW),
    ],
)
def test_work_is_credited_to_its_own_time_within_thirty_days(claimed: datetime, credited: datetime) -> None:
    assert credited_time(claimed.isoformat(), NOW) == credited


def test_time_without_a_zone_is_utc() -> None:
    assert credited_time("2026-01-11T08:00:00", NOW) == datetime(2026, 1, 11, 8, tzinfo=UTC)


BODIES = [*sorted(DATA.glob("*.json")), *sorted(REAL.glob("*.json"))]


@pytest.mark.parametrize("path", BODIES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_real_body_is_understood(path: Path) -> None:
    raw = path.read_bytes()
    event = path.name.partition(".")[0]
    content = payload_of(raw, JSON)
    findings = find_work(event, content, received_at=NOW)
    assert bool(findings.work) != bool(findings.reason)
    assert event == "installation" or "/" in repository_of(content)
