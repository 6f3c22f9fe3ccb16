"""``metalog parse`` to folders that other programs read: a data set of Parquet files, event files, runs of W&B."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from metalog.cli.chosen import find_runs
from metalog.cli.console import say, show
from metalog.cli.inputs import report_failures
from metalog.cli.outputs import STDOUT

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from metalog.errors import MetalogError

#: From so many logs on, processes are worth what it takes to begin them.
MANY: Final = 200


def check_options(option: str, output: str | None, form: str | None, frame: str) -> Path:
    """Return the folder that an option writes.

    Raises
    ------
    click.UsageError
        If the options don't fit together.
    """
    from metalog.output.sinks import is_folder

    if output is None or output == STDOUT or not is_folder(Path(output)):
        raise click.UsageError(f"{option} writes a folder; name it with -o")
    if form not in (None, "parquet" if option == "--partition" else None) or frame != "all":
        raise click.UsageError(f"{option} says what is written; leave out --as and --frame")
    return Path(output)


def write_pile(names: Sequence[str], folder: Path, *, log_format: str | None, join: bool = False, **how: Any) -> int:
    """Write the logs that changed since; say what was done and return the exit code."""
    from metalog.output.dataset import write_dataset

    failures: dict[str, MetalogError] = {}
    sources = find_runs(names, failures, join=join)
    with _executor(len(sources)) as executor:
        outcome = write_dataset(sources, folder, executor=executor, progress=True, format=log_format, **how)
    failures |= outcome.failures
    done = len(outcome.written) + len(outcome.unchanged)
    report_failures(failures, all_failed=not done)
    show(f"runs  {len(outcome.written):,} written, {len(outcome.unchanged):,} unchanged, {len(failures):,} not read")
    say(f"written: {folder}")
    return 1 if failures else 0


def write_tracked(names: Sequence[str], tracker: str, folder: Path, *, log_format: str | None, **how: Any) -> int:
    """Write logs for a tracker of experiments; say what was read and return the exit code."""
    from metalog.cli.inputs import read_runs

    runs = read_runs(names, format=log_format, **how)
    if tracker == "tensorboard":
        from metalog.output.tensorboard import write_tensorboard

        write_tensorboard(runs, folder)
    else:
        from metalog.output.wandb import write_wandb

        write_wandb(runs, folder)
    show("\n".join(map(repr, runs.values())))
    say(f"written: {folder}")
    return 1 if runs.failures else 0


@contextmanager
def _executor(logs: int) -> Iterator[Executor | None]:
    from metalog.reading.threads import processors

    if logs < MANY or processors() == 1:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(processors(), get_context("spawn")) as executor:
        yield executor
