"""Where ``metalog parse`` writes frames to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from metalog.cli.console import data_stream
from metalog.cli.outputs import STDOUT, refuse_overwriting

if TYPE_CHECKING:
    from metalog.formats.model import Format
    from metalog.sources import Source


@dataclass(frozen=True, slots=True)
class FramesTarget:
    """What ``-o``, ``--as`` and ``--frame`` say together."""

    output: Path | IO[bytes]
    form: str
    frame: str

    @classmethod
    def of(cls, output: str | None, form: str | None, frame: str) -> FramesTarget | None:
        """Return where frames go, None if they go nowhere.

        Raises
        ------
        click.UsageError
            If the options don't fit together.
        UsageError
            If the output's ending means no format, or standard output is closed.
        """
        if output is None:
            if form or frame != "all":
                raise click.UsageError("--as and --frame say what is written; say where to with -o")
            return None
        from metalog.output.sinks import format_of, is_folder

        named = None if output == STDOUT else format_of(Path(output))
        if named and form and named != form:
            raise click.UsageError(f"{output} names the form {named}, but --as says {form}")
        if output != STDOUT and is_folder(Path(output)) and frame != "all":
            raise click.UsageError(
                f"{output} is a folder's name, and a folder gets every frame; -o {frame}.csv gets one"
            )
        where: Path | IO[bytes] = data_stream() if output == STDOUT else Path(output)
        return cls(where, form or named or "csv", frame)

    @property
    def is_stdout(self) -> bool:
        """Whether standard output gets the frames, and standard error all else."""
        return not isinstance(self.output, Path)

    def refuse_overwriting(self, sources: Sequence[Source], formats: Sequence[Format]) -> None:
        """Raise UsageError if a file that logs of these formats give is a log, or if they have no such frame."""
        from metalog.output.export import targets_of

        files = targets_of(self.output, self.form, self.frame, formats).values()
        refuse_overwriting([file if isinstance(file, Path) else STDOUT for file in files], sources)
