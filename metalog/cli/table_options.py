"""What ``metalog summary`` and ``metalog compare`` share: their options, and where a table goes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from metalog.cli.chosen import exclude_option
from metalog.cli.console import emphasised, say
from metalog.cli.format_option import format_option, tell_apart
from metalog.cli.inputs import FileName
from metalog.cli.outputs import STDOUT
from metalog.errors import UsageError

if TYPE_CHECKING:
    from metalog.runs.run_set import RunSet
    from metalog.stats.readable import Report

#: What a table can be written as.
FORMS = ("table", "markdown", "latex", "csv", "json")
_OPTIONS = (
    click.option(
        "--split",
        type=click.Choice(["train", "validation"]),
        help="Whose values: the last inner step's (train) or the last validation's (default: validation).",
    ),
    click.option(
        "--metric",
        type=click.Choice(["loss", "accuracy"]),
        help="Loss (default) or accuracy; of another format's log only losses, or only accuracies.",
    ),
    click.option(
        "--window",
        type=click.IntRange(min=1),
        metavar="N",
        help="Meta-steps over which first, best and last are means (default: a tenth of the shortest run, at most "
        "100; of another format's log 1).",
    ),
    click.option("--frame", metavar="NAME", help="Take the values of this frame, whatever the log's format."),
    click.option("--y", multiple=True, metavar="COLUMN", help="Take this column (default: losses and accuracies)."),
    click.option(
        "--as",
        "form",
        type=click.Choice(FORMS),
        help="Form of the table (default: what the file's ending says, else a table for the terminal).",
    ),
    click.option(
        "-o",
        "--output",
        type=FileName(),
        metavar="FILE",
        help="Write a file instead; .txt, .md, .tex, .csv or .json decides the form.",
    ),
    click.option("--json", "form", flag_value="json", help="The same as --as json."),
    format_option,
    exclude_option,
)


def reports(runs: RunSet, frame: str | None, y: tuple[str, ...], **measure: Any) -> tuple[Any, dict[str, Any]]:
    """Return the module that makes the reports of these runs, and what it is asked for.

    Metalog's own logs have statistics of nested problems; for all others, and where a frame or column is named, there
    are those of any column.

    Raises
    ------
    UsageError
        If an option is given that means something for nested problems alone.
    """
    from metalog.stats import course_reports, readable

    given = {name: value for name, value in measure.items() if value is not None}
    if not course_reports.needed(runs, frame, y):
        return readable, given
    for option in ("split", "paired"):
        if option in given:
            raise UsageError(f"--{option} means something for nested problems alone, which are not compared here")
    return course_reports, {"frame": frame, "y": y, **given}


def for_groups(measure: dict[str, Any]) -> dict[str, Any]:
    """Return of :func:`reports`' options those given, as the tables of settings take them."""
    return {name: value for name, value in measure.items() if value not in (None, ())}


def table_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of every table: ``form``, ``output``, ``log_format``, what :func:`reports` takes."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def chosen_form(form: str | None, output: str | None, log_format: str | None) -> tuple[str, str | None]:
    """Return the form asked for, so that an ending that means none is refused before anything is read.

    And the logs' format: see :func:`metalog.cli.format_option.tell_apart`.
    """
    from metalog.output.tables import format_for

    form, log_format = tell_apart(form, log_format, FORMS)
    return form or (format_for(output) if output not in (None, STDOUT) else "table"), log_format


def emit(report: Report, form: str, output: str | None) -> None:
    """Write a report to standard output or into a file."""
    from metalog.output.atomic import write_text
    from metalog.output.tables import WIDTH, render

    if output and output != STDOUT:
        write_text(output, render(report.frame, report.columns, form, notes=report.notes))
        say(f"wrote {output}")
    else:
        width = shutil.get_terminal_size((WIDTH, 0)).columns
        text = render(report.frame, report.columns, form, notes=report.notes, width=width)
        click.echo(emphasised(text) if form == "table" else text, nl=False)
