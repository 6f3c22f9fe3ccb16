"""Everything that can go wrong, in one tree, and the record of what is odd in a log.

::

    MetalogError
    ├── UsageError            the call can't be carried out as asked (also a ValueError)
    │   └── NoFrameError      a run has no frame of that name (also a KeyError and an AttributeError)
    ├── SourceError           a log can't be opened or read (also an OSError)
    ├── EmptyLogError         a source has no line of the format
    ├── FormatError           strict reading met a diagnostic; it carries it
    └── MissingExtraError     an optional package is needed (also an ImportError)

What doesn't stop the reading, but concerns formats or settings, is a ``FormatWarning``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is odd in a log, and where.

    Attributes
    ----------
    line, column
        Where it is, both counted from 1; the column counts characters.
    code
        Its stable name, a key of :data:`metalog.diagnostics.CODES`.
    severity
        ``"error"`` (records may be missing or misplaced), ``"warning"`` (something is incomplete or unusual) or
        ``"info"``.
    message
        What was found and what was expected.
    text
        The line itself, cut to 200 characters.
    lines
        How many neighbouring lines it stands for.
    """

    line: int
    column: int
    code: str
    severity: str
    message: str
    text: str = ""
    lines: int = 1


class MetalogError(Exception):
    """Base of all errors that metalog raises on purpose; its text is one helpful sentence."""


class UsageError(MetalogError, ValueError):
    """What was asked for makes no sense; the message says what does."""


class NoFrameError(UsageError, KeyError, AttributeError):
    """A run's format has no frame of that name."""

    __str__ = Exception.__str__  # that of KeyError would put quotes around a sentence


class SourceError(MetalogError, OSError):
    """A source can't be opened or read."""


class EmptyLogError(MetalogError):
    """A source holds no line of the format."""


class FormatWarning(UserWarning):
    """What doesn't stop the reading: a broken declaration, two formats that fit a log, a broken file of settings."""


class MissingExtraError(MetalogError, ImportError):
    """An optional package is missing."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs {package}: pip install 'metalog-toolkit[{extra}]'", name=package)
        self._arguments = (package, extra, purpose)

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str, str]]:
        return type(self), self._arguments


class FormatError(MetalogError):
    """Strict reading met a diagnostic.

    Attributes
    ----------
    source
        The name of the log.
    diagnostic
        What was met, and where.
    """

    def __init__(self, source: str, diagnostic: Diagnostic) -> None:
        self.source = source
        self.diagnostic = diagnostic
        where = f"{source}:{diagnostic.line}:{diagnostic.column}"
        super().__init__(f"{where}: {diagnostic.code}: {diagnostic.message}")

    def __reduce__(self) -> tuple[type[FormatError], tuple[str, Diagnostic]]:
        return type(self), (self.source, self.diagnostic)
