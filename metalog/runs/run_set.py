"""Many logs at once: read in parallel, kept by name, tabulated together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from metalog.errors import MetalogError
from metalog.runs.configs import configs
from metalog.runs.grouping import Groups, chosen, groups
from metalog.runs.joined import JoinedFrames, joined, settled
from metalog.runs.plotting import Plots
from metalog.runs.reported import report_of, summary_of
from metalog.runs.stored import to_parquet
from metalog.runs.words import counted

if TYPE_CHECKING:
    import os
    from pathlib import Path

    import pandas as pd

    from metalog.report.one_file import Report
    from metalog.runs.run import Run


class RunSet(Mapping[str, "Run"]):
    """Runs by name, and their frames put together.

    Each frame has a leading column ``run`` (categorical, the categories are all runs in order); otherwise it is the
    frame of the same name of a :class:`~metalog.runs.run.Run`, even when empty. Further columns that only some runs
    have are missing in the others' rows.

    Attributes
    ----------
    runs : dict of str to Run
        In the order in which they were named; a folder's and an archive's in natural order.
    failures : dict of str to MetalogError
        What couldn't be read, by its path, and why.
    frames : Mapping of str to pandas.DataFrame
        The frames that all runs have, by name; metalog's own are attributes too.
    """

    def __init__(self, runs: Mapping[str, Run], failures: Mapping[str, MetalogError] | None = None) -> None:
        self.runs = dict(runs)
        self.failures = dict(failures or {})
        self.frames: Mapping[str, pd.DataFrame] = JoinedFrames(self.runs)

    @cached_property
    def steps(self) -> pd.DataFrame:
        """One row an inner step."""
        return self.frames["steps"]

    @cached_property
    def validations(self) -> pd.DataFrame:
        """One row a validation after an epoch."""
        return self.frames["validations"]

    @cached_property
    def meta_validation(self) -> pd.DataFrame:
        """One row a problem of a meta-validation."""
        return self.frames["meta_validation"]

    @cached_property
    def meta_steps(self) -> pd.DataFrame:
        """One row a meta-step."""
        return self.frames["meta_steps"]

    @cached_property
    def diagnostics(self) -> pd.DataFrame:
        """One row a diagnostic."""
        return self.frames["diagnostics"]

    @property
    def config(self) -> dict[str, dict[str, Any]]:
        """The configurations that the logs tell, by run."""
        return {name: run.config for name, run in self.runs.items()}

    @property
    def configs(self) -> pd.DataFrame:
        """The settings of the runs, one row a run: index ``run``, a column a setting (object), None where not told."""
        return configs(self.runs)

    def summary(self, *, frame: str | None = None, y: Sequence[str] = (), **measure: Any) -> pd.DataFrame:
        """Return the key numbers of the runs, one row a run: index ``run``, so that :attr:`configs` joins it.

        The columns are those of :func:`metalog.stats.summary`; of logs of other formats, or where `frame` and `y` name
        values, those of :func:`metalog.stats.courses.summary`. `measure` is what these take.
        """
        return summary_of(self.runs, frame=frame, y=y, **measure)

    def groups(self, by: Sequence[str] | str = (), *, name: str | None = None) -> Groups:
        """Return a RunSet for each setting, by what tells it from the others: :func:`metalog.runs.grouping.groups`."""
        return Groups(groups(self.runs, by=by, name=name), RunSet)

    def where(self, condition: str, **measure: Any) -> RunSet:
        """Return the runs that fulfil a condition such as ``meta_lr <= 1e-3 and best < 0.4``.

        What it names is a setting, or where no run has one of that name a column of :meth:`summary`, which `measure` is
        for. nan fulfils no comparison.
        """
        return RunSet(chosen(self.runs, condition, **measure), self.failures)

    def long(self) -> pd.DataFrame:
        """Return all values of all frames of all runs: :meth:`metalog.Run.long`, with a leading column ``run``."""
        from metalog.runs.long import long

        return settled(joined({name: long(run) for name, run in self.runs.items()}), self.runs)

    def report(self) -> Report:
        """Return one HTML file that shows all runs: a notebook shows it, ``.save(path)`` writes it."""
        return report_of(self)

    @property
    def plot(self) -> Plots:
        """The figures as methods: ``runs.plot.compare()`` is ``metalog.plots.compare(runs)``."""
        return Plots(self)

    def to_parquet(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write all frames, with the column ``run``, as :meth:`metalog.Run.to_parquet` does; return the files."""
        return to_parquet(self, folder)

    def __getitem__(self, name: str) -> Run:
        if name not in self.runs and name in self.frames:
            raise KeyError(f"no run is called {name!r}; the frame of all runs is .frames[{name!r}]")
        return self.runs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.runs)

    def __len__(self) -> int:
        return len(self.runs)

    def __repr__(self) -> str:
        heading, table = self._results()
        return "\n".join([heading, *(table.to_string().splitlines() if self.runs else ()), *self._told_failures()])

    def _repr_html_(self) -> str:
        from html import escape

        heading, table = self._results()
        failures = "".join(f"<li>{escape(line)}</li>" for line in self._told_failures())
        shown = table.to_html() if self.runs else ""
        return f"<div><strong>{escape(heading)}</strong>{shown}</div>" + (f"<ul>{failures}</ul>" if failures else "")

    def _results(self) -> tuple[str, pd.DataFrame]:
        from metalog.runs.results import results

        what, table = results(self.runs)
        return f"RunSet of {counted(len(self), 'run')}" + (f": {what}" if what else ""), table

    def _told_failures(self) -> list[str]:
        return [f"not read: {error}" for error in self.failures.values()]
