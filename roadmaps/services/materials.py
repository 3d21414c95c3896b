"""MaterialService: what learners add to a module for themselves: a private note, addresses of their own."""

from uuid import UUID

from django.db import transaction

from roadmaps.models import Module, Note, OwnResource
from roadmaps.services.links import check_soon
from roadmaps.services.locks import VersionCheck, any_version
from skillbridge_backend.core.errors import Conflict, InvalidInput, NotFound
from users.models import User

MOST_OWN_RESOURCES = 50
_SCHEMES = ("https://", "http://")


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

        Raises NotFound; InvalidInput for what is no http address or is there already; Conflict when there are too many.
        Locks the module, so that two requests at once do not pass the limit together.
        """
        module = self._module(actor, module_id)
        if not url.lower().startswith(_SCHEMES):
            raise InvalidInput.of("url", "Write an address that begins with https:// or http://.")
        own = OwnResource.objects.filter(owner=actor, module=module)
        if own.count() >= MOST_OWN_RESOURCES:
            raise Conflict(f"A module holds at most {MOST_OWN_RESOURCES} addresses of your own.")
        if own.filter(url=url).exists():
            raise InvalidInput.of("url", "This address is on the module already.")
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
