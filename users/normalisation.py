"""How skill names are compared: as people type them, whatever the case, the spaces and the dots."""

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s._\-/]+")
LONGEST_SKILL_TEXT = 60


def normalise_skill(text: str) -> str:
    """`Node.js`, `node js` and `nodejs` are all `nodejs`; `c`, `c++` and `c#` stay three. '' when nothing is left."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _SEPARATORS.sub("", folded)[:LONGEST_SKILL_TEXT]
