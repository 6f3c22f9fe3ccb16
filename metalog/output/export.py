"""Runs to files, a batch at a time, so that a log may be larger than memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import numpy as np

from metalog.columns import Columns
from metalog.errors import UsageError
from metalog.formats import native
from metalog.formats.template import MISSING
from metalog.output.sinks import Sink, is_folder, open_sink
from metalog.reading.parser import Parser
from metalog.reading.read import parse
from metalog.runs.run import RECORDS, Run, concat_rows
from metalog.sources.streams import Stream

if TYPE_CHECKING:
    import pandas as pd

    from metalog.runs.run_set import RunSet

#: Records that are written at a time, so that the row groups of a parquet file are neither small nor many.
BATCH: Final = 250_000
#: Table of records -> the kind of line that it holds, as the column ``kind`` of the joint table names it.
_KINDS: Final = {"steps": "step", "validations": "validation", "meta_validation": "meta-validation result"}
#: Columns of the joint table, which holds all records in the order of their lines.
JOINT: Final = (
    "kind",
    "segment",
    "meta_epoch",
    "meta_step",
    "batch",
    "problem",
    "epoch",
    "step",
    "loss",
    "accuracy",
    "line",
)


def joint(records: Mapping[str, Columns]) -> pd.DataFrame:
    """Put all records into one frame, in the order of their lines, with a column that names their kind.

    Parameters
    ----------
    records
        The columns of the tables of records, as :meth:`metalog.reading.parser.Parser.take_records` returns them.

    Returns
    -------
    pandas.DataFrame
        The columns :data:`JOINT`; what a kind of record doesn't have is <NA>. ``kind`` is categorical.
    """
    import pandas as pd

    from metalog.runs.frames import DTYPES, column

    frames = native().frames
    sizes = [len(records[name]["line"]) for name in RECORDS]
    order = np.argsort(np.concatenate([records[name]["line"] for name in RECORDS]), kind="stable")

    def stacked(name: str) -> Any:
        parts = [
            records[table][name] if name in frames[table] else np.full(size, MISSING)
            for table, size in zip(RECORDS, sizes, strict=True)
        ]
        return column(np.concatenate(parts)[order], DTYPES[name])

    codes = np.repeat(np.arange(len(RECORDS), dtype=np.int8), sizes)[order]
    kind = pd.Categorical.from_codes(codes, categories=pd.Index([_KINDS[name] for name in RECORDS], dtype="str"))
    return pd.DataFrame({"kind": kind, **{name: stacked(name) for name in JOINT[1:]}}, copy=False)


class Export:
    """Where the frames of runs go: into one file or stream, or a file a frame in a folder.

    Parameters
    ----------
    sinks
        Where each frame goes, by its name in :attr:`metalog.formats.model.Format.frames`; ``"all"`` for the joint
        table.
    """

    def __init__(self, sinks: Mapping[str, Sink]) -> None:
        self._sinks = sinks

    def records(self, records: Mapping[str, Columns], run: pd.Categorical[str] | None = None) -> None:
        """Append records; `run`, of length 1, is the value of a leading column that names the run."""
        from metalog.runs.frames import frame

        for name, sink in self._sinks.items():
            if name == "all":
                made = joint(records)
            elif name in RECORDS:
                made = frame(name, records[name])
            else:
                continue
            if run is not None:
                column: Any = run.take(np.zeros(len(made), np.intp))
                made.insert(0, "run", column)
            sink.write(made)

    def finish(self, runs: Run | RunSet) -> None:
        """Append the frames that are only known at the end."""
        for name in ("meta_steps", "diagnostics"):
            if name in self._sinks:
                self._sinks[name].write(getattr(runs, name))


def targets_of(output: Path | IO[bytes], form: str, frame: str = "all") -> dict[str, Path | IO[bytes]]:
    """Return where each frame goes; parameters as for :func:`open_export`."""
    if isinstance(output, Path) and is_folder(output):
        return {name: output / f"{name}.{form}" for name in native().frames}
    return {frame: output}


@contextmanager
def open_export(output: Path | IO[bytes], form: str, frame: str = "all") -> Iterator[Export]:
    """Open what frames are written to.

    Parameters
    ----------
    output
        A file whose ending names a format, a binary stream, or else a folder, which gets a file for each frame.
    form
        One of :data:`metalog.output.sinks.FORMATS`.
    frame
        What a file or stream gets: the name of a frame, or ``"all"`` for the joint table of all records.

    Raises
    ------
    UsageError
        If something can't be written.
    MissingExtraError
        If the format needs pyarrow and that is missing.
    """
    targets = targets_of(output, form, frame)
    with ExitStack() as stack:
        if isinstance(output, Path) and is_folder(output):
            try:
                output.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UsageError(f"{output} can't be made a folder: {error.strerror}") from error
        yield Export({name: stack.enter_context(open_sink(target, form)) for name, target in targets.items()})


def export_log(stream: Stream, parser: Parser, export: Export, *, progress: bool, total: int | None) -> Run:
    """Parse a log into an export without ever holding all its records; return the run without them.

    The meta-validations, which are few, stay with the run.
    """
    kept: list[Columns] = []

    def hand_over() -> None:
        records = parser.take_records()
        kept.append(records["meta_validation"])
        export.records(records)

    for _ in parse(stream, parser, progress=progress, total=total):
        if parser.pending >= BATCH:
            hand_over()
    parser.end()
    hand_over()
    run = parser.close()
    run.records["meta_validation"] = concat_rows(kept, run.format, "meta_validation")
    export.finish(run)
    return run
