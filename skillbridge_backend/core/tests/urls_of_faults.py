"""Routes whose view brings the database to refuse a row, to break off, or into a deadlock."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from skillbridge_backend.core.access import DatabaseRole, acting_as_service, enter_role
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.permissions import AllowAny
from skillbridge_backend.core.viewsets import ActionViewSet, OwnTransactions
from users.models import Skill, SkillAlias, Track


@dataclass
class Race:
    """What a test and the view's run in the middle of it tell each other."""

    runs: int = 0
    before: Callable[[], object] = bool
    between: Callable[[], object] = bool


RACE = Race()


def raise_sqlstate(state: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '{state}'; END $$")


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def rename(slug: str, name: str) -> None:
    Track.objects.filter(slug=slug).update(name=name)


def act(data: Any) -> None:  # noqa: C901  # a flat table of cases
    """Do what the body asks for, as the role that may."""
    RACE.runs += 1
    match data["do"]:
        case "rename":
            rename("a", "renamed")
            if state := data.get("then_raise"):
                raise_sqlstate(state)
        case "lose_connection":
            rename("a", "renamed")
            execute("RESET ROLE", "SELECT pg_terminate_backend(pg_backend_pid())")
        case "forbidden":
            enter_role(DatabaseRole.ANONYMOUS)
            rename("a", "renamed")
        case "duplicate":
            Track.objects.create(slug="a", name="A")
        case "break_check":
            Skill.objects.create(slug="s", name="S", minutes_per_level=0)
        case "refer_to_nothing":
            SkillAlias.objects.create(skill_id=new_id(), text="x", normalised="x")
        case "leave_out":
            Track.objects.create(slug="c", name=None)  # type: ignore[misc]  # what the database must refuse
        case "overflow":
            execute("UPDATE users_skill SET minutes_per_level = 1", "SELECT 2147483647 + 1")
        case "deadlock":
            rename("a", "deadlock")
            if RACE.runs == 1:
                RACE.before()
                RACE.between()
            rename("b", "deadlock")
        case "fail_once":
            rename("a", data["name"])
            if RACE.runs == 1:
                raise_sqlstate("40001")


class DatabaseViewSet(ActionViewSet):
    """One transaction, as every request."""

    queryset = Track.objects.all()
    permissions = {"create": (AllowAny,)}

    def create(self, request: Request) -> Response:
        enter_role(DatabaseRole.SERVICE)
        act(request.data)
        return Response({})


class OwnDatabaseViewSet(OwnTransactions, DatabaseViewSet):
    """Transactions of its own."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Without authentication, which needs a transaction."""
        self.action = "create"

    def create(self, request: Request) -> Response:
        with acting_as_service():
            act(request.data)
        return Response({})


router = SimpleRouter()
router.register("database", DatabaseViewSet, basename="database")
router.register("own-database", OwnDatabaseViewSet, basename="own-database")

urlpatterns = [path("test/", include(router.urls))]
handler400 = "skillbridge_backend.core.problems.bad_request"
handler500 = "skillbridge_backend.core.problems.server_error"
