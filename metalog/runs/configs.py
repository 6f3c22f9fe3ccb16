"""The settings of runs: what their logs tell, a configuration file beside them, and what their folders are called."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Protocol

from metalog.printable import name_as_text

if TYPE_CHECKING:
    import pandas as pd

#: Where a run was written and its data lay, and which engine did the same sums, is no choice of the experiment.
IGNORED: Final = frozenset({"engine", "output", "root"})
#: What tells repetitions of one setting apart.
SEED: Final = "seed"
#: A number that YAML takes for a text, for want of a point or a sign.
_EXPONENT: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?[eE][+-]?[0-9]+")


class Configured(Protocol):
    """What is asked of a Run about its settings."""

    @property
    def config(self) -> dict[str, Any]: ...  # noqa: D102 - as in Run
    @property
    def beside(self) -> dict[str, Any]: ...  # noqa: D102 - as in Run


def flat(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the entries of a configuration, those of nested dicts named with dots; without where it was run."""
    entries: dict[str, Any] = {}
    for key, value in config.items():
        if key in IGNORED:
            continue
        if isinstance(value, Mapping):
            entries |= flat(value, f"{prefix}{key}.")
        else:
            entries[f"{prefix}{key}"] = value
    return entries


def settings(name: str, run: Configured) -> dict[str, Any]:
    """Return the settings of a run.

    What its log tells counts first, then the configuration file beside the log, then the names of folders (and of the
    file) like ``meta_lr=0.01,order=first``, the inner ones before the outer ones, then the run's own name.
    """
    told = flat(run.config)
    return told | {key: value for key, value in (settings_of_path(name) | flat(run.beside)).items() if key not in told}


def configs(runs: Mapping[str, Configured]) -> pd.DataFrame:
    """Return the settings of runs.

    Returns
    -------
    pandas.DataFrame
        Index ``run``, one row a run, one column a setting (object), ``None`` where a run doesn't say.
    """
    import pandas as pd

    rows = [settings(name, run) for name, run in runs.items()]
    columns = dict.fromkeys(entry for row in rows for entry in row)
    index = pd.Index([name_as_text(name) for name in runs], name="run", dtype="str")
    values = {entry: [row.get(entry) for row in rows] for entry in columns}
    return pd.DataFrame(values, index=index, columns=list(columns), dtype=object)


def settings_of_path(name: str) -> dict[str, Any]:
    """Return the settings in the parts of a path of which every piece between commas is ``key=value``."""
    found: dict[str, Any] = {}
    if "=" not in name:  # as most are; there may be thousands
        return found
    path = PurePosixPath(name)
    for part in (*path.parts[:-1], path.name.split(".txt")[0].split(".log")[0]):
        pieces = [piece.partition("=") for piece in part.split(",")]
        if all(key.strip() and sign and value for key, sign, value in pieces):
            found |= {key.strip(): _value(value) for key, _, value in pieces}
    return found


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError):
        return {"true": True, "false": False}.get(text.lower(), text)


def number_in(text: str) -> float | str:
    """Return the number that a text like ``1e-3`` is, else the text."""
    return float(text) if _EXPONENT.fullmatch(text) else text
