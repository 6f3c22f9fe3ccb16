"""Many logs at once: read in parallel, kept by name, tabulated together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from metalog.errors import MetalogError

if TYPE_CHECKING:
    import pandas as pd

    from metalog.runs.run import Run

_T = TypeVar("_T")


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
    """

    def __init__(self, runs: Mapping[str, Run], failures: Mapping[str, MetalogError] | None = None) -> None:
        self.runs = dict(runs)
        self.failures = dict(failures or {})

    @cached_property
    def steps(self) -> pd.DataFrame:
        """One row an inner step."""
        return self._joined("steps")

    @cached_property
    def validations(self) -> pd.DataFrame:
        """One row a validation after an epoch."""
        return self._joined("validations")

    @cached_property
    def meta_validation(self) -> pd.DataFrame:
        """One row a problem of a meta-validation."""
        return self._joined("meta_validation")

    @cached_property
    def meta_steps(self) -> pd.DataFrame:
        """One row a meta-step."""
        return self._joined("meta_steps")

    @cached_property
    def diagnostics(self) -> pd.DataFrame:
        """One row a diagnostic."""
        return self._joined("diagnostics")

    @property
    def config(self) -> dict[str, dict[str, Any]]:
        """The configurations that the logs tell, by run."""
        return {name: run.config for name, run in self.runs.items()}

    def _joined(self, frame: str) -> pd.DataFrame:
        import numpy as np
        import pandas as pd

        from metalog.runs.frames import empty

        parts: list[pd.DataFrame] = [getattr(run, frame) for run in self.runs.values()]
        # A part without rows must not bring dtypes either: those of further columns could only be guesses.
        joined = pd.concat([part for part in parts if len(part)] or [empty(frame)], ignore_index=True)
        codes = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        names = pd.Categorical.from_codes(codes, categories=pd.Index(list(self.runs), dtype="str"))
        joined.insert(0, "run", pd.Series(names))
        return joined

    def __getitem__(self, name: str) -> Run:
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

        counted = ("meta_steps", "steps", "validations", "meta_validation", "diagnostics")
        rows = {name: [len(getattr(run, frame)) for frame in counted] for name, run in self.runs.items()}
        return pd.DataFrame.from_dict(rows, orient="index", columns=list(counted))

    def _told_failures(self) -> list[str]:
        return [f"not read: {error}" for error in self.failures.values()]
