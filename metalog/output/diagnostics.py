"""Lists of diagnostics: for readers, for programs, and for what shows them beside the lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, Protocol

from metalog.diagnostics import CODES
from metalog.errors import Diagnostic
from metalog.printable import printable
from metalog.runs.verdict import Verdict, verdict

if TYPE_CHECKING:
    from metalog.runs.run import Run

_Log = tuple[str, Verdict, list[Diagnostic]]

#: What the severities are called by those who read annotations.
_LEVELS: Final = {"error": "error", "warning": "warning", "info": "note"}
_ESCAPES: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


class Writer(Protocol):
    """Writes the diagnostics of several logs as lines."""

    def add(self, run: Run) -> Iterator[str]:
        """Take a log; yield the lines that can be written."""

    def end(self) -> Iterator[str]:
        """Yield the lines that come when all logs were taken."""


class _Lines:
    """A line each."""

    def __init__(self, line: Callable[[str, Diagnostic], str]) -> None:
        self._line = line

    def add(self, run: Run) -> Iterator[str]:
        yield from (self._line(run.name, one) for one, _ in run.diagnostic_records)

    def end(self) -> Iterator[str]:
        yield from ()


class _Json:
    """One JSON document, made by a function of the logs: name, verdict, diagnostics."""

    def __init__(self, document: Callable[[list[_Log]], Any]) -> None:
        self._document = document
        self._logs: list[_Log] = []

    def add(self, run: Run) -> Iterator[str]:
        self._logs.append((run.name, verdict(run), [one for one, _ in run.diagnostic_records]))
        yield from ()

    def end(self) -> Iterator[str]:
        yield json.dumps(self._document(self._logs), indent=1)


def _text(name: str, one: Diagnostic) -> str:
    return printable(f"{name}:{one.line}:{one.column}: {one.code} {one.message}")


def _github(name: str, one: Diagnostic) -> str:
    level = _LEVELS[one.severity].replace("note", "notice")
    place = f"file={name.translate(_IN_PROPERTIES)},line={one.line},col={one.column},title={one.code}"
    return printable(f"::{level} {place}::{one.message.translate(_ESCAPES)}")


def _plain(logs: list[_Log]) -> list[dict[str, Any]]:
    names = ("line", "column", "lines", "code", "severity", "message", "text")
    return [
        {"run": run, "verdict": judged.text, "diagnostics": [{key: getattr(one, key) for key in names} for one in own]}
        for run, judged, own in logs
    ]


def _sarif(logs: list[_Log]) -> dict[str, Any]:
    """Return a document of SARIF 2.1.0, which editors and code hosts read."""
    used = sorted({one.code for _, _, own in logs for one in own})
    rules = [
        {"id": code, "shortDescription": {"text": CODES[code].meaning}, "help": {"text": CODES[code].advice}}
        for code in used
    ]
    results = [_result(name, one) for name, _, own in logs for one in own]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": "metalog", "rules": rules}}, "results": results}],
    }


def _result(name: str, one: Diagnostic) -> dict[str, Any]:
    region = {"startLine": one.line, "startColumn": one.column, "endLine": one.line + one.lines - 1}
    place = {"artifactLocation": {"uri": name}, "region": region}
    level = _LEVELS[one.severity]
    return {
        "ruleId": one.code,
        "level": level,
        "message": {"text": one.message},
        "locations": [{"physicalLocation": place}],
    }


def writer(form: str) -> Writer:
    """Return what writes diagnostics as ``text``, ``json``, ``github`` or ``sarif``."""
    made: dict[str, Callable[[], Writer]] = {
        "text": lambda: _Lines(_text),
        "github": lambda: _Lines(_github),
        "json": lambda: _Json(_plain),
        "sarif": lambda: _Json(_sarif),
    }
    return made[form]()
