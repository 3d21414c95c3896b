"""Personal access tokens: how they are made, recognised and hashed. Pure; rows are in `services/personal_tokens.py`.

A token is `sb_pat_<prefix>_<secret><checksum>`. Its first seven characters and the checksum let a scanner find one that
was published by mistake, and let us refuse what cannot be one without asking the database. The prefix is stored as it
is and finds the row; of the whole only an HMAC-SHA256 is kept, under a key that is not in the database.
"""

import hashlib
import hmac
import re
import string
from zlib import crc32

from django.conf import settings
from django.utils.crypto import constant_time_compare, get_random_string

MARK = "sb_pat_"
PREFIX_LENGTH, SECRET_LENGTH, CHECKSUM_LENGTH = 10, 32, 6
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_FORM = re.compile(
    rf"{MARK}([0-9A-Za-z]{{{PREFIX_LENGTH}}})_[0-9A-Za-z]{{{SECRET_LENGTH}}}([0-9A-Za-z]{{{CHECKSUM_LENGTH}}})"
)


def new_token() -> str:
    """A token of 190 random bits that nobody has."""
    body = f"{MARK}{get_random_string(PREFIX_LENGTH, _ALPHABET)}_{get_random_string(SECRET_LENGTH, _ALPHABET)}"
    return body + checksum(body)


def prefix_of(token: str) -> str:
    """The prefix that the token's row is found by; '' for what is not a token, or was mistyped."""
    found = _FORM.fullmatch(token)
    return found[1] if found and checksum(token[:-CHECKSUM_LENGTH]) == found[2] else ""


def checksum(body: str) -> str:
    """CRC32 of the part before it, in base 62: against typing errors and for scanners, it keeps nobody out."""
    number, digits = crc32(body.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits


def digest_of(token: str, key: str | None = None) -> str:
    """What is stored of a token: HMAC-SHA256 under the newest of PERSONAL_TOKEN_KEYS, or under `key`."""
    return hmac.new((key or settings.PERSONAL_TOKEN_KEYS[0]).encode(), token.encode(), hashlib.sha256).hexdigest()


def is_hashed_as(token: str, token_hash: str) -> bool:
    """Whether this is the hash of the token under any of our keys; compared in constant time."""
    return any(constant_time_compare(digest_of(token, key), token_hash) for key in settings.PERSONAL_TOKEN_KEYS)
