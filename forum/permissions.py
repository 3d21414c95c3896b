"""Role predicates of this app."""

from skillbridge_backend.core.permissions import AllowAny, IsAuthenticated, IsStaffRole

READERS = (AllowAny,)
WRITERS = (IsAuthenticated,)
MODERATORS = (IsStaffRole,)
