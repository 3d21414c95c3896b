"""Every state machine, declared once more beside its triggers: where a row begins, and what may follow what.

Belongs here: the table and how to make a row of each. The walk over all pairs is in `test_state_machines.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import Model

from forum.tests.factories import ReportFactory
from matches.tests.factories import MatchFactory, MatchRoundFactory, SessionFactory
from notifications.models import Delivery
from notifications.tests.factories import BroadcastFactory, NotificationFactory
from progress.tests.factories import WebhookDeliveryFactory
from roadmaps.tests.factories import (
    GenerationFactory,
    ModuleFactory,
    ModuleLinkFactory,
    OwnResourceFactory,
    ResourceFactory,
    ResourceReportFactory,
    RoadmapFactory,
)
from users.tests.factories import DataExportFactory, SkillSuggestionFactory

NOW = datetime.now(UTC).isoformat()


@dataclass(frozen=True)
class Machine:
    """What check constraints demand of a state: `times` are set exactly in these, `others` have these values in it."""

    name: str
    make: Callable[[], Model]
    begins: frozenset[str]
    steps: Mapping[str, frozenset[str]]
    column: str = "status"
    times: Mapping[str, frozenset[str]] = field(default_factory=dict)
    others: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def values_in(self, state: str) -> dict[str, Any]:
        """The columns that say that a row is in this state."""
        times = {name: NOW if state in states else None for name, states in self.times.items()}
        return {self.column: state, **times, **self.others.get(state, {})}


def of(**steps: str) -> dict[str, frozenset[str]]:
    """`of(draft="ready archived")`: from draft to either."""
    return {state: frozenset(targets.split()) for state, targets in steps.items()}


def states(words: str) -> frozenset[str]:
    return frozenset(words.split())


def waiting_delivery() -> Delivery:
    """An e-mail that is to go out."""
    notification = NotificationFactory()
    return Delivery.objects.get(notification=notification, channel="email", status="pending")


MACHINES = [
    Machine(
        "roadmap",
        RoadmapFactory,
        states("draft generating ready"),
        of(
            draft="ready archived generating",
            generating="ready failed draft",
            ready="archived",
            failed="generating archived",
            archived="ready",
        ),
    ),
    Machine(
        "module",
        ModuleFactory,
        states("pending in_progress completed skipped removed"),
        of(
            pending="in_progress completed skipped removed",
            in_progress="pending completed skipped removed",
            completed="in_progress pending",
            skipped="pending removed",
            removed="pending",
        ),
        times={"completed_at": states("completed")},
    ),
    Machine(
        "generation",
        GenerationFactory,
        states("queued"),
        of(queued="running failed cancelled", running="succeeded failed cancelled", failed="queued"),
        times={"finished_at": states("succeeded failed cancelled")},
    ),
    *(
        Machine(
            name,
            make,
            begins,
            of(
                unverified="verified failing",
                verified="failing unverified",
                failing="verified quarantined unverified",
                quarantined="verified unverified",
            ),
            column="state",
            times=times,
            others={
                "unverified": {"failures": 0},
                "verified": {"failures": 0},
                "failing": {"failures": 1},
                "quarantined": {"failures": 3},
            },
        )
        for name, make, begins, times in (
            ("resource", ResourceFactory, states("unverified"), {"checked_at": states("verified")}),
            ("own_resource", OwnResourceFactory, states("unverified"), {"checked_at": states("verified")}),
            # A copy begins as its original is.
            ("module_link", ModuleLinkFactory, states("verified failing unverified"), {}),
        )
    ),
    Machine(
        "resource_report",
        ResourceReportFactory,
        states("open"),
        of(open="resolved rejected"),
        column="state",
        times={"resolved_at": states("resolved rejected")},
    ),
    Machine(
        "match",
        MatchFactory,
        states("proposed requested"),
        of(
            proposed="requested cancelled expired",
            requested="info_requested accepted declined cancelled expired",
            info_requested="requested accepted declined cancelled expired",
            accepted="active cancelled ended_early",
            active="paused completed ended_early",
            paused="active completed ended_early",
        ),
        times={
            "started_at": states("active paused completed"),
            "ended_at": states("completed ended_early declined cancelled expired"),
        },
    ),
    Machine(
        "session",
        SessionFactory,
        states("proposed"),
        of(
            proposed="confirmed cancelled",
            confirmed="cancelled done no_show_mentor no_show_learner",
            no_show_mentor="disputed",
            no_show_learner="disputed",
        ),
    ),
    Machine(
        "round",
        MatchRoundFactory,
        states("queued"),
        of(
            queued="running failed cancelled",
            running="proposed failed cancelled",
            failed="queued",
            proposed="reviewed applied discarded",
            reviewed="applied discarded",
            applied="undone",
        ),
        times={
            "finished_at": states("proposed reviewed applied discarded undone failed cancelled"),
            "applied_at": states("applied undone"),
            "undone_at": states("undone"),
        },
    ),
    Machine(
        "report",
        ReportFactory,
        states("open"),
        of(open="resolved rejected"),
        column="state",
        times={"resolved_at": states("resolved rejected")},
    ),
    Machine(
        "webhook",
        WebhookDeliveryFactory,
        states("received"),
        of(received="processed ignored failed"),
        times={"processed_at": states("processed ignored failed")},
    ),
    Machine(
        "delivery",
        waiting_delivery,
        states("pending sent skipped"),
        of(pending="sent skipped failed", failed="sent skipped"),
        times={"sent_at": states("sent")},
        others={
            "failed": {"reason": "transport_failed"},
            "sent": {"reason": "default_on"},
            "skipped": {"reason": "inactive"},
        },
    ),
    Machine("broadcast", BroadcastFactory, states("running"), of(running="done")),
    Machine(
        "export",
        DataExportFactory,
        states("queued"),
        of(queued="running failed", running="ready failed"),
        times={"expires_at": states("ready")},
        others={"ready": {"file": "exports/x.zip", "bytes": 1}},
    ),
    Machine("suggestion", SkillSuggestionFactory, states("open"), of(open="accepted rejected")),
]
BY_NAME = {machine.name: machine for machine in MACHINES}
