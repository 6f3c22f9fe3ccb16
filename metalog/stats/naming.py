"""What differs in the configurations of runs, and the names that follow from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from metalog.printable import name_as_text
from metalog.runs.configs import settings
from metalog.runs.grouping import plain
from metalog.stats.curves import Frames


def config_differences(runs: Mapping[str, Frames]) -> pd.DataFrame:
    """Return the entries of the configurations in which runs differ.

    Parameters
    ----------
    runs
        Name -> Run (anything with a ``config`` dict); a RunSet is one.

    Returns
    -------
    pandas.DataFrame
        Index ``run``, one column an entry that two runs set differently, in the order of the
        configurations; ``None`` where a run's log doesn't say. Entries of nested dicts are named with dots.

    Examples
    --------
    >>> metalog.stats.config_differences(runs)["meta_steps"].to_dict()
    {'run': 260, 'short': 1}
    """
    flat = {name: settings(name, run) for name, run in runs.items()}
    entries = dict.fromkeys(entry for config in flat.values() for entry in config)
    columns = {entry: [config.get(entry) for config in flat.values()] for entry in entries}
    differing = {entry: values for entry, values in columns.items() if _differ(values)}
    return pd.DataFrame(differing, index=pd.Index(map(name_as_text, flat), name="run"), dtype=object)


def labels(runs: Mapping[str, Frames]) -> dict[str, str]:
    """Name runs by what differs in their configurations, as ``meta_lr=0.001 meta_optimizer=sgd``.

    Parameters
    ----------
    runs
        Name -> Run; a RunSet is one.

    Returns
    -------
    dict
        Name -> label, for legends and tables. Labels are never equal: where configurations are, or where a log has
        none, the run's own name stands, behind what else there is.

    Examples
    --------
    >>> labels = metalog.stats.labels(runs)
    >>> labels["short"].split()[:2]
    ['inner_lr=0.4', 'meta_steps=1']
    """
    differing = config_differences(runs)
    differences = {
        name: " ".join(
            f"{entry}={plain(value)}" for entry, value in zip(differing.columns, row, strict=True) if value is not None
        )
        for name, row in zip(runs, differing.to_numpy(), strict=True)  # to_dict() gives no rows without columns
    }
    counts = Counter(differences.values())
    return {
        name: label if label and counts[label] == 1 else f"{label} ({name})" if label else name
        for name, label in differences.items()
    }


def _differ(values: list[Any]) -> bool:
    known = [value for value in values if value is not None]
    return any(value != known[0] for value in known)
