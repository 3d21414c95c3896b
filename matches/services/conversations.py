"""The two people's chat: messages that arrive once and in order, and how far each has read."""

from uuid import UUID

from django.utils import timezone

from matches.enums import MatchStatus
from matches.exceptions import ClientMessageIdReused
from matches.models import Conversation, MentorMatch, Message, ReadPointer
from skillbridge_backend.core.constraints import database_refusals
from skillbridge_backend.core.errors import InvalidInput, NotFound
from users.models import User


class ConversationService:
    """Writes in conversations."""

    @staticmethod
    def post_message(*, actor: User, conversation_id: UUID, client_message_id: UUID, body: str) -> tuple[Message, bool]:
        """The message, and whether it is new: the same `client_message_id` again gives the message that is there.

        The first message after the mentor's yes begins the mentorship. Locks the match, then (in the database) the
        conversation. Errors: `not_found`, `chat_closed`, `client_message_id_reused`.
        """
        conversation = _visible(actor, conversation_id)
        match = MentorMatch.objects.select_for_update().get(pk=conversation.match_id)
        known = Message.objects.filter(sender=actor, client_message_id=client_message_id).first()
        if known:
            if (known.conversation_id, known.body) != (conversation_id, body):
                raise ClientMessageIdReused("Make a new id for each new message.")
            return known, False
        begin_mentorship(match)
        return append_message(conversation, sender=actor, body=body, client_message_id=client_message_id), True

    @staticmethod
    def mark_read(*, actor: User, conversation_id: UUID, seq: int) -> ReadPointer:
        """Everything up to `seq` is read; the pointer never goes back. Errors: `not_found`, `validation_failed`."""
        conversation = _visible(actor, conversation_id)
        if not 0 <= seq <= conversation.last_seq:
            raise InvalidInput.of("seq", f"Write a number from 0 to {conversation.last_seq}, the newest message's.")
        pointer, _ = ReadPointer.objects.get_or_create(conversation=conversation, user=actor)
        ReadPointer.objects.filter(pk=pointer.pk, last_read_seq__lt=seq).update(
            last_read_seq=seq, updated_at=timezone.now()
        )
        pointer.refresh_from_db()
        return pointer


def append_message(conversation: Conversation, *, sender: User, body: str, client_message_id: UUID) -> Message:
    """The message with the number that the database gave it."""
    with database_refusals():
        message = Message.objects.create(
            conversation=conversation, sender=sender, body=body, client_message_id=client_message_id
        )
    message.refresh_from_db(fields=["seq"])
    return message


def begin_mentorship(match: MentorMatch) -> None:
    """An accepted match becomes active; any other stays as it is. Hold the match's lock."""
    if match.status == MatchStatus.ACCEPTED:
        match.status, match.started_at = MatchStatus.ACTIVE, timezone.now()
        match.save(update_fields=["status", "started_at", "updated_at"])


def _visible(actor: User, conversation_id: UUID) -> Conversation:
    conversation = Conversation.objects.visible_to(actor).filter(pk=conversation_id).first()
    if conversation is None:
        raise NotFound("This conversation does not exist, or it is not yours to see.")
    return conversation
