"""What commands that take many runs share: which runs are taken, and which belong together."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from metalog.errors import UsageError

if TYPE_CHECKING:
    from metalog.runs.grouping import Group
    from metalog.runs.run import Run
    from metalog.runs.run_set import RunSet
    from metalog.stats.readable import Report

_OPTIONS = (
    click.option(
        "--where",
        metavar="CONDITION",
        help="Only runs that fulfil it: 'meta_lr<=1e-3 and ways==5'; also by columns of the summary (its CSV form "
        "with --each), where no setting is called so: 'best<0.4 and errors==0'.",
    ),
    click.option(
        "--group-by",
        metavar="KEY[,KEY…]",
        help="Runs that agree in these settings belong together (default: in all but seed).",
    ),
    click.option(
        "--group-name",
        metavar="REGEX",
        help="Group by a part of the runs' names: 'run-(?P<setting>.*)-s(?P<seed>[0-9]+)'.",
    ),
    click.option("--each", is_flag=True, help="Show runs one by one, seeds too."),
    click.option(
        "--sort",
        metavar="COLUMN",
        help="Sort by a column or a setting; best is the best first, -COLUMN the greatest first.",
    ),
    click.option("--top", type=click.IntRange(min=1), metavar="N", help="Only the first N rows."),
    click.option(
        "--center",
        type=click.Choice(["mean", "iqm", "median"]),
        help="Centre over seeds (summary, plot; default: mean).",
    ),
    click.option(
        "--digits", type=click.IntRange(0, 12), metavar="N", help="Decimals of ± (default: two digits of it)."
    ),
    click.option("--columns", metavar="NAME[,…]", help="Only these columns, by their headings, in this order."),
)


#: Those that mean something where there is a table.
_OF_TABLES: Final = 2


def group_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of :class:`Choice`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def figure_group_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of :class:`Choice` that mean something for figures."""
    for option in reversed(_OPTIONS[:-_OF_TABLES]):
        command = option(command)
    return command


@dataclass(frozen=True)
class Choice:
    """What the options of :func:`group_options` say; its fields are named as they are."""

    where: str | None
    group_by: str | None
    group_name: str | None
    each: bool
    sort: str | None
    top: int | None
    center: str | None
    digits: int | None = None
    columns: str | None = None

    def __post_init__(self) -> None:
        if self.each and (self.group_by or self.group_name):
            raise UsageError("--each shows runs one by one; --group-by and --group-name put them together")
        if self.group_by and self.group_name:
            raise UsageError("--group-by and --group-name both say which runs belong together; give one")

    def runs(self, read: RunSet, measure: Mapping[str, Any]) -> RunSet:
        """Return the runs that ``--where`` leaves; `measure` are the options of the summary that it may ask for."""
        from metalog.stats.course_reports import needed

        if self.where is None:
            return read
        given = dict(measure)
        if needed(read.runs, given.get("frame"), given.get("y", ())):
            given.pop("split", None)  # it means something for nested problems alone
        return read.where(self.where, **given)

    def groups(self, read: RunSet) -> list[Group[Run]]:
        """Return the groups; none where runs stand one by one: if asked for, or if no two are of one setting."""
        from metalog.runs.grouping import groups

        by = [entry.strip() for entry in (self.group_by or "").split(",") if entry.strip()]
        found = [] if self.each else groups(read.runs, by=by, name=self.group_name)
        together = by or self.group_name or len(found) < len(read.runs)
        if not (found and together) and (self.center or self.digits is not None):
            raise UsageError("--center and --digits go with several seeds of one setting, not with runs one by one")
        return found if together else []

    def settings(self, read: RunSet) -> list[Group[Run]]:
        """Return the groups for what shows settings alone: those of single seeds too, and with ``--each`` each run."""
        from metalog.runs.grouping import Group, groups

        if self.each:
            return [Group(name, {name: run}, {}, (name,)) for name, run in read.runs.items()]
        return self.groups(read) or groups(read.runs)

    def of_groups(self) -> dict[str, Any]:
        """Return what the tables of settings are asked for."""
        asked = {"center": self.center, "digits": self.digits}
        return {name: value for name, value in asked.items() if value is not None}

    def order(self, report: Report) -> list[int]:
        """Return the rows of a report that are shown, in their order."""
        rows = list(range(len(report.frame)))
        if self.sort:
            name = self._sorted_by(report)
            falling = self.sort.startswith("-") or (self.sort == "best" and _much_is_good(report, name))
            places = [_place(value) for value in report.frame[name].tolist()]
            known = sorted((row for row in rows if places[row]), key=lambda row: places[row], reverse=falling)
            rows = [*known, *(row for row in rows if not places[row])]
        return rows[: self.top]

    def arranged(self, report: Report) -> Report:
        """Return the report sorted, cut and with the columns asked for."""
        from metalog.stats.readable import Report

        frame = report.frame.iloc[self.order(report)].reset_index(drop=True)
        if not self.columns:
            return Report(frame, report.columns, report.notes)
        headings = {column.heading: column for column in report.columns}
        known = {heading.replace("-", "_"): heading for heading in headings}
        wanted = [known.get(name.strip(), name.strip()) for name in self.columns.split(",")]
        if unknown := next((name for name in wanted if name not in headings), None):
            raise UsageError(f"no column is headed {unknown!r}; there are {', '.join(headings)}")
        return Report(frame, tuple(headings[name] for name in wanted), report.notes)

    def _sorted_by(self, report: Report) -> str:
        from metalog.runs.setting_columns import PREFIX

        asked, columns = str(self.sort).removeprefix("-"), list(map(str, report.frame.columns))
        for name in (asked, f"{PREFIX}{asked}", asked.replace("-", "_")):
            if name in columns:
                return name
        if asked == "best" and (of_a_series := [name for name in columns if name.endswith(".best")]):
            return of_a_series[0]
        raise UsageError(f"no column is called {asked!r}; there are {', '.join(columns)}")


def _place(value: Any) -> tuple[Any, ...]:
    """Return where a value stands among others: numbers by value, then texts by the numbers in them; () if missing."""
    from metalog.sources.folders import natural

    if isinstance(value, int | float):
        return () if math.isnan(value) else (0, value)
    return () if value is None or str(value) == "<NA>" else (1, natural(str(value)))


def _much_is_good(report: Report, column: str) -> bool:
    """Tell whether the best is the greatest: it is if no row's best is below its first or last."""
    before = column.removesuffix("best")
    rows = report.frame.to_dict("records")
    signs = [row[column] - row[f"{before}{name}"] for row in rows for name in ("first", "last")]
    return bool(sum(sign for sign in signs if math.isfinite(sign)) > 0)
