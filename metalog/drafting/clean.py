"""A line of an unknown log as a reader would see it: without colours, earlier states of a bar, and prefixes."""

from __future__ import annotations

import re

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_TIME = r"\d\d?:\d\d:\d\d(?:[.,]\d+)?"
_DATE = r"(?:\d{4}[-/.]\d\d[-/.]\d\d|\d\d[/.]\d\d[/.]\d{4})"
_DAY = r"(?:\d\d[/-]\d\d|[A-Z][a-z]{2} [ \d]\d)"  # without a time, 10/20 is a batch and how many there are
_ZONE = r"(?: ?(?:Z|UTC|[+-]\d\d:?\d\d)\b)?(?: \d{4}\b)?"
_STAMP = rf"(?:{_DATE}(?:[T _-]+{_TIME})?|{_DAY}[ _-]+{_TIME}|{_TIME}){_ZONE}"
_LEVEL = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL|STATE)\b"
#: What makes a prefix one: a time or a level, bare or within brackets and perhaps beside a logger's name.
_SURE = (
    rf"[IWEF]\d{{4}} {_TIME} +\d+ [\w./-]+:\d+\]|\[[IWEFD] \d{{6}} {_TIME} [^\[\]]*\]"  # glog; Tornado
    rf"|{_LEVEL}:[a-z_][\w.]*(?=:)|[\w./-]+\.py:\d+(?=[: ])"  # Python's logging as it comes; a place in the code
    rf"|{_DAY} {_TIME} [\w.-]+ [\w./-]+(?:\[\d+\])?(?=:)"  # syslog
    r"|\(pid=[^()]*\)|\[\d+,\d+\]<\w+>(?=:)|\[?rank ?\d+\]?(?=:)"  # Ray, MPI, PyTorch
    rf"|\[(?:{_STAMP}|{_LEVEL})[^\[\]]*\]|\({_STAMP}\)|{_STAMP}|{_LEVEL}"
)
#: What belongs to one only behind such a part, once: a logger's name with its sign, and maybe its place in the code.
_NAME = (
    r"\[[A-Za-z_][\w./ :-]*\](?=:| *-|\[)|[A-Za-z_][\w./-]*(?:\[\d+\])?(?:[:.]\w+)*(?= +[-|] )"
    r"|[A-Za-z_]\w*(?:\.\w+)+(?::\d+)?(?=: )"
    r"|\[?[\w./-]+\.py:\d+(?::\w+)?\]?(?=[: ])"
)
_SEPARATORS = r"[ \t]*(?:[-|>:,]+(?=[ \t]|[A-Z(\[=*-])|(?<=[a-z_>]):)?[ \t]*"
_FIRST = re.compile(rf"[ \t]*(?:\[[\w.-]+\][ \t]+(?=\d{{4}}-))?(?:{_SURE})(?![\w%/]){_SEPARATORS}")
_MORE = re.compile(rf"(?:{_SURE})(?![\w%/]){_SEPARATORS}|(?P<name>{_NAME}){_SEPARATORS}")
_MOST_PARTS = 6
#: A bar that was printed without a line end in front of a line with a prefix.
_GLUED = re.compile(rf"(?=\[[>=]+|.{{0,60}}\d%\|).*?({_DATE}[T _]{_TIME}.*)", re.DOTALL)


def last_state(line: str) -> str:
    """Return a line without colours and line end, and of a progress bar the last state that shows anything."""
    line = _ANSI.sub("", line).rstrip("\r\n").removeprefix("\ufeff")
    if "\r" in line or "\b" in line:
        states = [state for state in re.split(r"[\r\b]+", line) if state.strip()]
        line = states[-1] if states else ""
    glued = _GLUED.match(line)
    return (glued[1] if glued else line).rstrip()


def strip_prefix(line: str) -> str:
    """Return what stands behind times, levels and loggers' names; the line itself if it has none."""
    found = _FIRST.match(line)
    if not found:
        return line.strip()
    place, named = found.end(), False
    for _ in range(_MOST_PARTS):
        found = _MORE.match(line, place)
        if not found or (found["name"] and named):
            break
        place, named = found.end(), named or bool(found["name"])
    return line[place:].strip()
