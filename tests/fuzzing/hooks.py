"""What schemathesis loads beside its own.

Each request comes from another address, so that the limits do not swallow the cases: they count addresses and networks
(`users/limits.py`), and a fuzzer is what they are for. And what a rule of `excused.py` names is no finding; how often
each was used is counted in the file that EXCUSED_FILE names.
"""

import atexit
import json
import os
import secrets
from collections import Counter
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.core.transport import Response

from tests.fuzzing.excused import EXCUSES, Finding

DOCUMENTATION = 0x2001_0DB8 << 96
SHORT_KEY = 200
_used: Counter[str] = Counter()


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    # A key that another case has had would get that one's refusal. Lengths at the limits stay.
    if 0 < len(case.headers.get("Idempotency-Key", "")) <= SHORT_KEY:
        case.headers["Idempotency-Key"] += secrets.token_hex(8)
    case.headers["X-Forwarded-For"] = str(IPv6Address(DOCUMENTATION | secrets.randbits(96)))


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext, failure: Failure, case: schemathesis.Case, response: Response
) -> bool:
    finding = Finding(failure.checks, case.operation.label, response.status_code, problem_in(response))
    excuses = finding.excuses(EXCUSES)
    _used.update(excuse.reason for excuse in excuses)
    return not excuses


def problem_in(response: Response) -> dict[str, Any]:
    """The problem document of an answer; empty for any other."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) and "code" in body else {}


@atexit.register
def _tell() -> None:
    if path := os.environ.get("EXCUSED_FILE"):
        Path(path).write_text(json.dumps(_used))
