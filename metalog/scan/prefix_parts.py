"""What a prefix is made of, and which of its parts name the process that wrote the line.

A part names a writer if it has the form of a process's label (a rank, a pid, a host, a file that grep names), or if it
is a name and no time, level or place in the code stands in the same prefix: beside one of these a name is a logger's or
a module's, which tells no processes apart.

What a prefix means depends on where its digits are, not on which they are, as :mod:`metalog.scan.prefix_shapes` needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_CLOCK = rb"\d\d?:\d\d:\d\d(?:[.,:]\d+)?(?: ?[AaPp][Mm]\b)?"
_ZONE = rb"(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d)\b)?"
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_DAY_OF_MONTH = rb"(?:[A-Z][a-z]{2},? )?" + _MONTH + rb" [ \d]?\d"
_DATE = (
    rb"(?:\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.](?:\d{4}|\d\d)|\d{8}(?=[T _-]\d\d)"
    rb"|(?:[A-Z][a-z]{2}, )?\d\d?[- ]" + _MONTH + rb"[- ]\d{2,4})"
)
_TIME_OF_DAY = rb"(?:[T_-]|,? )(?:" + _CLOCK + rb"|\d\d-\d\d-\d\d|(?<=[T_-])\d{4,6})" + _ZONE
_TIME = b"(?:%s)(?!\\w)" % b"|".join(
    [
        _DATE + rb"(?:" + _TIME_OF_DAY + rb")?",
        _DAY_OF_MONTH + rb",? (?:\d{4},? )?" + _CLOCK + _ZONE + rb"(?: \d{4}\b)?",
        rb"(?:\d\d?[-/]\d\d? )?" + _CLOCK + _ZONE,
        rb"\d{9,}(?:\.\d+)?",  # seconds since 1970
    ]
)
_LEVEL = rb"\b(?:TRACE|DEBUG|VERBOSE|INFO|NOTICE|SUCCESS|WARN(?:ING)?|ERROR|CRITICAL|FATAL)\b"
_SMALL_LEVEL = rb"(?i:\b(?:trace|debug|info|warn(?:ing)?|error|critical|fatal)\b)"
_LOGGED = rb"(?:" + _LEVEL + rb"|" + _TIME + rb")"
_PLACE = (
    rb"[A-Za-z_][\w./-]{0,127}\."
    rb"(?:(?:py|pyx|cc|cpp|cu|hpp|h|c|go|rs|lua|jl)(?:\(\d+\)|\[line:\d+\]|:\d+)|py\b)(?::\w+)?"
)
_GLOG = rb"\[?(?:[IWEF]\d{4} " + _CLOCK + rb" +\d+ [\w./-]+:\d+\]|[IWEF] [\w./-]+:\d+\]|[IWEF]\d{4}(?= ))"

# Behind these words only is a number a process's wherever it stands: a logger may be called resnet50.
_LABEL = (
    rb"(?i:(?:\w{1,32}_)?(?:rank|worker|node|host|gpu|cuda|device|p?pid|proc|process|replica)[ _:=#-]{0,2}\d+"
    rb"(?:/\d+|[.-][\w.-]{0,64})?)(?!\w)|(?i:rank)\[\d+/\d+\]"
)
_NAME = rb"[A-Za-z_][\w./@-]{0,127}"
_COUNTED = re.compile(
    rb"(?i:ep|epochs?|steps?|it|iters?|iterations?|batch|episode|fold|round|stage|phase|trial)"
    rb"[ :=#_-]{0,2}\d+(?:/\d+)?"
)
_PATH = (
    rb"(?:[A-Za-z]:\\)?(?:[\w.@~+=-]{0,127}[/\\][\w./\\@+=-]{1,255}|[\w.@+=-]{1,127}\.(?:txt|log|out|err|jsonl?|gz))"
)
# What a launcher, grep or a container's tool puts in front of all else.
_OUTERMOST = re.compile(rb"[\w.@-]*\d|" + _PATH)
_TOOL = re.compile(rb".+  \||wandb:")
_HOST = rb"(?!" + _LEVEL + rb")[\w.-]+"
_SYSLOG_TIME = (
    rb"(?:<\d{1,3}>)?(?:(?:[A-Z][a-z]{2} )?" + _MONTH + rb" [ \d]\d \d\d:\d\d:\d\d(?: \d{4})?"
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[\d.,]*(?:Z|[+-]\d\d:?\d\d)) "
)

#: The sorts of parts, in the order in which they are tried.
_SORTS = {
    "logging": (
        _SYSLOG_TIME + _HOST + rb"(?= [\w./-]+\[\d+\]:)",  # the process is told behind its host, and names the writer
        rb"(?:<\d{1,3}>)?" + _TIME + rb"[:,]?",
        _GLOG,
        _LEVEL + rb":?",
        _SMALL_LEVEL + rb"(?::| {0,64}\|| +-(?= ))",
        _PLACE + rb":?(?=[ \t]|$)",
    ),
    "passing": (
        rb"\[[\d\s./%,+-]+s?\](?![:<])",  # seconds since the start, n of m
        rb"\([\d\s./%:,+-]+s?\)",
        rb"\d+(?:\t|:(?!\s))",  # cat -n, grep -n
        rb"\d+(?= [-|] )",  # loguru's line in the code
        rb"\d+(?=[ \t]+" + _LEVEL + rb")",  # a number that logging was told to write, as of a thread
        rb"(?:stdout|stderr) [FP](?= )",  # how container runtimes mark a full or partial line
        rb"[-|>:,]+(?= )",
    ),
    "label": (
        rb"\[[^\[\]<>]{0,64}\d+,\d+\]<\w+>:?",  # mpirun --tag-output
        rb"(?:" + _LABEL + rb")(?=[ \t:|])(?::| {0,64}\|)?",
        _NAME + rb"\[\d+\]:?",  # syslog
        rb"pod/[\w./-]{1,127}(?= )",  # kubectl
        rb"[\w.-]{0,64}\d[\w.-]{0,64}/[\w.-]{1,127}(?= )",
    ),
    "bar": (
        rb"[^|\[\]]{0,64}?\d{1,3}%\|[^|]{0,256}\| *[\w.]+/[\w.?]+ \[[^\[\]]{0,256}\]",  # tqdm
        rb"\[[>=#. -]*\] \d+/\d+, [\d.]+ task/s, elapsed: \d+s, ETA: +\d+s",  # mmcv
    ),
    "box": (rb"\[[^\[\]]{1,64}\]:?", rb"\([^()]{1,64}\)", rb"<[^<>]{1,64}>:?"),  # [rank0]:, Ray, and much else
    "name": (
        _NAME + rb"(?:\(\d+\))?(?::| {0,64}\|)",  # docker compose, and loggers
        _PATH + rb":",  # grep, tail
        rb"\d{1,6}:(?= )",  # srun --label
    ),
    "word": (  # a logger's name before a level or a time, or behind one
        _NAME + rb"(?=[ \t]+[-|:] +" + _LOGGED + rb")|(?<=[ \t])" + _NAME + rb"(?=[ \t]+" + _LOGGED + rb")",
        rb"(?<=[ \t])[A-Za-z_][\w.]{0,127}(?= +- )",
    ),
}
_HOST_BEHIND_TIME = rb"(?P<time>" + _SYSLOG_TIME + rb")(?P<host>" + _HOST + rb")(?= [\w./-]+: )"
_PART = re.compile(
    rb"[ \t]*+(?:%s)[ \t]*+"
    % b"|".join(
        [_HOST_BEHIND_TIME, *(b"(?P<%s>%s)" % (sort.encode(), b"|".join(forms)) for sort, forms in _SORTS.items())]
    )
)
_IN_A_BOX = re.compile(
    rb"(?P<logging>(?<![\w.])" + _TIME + rb"|" + _LEVEL + rb"|" + _PLACE + rb")|\b(?P<label>" + _LABEL + rb")"
)
_SMALL_LEVEL_ALONE = re.compile(_SMALL_LEVEL)
_TIME_ANYWHERE = re.compile(rb"\[?" + _TIME)
_MOST_PARTS, _MOST_TIMES = 16, 4
Span = tuple[int, int]


@dataclass(slots=True)
class Prefix:
    """What stands in front of a record.

    Attributes
    ----------
    labels, names
        Where words stand that name a process, and where words stand that may.
    logged
        Whether a time, a level or a place in the code stands in it, so that the names are those of loggers.
    bar
        Where the last progress bar in it ends, 0 if there is none.
    """

    labels: list[Span] = field(default_factory=list)
    names: list[Span] = field(default_factory=list)
    logged: bool = False
    bar: int = 0
    _has_plain_name: bool = False

    @property
    def is_vague(self) -> bool:
        """Whether it may be part of a sentence: it is a name or words in brackets, and nothing is beside them."""
        return self._has_plain_name and not self.logged and not self.labels

    @property
    def spans(self) -> list[Span]:
        """Where the words stand that name the writer, in order."""
        return sorted(self.labels if self.logged else self.labels + self.names)

    def take(self, found: re.Match[bytes]) -> None:
        """Take the next part."""
        sort = found.lastgroup
        if sort == "logging":
            self.logged = True
        elif sort == "host":
            self.logged = True
            self.labels.append(found.span("host"))
        elif sort == "label":
            self.labels.append(found.span("label"))
        elif sort == "word":
            self.names.append(found.span("word"))
        elif sort == "name":
            self._name(found["name"].rstrip(b" \t:|"), found.span("name"), is_tool=bool(_TOOL.fullmatch(found["name"])))
        elif sort == "box":
            self._box(found.string, *found.span("box"))
        elif sort == "bar":
            self.bar = found.end()

    def _name(self, name: bytes, span: Span, *, is_tool: bool = False) -> None:
        """Take a name; whether a logger's may have a number or be a path is told by what stands before it."""
        if _COUNTED.fullmatch(name):
            return
        is_label = not self.logged and _OUTERMOST.fullmatch(name)
        (self.labels if is_label else self.names).append(span)
        self._has_plain_name |= not is_tool

    def _box(self, text: bytes, begin: int, end: int) -> None:
        inner = text[begin:end].rstrip(b":")[1:-1].strip()
        parts = list(_IN_A_BOX.finditer(text, begin + 1, end))
        if _SMALL_LEVEL_ALONE.fullmatch(inner) or any(part.lastgroup == "logging" for part in parts):
            self.logged = True
            self.labels += (part.span("label") for part in parts if part.lastgroup == "label")
        elif parts or inner.startswith(b"pod/"):
            self.labels.append((begin, end))
        else:
            self._name(inner, (begin, end))


