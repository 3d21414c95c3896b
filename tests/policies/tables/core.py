"""The outbox takes what requests are there to publish, in nobody else's name; what is in it is the worker's."""

from typing import Any

from django.utils import timezone

from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.models import IdempotencyRecord, InboxReceipt, OutboxMessage, Tick
from tests.policies.access import ADMIN, NOBODY, OWNER, Access, columns_of
from tests.policies.world import World


def build(world: World) -> None:
    """A message, a receipt, an answer that was kept."""
    message = OutboxMessage.objects.create(
        topic="roadmaps.generate", actor_id=world.learner.pk, available_at=timezone.now()
    )
    world.remember(
        message,
        InboxReceipt.objects.create(message_id=message.pk),
        Tick.objects.create(job="core.prune", slot=timezone.now()),
        IdempotencyRecord.objects.create(user_id=world.learner.pk, key="one", request_hash="0" * 64, status=201),
    )


def message(world: World, topic: str, actor: str, **fields: Any) -> dict[str, Any]:
    """A message that `actor` would publish."""
    person = world.people[actor]
    return columns_of(OutboxMessage(topic=topic, actor_id=person.pk, available_at=timezone.now(), **fields))


def plan(world: World, **fields: Any) -> dict[str, Any]:
    """The learner asks for a plan."""
    return message(world, "roadmaps.generate", "learner", payload={"owner_id": str(world.learner.pk)}, **fields)


def plan_for_another(world: World) -> dict[str, Any]:
    """The learner asks for work that would be done with another's rights."""
    return message(world, "roadmaps.generate", "learner", payload={"owner_id": str(world.mentor.pk)})


NO_CHANGE: dict[str, Any] = {"select": NOBODY, "change": ("attempts", 4)}
TABLES = {
    "core_outbox": Access(**NO_CHANGE, insert=OWNER, new_row=plan),
    "core_outbox: in the rights of another": Access(**NO_CHANGE, new_row=plan_for_another),
    "core_outbox: with a key that is another's to come": Access(
        **NO_CHANGE, new_row=lambda world: plan(world, key="delivery:1")
    ),
    "core_outbox: a round by the admin": Access(
        **NO_CHANGE,
        insert=frozenset({ADMIN}),
        new_row=lambda world: message(world, "matches.run_round", "admin", key=f"matches.run_round:{new_id()}"),
    ),
    "core_outbox: a round by the learner": Access(
        **NO_CHANGE,
        new_row=lambda world: message(world, "matches.run_round", "learner", key=f"matches.run_round:{new_id()}"),
    ),
    "core_outbox: a check of links that are due": Access(
        **NO_CHANGE, insert=OWNER, new_row=lambda world: message(world, "roadmaps.check_links", "learner", payload={})
    ),
    "core_outbox: a check of links that names some": Access(
        **NO_CHANGE,
        new_row=lambda world: message(world, "roadmaps.check_links", "learner", payload={"url": "https://a.test/"}),
    ),
    "core_outbox: a mail about an account": Access(
        **NO_CHANGE, new_row=lambda world: message(world, "notifications.send_account_email", "learner")
    ),
    "core_inbox": Access(
        select=NOBODY, new_row=lambda world: columns_of(InboxReceipt(message_id=new_id())),
        change=("received_at", timezone.now()),
    ),
    "core_tick": Access(
        select=NOBODY, new_row=lambda world: columns_of(Tick(job="core.other", slot=timezone.now())),
        change=("job", "core.third"),
    ),
    "core_idempotency": Access(
        select=OWNER, insert=OWNER, update=OWNER, change=("status", 200),
        new_row=lambda world: columns_of(
            IdempotencyRecord(user_id=world.learner.pk, key="two", request_hash="0" * 64, status=201)
        ),
    ),
}  # fmt: skip
