"""A person's personal access tokens: for scripts and integrations, instead of a password.

Making and removing one needs a recent proof (`step_up.demand_proof`), is in the audit trail, and is told by e-mail.
Each step is a transaction of its own with the rights of `account_service`, in the name of the person. Lock order: the
account's row, then its tokens. What a token may do is said by its scopes and by the views (`users/authentication.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from skillbridge_backend.core.access import account_service, acting_as_service
from skillbridge_backend.core.errors import NotFound
from users.clients import Client
from users.enums import AuditAction, TokenScope
from users.exceptions import TooManyPersonalTokens
from users.models import PersonalToken, User
from users.personal_tokens import digest_of, new_token, prefix_of
from users.services import audit
from users.services.account_mail import ask_for_mail
from users.services.step_up import demand_proof
from users.token_uses import take_uses

MOST_TOKENS = 20


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token's row, and its text, which is there this once."""

    row: PersonalToken
    text: str


class PersonalTokenService:
    """List, make, remove."""

    def overview(self, actor: User) -> list[PersonalToken]:
        """Theirs, the newest first; those that have expired too, until they are removed."""
        with account_service(user_id=actor.pk):
            return list(PersonalToken.objects.filter(user=actor).order_by("-pk"))

    def make(
        self, actor: User, *, name: str, scopes: Sequence[str], days: int, session_id: UUID, client: Client
    ) -> NewToken:
        """A token that may do what these scopes say, for so many days.

        Raises StepUpRequired, and TooManyPersonalTokens at the twentieth.
        """
        text = new_token()
        with account_service(user_id=actor.pk):
            user = User.objects.with_hidden().select_for_update().get(pk=actor.pk)
            demand_proof(user, session_id)
            if PersonalToken.objects.filter(user=user).count() >= MOST_TOKENS:
                raise TooManyPersonalTokens(f"A person has at most {MOST_TOKENS}. Remove one first.")
            now = timezone.now()
            row = PersonalToken.objects.create(
                user=user,
                name=name,
                prefix=prefix_of(text),
                token_hash=digest_of(text),
                scopes=[scope for scope in TokenScope.values if scope in scopes],
                created_at=now,
                expires_at=now + timedelta(days=days),
            )
            audit.record(
                AuditAction.PERSONAL_TOKEN_MADE, user=user, client=client, token=str(row.pk), scopes=row.scopes
            )
            ask_for_mail(user.pk, "personal_token_made")
        return NewToken(row, text)

    def remove(self, actor: User, *, token_id: UUID, session_id: UUID, client: Client) -> None:
        """From its next request on it is nobody's. Raises StepUpRequired, NotFound."""
        with account_service(user_id=actor.pk):
            demand_proof(actor, session_id)
            removed, _ = PersonalToken.objects.filter(user=actor).filter(pk=token_id).delete()
            if not removed:
                raise NotFound
            audit.record(AuditAction.PERSONAL_TOKEN_REMOVED, user=actor, client=client, token=str(token_id))
            ask_for_mail(actor.pk, "personal_token_removed")

    def note_uses(self) -> int:
        """Write what requests noted since the last time to the tokens' rows, and return how many. For workers."""
        uses = take_uses()
        with acting_as_service():
            tokens = list(PersonalToken.objects.filter(pk__in=uses).select_for_update().order_by("pk"))
            for token in tokens:
                token.last_used_at, token.token_hash = uses[token.pk]
            PersonalToken.objects.bulk_update(tokens, ["last_used_at", "token_hash"])
        return len(tokens)


def remove_all(user: User, client: Client, *, reason: str) -> None:
    """Remove a person's tokens. Within the caller's `account_service()`."""
    for token in list(PersonalToken.objects.filter(user=user).order_by("pk")):
        audit.record(AuditAction.PERSONAL_TOKEN_REMOVED, user=user, client=client, token=str(token.pk), reason=reason)
        token.delete()
