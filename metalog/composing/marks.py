"""What lines tell that are not numbers: their own texts, and what lines above have set, as codes in a list of texts."""

from __future__ import annotations

import numpy as np

from metalog.columns import Array, Columns
from metalog.formats.model import Format
from metalog.formats.template import MISSING
from metalog.scan.tokens import Tokens


class Texts:
    """All texts of a log, each of which has a code."""

    def __init__(self, form: Format) -> None:
        constants = dict.fromkeys(text for line in form.lines for _, text in line.set)
        self.texts: list[str] = [*constants]
        self.codes = {text: code for code, text in enumerate(constants)}

    def add(self, texts: dict[str, int]) -> int:
        """Take the texts of a block; return what to add to their codes."""
        base = len(self.texts)
        self.texts += texts
        return base


class Marks:
    """Writes the texts of one writer's lines, and what its lines have set, into the tables of rows.

    Parameters
    ----------
    form
        The format.
    texts
        Those of the log.
    """

    def __init__(self, form: Format, texts: Texts) -> None:
        self._form, self._texts = form, texts
        self._setters: dict[str, Array] = {}
        for code, line in enumerate(form.lines):
            for key, text in line.set if not line.frame else ():
                constants = self._setters.setdefault(key, np.full(len(form.lines), MISSING, np.int32))
                constants[code] = texts.codes[text]
        self._now = dict.fromkeys(self._setters, MISSING)

    def write(self, tokens: Tokens, tables: list[Columns], base: int) -> None:
        """Fill in a block's rows; `base` is added to the codes of its texts."""
        marks = {key: self._mark(key, tokens) for key in self._setters}
        for code, (line, name) in enumerate(zip(self._form.lines, self._form.part_of, strict=True)):
            if "#" not in name or not (line.texts or line.takes):
                continue
            columns = tables[[*self._form.parts].index(name)]
            places = np.flatnonzero(tokens.kind == code)
            for slot, text in enumerate(line.texts):
                own = tokens.texts[slot][places]
                columns[text][:] = np.where(own == MISSING, MISSING, own + np.int32(base))
            for key in line.takes:
                columns[key][:] = marks[key][places]

    def _mark(self, key: str, tokens: Tokens) -> Array:
        """Return for each token what the lines up to there have set last."""
        if not len(tokens):
            return np.empty(0, np.int32)
        own = self._setters[key][tokens.kind]
        last = np.maximum.accumulate(np.where(own == MISSING, MISSING, np.arange(len(own))))
        marks: Array = np.where(last == MISSING, np.int32(self._now[key]), own[last])
        self._now[key] = int(marks[-1])
        return marks
