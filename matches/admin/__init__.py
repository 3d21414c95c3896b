"""What operators see of mentoring. Steps of a match are the two people's; rounds are started and decided about here."""

from matches.admin import mentoring, rounds

__all__ = ["mentoring", "rounds"]
