"""The base of pages that change nothing by themselves."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin


class LookOnly(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Shows rows; changes none."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes here."""
        return False
