"""Strategies: sequences of tokens, from sound logs with some edits to sheer nonsense."""

from __future__ import annotations

from hypothesis import strategies as st

from metalog.formats.grammar import BY_NAME, MISSING
from metalog.scan.portable import Row, match_line
from tests.properties.edits import SOUND, edited

KINDS = [kind for kind in BY_NAME.values() if kind.name != "comment"]
#: Counters that are missing (too large), wrong (0), or close enough to fit or nearly fit.
COUNTERS = st.sampled_from([MISSING, 0, 1, 2, 3])


def tokens(lines: tuple[bytes, ...]) -> list[Row]:
    """Return the tokens of a sound log."""
    return [row for line in lines if (row := match_line(line))]


@st.composite
def any_token(draw: st.DrawFn) -> Row:
    """Draw a line of any kind with any counters."""
    kind = draw(st.sampled_from(KINDS))
    numbers = [draw(COUNTERS) for field in kind.fields if field.type == "int"]
    first, second = [*numbers, MISSING, MISSING][:2]
    return kind.code, first, second, 0.5, 0.25


TOKENS = st.one_of(
    edited(SOUND.map(tokens), any_token(), lambda _: any_token()),
    st.lists(any_token(), max_size=30),
)
