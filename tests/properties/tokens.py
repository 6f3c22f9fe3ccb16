"""Strategies: sequences of tokens, from sound logs with some edits to sheer nonsense, in two formats."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from metalog.formats import native
from metalog.formats.model import Format
from metalog.formats.template import MISSING
from metalog.scan.portable import Engine
from metalog.scan.tokens import Tokens
from tests.fuzz import deep
from tests.properties.edits import SOUND, edited

#: Kind and counters of a line.
Row = tuple[int, tuple[int, ...]]
#: Counters that are missing (too large), wrong (0), or close enough to fit or nearly fit.
COUNTERS = st.sampled_from([MISSING, 0, 1, 2, 3])
DEEP = st.builds(deep.sound, *[st.integers(1, 3)] * 2, st.integers(0, 3), closed=st.booleans())


def rows(form: Format, lines: Sequence[bytes]) -> list[Row]:
    """Return kind and counters of the lines of a sound log."""
    return [row[:2] for line in lines if (row := Engine(form).match_line(line))]


def any_row(form: Format) -> st.SearchStrategy[Row]:
    """Return the strategy that draws a line of any kind with any counters."""
    counters = st.tuples(*[COUNTERS] * form.counter_slots)
    return st.tuples(st.sampled_from([code for code, _ in form.matched]), counters)


def columns(form: Format, drawn: list[Row]) -> Tokens:
    """Return the tokens of these lines, each with values of its own, so that none can be taken for another."""
    size = len(drawn)
    values = np.arange(size) + np.arange(form.value_slots)[:, None] / 8
    line = np.arange(size, dtype=np.int32)
    counters = np.array([numbers for _, numbers in drawn], np.int32).reshape(size, form.counter_slots).T
    texts = np.full((0, len(drawn)), -1, np.int32)
    return Tokens(np.array([kind for kind, _ in drawn], np.uint8), counters.copy(), values, texts, line, line * 0)


def _drawn(form: Format, logs: st.SearchStrategy[Sequence[bytes]]) -> st.SearchStrategy[tuple[Format, Tokens]]:
    nonsense = any_row(form)
    sound = edited(logs.map(lambda lines: rows(form, lines)), nonsense, lambda _: nonsense)
    return st.one_of(sound, st.lists(nonsense, max_size=30)).map(lambda drawn: (form, columns(form, drawn)))


#: A format, and tokens of it.
TOKENS = st.one_of(_drawn(native(), SOUND), _drawn(deep.FORM, DEEP))
