"""What GitHub says and how it proves it: names of repositories, signatures, and the work in a payload. Pure functions.

Belongs here: everything that knows the form of GitHub's requests. Not here: what is stored of it, and for whom.
Sources: docs.github.com, "Webhook events and payloads" and "Validating webhook deliveries".
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import orjson

from progress.exceptions import UnreadableBody, UnsupportedBodyType

# GitHub: letters, digits and single hyphens inside, at most 39; a name may hold dots and underscores, at most 100.
_OWNER = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}\Z")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}\Z")
_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})\Z")
_ESCAPED_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
COMMIT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")  # SHA-1 or SHA-256
BRANCH_PREFIX = "refs/heads/"
OLDEST_CREDITED = timedelta(days=30)
"""Work may be dated back this far before its delivery; older or future dates are not believed."""


@dataclass(frozen=True, slots=True)
class Work:
    """One commit or merged pull request."""

    external_id: str
    is_pull_request: bool
    occurred_at: datetime
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Findings:
    """The work in a delivery; without any, `reason` says why there is none."""

    work: tuple[Work, ...] = ()
    reason: str = ""


class MalformedPayloadError(Exception):
    """The payload has not the form that GitHub documents for its event."""


def is_repository_name(full_name: str) -> bool:
    """True for `owner/name` as GitHub allows it: `.` and `..` are no names, `.git` ends none."""
    owner, _, name = full_name.partition("/")
    is_reserved = name in {".", ".."} or name.lower().endswith((".git", ".wiki"))
    return bool(_OWNER.match(owner) and _NAME.match(name)) and not is_reserved


def is_signed(body: bytes, header: str | None, secrets: Iterable[str]) -> bool:
    """True when the header is the HMAC-SHA256 of exactly these bytes under one of the secrets.

    All secrets are tried and compared in constant time, so the answer's duration says nothing about them.
    """
    match = _SIGNATURE.match(header or "")
    if match is None:
        return False
    given = match.group(1)
    digests = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets]
    return any([hmac.compare_digest(digest, given) for digest in digests])  # noqa: C419  # no early end


def payload_of(body: bytes, content_type: str) -> dict[str, Any]:
    """The payload of a body, JSON or a form with `payload=`.

    Raises UnreadableBody (400) for what is no JSON object, UnsupportedBodyType (415) for another content type.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "application/x-www-form-urlencoded":
        fields = parse_qs(body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=10)
        body = fields.get("payload", [""])[0].encode()
    elif media_type != "application/json":
        raise UnsupportedBodyType("Choose application/json or application/x-www-form-urlencoded for the webhook.")
    try:
        # PostgreSQL stores no NUL character; a commit message may hold one.
        payload = orjson.loads(_ESCAPED_NUL.sub(rb"\1\\ufffd", body))
        orjson.dumps(payload)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:
        raise UnreadableBody(f"The body is not JSON that can be read: {error}") from error
    if not isinstance(payload, dict):
        raise UnreadableBody("The payload must be a JSON object.")
    return payload


def repository_of(payload: dict[str, Any]) -> str:
    """The full name of the repository that the payload is about; '' when it names none."""
    repository = payload.get("repository")
    full_name = repository.get("full_name") if isinstance(repository, dict) else None
    return full_name if isinstance(full_name, str) else ""


def find_work(event: str, payload: dict[str, Any], *, received_at: datetime) -> Findings:
    """The work in a delivery. Raises MalformedPayloadError when a push or pull request has not the documented form."""
    try:
        if event == "push":
            return _work_of_push(payload, received_at)
        if event == "pull_request":
            return _work_of_pull_request(payload, received_at)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise MalformedPayloadError(f"{type(error).__name__}: {error}") from error
    return Findings(reason="ping" if event == "ping" else "event_not_counted")


def _work_of_push(payload: dict[str, Any], received_at: datetime) -> Findings:
    """The distinct commits of a branch: those that came with no earlier push."""
    if payload["deleted"]:
        return Findings(reason="branch_deleted")
    if not payload["ref"].startswith(BRANCH_PREFIX):
        return Findings(reason="not_a_branch")
    if not payload["commits"]:
        return Findings(reason="no_commits")
    if not all(COMMIT_ID.fullmatch(commit["id"]) for commit in payload["commits"]):
        raise MalformedPayloadError("a commit's id is not a SHA in hexadecimal")
    prefix = f"github:{repository_of(payload).lower()}"
    commits = {c["id"]: c for c in payload["commits"] if c["distinct"] and not _is_bot(c["author"].get("username"))}
    work = tuple(
        Work(
            external_id=f"{prefix}:{sha}",
            is_pull_request=False,
            occurred_at=credited_time(commit["timestamp"], received_at),
            data={
                "title": commit["message"].partition("\n")[0][:200],
                "url": commit["url"],
                "author": commit["author"].get("username") or "",
                "branch": payload["ref"].removeprefix(BRANCH_PREFIX),
            },
        )
        for sha, commit in commits.items()
    )
    return Findings(work) if work else Findings(reason="no_commits_of_the_learner")


def _work_of_pull_request(payload: dict[str, Any], received_at: datetime) -> Findings:
    pull_request = payload["pull_request"]
    if payload["action"] != "closed":
        return Findings(reason="action_not_counted")
    if not pull_request["merged"]:
        return Findings(reason="not_merged")
    if _is_bot(pull_request["user"]["login"]):
        return Findings(reason="author_is_a_bot")
    work = Work(
        external_id=f"github:{repository_of(payload).lower()}:pull:{int(pull_request['number'])}",
        is_pull_request=True,
        occurred_at=credited_time(pull_request["merged_at"], received_at),
        data={
            "title": pull_request["title"][:200],
            "url": pull_request["html_url"],
            "author": pull_request["user"]["login"],
            "number": pull_request["number"],
        },
    )
    return Findings((work,))


def _is_bot(login: str | None) -> bool:
    """GitHub ends the login of every app with `[bot]`."""
    return bool(login) and str(login).endswith("[bot]")


def credited_time(timestamp: str, received_at: datetime) -> datetime:
    """The work's own time when it is believable, otherwise the delivery's: anybody can set the clock of a commit.

    Believable is from OLDEST_CREDITED before the delivery to the delivery, both included.
    """
    occurred_at = datetime.fromisoformat(timestamp)
    if occurred_at.tzinfo is None:
        occurred_at = occurred_at.replace(tzinfo=UTC)
    is_believable = received_at - OLDEST_CREDITED <= occurred_at <= received_at
    return occurred_at if is_believable else received_at
