"""What GitHub's side does: bodies of deliveries and their signatures."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

from progress.models import Repository
from progress.tests.factories import SECRET

DATA = Path(__file__).parent / "data"
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "github-webhooks"
"""Bodies as GitHub really sent them, where somebody keeps them beside the project."""


def payload(name: str) -> Any:
    """The payload of `data/<name>.json`."""
    return json.loads((DATA / f"{name}.json").read_bytes())


def body(name: str, **changes: Any) -> bytes:
    """The bytes of a delivery."""
    return json.dumps(payload(name) | changes).encode()


def signature(raw: bytes, secret: str = SECRET) -> str:
    """X-Hub-Signature-256."""
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def deliver(
    client: Any,
    repository: Repository,
    raw: bytes,
    *,
    event: str = "push",
    guid: str = "guid-1",
    secret: str = SECRET,
    content_type: str = "application/json",
    **headers: str,
) -> Any:
    """Send a signed delivery as GitHub does; `headers` replace or, when empty, remove what it sends."""
    sent = {
        "X-Hub-Signature-256": signature(raw, secret),
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": guid,
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    return client.generic(
        "POST",
        f"/api/v1/webhooks/github/{repository.pk}/",
        raw,
        content_type,
        headers={name: value for name, value in sent.items() if value},
    )
