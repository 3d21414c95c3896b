"""The base of every view set: what an action does not declare is denied, and every POST honours Idempotency-Key."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Model, QuerySet
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from skillbridge_backend.core.etags import etag_of
from skillbridge_backend.core.idempotency import idempotent
from skillbridge_backend.core.inputs import check
from skillbridge_backend.core.permissions import Undeclared


class ActionViewSet(GenericViewSet[Any]):
    """Actions that parse, call one service or queryset, and render.

    `permissions` names for each action who may call it; an action without an entry is open to nobody
    (`tests/architecture` walks the router for such). `serializers` names the serializer of each action's input, or of
    its output where there is no input. `scope_section` opens the view to personal tokens that have the scope
    `<section>:read` or `<section>:write`, but for the actions in `closed_to_tokens`; one that names none is closed to
    them. Where `replays` is false a POST takes no Idempotency-Key. Reads go through `get_queryset()`, which is
    `visible_to(request.user)`.
    """

    permissions: ClassVar[Mapping[str, tuple[type[BasePermission], ...]]] = {}
    serializers: ClassVar[Mapping[str, type[BaseSerializer[Any]]]] = {}
    scope_section: ClassVar[str] = ""
    closed_to_tokens: ClassVar[frozenset[str]] = frozenset()
    replays: ClassVar[bool] = True

    def get_permissions(self) -> list[BasePermission]:
        """Instances of what this action declares."""
        return [permission() for permission in self.permissions.get(self.action or "", (Undeclared,))]

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        """The serializer of this action."""
        return self.serializers[self.action]

    def get_queryset(self) -> QuerySet[Any]:
        """What the actor may see of `queryset`; a row outside of it does not exist for them."""
        base = super().get_queryset()
        return base.visible_to(self.request.user)  # type: ignore[attr-defined, no-any-return]  # every queryset of ours has it

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check what every request must pass, and make a POST idempotent under its key."""
        if self.action is None:
            raise MethodNotAllowed(str(request.method))
        super().initial(request, *args, **kwargs)
        if request.method == "POST" and self.replays:
            # The handler is looked up after this, so the wrapped one is found.
            self.post = idempotent(getattr(self, self.action))

    def valid_input(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        """The request's body, checked by this action's serializer."""
        return check(self.get_serializer(data=request.data, partial=partial))

    def page_of(self, queryset: QuerySet[Any], serializer: type[BaseSerializer[Any]]) -> Response:
        """One cursor page of `queryset`."""
        page = self.paginate_queryset(queryset)
        rendered = serializer(page, many=True, context=self.get_serializer_context())
        return self.get_paginated_response(rendered.data)

    def tagged(
        self, instance: Model, serializer: type[BaseSerializer[Any]], *, status: int = 200, location: str = ""
    ) -> Response:
        """`instance` rendered, with its ETag where it has a version, and a Location where one is given."""
        headers = {"Location": location} if location else {}
        if hasattr(instance, "updated_at"):
            headers["ETag"] = etag_of(instance)
        data = serializer(instance, context=self.get_serializer_context()).data
        return Response(data, status=status, headers=headers)


class OwnTransactions:
    """Mixin for views whose steps commit by themselves: the request opens no transaction (`access.account_service`)."""

    @classmethod
    def as_view(cls, *args: Any, **kwargs: Any) -> Any:
        """The view function, exempt from ATOMIC_REQUESTS."""
        return transaction.non_atomic_requests(super().as_view(*args, **kwargs))  # type: ignore[misc]  # of the view beside it


class ReadsThenCalls(OwnTransactions):
    """Mixin for views that ask another service: who is asking is settled in a short transaction of its own.

    After that none is open; the service class reads in `access.acting_as(…)` blocks and makes its call between them.
    """

    def perform_authentication(self, request: Request) -> None:
        """Verify the token and load the account, then let the transaction, and with it the role, end."""
        with transaction.atomic():
            super().perform_authentication(request)  # type: ignore[misc]  # of the view beside it
