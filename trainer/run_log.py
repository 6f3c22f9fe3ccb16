"""The log of a run, what is written into it, and the checkpoint beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from io import FileIO
from pathlib import Path
from typing import Any, Self

from metalog.errors import UsageError
from metalog.formats.writer import LogWriter
from metalog.output.atomic import write_bytes
from trainer.checkpoint import Checkpoint, packed, path_of, previous_of
from trainer.engines.interface import Outcome
from trainer.log_file import LogFile, lines_to, make_folder


class RunLog:
    """Writes a log line by line, and checkpoints that know how long it is.

    Until :meth:`open`, and so on ranks that write nothing, lines and checkpoints go nowhere.

    Parameters
    ----------
    path
        Of the log.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: LogFile | None = None
        self._last: Checkpoint | None = None
        self._to(FileIO(os.devnull, "wb"))

    def open(self, state: Checkpoint, *, new: bool = False) -> None:
        """Open the log where a run begins or goes on.

        Parameters
        ----------
        state
            Where the run goes on; the log is cut there. At the beginning, this checkpoint is written before the first
            line, so that there is no moment at which the run couldn't be resumed.
        new
            Refuse a log that has lines; it was empty or missing when it was last looked at.

        Raises
        ------
        UsageError
            If the log can't be written, or another process writes it.
        """
        make_folder(self._path.parent)
        file = LogFile(self._path, new=new)
        self._stream.close()
        self._to(file)
        self._file = file
        if state.offset == 0:
            self._remove_previous()
            self.save(state)
        else:
            self._last = state
        file.cut(state.offset)

    def _to(self, file: FileIO) -> None:
        self._stream = lines_to(file)
        self.lines = LogWriter(self._stream)

    def mark(self) -> dict[str, Any]:
        """Return what a checkpoint tells of the log: its bytes by now, and their hash; none on ranks without it."""
        return {"offset": self._stream.tell(), "log_hash": self._file.digest() if self._file else ""}

    def save(self, checkpoint: Checkpoint) -> None:
        """Write the checkpoint, and keep the one before it; nothing on ranks that write nothing.

        The log is on the disk before the checkpoint that tells its length. Should it be shorter all the same after a
        crash, on a disk that said so too early, the checkpoint before it is there to go on from.

        Raises
        ------
        UsageError
            If it can't be written.
        """
        if not self._file or (self._last and self._last.offset == checkpoint.offset):
            return
        self._file.sync()
        if self._last:
            write_bytes(previous_of(self._path), packed(self._last))
        write_bytes(path_of(self._path), packed(checkpoint))
        self._last = checkpoint

    def _remove_previous(self) -> None:
        """Remove what another run left there."""
        previous = previous_of(self._path)
        try:
            previous.unlink(missing_ok=True)
        except OSError as error:
            raise UsageError(f"{previous} can't be removed: {error.strerror or error}") from error

    def header(self, config: dict[str, Any], *, again: bool = False) -> None:
        """Write the first lines; `again`: only the configuration, in which a resumed run may differ."""
        if again:
            self.lines.record("config", config)
        else:
            self.lines.header(config)

    def meta_step(self, updates: int, outcomes: Sequence[Outcome]) -> None:
        """Write the problems of a meta-step, before which `updates` updates were done in its meta-epoch."""
        self.lines.meta_step(updates)
        for problem, outcome in enumerate(outcomes, start=1):
            self.lines.problem(problem)
            write_epochs(self.lines, outcome)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


def write_epochs(lines: LogWriter, outcome: Outcome) -> None:
    """Write the inner training on one problem."""
    validations = outcome.queries[-len(outcome.steps) :]  # one before the first epoch has no line
    for epoch, (steps, validation) in enumerate(zip(outcome.steps, validations, strict=True), start=1):
        lines.epoch(epoch)
        for step, (loss, accuracy) in enumerate(steps, start=1):
            lines.step(epoch, step, loss, accuracy)
        lines.validation(epoch, *validation)


@contextmanager
def writing(path: Path, *, new: bool = False) -> Iterator[LogWriter]:
    """Open a log without checkpoints, from its beginning; `new` as for :meth:`RunLog.open`."""
    make_folder(path.parent)
    file = LogFile(path, new=new)
    file.cut(0)
    with closing(lines_to(file)) as stream:
        yield LogWriter(stream)