def read_prefix(prefix: bytes) -> Prefix | None:
    """Return what stands in a prefix, None if some of it is of no known sort."""
    read, place = Prefix(), 0
    for found in _parts(prefix):
        read.take(found)
        place = found.end()
    return None if prefix[place:].strip() else read


def ends_logged(text: bytes) -> bool:
    """Tell whether a text ends with a prefix that begins with a time, as that of a line behind a torn one."""
    times = list(_TIME_ANYWHERE.finditer(text))[-_MOST_TIMES:]
    return any(read_prefix(text[found.start() :]) for found in times)


def ends_of_parts(line: bytes) -> list[int]:
    """Return where a record may begin in a line: behind each of the parts of a prefix that it begins with."""
    return [found.end() for found in _parts(line) if found.end() < len(line)]


def _parts(text: bytes) -> Iterator[re.Match[bytes]]:
    place = 0
    for _ in range(_MOST_PARTS):
        found = _PART.match(text, place) if place < len(text) else None
        if not found:
            return
        yield found
        place = found.end()


def writer_name(prefix: bytes, spans: list[Span]) -> str:
    """Return the words at these places of a prefix as the name of a writer."""
    words = [word for begin, end in spans for word in re.split(rb"[\s|:\[\]()<>]+", prefix[begin:end])]
    return b" ".join(filter(None, words)).decode("utf-8", "replace")
