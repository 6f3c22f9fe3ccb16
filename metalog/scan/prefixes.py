"""What other tools put around a line: colours, timestamps, tags of the process that wrote it, prompts.

A line with something in front of a record is a record with a prefix. What in the prefix tells processes apart, such as
``[rank0]:``, names the writer, and each writer's lines are a run of their own: see :mod:`metalog.scan.prefix_parts`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from metalog.formats.model import Format
from metalog.scan.finder import RecordFinder, any_of
from metalog.scan.prefix_parts import ends_logged, read_prefix, writer_name

_ANSI = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_BOM = b"\xef\xbb\xbf"
_UTF_16_MARK = re.compile(rb"\A\0?(?:\xff\xfe|\xfe\xff)")

_LONGEST_PLACE = 160
_PLACE_AT_THE_END = re.compile(rb"[ \t]+[\w./-]+\.py:\d+\Z")  # as rich's consoles show it
_CLOSING = (b"]", b")", b"}", b">", b"|")
_COMMENT = re.compile(rb"# .*|#", re.DOTALL)
_CONSOLE = re.compile(
    rb"\d{1,10}|(?:\.\.\.|\xe2\x80\xa6)(?:\s*[\[(<].*)?|(?:>>>|\.\.\.|In \[\d*\]:|Out ?\[\d*\]:|[$%])(?: .*)?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Stripped:
    """A line without what was put around it.

    Attributes
    ----------
    text
        The record or comment, or the whole line where neither was found.
    kind
        ``"record"``, ``"comment"``, ``"blank"``, ``"console"`` (prompts, loop indices, ``...``) or ``"other"``.
    writer
        What names the process that wrote the line, ``""`` without such a thing.
    before
        What stands in front of the record if it is no prefix of a known sort, or has a progress bar in it; else empty.
    """

    text: bytes
    kind: str
    writer: str = ""
    before: bytes = b""


class PrefixStripper:
    """Takes off what other tools put around the lines of a format."""

    def __init__(self, form: Format) -> None:
        self._finder = RecordFinder(form)
        kinds = [line for line in form.lines if not line.comment]
        # Behind text that is no prefix these are not taken for records: they may be part of a sentence that somebody
        # printed, and a number at the begin may be led by digits of a torn line.
        self._prose = any_of(line for line in kinds if line.prose or line.around)
        # Neither are those that are told by few words: "loss: 0.5" is none behind "average" or "Test:".
        self._loose = any_of(line for line in kinds if not line.exact)

    def strip(self, line: bytes) -> Stripped:
        """Return the line without its prefix and colours."""
        line = _unwrap(line)
        bare = _ANSI.sub(b"", line) if b"\x1b" in line else line
        bare = bare.removeprefix(_BOM).lstrip(b"\0 \t\v\f").rstrip(b" \t\v\f")
        if not bare:
            return Stripped(b"", "blank")
        if _COMMENT.fullmatch(bare):
            return Stripped(bare, "comment")
        if (start := self._finder.find(bare)) is not None:
            return self._behind_prefix(bare, start)
        if _CONSOLE.fullmatch(bare):
            return Stripped(bare, "console")
        return self._before_place(bare) or _prefixed_comment(bare) or Stripped(bare, "other")

    def _behind_prefix(self, bare: bytes, start: int) -> Stripped:
        before, text = bare[:start], bare[start:]
        prefix = read_prefix(before)
        writer = writer_name(before, prefix.spans) if prefix else ""
        if prefix and prefix.is_vague and self._loose.fullmatch(text):
            return Stripped(bare, "other")
        if prefix and not prefix.bar:
            return Stripped(text, "record", writer)
        if self._is_unsure(before, text) and not (prefix and start > prefix.bar) and not ends_logged(before):
            return Stripped(bare, "other")
        return Stripped(text, "record", writer, before)

    def _is_unsure(self, before: bytes, text: bytes) -> bool:
        """Tell whether a record behind some text may be part of it."""
        if self._prose.fullmatch(text):
            return before[-1:].isspace() or before[-1:].isalnum()
        return before.rstrip()[-1:] not in _CLOSING and bool(self._loose.fullmatch(text))

    def _before_place(self, bare: bytes) -> Stripped | None:
        """Return the record of a line at whose right end a console shows the place in the code, None if it has none."""
        found = _PLACE_AT_THE_END.search(bare, max(len(bare) - _LONGEST_PLACE, 0)) if bare[-1:].isdigit() else None
        text = bare[: found.start()] if found else b""
        start = self._finder.find(text) if text else None
        prefix = read_prefix(text[:start]) if start else None
        return self._behind_prefix(text, start) if start and prefix and prefix.logged else None


def is_utf_16(line: bytes) -> bool:
    """Tell whether a line is UTF-16 in a log that is not: half of its bytes are NUL, every second one or nearly so."""
    line = _UTF_16_MARK.sub(b"", line)
    return 2 * line.count(b"\0") >= len(line) - 1 and b"\0\0" not in line


def _unwrap(line: bytes) -> bytes:
    """Take a line out of what holds it as a whole: UTF-16 that was appended, Docker's JSON."""
    if b"\0" in line and is_utf_16(line):
        return _UTF_16_MARK.sub(b"", line).translate(None, b"\0")
    if line.startswith(b"{") and b'"log"' in line:
        try:
            return str(json.loads(line)["log"]).encode("utf-8", "replace").rstrip(b"\r\n")
        except (ValueError, KeyError, RecursionError):
            return line
    return line


def _prefixed_comment(bare: bytes) -> Stripped | None:
    start = bare.find(b"# ")
    if start <= 0 or (prefix := read_prefix(bare[:start])) is None:
        return None
    return Stripped(bare[start:], "comment", writer_name(bare, prefix.spans))
