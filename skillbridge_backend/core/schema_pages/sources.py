"""Which app an object of the database belongs to, and what its source says about it."""

import re
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.db.models import Model
from django.db.models.options import Options

from skillbridge_backend.core.sql import DIVIDER
from skillbridge_backend.settings.environment import BASE_DIR

REST = "django"
_CREATED = re.compile(
    r"(?P<comment>(?:^--[^\n]*\n)*)^CREATE (?:OR REPLACE )?FUNCTION (?P<name>private\.\w+|public\.\w+)", re.MULTILINE
)


@dataclass(frozen=True)
class FunctionSource:
    """Where a function was defined last, and the comment above it there."""

    app: str
    comment: str


def own_labels() -> list[str]:
    """The labels of our apps, in the order of their imports: whoever comes later builds on whoever comes earlier."""
    homes = (BASE_DIR, BASE_DIR / "skillbridge_backend")
    return [config.label for config in apps.get_app_configs() if Path(config.path).parent in homes]


def models_by_table() -> dict[str, type[Model]]:
    """Every table that a model stands for, those of many-to-many fields included."""
    return {options_of(model).db_table: model for model in apps.get_models(include_auto_created=True)}


def options_of(model: type[Model]) -> "Options[Model]":
    """Django's documented `Model._meta`, private by its name only."""
    return model._meta  # noqa: SLF001


def app_of_table(name: str) -> str:
    """By the model; a table that only SQL knows belongs to the app whose label its name begins with."""
    model = models_by_table().get(name)
    label = options_of(model).app_label if model else name.partition("_")[0]
    return label if label in own_labels() else REST


def functions() -> dict[str, FunctionSource]:
    """Every function that a file of SQL defines, by its name with the schema."""
    found: dict[str, FunctionSource] = {}
    for label in own_labels():
        for path in sorted((Path(apps.get_app_config(label).path) / "sql").glob("*.sql")):
            forwards = path.read_text(encoding="utf-8").partition(DIVIDER)[0]
            for match in _CREATED.finditer(forwards):
                comment = " ".join(line.removeprefix("--").strip() for line in match["comment"].splitlines())
                before = found.get(match["name"])
                found[match["name"]] = FunctionSource(
                    app=before.app if before else label, comment=comment or (before.comment if before else "")
                )
    return found
