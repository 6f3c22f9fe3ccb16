"""What other tools put around a line: colours, timestamps, tags of the process that wrote it, prompts.

A line with something in front of a record is a record with a prefix. Times, levels and line numbers are dropped from
the prefix; what is left, a tag such as ``[rank0]:``, names the writer, and each writer's lines are a run of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from metalog.formats.model import Format, Line
from metalog.formats.template import Field

_ANSI = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_BOM = b"\xef\xbb\xbf"

_TIME = rb"\d\d?:\d\d:\d\d(?:[.,]\d+)?"
_DATE = rb"(?:\d{4}[-/.]\d\d[-/.]\d\d|\d\d[/.]\d\d[/.]\d{4})"
# Dropped: they differ from line to line and tell nothing of who wrote it.
_PASSING = (
    rb"\[?" + _DATE + rb"(?:[T _-]" + _TIME + rb"(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?\]?[:,]?",
    rb"\[?" + _TIME + rb"\]?:?",
    rb"(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?: \d{4})?"  # ts, and syslog with its host:
    rb"(?: [\w.-]+(?= [\w./-]+(?:\[\d+\])?:))?",
    rb"[IWEF]\d{4} " + _TIME + rb" +\d+ [\w./-]+:\d+\]",  # glog: level and day, time, thread, place in the code
    rb"[IWEF]\d{4}(?= )",
    rb"\d{9,}(?:\.\d+)?:?",  # seconds since 1970
    rb"\[[\d\s./%:,+-]+s?\](?![:<])",  # seconds since the start, n of m
    rb"\([\d\s./%:,+-]+s?\)",
    rb"[\[(<]?(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL)[\])>]?:?",
    rb"\d+(?:\t|:(?!\s))",  # cat -n, grep -n
    rb"\d+(?= - )",  # loguru's line in the code
    rb"[-|>:,]+(?= )",
)
# Kept: they tell the writers apart.
_TAGS = (
    rb"\[\d+,\d+\]<\w+>:?",  # mpirun --tag-output
    rb"\[[^\[\]]{1,64}\]:?",  # [rank0]:
    rb"\([^()]{1,64}\)",  # Ray
    rb"<[^<>]{1,64}>:?",
    rb"[A-Za-z_][\w./-]{0,127}\.py:\d+:?(?= )",  # train.py:88
    rb"[A-Za-z_][\w./@-]{0,127}(?:\[\d+\])?(?::| *\|)",  # docker compose, tail, grep, syslog
    rb"(?<=[ \t])[A-Za-z_][\w.]{0,127}(?= +- )",  # logging's name, behind a time or level
    rb"\d{1,6}:(?= )",  # srun --label
)
_LINE_OF_CODE = re.compile(rb"(?<=\.py):\d+")
_PART = re.compile(rb"[ \t]*(?:(?P<passing>%s)|(?P<tag>%s))[ \t]*" % (b"|".join(_PASSING), b"|".join(_TAGS)))
_MOST_PARTS = 8
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
        The tag that names who wrote the line, ``""`` without one.
    before
        Text in front of the record that is no prefix of a known sort, else empty.
    """

    text: bytes
    kind: str
    writer: str = ""
    before: bytes = b""


class PrefixStripper:
    """Takes off what other tools put around the lines of a format."""

    def __init__(self, form: Format) -> None:
        kinds = [line for line in form.lines if not line.comment]
        self._record = re.compile(rb"(?:%s)\Z" % b"|".join(map(_at_end, kinds)), re.DOTALL)
        # Behind text that is no prefix these are not taken for records: they may be part of a sentence that somebody
        # printed, and a number at the begin may be led by digits of a torn line.
        unsure = [line for line in kinds if line.prose or line.around]
        self._unsure = re.compile(b"|".join(line.pattern.pattern for line in unsure) or rb"(?!)", re.DOTALL)

    def strip(self, line: bytes) -> Stripped:
        """Return the line without its prefix and colours."""
        bare = _ANSI.sub(b"", line) if b"\x1b" in line else line
        bare = bare.removeprefix(_BOM).lstrip(b"\0 \t").rstrip(b" \t")
        if not bare:
            return Stripped(b"", "blank")
        if _COMMENT.fullmatch(bare):
            return Stripped(bare, "comment")
        if found := self._record.search(bare):
            return self._behind_prefix(bare, found.start())
        if _CONSOLE.fullmatch(bare):
            return Stripped(bare, "console")
        return _prefixed_comment(bare) or Stripped(bare, "other")

    def _behind_prefix(self, bare: bytes, start: int) -> Stripped:
        prefix, text = bare[:start], bare[start:]
        writer = read_prefix(prefix)
        if writer is not None:
            return Stripped(text, "record", writer)
        if self._unsure.fullmatch(text) and (prefix[-1:].isspace() or prefix[-1:].isalnum()):
            return Stripped(bare, "other")
        return Stripped(text, "record", "", prefix)


def _at_end(line: Line) -> bytes:
    """Return the pattern of a record at the end of a line; a number at its begin must not be part of another."""
    ungrouped = re.sub(rb"\((?!\?)", b"(?:", line.pattern.pattern)
    return (rb"(?<![\w.])" if isinstance(line.parts[0], Field) else b"") + ungrouped


def _prefixed_comment(bare: bytes) -> Stripped | None:
    start = bare.find(b"# ")
    if start <= 0 or (writer := read_prefix(bare[:start])) is None:
        return None
    return Stripped(bare[start:], "comment", writer)


def read_prefix(prefix: bytes) -> str | None:
    """Return the tags in a prefix as the writer's name, ``""`` if it has none, None if it is no known prefix."""
    tags: list[bytes] = []
    place = 0
    for _ in range(_MOST_PARTS):
        if place == len(prefix):
            break
        found = _PART.match(prefix, place)
        if not found:
            return None
        place = found.end()
        if found["tag"]:
            tags += re.split(rb"[\s|:\[\]()<>]+", _LINE_OF_CODE.sub(b"", found["tag"]))
    if place < len(prefix) and prefix[place:].strip():
        return None
    return b" ".join(filter(None, tags)).decode("utf-8", "replace")
