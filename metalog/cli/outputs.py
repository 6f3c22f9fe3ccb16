"""Where a command may write: never onto a log."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from metalog.errors import MetalogError, UsageError

if TYPE_CHECKING:
    from metalog.sources import Source

#: What stands for standard output.
STDOUT: Final = "-"
#: So many bytes tell whether a file is a log.
_HEAD: Final = 1 << 16
#: How our table of diagnostics begins as CSV, whose rows end with lines of a log.
_DIAGNOSTICS: Final = (b"line,column,code,", b"run,line,column,code,")


def refuse_overwriting(outputs: Iterable[str | Path], inputs: Iterable[Source | str | Path] = ()) -> None:
    """Refuse to write where a log would be lost; to be called before anything is written.

    Parameters
    ----------
    outputs
        Files that the command will write; ``-`` stands for standard output.
    inputs
        What it reads: logs that were found, or files.

    Raises
    ------
    UsageError
        If an output is one of the inputs, whatever its name (by device and inode, so through links too), or if it is
        a log: none of our outputs is written over one.
    """
    outputs = [*outputs]
    refuse_inputs(outputs, inputs)
    for output in outputs:
        status = _output_status(output)
        if output != STDOUT and status and stat.S_ISREG(status.st_mode) and is_log(Path(output)):
            raise UsageError(f"{output} is a log, which would be lost; write to another file, or remove it before")


def refuse_inputs(outputs: Iterable[str | Path], inputs: Iterable[Source | str | Path]) -> None:
    """Refuse to write to a file that the call reads; the parameters are those of :func:`refuse_overwriting`.

    Raises
    ------
    UsageError
        If an output is one of the inputs.
    """
    read = [(name, status) for source in inputs for name, status in map(_input, _parts(source)) if status]
    for output in outputs:
        status = _output_status(output)
        if status is None or not stat.S_ISREG(status.st_mode):
            continue
        name = "standard output" if output == STDOUT else str(output)
        for own_name, own in read:
            if os.path.samestat(status, own):
                also = "" if own_name == name else f", as {own_name}"
                raise UsageError(f"{name} is read by this call{also}; write to another file")


def _parts(source: Source | str | Path) -> Iterable[Source | str | Path]:
    return [source] if isinstance(source, str | Path) else source.parts or [source]


def _input(source: Source | str | Path) -> tuple[str, os.stat_result | None]:
    if isinstance(source, str | Path):
        return str(source), _status(source)
    if source.path is None and source.name.startswith("<stdin>"):
        return source.name, _stream_status(sys.stdin)
    return source.name, _status(source.path) if source.path else None


def _output_status(output: str | Path) -> os.stat_result | None:
    return _stream_status(sys.stdout) if output == STDOUT else _status(output)


def _status(path: str | Path) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - Path would drop a slash at the end, which stands for a folder
    except (OSError, ValueError):
        return None


def _stream_status(stream: object) -> os.stat_result | None:
    try:
        return os.fstat(stream.fileno())  # type: ignore[attr-defined]  # whatever has none is no file
    except (AttributeError, OSError, ValueError):
        return None


def is_log(path: Path) -> bool:
    """Tell whether a file is a log of metalog's own format, compressed or not.

    Its last line doesn't count: rejected lines may end with one that lacked nothing but its line end.
    """
    from metalog.formats import native
    from metalog.reading.finding import Found
    from metalog.reading.parser import Parser
    from metalog.reading.read_many import require_lines
    from metalog.sources.streams import open_file

    try:
        with io.BufferedReader(open_file(path)) as stream:
            lines = stream.read(_HEAD).splitlines(keepends=True)
        if not lines or lines[0].startswith(_DIAGNOSTICS):
            return False
        parser = Parser(str(path))
        parser.feed(b"".join(lines[:-1]))
        require_lines(parser.close(), Found(native()))
    except MetalogError:
        return False
    return True
