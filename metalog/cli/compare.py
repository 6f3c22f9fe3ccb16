"""``metalog compare``: runs side by side, with their differences."""

from __future__ import annotations

import sys
from typing import Any

import click

from metalog.cli.group_options import Choice, group_options
from metalog.cli.inputs import FileName, read_runs
from metalog.cli.table_options import chosen_form, emit, for_groups, reports, table_options
from metalog.errors import UsageError


@click.command()
@click.argument("runs", metavar="RUN RUN...", nargs=-1, required=True, type=FileName())
@click.option("--baseline", metavar="NAME", help="Run that the others are compared with, by name (default: the first).")
@click.option(
    "--paired", is_flag=True, help="The runs drew the same problems (same data and seed): compare one by one."
)
@group_options
@table_options
def compare(
    runs: tuple[str, ...],
    baseline: str | None,
    paired: bool,
    form: str | None,
    output: str | None,
    log_format: str | None,
    **options: Any,
) -> None:
    """Set runs side by side (RUN: files, folders, globs, - for stdin).

    Differences are means over the meta-steps that a run shares with the first one (or the baseline), with 95 %
    intervals from a bootstrap over problems. Logs of other formats are compared by the best and the last value of one
    column, a validation's loss if there is one, or that which --frame and --y name. Where runs differ in the seed
    alone, settings are compared: the same seeds paired, intervals over seeds.
    """
    from metalog.stats import group_reports

    choice = Choice(**{name: options.pop(name) for name in Choice.__dataclass_fields__})
    form, log_format = chosen_form(form, output, log_format)
    found = read_runs(runs, [output] if output else [], format=log_format)
    taken = choice.runs(found, for_groups(options))
    if groups := choice.groups(taken):
        if paired:
            raise UsageError(
                "--paired compares two runs; settings are paired by seed where they have the same (--each)"
            )
        report = group_reports.comparison(groups, baseline=baseline, **choice.of_groups(), **for_groups(options))
    else:
        made_by, asked = reports(taken, paired=paired or None, **options)
        report = made_by.comparison(taken, baseline=baseline, **asked)
    emit(choice.arranged(report), form, output)
    sys.exit(1 if found.failures else 0)
