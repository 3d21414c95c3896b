"""Reviews: each side says how it was, neither sees the other's first."""

from uuid import UUID

from matches.models import MentorMatch, Review
from skillbridge_backend.core.constraints import database_refusals
from skillbridge_backend.core.errors import NotFound
from users.models import User


class ReviewService:
    """Writes of reviews."""

    @staticmethod
    def write(*, actor: User, match_id: UUID, rating: int, text: str = "") -> Review:
        """The actor's review (`rating` 1 to 5) of the other side.

        Both are revealed at once when both are in, else 14 days after the end; the database does that, under the
        match's lock. Errors: `not_found`, `review_not_open`, `already_reviewed`.
        """
        match = MentorMatch.objects.visible_to(actor).filter(pk=match_id).first()
        if match is None:
            raise NotFound("This match does not exist, or it is not yours to see.")
        with database_refusals():
            review = Review.objects.create(match=match, author=actor, rating=rating, text=text)
        review.refresh_from_db()
        return review
