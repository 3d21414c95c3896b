"""What the value of each kind of contact looks like; the database holds the same rules. Pure: no I/O."""

import re
from dataclasses import dataclass

from users.enums import ContactKind


@dataclass(frozen=True, slots=True)
class ContactRule:
    """`pattern` fits the whole value, in PostgreSQL's words and Python's alike; `hint` says what to write instead."""

    pattern: str
    hint: str

    def fits(self, value: str) -> bool:
        """Whether it is a value of this kind."""
        return re.fullmatch(self.pattern.removeprefix("^").removesuffix("$"), value) is not None


def as_stored(kind: ContactKind, value: str) -> str:
    """The value as it is kept: a telephone number without what people write between its digits."""
    return _BETWEEN_DIGITS.sub("", value) if kind == ContactKind.PHONE else value


_BETWEEN_DIGITS = re.compile(r"[ ()/.-]")
CONTACT_RULES = {
    ContactKind.EMAIL: ContactRule(
        r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$",
        "Write an e-mail address, such as ada@example.org.",
    ),
    ContactKind.VIDEO: ContactRule(
        r"^https://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:[0-9]{1,5})?([/?#][A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*)?$",
        "Write an address on the web that begins with https://, such as https://meet.example.org/ada.",
    ),
    ContactKind.PHONE: ContactRule(
        r"^\+[1-9][0-9]{6,14}$", "Write the number with its country, such as +49 30 123456."
    ),
    ContactKind.SIGNAL: ContactRule(
        r"^[A-Za-z_][A-Za-z0-9_]{2,31}\.[0-9]{2,9}$", "Write the user name of Signal, such as ada.01."
    ),
    ContactKind.TELEGRAM: ContactRule(
        r"^@[A-Za-z][A-Za-z0-9_]{4,31}$", "Write the user name of Telegram, such as @ada_lovelace."
    ),
    ContactKind.DISCORD: ContactRule(r"^[a-z0-9_.]{2,32}$", "Write the user name of Discord, such as ada.lovelace."),
    ContactKind.MATRIX: ContactRule(
        r"^@[a-z0-9._=/+-]{1,100}:[A-Za-z0-9.-]{3,100}(:[0-9]{1,5})?$",
        "Write the whole Matrix address, such as @ada:example.org.",
    ),
}
