"""The modules of an answer while it arrives: each as soon as its last brace is there. Pure."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_decoder = json.JSONDecoder()
_BEGIN = re.compile(r'\s*\{\s*"modules"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")


@dataclass(slots=True)
class ModuleReader:
    """Takes the text of `{"modules": [{…}, …]}` in pieces.

    Answers that are not of this form yield nothing, and what follows the first thing that is no object is not read.
    """

    text: str = ""
    _position: int = field(default=-1)
    _is_over: bool = False

    def feed(self, piece: str) -> Iterator[dict[str, Any]]:
        """The objects that are complete by now and were not before."""
        self.text += piece
        if self._position < 0:
            begin = _BEGIN.match(self.text)
            if begin is None:
                return
            self._position = begin.end()
        while not self._is_over:
            match = _BETWEEN.match(self.text, self._position)
            self._position = match.end() if match else self._position
            if self._position >= len(self.text):
                return
            if self.text[self._position] != "{":
                self._is_over = True
                return
            try:
                item, self._position = _decoder.raw_decode(self.text, self._position)
            except (ValueError, RecursionError):
                return
            yield item
