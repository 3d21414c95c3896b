"""Whom somebody keeps away: matching brings the two together in neither direction, and tells neither why."""

from uuid import UUID

from matches.enums import BlockKind
from matches.models import Block
from skillbridge_backend.core.constraints import database_refusals
from skillbridge_backend.core.errors import InvalidInput, NotFound
from users.models import User


class BlockService:
    """Writes of blocks: each is its owner's alone."""

    @staticmethod
    def add(*, actor: User, person: UUID, kind: BlockKind = BlockKind.BLOCKED, note: str = "") -> Block:
        """The actor keeps this person away from now on; an open match of the two stays, and is theirs to end.

        Errors: `not_found`, `validation_failed`, `already_blocked`, `too_many_blocks`.
        """
        if person == actor.pk:
            raise InvalidInput.of("person", "Choose somebody else: you cannot keep yourself away.")
        if not User.objects.visible_to(actor).active().filter(pk=person).exists():
            raise NotFound("There is no such person.")
        with database_refusals():
            made = Block.objects.create(owner=actor, person_id=person, kind=kind, note=note)
        return Block.objects.visible_to(actor).with_people().get(pk=made.pk)

    @staticmethod
    def remove(*, actor: User, block_id: UUID) -> None:
        """The actor keeps that person away no longer. Error: `not_found`."""
        removed, _ = Block.objects.visible_to(actor).filter(pk=block_id).delete()
        if not removed:
            raise NotFound("You keep nobody away by this id.")
