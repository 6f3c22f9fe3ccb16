"""Lines that tell how a program ended: tracebacks, and what shells and schedulers say of one that they ended."""

from __future__ import annotations

import re
from typing import Final, Literal

_HEAD: Final = re.compile(rb"(?:Exception Group )?Traceback \(most recent call last\)")
_CHAINED: Final = (b"During handling of the above exception", b"The above exception was the direct cause")
_NAME: Final = re.compile(rb"[A-Za-z_][\w.]*(?:: .*|:)?", re.DOTALL)
#: What lines inside begin with: blanks, or the frames that consoles and groups of exceptions draw.
_INSIDE: Final = (b" ", b"\t", b"|", b"+", "│".encode(), "╰".encode(), "╭".encode())
_FRAME: Final = b" \t+|" + "╭─│".encode()
_DIGITS: Final = bytes.maketrans(b"123456789", b"0" * 9)
#: As bash, sh, srun, Slurm's daemon and the kernel say it.
_KILLED: Final = re.compile(
    rb"(?:.*: line [0-9]+: +[0-9]+ )?(?:Killed|Terminated|Aborted|Hangup|Bus error|Segmentation fault)\b"
    rb"(?: \(core dumped\))?(?:  +\S.*)?"
    rb"|(?:slurmstepd|srun): (?:error|Job|forcing).*(?:CANCELLED|Killed|Terminated|Out Of Memory|oom.kill).*"
    rb"|.*Out of memory: Killed process.*|.*DUE TO TIME LIMIT.*|.*Fatal Python error: .*",
    re.DOTALL,
)
_LONGEST: Final = 300


def says_killed(line: bytes) -> bool:
    """Tell whether a line says that the program was ended from outside."""
    return len(line) <= _LONGEST and bool(_KILLED.fullmatch(line.strip()))


class Traceback:
    """A traceback that is being read, perhaps one of several that are chained or interleaved.

    Attributes
    ----------
    said
        The last line of the exception raised last, empty until it came.
    """

    def __init__(self, head: bytes, place: int) -> None:
        self.said = b""
        self._phase: Literal["frames", "after", "chained"] = "frames"
        self._prefixes = [_prefix(head, place)]

    @classmethod
    def begun(cls, line: bytes) -> Traceback | None:
        """Return what a line begins, if it begins a traceback."""
        found = _HEAD.search(line)
        return cls(line, found.start()) if found else None

    def take(self, line: bytes) -> bool:
        """Take the next line that is not blank, if it belongs to the traceback; else say no."""
        if found := _HEAD.search(line):
            if self._phase == "after":
                return False  # another one
            self._prefixes.append(_prefix(line, found.start()))
            self._phase = "frames"
            return True
        text = self._bare(line)
        if says_killed(text):
            return False
        if self._phase != "chained" and text.startswith(_INSIDE):
            return True
        if self._phase == "frames" and (text is not line or _NAME.fullmatch(text)):
            self._phase, self.said = "after", text.rstrip()
            return True
        if self._phase == "after" and text.startswith(_CHAINED):
            self._phase = "chained"
            return True
        return False

    def _bare(self, line: bytes) -> bytes:
        """Return the line without the prefix that a heading line had; digits in it may differ."""
        for prefix in self._prefixes:
            if prefix and line[: len(prefix)].translate(_DIGITS) == prefix:
                return line[len(prefix) :]
        return line


def _prefix(head: bytes, place: int) -> bytes:
    """Return what stands in front of a heading line, its digits as zeros, with one blank behind it."""
    before = head[:place].rstrip(_FRAME).translate(_DIGITS)
    return before + head[len(before) : len(before) + 1] if before else b""
