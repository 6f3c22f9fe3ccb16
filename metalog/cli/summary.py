"""``metalog summary``: the key numbers of runs as a table."""

from __future__ import annotations

import sys
from typing import Any

import click

from metalog.cli.chosen import join_option
from metalog.cli.inputs import FileName, read_runs
from metalog.cli.table_options import chosen_form, emit, reports, table_options


@click.command()
@click.argument("runs", metavar="[RUN]...", nargs=-1, type=FileName())
@table_options
@join_option
def summary(
    runs: tuple[str, ...], form: str | None, output: str | None, log_format: str | None, join: bool, **measure: Any
) -> None:
    """Print the key numbers of RUN (files, folders, globs, - for stdin); by default of the run last worked on here.

    First, best and last level of the meta-curve, its slope, the meta-step from which its loss turns up for good, the
    last meta-validation, and how many diagnostics the log has. Of a log of another format: first, best and last of its
    losses and accuracies, or of the columns that --frame and --y name.
    """
    form, log_format = chosen_form(form, output, log_format)
    found = read_runs(runs, [output] if output else [], join=join, format=log_format)
    made_by, asked = reports(found, **measure)
    emit(made_by.summary(found, **asked), form, output)
    sys.exit(1 if found.failures else 0)
