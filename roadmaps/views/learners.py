"""What the views of roadmaps and modules share: who may ask, for whom is rendered, and what a grant opens."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request

from roadmaps.services import (
    GrantService,
)
from skillbridge_backend.core.permissions import IsAuthenticated
from skillbridge_backend.core.viewsets import ActionViewSet
from users.authentication import actor_of, is_looking
from users.enums import Role
from users.exceptions import ReadOnlySession
from users.models import Profile

MEMBERS = (IsAuthenticated,)


def may_read_granted(request: Request, roadmap_id: UUID) -> bool:
    """Whether a mentor who asks holds a grant; then it is in the log, and visible for the rest of the request.

    Raises ReadOnlySession where it is an admin who looks through the mentor's eyes: the log would say what is not true.
    """
    if actor_of(request).role != Role.MENTOR:
        return False
    if is_looking(request):
        raise ReadOnlySession("The learner's log would say that the mentor read it.")
    return GrantService.open(roadmap_id=roadmap_id)


class LearnerViewSet(ActionViewSet):
    """Renders for the reader: resources come in their languages."""

    lookup_value_converter = "uuid"

    def get_serializer_context(self) -> dict[str, Any]:
        """With the reader's languages, best first."""
        return {**super().get_serializer_context(), "languages": self._languages()}

    def _languages(self) -> list[str]:
        user = self.request.user
        if not user.is_authenticated:
            return []
        return next(iter(Profile.objects.filter(user_id=user.pk).values_list("languages", flat=True)), [])
