"""Cursor pages: `?cursor=` and `?limit=` (1 to 100, 25 when absent)."""

from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from skillbridge_backend.core.errors import InvalidInput

DEFAULT_LIMIT = 25
LARGEST_LIMIT = 100


class PagePart(TypedDict):
    """As much of an ordered list as a page is cut from, for who would not read more of it."""

    position: str | None
    """Behind which it begins, in the column that orders the list."""
    is_backwards: bool
    """It ends before the position, and goes from there backwards."""
    most: int
    """Rows: those of the page, and one that tells whether there are more."""


class CursorPages(CursorPagination):
    """Pages that stay right while rows come and go. Newest first unless the view sets `page_ordering`.

    Primary keys are UUIDv7, so `-id` is the order of creation, total, and served by the primary key's index.
    """

    page_size = DEFAULT_LIMIT
    page_size_query_param = "limit"
    max_page_size = LARGEST_LIMIT
    ordering = "-id"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """One page. Raises InvalidInput for a cursor that is none of ours, or one of another list."""
        cursor = self.decode_cursor(request)
        if cursor and cursor.position is not None:
            _check_position(queryset, self.get_ordering(request, queryset, view)[0].lstrip("-"), str(cursor.position))
        return super().paginate_queryset(queryset, request, view)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The cursor of the request, or None."""
        try:
            return super().decode_cursor(request)
        except NotFound as error:
            raise _not_ours() from error

    def part_of(self, request: Request) -> PagePart:
        """What the page of this request is cut from."""
        cursor = self.decode_cursor(request) or Cursor(0, reverse=False, position=None)
        return {
            "position": None if cursor.position is None else str(cursor.position),
            "is_backwards": cursor.reverse,
            "most": cursor.offset + self.get_page_size(request) + 1,
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Both parameters, as `decode_cursor` and `get_page_size` take them."""
        cursor, limit = super().get_schema_operation_parameters(view)
        cursor["description"] = "From `next` or `previous` of a page of this list."
        limit["description"] = f"How many; {DEFAULT_LIMIT} when absent."
        limit["schema"] = {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT}
        return [cursor, limit]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A page. DRF describes it in the words of OpenAPI 3.0; in 3.1 what may be null is a type."""
        page: dict[str, Any] = super().get_paginated_response_schema(schema)
        for name in ("next", "previous"):
            del page["properties"][name]["nullable"]
            page["properties"][name]["type"] = ["string", "null"]
        return {**page, "required": ["next", "previous", "results"]}

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        """The view's `page_ordering`, which must end in a unique field, or newest first."""
        return tuple(getattr(view, "page_ordering", ("-id",)))

    def get_page_size(self, request: Request) -> int:
        """The limit asked for; what is not a number from 1 to 100 is an error, not a guess."""
        raw = request.query_params.get("limit")
        if raw is None:
            return DEFAULT_LIMIT
        if not (raw.isascii() and raw.isdigit() and 1 <= int(raw[:4]) <= LARGEST_LIMIT and len(raw) <= 3):
            raise InvalidInput.of("limit", f"Write a number from 1 to {LARGEST_LIMIT}.")
        return int(raw)


def _check_position(queryset: QuerySet[Any], name: str, position: str) -> None:
    """Whether `position` is a value of the field that orders the list: a client may have written anything there."""
    named = queryset.query.annotations.get(name) or queryset.model._meta.get_field(name)  # noqa: SLF001  # Django's documented API
    field: Any = getattr(named, "output_field", named)  # of an annotation or a generated field
    try:
        value = field.to_python(position)
    except (ValidationError, ValueError, OverflowError) as error:
        raise _not_ours() from error
    if value is None or "\0" in position:
        raise _not_ours()


def _not_ours() -> InvalidInput:
    return InvalidInput.of("cursor", "Take it from `next` or `previous` of this list, or leave it out.")
