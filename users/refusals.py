"""The API's answer to an error, counted: DRF asks its throttles last, and what is refused before would cost nothing.

Who asks is settled first, so that whoever is logged in is not counted with those who send rubbish from beside them.
"""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from skillbridge_backend.core.errors import RateLimited
from skillbridge_backend.core.problems import problem_response
from users.authentication import TokenOver
from users.limits import GeneralLimits, count_refused


def counted_problem(exc: Exception, about: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: `problem_response`, of the limit where the refused request was one too many.

    Once a request: what GeneralLimits has seen is counted, and so is what another limit refused. Views without the
    general limits count for themselves, or nothing.
    """
    request: Request = about["request"]
    throttles = about["view"].get_throttles()
    if not isinstance(exc, RateLimited) and any(isinstance(each, GeneralLimits) for each in throttles):
        try:
            count_refused(request, is_token_over=isinstance(exc, TokenOver))
        except RateLimited as refusal:
            exc = refusal
    return problem_response(exc, about)
