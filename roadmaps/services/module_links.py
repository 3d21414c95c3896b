"""The pages that a model named for modules: written with a plan, copied with a module. Checked by `links`.

In the transaction of the caller, who has locked the roadmap.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from roadmaps.enums import LinkState
from roadmaps.models import Module, ModuleLink, ShareLink
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


def copy_links(pairs: Iterable[tuple[UUID, UUID]], *, token: str = "") -> None:
    """The second module of each pair has the links of the first too, as far as one may read them.

    With the rights of whoever copies, to whom the second ones belong, and of the token of a link to an unlisted roadmap
    (`sql/0029_model_links.sql`).
    """
    if ids := list(pairs):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT private.roadmaps_copy_links(%s::uuid[], %s::uuid[], %s)",
                [[original for original, _ in ids], [copy for _, copy in ids], ShareLink.hash_of(token)],
            )
