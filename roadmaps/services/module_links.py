"""The pages that a model named for modules: written with a plan, copied with a module. Checked by `links`.

In the transaction of the caller, who has locked the roadmap.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import connection

from roadmaps.enums import LinkState
from roadmaps.models import Module, ModuleLink
from roadmaps.planner import PlannedModule
from roadmaps.services.links import next_week
from skillbridge_backend.core.access import acting_as_service


def put_links(planned: Iterable[tuple[Module, PlannedModule]]) -> None:
    """These modules have the links of their plans, each of which has answered, and no others. For workers."""
    pairs = list(planned)
    with acting_as_service():
        ModuleLink.objects.filter(module__in=[module.pk for module, _ in pairs]).delete()
        ModuleLink.objects.bulk_create(
            ModuleLink(
                module=module,
                title=link.title,
                url=link.url,
                final_url=link.final_url,
                state=LinkState.VERIFIED,
                checked_at=link.checked_at,
                next_check_at=next_week(),
            )
            for module, plan in pairs
            for link in plan.links
        )


def copy_links(copies: Mapping[UUID, UUID]) -> None:
    """Modules (the values) have the links of those that they were copied from (the keys), as far as one may read them.

    With the rights of whoever copies, to whom the copies belong (`sql/0030_model_links.sql`).
    """
    if copies:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT private.roadmaps_copy_links(%s::uuid[], %s::uuid[])", [list(copies), list(copies.values())]
            )
