"""``metalog summary``: the key numbers of runs as a table."""

from __future__ import annotations

import sys
from typing import Any

import click

from metalog.cli.chosen import join_option
from metalog.cli.group_options import Choice, group_options
from metalog.cli.inputs import FileName, read_runs
from metalog.cli.table_options import chosen_form, emit, for_groups, reports, table_options


@click.command()
@click.argument("runs", metavar="[RUN]...", nargs=-1, type=FileName())
@group_options
@table_options
@join_option
def summary(
    runs: tuple[str, ...], form: str | None, output: str | None, log_format: str | None, join: bool, **options: Any
) -> None:
    """Print the key numbers of RUN (files, folders, globs, - for stdin); by default of the run last worked on here.

    First, best and last level of the meta-curve, its slope, the meta-step from which its loss turns up for good, the
    last meta-validation, and how many diagnostics the log has. Of a log of another format: first, best and last of its
    losses and accuracies, or of the columns that --frame and --y name. Runs that differ in the seed alone are one row,
    with 95 % intervals over the seeds.
    """
    choice = Choice(**{name: options.pop(name) for name in Choice.__dataclass_fields__})
    from metalog.stats import group_reports

    form, log_format = chosen_form(form, output, log_format)
    found = read_runs(runs, [output] if output else [], join=join, format=log_format)
    taken = choice.runs(found, for_groups(options))
    if groups := choice.groups(taken):
        report = group_reports.summary(groups, **choice.of_groups(), **for_groups(options))
    else:
        made_by, asked = reports(taken, **options)
        report = made_by.summary(taken, **asked)
    emit(choice.arranged(report), form, output)
    sys.exit(1 if found.failures else 0)
