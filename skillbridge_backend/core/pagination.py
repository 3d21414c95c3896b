"""Cursor pages: `?cursor=` and `?limit=` (1 to 100, 25 when absent)."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from skillbridge_backend.core.errors import InvalidInput

DEFAULT_LIMIT = 25
LARGEST_LIMIT = 100


class CursorPages(CursorPagination):
    """Pages that stay right while rows come and go. Newest first unless the view sets `page_ordering`.

    Primary keys are UUIDv7, so `-id` is the order of creation, total, and served by the primary key's index.
    """

    page_size = DEFAULT_LIMIT
    page_size_query_param = "limit"
    max_page_size = LARGEST_LIMIT
    ordering = "-id"

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
