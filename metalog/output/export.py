"""Runs to files, a batch at a time, so that a log may be larger than memory."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Protocol

from metalog.columns import Columns, merged_order
from metalog.errors import UsageError
from metalog.formats import native
from metalog.formats.model import LINE, Format
from metalog.output.joint import joint
from metalog.output.sinks import Sink, is_folder, open_sink
from metalog.reading.parser import Parser
from metalog.reading.read import parse
from metalog.runs.joined import joined, settled
from metalog.runs.parts import concat_rows, empty_columns
from metalog.runs.run import Run
from metalog.runs.words import hint
from metalog.sources.streams import Stream

if TYPE_CHECKING:
    import pandas as pd

    from metalog.runs.run_set import RunSet

#: Records that are written at a time, so that the row groups of a parquet file are neither small nor many.
BATCH: Final = 250_000
#: The frame of records that stays with a run that was written in batches.
_FEW: Final = "meta_validation"
#: The type of the field that takes whatever names a line shows.
_FREE_PAIRS: Final = "pairs"


class Export:
    """Where the frames of runs go: into one file or stream, or a file a frame in a folder.

    Parameters
    ----------
    sinks
        Where each frame goes, by its name in :attr:`metalog.formats.model.Format.frames`; ``"all"`` for the joint
        table.
    form
        The format of the log whose records come in batches; runs know theirs.
    """

    def __init__(self, sinks: Mapping[str, Sink], form: Format) -> None:
        self._sinks, self._form = sinks, form

    def records(self, records: Mapping[str, Columns], *, part: bool = False) -> None:
        """Append records of one log."""
        from metalog.runs.frames import frame

        for name, sink in self._sinks.items():
            if name == "all":
                sink.write(joint(records, self._form, part=part))
            elif name in records:
                sink.write(_plain_words(frame(name, records[name], form=self._form, part=part)))

    def run(self, run: Run) -> None:
        """Write all of one log."""
        for name, sink in self._sinks.items():
            sink.write(run.told(joint(run.records, run.format)) if name == "all" else _plain_words(run[name]))

    def finish(self, run: Run) -> None:
        """Append the frames of that log that are only known at the end."""
        for name, sink in self._sinks.items():
            if name not in (*run.records, "all"):
                sink.write(_plain_words(run[name]))

    def runs(self, runs: RunSet) -> None:
        """Write all of several runs, with a leading column that names the run."""
        for name, sink in self._sinks.items():
            found = {
                run: joint(own.records, own.format) if name == "all" else _plain_words(own.bare(name))
                for run, own in runs.items()
                if name == "all" or name in own.format.frames
            }
            sink.write(settled(joined(found, runs), runs))


def _plain_words(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with its words as texts: the categories of a later batch would be others."""
    words = frame.columns[frame.dtypes == "category"]
    return frame.astype(dict.fromkeys(words, "str")) if len(words) else frame


def targets_of(
    output: Path | IO[bytes], form: str, frame: str = "all", formats: Sequence[Format] = ()
) -> dict[str, Path | IO[bytes]]:
    """Return where each frame goes; parameters and errors as for :func:`open_export`."""
    names = merged_order([*own.frames] for own in formats or [native()])
    if isinstance(output, Path) and is_folder(output):
        return {name: output / f"{name}.{form}" for name in names}
    if frame not in ("all", *names):
        raise UsageError(f"there is no frame {frame!r}{hint(frame, ('all', *names), 'the frames')}")
    return {frame: output}


@contextmanager
def open_export(
    output: Path | IO[bytes], form: str, frame: str = "all", formats: Sequence[Format] = ()
) -> Iterator[Export]:
    """Open what frames are written to.

    Parameters
    ----------
    output
        A file whose ending names a format, a binary stream, or else a folder, which gets a file for each frame.
    form
        One of :data:`metalog.output.sinks.FORMATS`.
    frame
        What a file or stream gets: the name of a frame, or ``"all"`` for the joint table of all records.
    formats
        The formats of the logs that will be written, which say what frames there are; metalog's own by default.

    Raises
    ------
    UsageError
        If there is no such frame, or something can't be written.
    MissingExtraError
        If the format needs pyarrow and that is missing.
    """
    targets = targets_of(output, form, frame, formats)
    with ExitStack() as stack:
        if isinstance(output, Path) and is_folder(output):
            try:
                output.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UsageError(f"{output} can't be made a folder: {error.strerror}") from error
        sinks = {name: stack.enter_context(open_sink(target, form)) for name, target in targets.items()}
        yield Export(sinks, formats[0] if formats else native())


def write_folder(runs: Run | RunSet, folder: Path, form: str) -> list[Path]:
    """Write all frames of runs, a file each; return the files. Errors as for :func:`open_export`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} can't be made a folder: {error.strerror}") from error
    formats = [runs.format] if isinstance(runs, Run) else [run.format for run in runs.values()]
    with open_export(folder, form, formats=formats) as export:
        if isinstance(runs, Run):
            export.run(runs)
        else:
            export.runs(runs)
    return [path for path in targets_of(folder, form, formats=formats).values() if isinstance(path, Path)]


class Rows(Protocol):
    """Takes the rows of a log."""

    def records(self, records: Mapping[str, Columns], *, part: bool = False) -> None:
        """Append records of one log; `part`: they are not all, so that types can't depend on what is missing here."""

    def finish(self, run: Run) -> None:
        """Append the frames of that log that are only known at the end."""


def export_log(
    stream: Stream, parser: Parser, export: Rows, *, progress: bool = False, total: int | None = None
) -> Run:
    """Parse a log into an export, a batch at a time; return the run without its records if there were several batches.

    The meta-validations, which are few, stay with the run. Of a format whose lines bring columns of their own a log is
    one batch, since a file has the same columns throughout.
    """
    batches: list[dict[str, Columns]] = []
    rows: Counter[str] = Counter()
    most = math.inf if _brings_columns(parser.format) else BATCH

    def hand_over(*, part: bool) -> None:
        records = parser.take_records()
        rows.update({name: len(columns[LINE]) for name, columns in records.items()})
        for earlier in batches:
            earlier.update({name: empty_columns(parser.format, name) for name in earlier if name != _FEW})
        batches.append(records)
        export.records(records, part=part)

    for _ in parse(stream, parser, progress=progress, total=total):
        if parser.pending >= most:
            hand_over(part=True)
    parser.end()
    hand_over(part=bool(batches))
    run = parser.close()
    if len(batches) == 1:
        run.records = batches[0]
    elif _FEW in run.records:
        run.records[_FEW] = concat_rows([batch[_FEW] for batch in batches], run.format, _FEW)
    run.row_counts = dict(rows)
    export.finish(run)
    return run


def _brings_columns(form: Format) -> bool:
    """Tell whether lines of a format may hold free pairs, each of which is a column."""
    return any(_FREE_PAIRS in line.types().values() for line in form.lines)
