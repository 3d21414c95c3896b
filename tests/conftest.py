"""The world, built once a module and undone with it; each test's own statements are undone by `acting`."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests.policies.calls import stage
from tests.policies.world import World, build_world


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """See `tests/policies/world.py`. The superuser is logged in, and no role is taken on."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_world()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def staged(world: World) -> dict[str, Any]:
    """What `calls` needs beside the world."""
    return stage(world)
