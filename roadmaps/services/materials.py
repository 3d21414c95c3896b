"""MaterialService: what learners add to a module for themselves: a private note, addresses of their own."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from roadmaps.exceptions import TooManyAddresses
from roadmaps.models import Module, Note, OwnResource
from roadmaps.services.links import check_soon
from roadmaps.services.locks import VersionCheck, any_version, hold_addresses
from skillbridge_backend.core.errors import Conflict, FieldError, InvalidInput, NotFound
from users.models import User

MOST_OWN_RESOURCES = 50
"""On a module."""
MOST_OF_A_PERSON = 1000
"""Own addresses on all modules: each is asked for again and again."""
SOON = timedelta(minutes=1)
"""How often beat has links checked anyway."""
_SCHEMES = ("https://", "http://")


def refuse_too_many_addresses(*, has: int, more: int, field: str) -> None:
    """Raises TooManyAddresses, naming `field`, when a person would have more than MOST_OF_A_PERSON."""
    if has + more > MOST_OF_A_PERSON:
        message = f"A person has at most {MOST_OF_A_PERSON} addresses of their own; you have {has}."
        raise TooManyAddresses(message, errors=[FieldError(field, "too_many", message)])


class MaterialService:
    """Notes and own resources belong to whoever wrote them, on modules that they can see."""

    @transaction.atomic
    def write_note(self, *, actor: User, module_id: UUID, text: str, check: VersionCheck = any_version) -> Note:
        """The actor's note on this module, made or replaced. Raises NotFound, PreconditionFailed."""
        module = self._module(actor, module_id)
        note = Note.objects.select_for_update().filter(owner=actor, module=module).first()
        if note is None:
            return Note.objects.create(owner=actor, module=module, text=text)
        check(note)
        note.text = text
        note.save(update_fields=["text", "updated_at"])
        return note

    @transaction.atomic
    def delete_note(self, *, actor: User, module_id: UUID) -> None:
        """The note is gone. Raises NotFound when there is none."""
        deleted, _ = Note.objects.visible_to(actor).filter(module=module_id).delete()
        if not deleted:
            raise NotFound("You have no note on this module.")

    @transaction.atomic
    def add_resource(self, *, actor: User, module_id: UUID, title: str, url: str) -> OwnResource:
        """An address of one's own on this module.

        Raises NotFound; InvalidInput for what is no http address or is there already; Conflict when the module has too
        many, TooManyAddresses when the actor does. Locks the module, then the actor's addresses, so that two requests
        at once do not pass a limit together.
        """
        module = self._module(actor, module_id)
        if not url.lower().startswith(_SCHEMES):
            raise InvalidInput.of("url", "Write an address that begins with https:// or http://.")
        hold_addresses(actor)
        own, now = OwnResource.objects.filter(owner=actor), timezone.now()
        has = own.aggregate(
            all=Count("pk"),
            here=Count("pk", filter=Q(module=module)),
            waiting=Count("pk", filter=Q(next_check_at__lte=now, created_at__gt=now - SOON)),
        )
        if has["here"] >= MOST_OWN_RESOURCES:
            raise Conflict(f"A module holds at most {MOST_OWN_RESOURCES} addresses of your own.")
        refuse_too_many_addresses(has=has["all"], more=1, field="url")
        if own.filter(module=module, url=url).exists():
            raise InvalidInput.of("url", "This address is on the module already.")
        if not has["waiting"]:  # whoever brought the one that waits has had links checked
            check_soon(actor)
        return OwnResource.objects.create(owner=actor, module=module, title=title, url=url)

    @transaction.atomic
    def delete_resource(self, *, actor: User, module_id: UUID, resource_id: UUID) -> None:
        """The address is gone. Raises NotFound."""
        deleted, _ = OwnResource.objects.visible_to(actor).filter(module=module_id, pk=resource_id).delete()
        if not deleted:
            raise NotFound("There is no such address of yours on this module.")

    def _module(self, actor: User, module_id: UUID) -> Module:
        module = Module.objects.owned_by(actor).select_for_update(of=("self",)).filter(pk=module_id).first()
        if module is None:
            raise NotFound("There is no such module in your roadmaps.")
        return module
