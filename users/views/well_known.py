"""What software looks for at fixed addresses (RFC 8615)."""

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from users import signing_keys

CACHED_SECONDS = 300


@transaction.non_atomic_requests
@require_safe
def jwks(request: HttpRequest) -> JsonResponse:
    """The public keys that verify access tokens. A key is here before it signs anything: see docs/deployment.md."""
    return JsonResponse(signing_keys.jwks(), headers={"Cache-Control": f"public, max-age={CACHED_SECONDS}"})
