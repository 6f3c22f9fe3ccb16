"""Sound logs, and the strategy that loses, repeats, swaps and changes some of their lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeVar

from hypothesis import strategies as st

from metalog.formats.writer import format_line
from tests.loggen import Shape, text

T = TypeVar("T")

SHAPES = (
    Shape(1, 2, 2, 2, 2, meta_validate_every=1, meta_batches=20),
    Shape(2, 2, 1, 1, 1, meta_validate_every=2, meta_batches=10),
    Shape(2, 3, 3, 2, 1),
)
EDITS = ("delete", "repeat", "swap", "insert", "change", "lose", "return")


@cache
def sound(shape: Shape, *, learning: bool = False) -> tuple[bytes, ...]:
    """Return the lines of a synthetic log, or of a plain learning log of the same shape, without their ends."""
    lines = text(shape).encode().splitlines()
    if not learning:
        return tuple(lines)
    own = [line for line in lines if line.startswith(b"Epoch")][: shape.epochs * (shape.steps + 2)]
    return (*own, format_line("finished").encode().rstrip())


SOUND = st.builds(sound, st.sampled_from(SHAPES), learning=st.booleans())


@st.composite
def edited(
    draw: st.DrawFn,
    logs: st.SearchStrategy[Sequence[T]],
    others: st.SearchStrategy[T],
    changed: Callable[[T], st.SearchStrategy[T]],
) -> list[T]:
    """Draw one or two logs behind each other and up to five edits of their lines.

    Lines of `others` are thrown in, and `changed` tells what a line may be changed to. ``return`` goes back to an
    earlier line, as a resumed run does.
    """
    lines = [line for log in draw(st.lists(logs, min_size=1, max_size=2)) for line in log]
    for edit in draw(st.lists(st.sampled_from(EDITS), max_size=5)):
        low, high = sorted(draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        if edit == "delete" and len(lines) > 1:
            del lines[low]
        elif edit == "repeat":
            lines.insert(low, lines[low])
        elif edit == "swap":
            lines[low], lines[high] = lines[high], lines[low]
        elif edit == "insert":
            lines.insert(low, draw(others))
        elif edit == "change":
            lines[low] = draw(changed(lines[low]))
        elif edit == "lose":
            del lines[low:high]
        elif edit == "return":
            lines = lines[: high + 1] + lines[low:]
    return lines
