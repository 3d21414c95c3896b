"""Every model has a factory, and what it makes passes every constraint."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model
from factory.django import DjangoModelFactory

APPS = ("users", "notifications", "roadmaps", "progress", "badges", "matches", "forum")
# Their rows are only ever the work of a trigger (or of a view), so a test makes the fact, and the row comes with it.
WRITTEN_BY_THE_DATABASE = {
    "badges.MetricTotal",
    "forum.RemovedText",
    "matches.MentorStanding",
    "matches.SessionSeat",
    "notifications.ChannelDefault",
    "notifications.Delivery",
    "progress.DailyActivity",
    "users.AuditPending",
    "users.AuditSeal",
    "users.MentorListing",
}


def factories_of(label: str) -> list[type[DjangoModelFactory[Any]]]:
    """The factories that the app's tests define."""
    module = import_module(f"{label}.tests.factories")
    defined = [value for value in vars(module).values() if isinstance(value, type)]
    return [one for one in defined if issubclass(one, DjangoModelFactory) and one.__module__ == module.__name__]


FACTORIES = [factory for label in APPS for factory in factories_of(label)]


def test_every_model_has_a_factory() -> None:
    models = {model._meta.label for label in APPS for model in apps.get_app_config(label).get_models()}
    made = {factory._meta.model._meta.label for factory in FACTORIES}

    assert models - made == WRITTEN_BY_THE_DATABASE


@pytest.mark.django_db
@pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory.__name__)
def test_factory_makes_a_row_that_passes_every_constraint(factory: type[DjangoModelFactory[Any]]) -> None:
    row: Model = factory.create()

    row.validate_constraints()
    assert type(row)._default_manager.filter(pk=row.pk).exists()
