"""The frames of several runs as one, with a column that names the run; of runs of several formats those in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from metalog.columns import merged_order
from metalog.errors import NoFrameError
from metalog.printable import name_as_text
from metalog.runs.configs import settings
from metalog.runs.setting_columns import with_settings

if TYPE_CHECKING:
    import pandas as pd

    from metalog.runs.run import Run


class JoinedFrames(Mapping[str, "pd.DataFrame"]):
    """The frames that all runs have, each put together when it is first asked for."""

    def __init__(self, runs: Mapping[str, Run]) -> None:
        self._runs = runs
        self._made: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._made:
            if name not in self._names:
                raise NoFrameError(_without(name, self._runs, self._names))
            self._made[name] = self._joined(name)
        return self._made[name]

    @cached_property
    def _names(self) -> list[str]:
        from metalog.formats import native

        forms = [run.format for run in self._runs.values()] or [native()]
        return [name for name in forms[0].frames if all(name in form.frames for form in forms)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def _joined(self, name: str) -> pd.DataFrame:
        from metalog.runs.frames import empty

        frames = {run: found.bare(name) if found.with_config else found[name] for run, found in self._runs.items()}
        return settled(joined(frames or {"": empty(name)}, list(self._runs)), self._runs)


def joined(frames: Mapping[str, pd.DataFrame], runs: Iterable[str] | None = None) -> pd.DataFrame:
    """Put frames of runs, by their name, one below the other behind a column ``run``; `runs` are its categories."""
    import numpy as np
    import pandas as pd

    parts = list(frames.values())
    # A part without rows must not bring dtypes either: those of further columns could only be guesses.
    filled = _same_categories(_nullable([part for part in parts if len(part)] or parts[:1]))
    together = pd.concat(filled, ignore_index=True)[list(merged_order(list(part.columns) for part in filled))]
    names = list(frames if runs is None else runs)
    places = {name: place for place, name in enumerate(names)}
    codes = np.repeat([places.get(name, 0) for name in frames], [len(part) for part in parts])
    categories = pd.Index(as_texts(names), dtype="str")
    together.insert(0, "run", pd.Series(pd.Categorical.from_codes(codes, categories=categories)))
    return together


def settled(together: pd.DataFrame, runs: Mapping[str, Run]) -> pd.DataFrame:
    """Return a frame of all runs with their settings as columns, where they are to be so."""
    if not any(run.with_config for run in runs.values()):
        return together
    told = [settings(name, run) for name, run in runs.items()]
    return with_settings(together, told, together["run"].cat.codes.to_numpy())


def _nullable(parts: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Make whole numbers nullable that some parts don't have: else pandas would make floats of them."""
    everywhere = [name for name in parts[0] if all(name in other for other in parts)]
    absent = [part.dtypes.drop(everywhere) for part in parts]
    wanted = [{name: str(dtype).capitalize() for name, dtype in own.items() if dtype.kind == "i"} for own in absent]
    return [part.astype(dtypes) if dtypes else part for part, dtypes in zip(parts, wanted, strict=True)]


def _same_categories(parts: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Give columns of words the same categories in all parts, so that they stay categorical."""
    import pandas as pd

    words: dict[str, dict[str, None]] = {}
    for part in parts:
        for name in part.columns[part.dtypes == "category"]:
            words.setdefault(name, {}).update(dict.fromkeys(part[name].cat.categories))
    dtypes = {name: pd.CategoricalDtype(pd.Index(list(own), dtype="str")) for name, own in words.items()}

    def with_all(part: pd.DataFrame) -> pd.DataFrame:
        own: dict[str, Any] = {name: part[name].astype(dtype) for name, dtype in dtypes.items() if name in part}
        absent: dict[str, Any] = {
            name: pd.Categorical.from_codes([-1] * len(part), dtype=dtype) for name, dtype in dtypes.items()
        }
        return part.assign(**{**absent, **own}) if dtypes else part

    return [with_all(part) for part in parts]


def formats_of(runs: Mapping[str, Run]) -> dict[str, list[str]]:
    """Return which runs have which format."""
    found: dict[str, list[str]] = {}
    for name, run in runs.items():
        found.setdefault(run.format.name, []).append(name)
    return found


def told_formats(runs: Mapping[str, Run]) -> str:
    """Say which runs have which format."""
    return "; ".join(f"{name}: {', '.join(own)}" for name, own in formats_of(runs).items())


def _without(name: str, runs: Mapping[str, Run], common: list[str]) -> str:
    if len(formats_of(runs)) > 1:
        return f"not all runs have a frame {name!r} ({told_formats(runs)}); in common they have {', '.join(common)}"
    return f"the runs have no frame {name!r}; they have {', '.join(common)}"


def as_texts(names: Iterable[str]) -> list[str]:
    """Return names as pandas and files can hold them, each of its own."""
    texts: dict[str, None] = {}
    for name in names:
        text = own = name_as_text(name)
        number = 1
        while own in texts:
            number += 1
            own = f"{text}#{number}"
        texts[own] = None
    return list(texts)
