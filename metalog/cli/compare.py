"""``metalog compare``: runs side by side, with their differences."""

from __future__ import annotations

import sys
from typing import Any

import click

from metalog.cli.inputs import FileName, read_runs
from metalog.cli.table_options import chosen_form, emit, reports, table_options


@click.command()
@click.argument("runs", metavar="RUN RUN...", nargs=-1, required=True, type=FileName())
@click.option("--baseline", metavar="NAME", help="Run that the others are compared with, by name (default: the first).")
@click.option(
    "--paired", is_flag=True, help="The runs drew the same problems (same data and seed): compare one by one."
)
@table_options
def compare(
    runs: tuple[str, ...],
    baseline: str | None,
    paired: bool,
    form: str | None,
    output: str | None,
    log_format: str | None,
    **measure: Any,
) -> None:
    """Set runs side by side (RUN: files, folders, globs, - for stdin).

    Differences are means over the meta-steps that a run shares with the first one (or the baseline), with 95 %
    intervals from a bootstrap over problems. Logs of other formats are compared by the best and the last value of one
    column, a validation's loss if there is one, or that which --frame and --y name.
    """
    form, log_format = chosen_form(form, output, log_format)
    found = read_runs(runs, [output] if output else [], format=log_format)
    made_by, asked = reports(found, paired=paired or None, **measure)
    emit(made_by.comparison(found, baseline=baseline, **asked), form, output)
    sys.exit(1 if found.failures else 0)
