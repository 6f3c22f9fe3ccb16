"""What other tools put around a line: colours, timestamps, tags of the process that wrote it, prompts.

A line with something in front of a record is a record with a prefix. Times, levels and line numbers are dropped from
the prefix; what is left, a tag such as ``[rank0]:``, names the writer, and each writer's lines are a run of their own.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from metalog.formats.line import Line
from metalog.formats.model import Format
from metalog.formats.template import Field

_ANSI = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_BOM = b"\xef\xbb\xbf"
_UTF_16_MARK = re.compile(rb"\A\0?(?:\xff\xfe|\xfe\xff)")

_TIME = rb"\d\d?:\d\d:\d\d(?:[.,]\d+)?"
_DATE = rb"(?:\d{4}[-/.]\d\d[-/.]\d\d|\d\d[/.]\d\d[/.]\d{4})"
# Dropped: they differ from line to line and tell nothing of who wrote it.
_PASSING = (
    _DATE + rb"T" + _TIME + rb"(?:Z|[+-]\d\d:?\d\d)? [\w.-]+(?= [\w./-]+(?:\[\d+\])?: )",  # rsyslog, with its host
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
    rb"(?:stdout|stderr) [FP](?= )",  # how container runtimes mark a full or partial line
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
        line = _unwrap(line)
        bare = _ANSI.sub(b"", line) if b"\x1b" in line else line
        bare = bare.removeprefix(_BOM).lstrip(b"\0 \t\v\f").rstrip(b" \t\v\f")
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
    spans = _tag_spans(prefix)
    return None if spans is None else _writer_name(prefix, spans)


def _tag_spans(prefix: bytes) -> list[tuple[int, int]] | None:
    """Return where the tags in a prefix stand, None if it is no known prefix."""
    spans: list[tuple[int, int]] = []
    place = 0
    for _ in range(_MOST_PARTS):
        if place == len(prefix):
            break
        found = _PART.match(prefix, place)
        if not found:
            return None
        place = found.end()
        if found["tag"]:
            spans.append(found.span("tag"))
    return None if prefix[place:].strip() else spans


def _writer_name(prefix: bytes, spans: list[tuple[int, int]]) -> str:
    tags = (_LINE_OF_CODE.sub(b"", prefix[begin:end]) for begin, end in spans)
    words = [word for tag in tags for word in re.split(rb"[\s|:\[\]()<>]+", tag)]
    return b" ".join(filter(None, words)).decode("utf-8", "replace")


_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_MOST_LENGTHS, _MOST_SHAPES = 8, 1 << 12


class PrefixShapes:
    """Remembers how the prefixes of a log look, digits aside, so that most lines need no search.

    What a prefix means depends on its digits' places only, and a record behind a known shape is where it was before.
    """

    def __init__(self) -> None:
        self._lengths: list[int] = []
        self._shapes: dict[bytes, list[tuple[int, int]]] = {}
        self._names: dict[bytes, str] = {}

    def learn(self, prefix: bytes) -> None:
        """Remember the prefix of a line in which a record was found."""
        spans = _tag_spans(prefix)
        if (
            not prefix
            or spans is None
            or prefix[-1:].isalnum()
            or prefix[-1:] in b"_."
            or len(self._shapes) > _MOST_SHAPES
        ):
            return
        self._shapes[prefix.translate(_DIGITS)] = spans
        if len(prefix) not in self._lengths:
            self._lengths = [len(prefix), *self._lengths[: _MOST_LENGTHS - 1]]

    def guess(self, line: bytes) -> tuple[bytes, str] | None:
        """Return what stands behind a prefix of a known shape, and the writer's name."""
        if b"\x1b" in line or b"\0" in line:
            return None
        for length in self._lengths:
            prefix = line[:length]
            spans = self._shapes.get(prefix.translate(_DIGITS))
            if spans is not None and len(line) > length:
                return line[length:].rstrip(b" \t"), self._name(prefix, spans)
        return None

    def _name(self, prefix: bytes, spans: list[tuple[int, int]]) -> str:
        if not spans:
            return ""
        tags = prefix[spans[0][0] : spans[-1][1]]
        if tags not in self._names:
            if len(self._names) > _MOST_SHAPES:
                return _writer_name(prefix, spans)
            self._names[tags] = _writer_name(prefix, spans)
        return self._names[tags]
