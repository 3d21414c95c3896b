"""JSON in and out by orjson: strict about what it reads, fast at what it writes."""

from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

import orjson
from django.utils.functional import Promise
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, StaticHTMLRenderer


def _encode_rest(value: Any) -> Any:
    """What orjson does not know itself: decimals as strings (no rounding), lazy translations as text."""
    if isinstance(value, Decimal | Promise):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def to_json(value: Any) -> bytes:
    """`value` as compact UTF-8 JSON; datetimes as RFC 3339 in UTC with Z."""
    return orjson.dumps(value, default=_encode_rest, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


class OrjsonRenderer(BaseRenderer):
    """Answers with `application/json`; an empty body stays empty."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """`data` as JSON."""
        return b"" if data is None else to_json(data)


class PageRenderer(StaticHTMLRenderer):
    """For views that answer a browser's form with a page of their own, and with a problem where they have none."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The problem document; pages are rendered where they are made."""
        return OrjsonRenderer().render(data)


class OrjsonParser(BaseParser):
    """Reads `application/json`. Deep nesting, lone surrogates, NaN and bad UTF-8 are a 400, never a 500."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The value of the body."""
        try:
            return orjson.loads(stream.read())
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not valid JSON: {error}") from error
