"""Where a browser may be led after a login at a provider: pages of ours and of nobody else. Pure but for the settings.

A path is one of WEB_APP_URL; a whole address must be of LOGIN_RETURN_ORIGINS. Whatever a browser could read as another
address (two slashes or backslashes, `javascript:`, control characters, a user before the host) is refused as it is.
"""

from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from skillbridge_backend.core.errors import InvalidInput

LONGEST = 500


def landing(wanted: str) -> str:
    """The address that `wanted` stands for. Raises InvalidInput for `next`."""
    is_path = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    address = f"{settings.WEB_APP_URL}{wanted}" if is_path else wanted
    parts = _parts(address)
    hosts = {urlsplit(origin).netloc for origin in settings.LOGIN_RETURN_ORIGINS}
    if (
        parts is None
        or len(address) > LONGEST
        or f"{parts.scheme}://{parts.netloc}" not in settings.LOGIN_RETURN_ORIGINS
        or not url_has_allowed_host_and_scheme(address, hosts)
        or not address.isprintable()
        or "\\" in address
        or parts.fragment
    ):
        raise InvalidInput.of(
            "next",
            "Write a path such as /welcome, or an address at one of LOGIN_RETURN_ORIGINS, without a fragment.",
            code="not_allowed",
        )
    return address


def with_fragment(address: str, **values: str) -> str:
    """The address with these after a `#`, which browsers keep to themselves: no server and no log sees them."""
    return f"{address}#{urlencode(values)}"


def _parts(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:
        return None
