"""One small world for all tests of the policies: seven identities, and in every table a row that is the learner's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from django.db.models import Model

from matches.models import MentorMatch
from matches.tests.factories import MatchFactory
from tests.policies.access import ADMIN, LEARNER, MENTOR, MODERATOR, OTHER_LEARNER, OTHER_MENTOR, Access
from users.enums import Role
from users.models import User
from users.tests.factories import MentorFactory, ProfileFactory, UserFactory

if TYPE_CHECKING:
    Build = Callable[["World"], None]

SECRET = "only-the-learner-knows"
"""Stands in the learner's private rows, and must stand in nobody else's answers."""

ORDER = ("core", "users", "notifications", "roadmaps", "progress", "badges", "matches", "forum")


@dataclass
class World:
    """The people, the active match, and for each table the row that is the learner's."""

    SECRET = SECRET
    learner: User
    other_learner: User
    mentor: User
    other_mentor: User
    moderator: User
    admin: User
    match: MentorMatch
    rows: dict[str, Model] = field(default_factory=dict)

    @property
    def people(self) -> dict[str, User]:
        """By identity; the anonymous one is nobody."""
        names = (LEARNER, OTHER_LEARNER, MENTOR, OTHER_MENTOR, MODERATOR, ADMIN)
        return {name: getattr(self, name) for name in names}

    def remember(self, *rows: Model) -> None:
        """These rows are the learner's, each the one of its table."""
        for row in rows:
            self.rows[row._meta.db_table] = row


def app_modules() -> Iterator[ModuleType]:
    """`tables/<app>.py` of every app that has one, in the order in which apps build on each other."""
    folder = Path(__file__).parent / "tables"
    for app in ORDER:
        if (folder / f"{app}.py").exists():
            yield import_module(f"tests.policies.tables.{app}")


def tables() -> dict[str, Access]:
    """Every case of the matrix; a case is a table's name, or the name, a colon and what is special."""
    return {name: access for module in app_modules() for name, access in module.TABLES.items()}


def build_world() -> World:
    """Everybody and everything, written as the superuser."""
    learner = ProfileFactory(user__handle="learner").user
    mentor = MentorFactory(user__handle="mentor").user
    world = World(
        learner=learner,
        other_learner=ProfileFactory(user__handle="other-learner").user,
        mentor=mentor,
        other_mentor=MentorFactory(user__handle="other-mentor").user,
        moderator=UserFactory(handle="moderator", role=Role.MODERATOR),
        admin=UserFactory(handle="admin", role=Role.ADMIN),
        match=MatchFactory.in_state("active", learner=learner, mentor=mentor),
    )
    for module in app_modules():
        module.build(world)
    return world
