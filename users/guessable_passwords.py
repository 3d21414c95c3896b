"""Refuses passwords that are long and nevertheless among the first that are tried.

Hardly any password that is used a lot has the 15 characters that ours need, so a list of them refuses little. People
make theirs long enough: the same word again, two rows of the keyboard, a word and a date. So a password is taken apart
into pieces that whoever guesses knows as well, and single characters; when all that is different in it weighs too
little, it is refused. Three or four words that have nothing to do with each other weigh enough, listed or not.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

KNOWN_PIECE, CHARACTER = 3, 1
"""A listed word is one of 20,000 (14 bits), which is what three letters or digits are."""
MOST_REFUSED = 7
"""Two known pieces and a character, or one and four; eight characters of any kind are enough beside a second factor."""

_SHORTEST_WORD, _SHORTEST_RUN, _LONGEST_PIECE = 5, 4, 40
_ROWS = (
    "0123456789" * 4,
    "abcdefghijklmnopqrstuvwxyz" * 2,
    "`1234567890-=",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    # Down the columns, and across two rows.
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "qawsedrftgyhujikolp",
)
_DATE = re.compile(
    r"(?:19|20)\d\d(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))?"
    r"|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d"
    r"|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:19|20)\d\d"
)
_SEPARATORS = re.compile(r"[\s._,;:/+*|-]+")


class GuessablePasswordValidator:
    """For AUTH_PASSWORD_VALIDATORS, beside Django's list of common passwords. `names` are known to everybody here."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = frozenset(name.lower() for name in names)

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError with the code `password_too_guessable`. What is shorter than 8 is told by others."""
        if len(password) > MOST_REFUSED and self._weight(password.lower()) <= MOST_REFUSED:
            raise ValidationError(
                "This is little more than well-known words, rows of keys, dates or repetitions, which are tried first."
                " Take four words that have nothing to do with each other.",
                code="password_too_guessable",
            )

    def get_help_text(self) -> str:
        """For forms."""
        return "Not a well-known word or row of keys that was made longer; four words of different kinds are good."

    def _weight(self, password: str) -> int:
        """Of what is different in it, with what stands between its pieces or without."""
        if password in _listed():
            return MOST_REFUSED + 1  # Django's validator says so, and why
        joined = _SEPARATORS.sub("", password)
        texts = [password, joined] if len(joined) > MOST_REFUSED or not joined else [password]
        return min(sum(self._weights(_unit(text))) for text in texts)

    def _weights(self, text: str) -> Iterable[int]:
        """Of each piece, when it is taken apart into the lightest ones; a known one that comes again weighs nothing."""
        best = [0]
        last = [""]
        for end in range(1, len(text) + 1):
            weight, piece = best[end - 1] + CHARACTER, text[end - 1]
            for start in range(max(0, end - _LONGEST_PIECE), end - _SHORTEST_RUN + 1):
                if best[start] + KNOWN_PIECE < weight and self._is_known(text[start:end]):
                    weight, piece = best[start] + KNOWN_PIECE, text[start:end]
            best.append(weight)
            last.append(piece)
        seen: set[str] = set()
        end = len(text)
        while end:
            piece = last[end]
            end -= len(piece)
            if len(piece) == 1:
                yield CHARACTER
            elif piece not in seen:
                seen.add(piece)
                yield KNOWN_PIECE

    def _is_known(self, piece: str) -> bool:
        return (
            piece in _runs()
            or (len(piece) >= _SHORTEST_WORD and (piece in _listed() or piece in self._names))
            or piece == piece[0] * len(piece)
            or _DATE.fullmatch(piece) is not None
        )


def _unit(text: str) -> str:
    """What `text` repeats, twice at least, or all of it; a separator at the end of the last time may be missing."""
    for length in range(1, (len(text) + 1) // 2 + 1):
        if text[length:] == text[:-length]:
            return text[:length]
    return text


@cache
def _listed() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)


@cache
def _runs() -> frozenset[str]:
    """Parts of rows, there and back."""
    return frozenset(
        row[start : start + length]
        for each in _ROWS
        for row in (each, each[::-1])
        for length in range(_SHORTEST_RUN, _LONGEST_PIECE + 1)
        for start in range(len(row) - length + 1)
    )
