"""Permission classes that every app uses, and the one that denies what nobody declared."""

from typing import Any

from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request

__all__ = ["AllowAny", "IsAuthenticated", "IsStaffRole", "Undeclared"]


class Undeclared(BasePermission):
    """Denies always: an action that does not declare its permission is open to nobody."""

    message = "This action does not declare who may use it."

    def has_permission(self, request: Request, view: Any) -> bool:
        """No."""
        return False


class IsStaffRole(BasePermission):
    """Moderators and admins."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True for the roles `moderator` and `admin`."""
        return getattr(request.user, "role", None) in {"moderator", "admin"}
