"""Events to lines: what a trainer logs with. Standard library only."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TextIO

from metalog.formats import native
from metalog.formats.model import Format

_RESERVED = re.compile("|".join(map(re.escape, native().reserved)))
_RESERVED_LETTER = re.compile(f"(?={_RESERVED.pattern}).")  # a reserved word may have another one in it


def format_line(kind: str, *values: object) -> str:
    """Return a line of `kind` (a name in metalog's own format) with its line end.

    Raises
    ------
    KeyError
        If there is no such kind.
    ValueError
        If the values don't fit the kind, or a comment would contain the words of another kind's line.
    """
    if kind == "comment" and (found := _RESERVED.search(str(values[0]) if values else "")):
        raise ValueError(f"a comment must not contain {found[0]!r}: it belongs to another kind of line")
    return native().by_name[kind].render(*values) + "\n"


def to_json(value: Mapping[str, Any]) -> str:
    """Return `value` as one line of JSON that contains no reserved word (their first letters are escaped).

    Non-finite floats are written as ``NaN``, ``Infinity`` and ``-Infinity``, as Python's :mod:`json` reads them.
    """
    text = json.dumps(value, separators=(", ", ": "), default=str)
    return _RESERVED_LETTER.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


class LogWriter:
    r"""Writes a log. Metalog's own format has a method for each kind of line; any format has :meth:`write`.

    Parameters
    ----------
    stream
        Any text stream. It is flushed after every line, so that a killed run leaves all it did; open it with
        ``newline="\n"`` so that every system writes the same bytes.
    format
        The log's format; metalog's own by default.
    """

    def __init__(self, stream: TextIO, format: Format | None = None) -> None:  # noqa: A002 - what users call it everywhere
        self._stream = stream
        self._format = format or native()

    def write(self, kind: str, **values: object) -> None:
        """Write one line of `kind`, its values by name, and hand it to the operating system.

        The free pairs of a line are a dict called ``pairs``. What an optional part needs may be left out.

        Raises
        ------
        KeyError
            If the format has no such kind.
        ValueError
            If a value is missing, or can't be written in this format.
        """
        if "pairs" in values:
            values["*"] = values.pop("pairs")
        self._stream.write(self._format.by_name[kind].write(values) + "\n")
        self._stream.flush()

    def line(self, kind: str, *values: object) -> None:
        """Write one line of `kind` of metalog's own format and hand it to the operating system."""
        self._stream.write(format_line(kind, *values))
        self._stream.flush()

    def header(self, config: Mapping[str, Any]) -> None:
        """Write the format's name and version, and the resolved configuration."""
        self.line("comment", native().header)
        self.record("config", config)

    def record(self, tag: str, values: Mapping[str, Any]) -> None:
        """Write a comment that holds a JSON object; `tag` is one of the format's tags."""
        known = [one.name for one in native().tags]
        if tag not in known:
            raise ValueError(f"unknown comment tag {tag!r}; known: {', '.join(known)}")
        self.line("comment", f"{tag} {to_json(values)}")

    def meta_epoch(self, number: int) -> None:
        """Write the banner of meta-epoch `number` (1, 2, …)."""
        self.line("rule")
        self.line("meta-epoch", number)
        self.line("rule")

    def meta_step(self, updates: int) -> None:
        """Begin the meta-step before which `updates` meta-updates were done in this meta-epoch."""
        self.line("meta-step", updates)

    def problem(self, number: int) -> None:
        """Begin problem `number` (1, 2, …) of the meta-batch."""
        self.line("problem", number)

    def epoch(self, number: int) -> None:
        """Begin epoch `number` (1, 2, …) of the inner training."""
        self.line("epoch", number)

    def step(self, epoch: int, step: int, loss: float, accuracy: float) -> None:
        """Write one inner step; `accuracy` is a fraction."""
        self.line("step", epoch, step, loss, accuracy)

    def validation(self, epoch: int, loss: float, accuracy: float) -> None:
        """Write the validation after an epoch."""
        self.line("validation", epoch, loss, accuracy)

    def meta_validation_begin(self) -> None:
        """Begin a meta-validation."""
        self.line("meta-validation begin")

    def meta_validation_batch(self, batch: int) -> None:
        """Begin meta-batch number `batch` of the meta-validation set."""
        self.line("meta-validation batch", batch)

    def meta_validation_result(self, loss: float, accuracy: float) -> None:
        """Write the result of the next problem of the batch."""
        self.line("meta-validation result", loss, accuracy)

    def meta_validation_end(self) -> None:
        """End the meta-validation."""
        self.line("meta-validation end")

    def finished(self) -> None:
        """Close a plain learning log."""
        self.line("finished")
