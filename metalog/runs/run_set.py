"""Many logs at once: read in parallel, kept by name, tabulated together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from metalog.columns import merged_order
from metalog.errors import MetalogError
from metalog.runs.configs import configs
from metalog.runs.grouping import Groups, chosen, groups
from metalog.runs.joined import JoinedFrames, as_texts, formats_of
from metalog.runs.reported import report_of

if TYPE_CHECKING:
    import pandas as pd

    from metalog.report.one_file import Report
    from metalog.runs.run import Run

#: The frame that an overview counts first; the others follow in the format's order.
_FIRST: Final = "meta_steps"


class RunSet(Mapping[str, "Run"]):
    """Runs by name, and their frames put together.

    Each frame has a leading column ``run`` (categorical, the categories are all runs in order); otherwise it is the
    frame of the same name of a :class:`~metalog.runs.run.Run`, even when empty. Further columns that only some runs
    have are missing in the others' rows.

    Attributes
    ----------
    runs : dict of str to Run
        In the order in which they were named; a folder's in natural order, an archive's in its own.
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

    def groups(self, by: Sequence[str] | str = (), *, name: str | None = None) -> Groups:
        """Return a RunSet for each setting, by what tells it from the others: :func:`metalog.runs.grouping.groups`."""
        return Groups(groups(self.runs, by=by, name=name), RunSet)

    def where(self, condition: str) -> RunSet:
        """Return the runs whose settings fulfil a condition such as ``meta_lr <= 1e-3``."""
        return RunSet(chosen(self.runs, condition), self.failures)

    def long(self) -> pd.DataFrame:
        """Return all values of all frames of all runs: :meth:`metalog.Run.long`, with a leading column ``run``."""
        from metalog.runs.joined import joined

        return joined({name: run.long() for name, run in self.runs.items()})

    def report(self) -> Report:
        """Return one HTML file that shows all runs: a notebook shows it, ``.save(path)`` writes it."""
        return report_of(self)

    def __getitem__(self, name: str) -> Run:
        if name not in self.runs and name in self.frames:
            raise KeyError(f"no run is called {name!r}; the frame of all runs is .frames[{name!r}]")
        return self.runs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.runs)

    def __len__(self) -> int:
        return len(self.runs)

    def __repr__(self) -> str:
        lines = [f"RunSet of {len(self)} run{'s' * (len(self) != 1)}", *self._overview().to_string().splitlines()]
        return "\n".join([*lines, *self._told_failures()])

    def _repr_html_(self) -> str:
        from html import escape

        failures = "".join(f"<li>{escape(line)}</li>" for line in self._told_failures())
        return self._overview().to_html() + (f"<ul>{failures}</ul>" if failures else "")

    def _overview(self) -> pd.DataFrame:
        import pandas as pd

        names = merged_order(list(run.format.frames) for run in self.runs.values())
        counted = sorted(names, key=lambda name: name != _FIRST)
        rows = [[len(run[name]) if name in run.format.frames else 0 for name in counted] for run in self.runs.values()]
        table = pd.DataFrame(rows, index=as_texts(self.runs), columns=counted)
        if len(formats_of(self.runs)) > 1:
            table.insert(0, "format", [run.format.name for run in self.runs.values()])
        return table

    def _told_failures(self) -> list[str]:
        return [f"not read: {error}" for error in self.failures.values()]
