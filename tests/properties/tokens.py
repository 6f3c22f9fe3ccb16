"""Strategies: sequences of tokens, from sound logs with some edits to sheer nonsense, and places where to cut them."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from metalog.grammar import BY_NAME, MISSING
from metalog.scan.portable import Row, match_line
from tests.loggen import Shape, text

KINDS = [kind for kind in BY_NAME.values() if kind.name != "comment"]
#: Counters that are missing (too large), wrong (0), or close enough to fit or nearly fit.
COUNTERS = st.sampled_from([MISSING, 0, 1, 2, 3])
SHAPES = (
    Shape(1, 2, 2, 2, 2, meta_validate_every=1, meta_batches=20),
    Shape(2, 2, 1, 1, 1, meta_validate_every=2, meta_batches=10),
    Shape(2, 3, 3, 2, 1),
)


@cache
def sound(shape: Shape, *, learning: bool = False) -> tuple[Row, ...]:
    """Return the tokens of a synthetic log, or of a plain learning log of the same shape."""
    rows = tuple(row for line in text(shape).splitlines() if (row := match_line(line.encode())))
    if not learning:
        return rows
    own = tuple(row for row in rows if row[0] in {BY_NAME[name].code for name in ("epoch", "step", "validation")})
    return (*own[: shape.epochs * (shape.steps + 2)], (BY_NAME["finished"].code, MISSING, MISSING, 0.0, 0.0))


@st.composite
def any_token(draw: st.DrawFn) -> Row:
    """Draw a line of any kind with any counters."""
    kind = draw(st.sampled_from(KINDS))
    numbers = [draw(COUNTERS) if field.type == "int" else None for field in kind.fields]
    first, second = ([number for number in numbers if number is not None] + [MISSING, MISSING])[:2]
    return kind.code, first, second, 0.5, 0.25


LOGS = st.builds(sound, st.sampled_from(SHAPES), learning=st.booleans())


@st.composite
def edited_tokens(draw: st.DrawFn) -> list[Row]:
    """Draw one or two logs behind each other, with lines lost, repeated, swapped, changed and thrown in."""
    tokens = [token for log in draw(st.lists(LOGS, min_size=1, max_size=2)) for token in log]
    for _ in range(draw(st.integers(0, 4))):
        place, other = (draw(st.integers(0, len(tokens) - 1)) for _ in range(2))
        edit = draw(st.sampled_from(["delete", "repeat", "swap", "insert", "replace", "lose", "return"]))
        low, high = min(place, other), max(place, other)
        if edit == "delete" and len(tokens) > 1:
            del tokens[place]
        elif edit == "repeat":
            tokens.insert(place, tokens[place])
        elif edit == "swap":
            tokens[place], tokens[other] = tokens[other], tokens[place]
        elif edit == "insert":
            tokens.insert(place, draw(any_token()))
        elif edit == "replace":
            tokens[place] = draw(any_token())
        elif edit == "lose":
            del tokens[low:high]
        elif edit == "return":
            tokens = tokens[: high + 1] + tokens[low:]
    return tokens


TOKENS = st.one_of(edited_tokens(), st.lists(any_token(), max_size=30))
