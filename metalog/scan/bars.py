"""Progress bars: of what carriage returns and backspaces overwrite on a line, the last state counts."""

from __future__ import annotations

import re

from metalog.scan.tokens import Block

_OVERWRITTEN = re.compile(rb"^[^\n\r\x08]*(?:\r(?!\n)|\x08)[^\n]*", re.MULTILINE)


def last_states(block: Block) -> bytes:
    r"""Return a block in which all but the last state of each bar are blank lines, so that lines keep their numbers."""
    return _OVERWRITTEN.sub(_last_state, bytes(block))


def _last_state(found: re.Match[bytes]) -> bytes:
    states = [state.rstrip(b"\x08").rpartition(b"\x08")[2] for state in found[0].split(b"\r")]
    last = next((place for place in reversed(range(len(states))) if states[place].strip()), 0)
    return b"\r".join(state if place == last else b"" for place, state in enumerate(states))
