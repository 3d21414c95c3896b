"""`visible_to(actor)` and the policies state one rule: what the first promises the second shows, and no more."""

from contextlib import suppress
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import ProgrammingError, models

from tests.policies.access import ANONYMOUS, IDENTITIES, acting
from tests.policies.world import ORDER, World

MODELS = [
    model
    for label in ORDER
    for model in apps.get_app_config(label).get_models()
    if hasattr(model._default_manager.all(), "visible_to")
]
SHOWS_LESS = {
    "matches.Block": "admins see other people's on the pages of the admin only",
    "progress.Repository": "disconnected ones are seen through the log and the deliveries only",
    "roadmaps.Module": "removed ones keep their place in the numbering and are not shown",
    "users.AvailabilitySlot": "seen through their profile",
    "users.ContactChannel": "the other side of an active match finds them through the match",
    "users.LeaveWindow": "seen through their profile",
    "users.Picture": "seen through their profile",
    "users.Profile": "partners of a match find each other through the match",
    "users.ProfileSkill": "seen through their profile",
    "users.User": "the names of authors and of closed accounts are seen through what they wrote",
    "users.WantedSkill": "seen through their profile",
}
"""Where `visible_to` leaves out rows that a person may read, and why."""


def said_by_filters(world: World, identity: str, model: type[models.Model]) -> set[Any]:
    """Keys of the rows that `visible_to` gives this identity, no policy being in the way."""
    actor = AnonymousUser() if identity == ANONYMOUS else world.people[identity]
    everything: Any = model._default_manager.all()
    return set(everything.visible_to(actor).values_list("pk", flat=True))


def shown_by_policies(world: World, identity: str, model: type[models.Model]) -> set[Any]:
    """Keys of the rows that this identity reads without any filter; none where it has no right to read the table."""
    shown: set[Any] = set()
    with suppress(ProgrammingError), acting(world, identity):
        shown |= set(model._default_manager.values_list("pk", flat=True))
    return shown


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_both_walls_let_the_same_rows_through(world: World, model: type[models.Model]) -> None:
    assert model._default_manager.exists(), "nothing to hold the two against"
    for identity in IDENTITIES:
        said, shown = said_by_filters(world, identity, model), shown_by_policies(world, identity, model)
        assert not said - shown, f"{identity}: promised, and hidden by the policies"
        if model._meta.label not in SHOWS_LESS:
            assert not shown - said, f"{identity}: shown by the policies, and by no right"


def test_every_exception_is_one(world: World) -> None:
    """An entry that is no longer needed would hide the next difference."""
    needed = {
        model._meta.label
        for model in MODELS
        for identity in IDENTITIES
        if said_by_filters(world, identity, model) != shown_by_policies(world, identity, model)
    }
    assert needed == set(SHOWS_LESS)
