"""A mistake in a declaration, and where it stands in the text. Standard library only."""

from __future__ import annotations

import re


class Mistake(Exception):
    """Says what is wrong and where: a table of the declaration, which of its kind, and a key of it."""

    def __init__(self, message: str, table: str = "", number: int = 0, key: str = "") -> None:
        super().__init__(message)
        self.table, self.number, self.key = table, number, key

    def find(self, text: str) -> str:
        """Return ``:line`` of the place in the text, as far as it is found."""
        lines = text.splitlines()
        begin = self._begin(lines)
        if begin is None:
            return ""
        for place in range(begin + 1, len(lines)):
            if re.match(r"\s*\[", lines[place]):
                break
            if self.key and re.match(rf"\s*[\"']?{re.escape(self.key)}\b", lines[place]):
                return f":{place + 1}"
        return f":{begin + 1}"

    def _begin(self, lines: list[str]) -> int | None:
        """Return where the table begins: its header, or a key at the top."""
        name = re.escape(self.table)
        header = re.compile(rf"\s*\[\[?\s*{name}\s*\]\]?|\s*{name}\s*=")
        places = [place for place, line in enumerate(lines) if self.table and header.match(line)]
        return places[min(self.number, len(places) - 1)] if places else None
