"""Which runs belong together: repetitions of one setting that differ in the seed alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from metalog.errors import UsageError
from metalog.runs.configs import SEED, Configured, settings
from metalog.runs.reported import comparison_of_groups, summary_of_groups, summary_rows
from metalog.runs.where import Where, require
from metalog.runs.words import hint

if TYPE_CHECKING:
    import pandas as pd

_Run = TypeVar("_Run", bound=Configured)
_Found = TypeVar("_Found")
#: What ``--group-name`` must call the part that says which group a run is of.
_SETTING: Final = "setting"
#: Where and with what a run was made is no setting: repetitions run on several machines, and weeks apart.
_CIRCUMSTANCES: Final = frozenset({"commit", "machine", "versions"})


@dataclass(frozen=True)
class Group(Generic[_Run]):
    """Runs of one setting.

    Attributes
    ----------
    label
        What tells it from the other groups.
    runs
        Its runs by name.
    settings
        The settings in which groups differ, or that it was grouped by.
    seeds
        The seed of each run; its name where it tells none.
    """

    label: str
    runs: dict[str, _Run]
    settings: dict[str, Any]
    seeds: tuple[Any, ...]

    @property
    def distinct(self) -> tuple[str, ...]:
        """The seeds as texts, each once: a run that repeats one is no further seed."""
        return tuple(dict.fromkeys(map(str, self.seeds)))

    @property
    def of_seeds(self) -> list[list[int]]:
        """Which runs, by their places, are of each of the :attr:`distinct` seeds."""
        places: dict[str, list[int]] = {}
        for place, seed in enumerate(self.seeds):
            places.setdefault(str(seed), []).append(place)
        return list(places.values())

    def by_seed(self, found: Mapping[str, _Found]) -> list[list[_Found]]:
        """Return what was found of runs, by their names, put together where runs are of the same seed."""
        names = list(self.runs)
        own = ([found[names[place]] for place in places if names[place] in found] for places in self.of_seeds)
        return [one for one in own if one]


class Groups(dict[str, Any]):
    """Groups by their labels, each a set of runs: what ``RunSet.groups`` returns, and the figures of settings take.

    Attributes
    ----------
    told
        The same as :class:`Group`, which know settings and seeds.
    """

    def __init__(self, found: Sequence[Group[Any]], made: Callable[[dict[str, Any]], Any]) -> None:
        super().__init__({group.label: made(group.runs) for group in found})
        self.told = tuple(found)

    def summary(self, *, center: str = "mean", **measure: Any) -> pd.DataFrame:
        """Return what settings reached, one row each: the frame behind ``metalog summary``.

        Parameters
        ----------
        center
            The centre over seeds: ``"mean"``, ``"iqm"`` (interquartile mean) or ``"median"``.
        measure
            As for :meth:`metalog.RunSet.summary`.

        Returns
        -------
        pandas.DataFrame
            ``setting``; ``config.NAME`` for each setting in which they differ; ``seeds``; of each measure its centre
            and the ends of its 95 % interval over seeds (``last``, ``last_low``, ``last_high``).

        Examples
        --------
        >>> runs.groups(by="meta_steps").summary(window=1)[["setting", "seeds"]].to_dict("list")
        {'setting': ['meta_steps=260', 'meta_steps=1'], 'seeds': [1, 1]}
        """
        return summary_of_groups(self.told, center=center, **measure)

    def compare(self, *, baseline: str | None = None, **measure: Any) -> pd.DataFrame:
        """Return settings side by side: the frame behind ``metalog compare``.

        Parameters
        ----------
        baseline
            The label of a setting, or a run's name; the first if not given.
        measure
            As for :meth:`metalog.RunSet.summary`.

        Returns
        -------
        pandas.DataFrame
            The columns of :meth:`summary`; ``difference`` from the baseline, ``difference_low``, ``difference_high``;
            ``better``, the probability that a seed is better than one of the baseline, ``better_low``, ``better_high``;
            ``paired``, whether the same seeds were compared.

        Raises
        ------
        UsageError
            If there are fewer than two settings, or none called `baseline`.
        """
        return comparison_of_groups(self.told, baseline=baseline, **measure)


def chosen(runs: Mapping[str, _Run], where: str, **measure: Any) -> dict[str, _Run]:
    """Return the runs that fulfil a condition; see :class:`metalog.runs.where.Where`.

    What it names is a setting, or else a column of :meth:`metalog.RunSet.summary`, which `measure` is for. No summary
    is made unless the condition names something that is no setting: of many runs it takes a while.

    Raises
    ------
    UsageError
        If the condition can't be understood, names what is told of no run, or no run fulfils it.
    """
    condition = Where(where)
    told = {name: settings(name, run) for name, run in runs.items()}
    known = list(dict.fromkeys(entry for own in told.values() for entry in own))
    if further := condition.names() - set(known):
        try:
            rows = summary_rows(runs, **measure)
        except UsageError as error:
            what = f"no run has a setting {min(further)!r}{hint(min(further), known, 'settings')}"
            raise UsageError(f"{what}; nor is there a summary: {error}") from None
        columns = [column for column in (rows[0] if rows else ()) if column not in known]
        require(condition, [*known, *columns], "settings and columns of the summary")
        reached = [{name: row[name] for name in further} for row in rows]
        told = {name: told[name] | row for name, row in zip(runs, reached, strict=True)}
    kept = {name: run for name, run in runs.items() if condition(told[name])}
    if not kept:
        raise UsageError(f"none of {len(runs)} runs fulfils {where!r}")
    return kept


def groups(runs: Mapping[str, _Run], *, by: Sequence[str] | str = (), name: str | None = None) -> list[Group[_Run]]:
    """Put runs together that are repetitions of one setting.

    Parameters
    ----------
    runs
        Name -> Run; a RunSet is one.
    by
        Settings: runs that agree in these belong together. By default all settings but ``seed`` and what machine,
        versions and commit a run was made with; a run that tells no
        seed is a group of its own, and a seed that comes again begins another group.
    name
        A regular expression on the names of runs instead, for logs without configuration. What its part
        ``(?P<setting>…)``, or its first part, matches says which group a run is of, a part ``(?P<seed>…)`` which
        seed; a run that doesn't match is a group of its own.

    Returns
    -------
    list of Group
        In the order in which the first run of each stands.

    Raises
    ------
    UsageError
        If no run has a setting of `by`, or `name` is no regular expression with a part in brackets, or matches no run.
    """
    by = [by] if isinstance(by, str) else list(by)
    told = _by_name(runs, name) if name else {run: settings(run, runs[run]) for run in runs}
    known = list(dict.fromkeys(entry for own in told.values() for entry in own))
    for entry in by:
        if entry not in known:
            raise UsageError(f"no run has a setting {entry!r}{hint(entry, known, 'settings')}")
    members: dict[Any, list[str]] = {}
    for run, own in told.items():
        entries = by or list(filter(_is_choice, own))
        alike = by or name or SEED in own  # nothing but a seed says that runs repeat a setting
        key = tuple(sorted((entry, _known(own.get(entry))) for entry in entries)) if own and alike else run
        turn = 0  # a seed that comes again is no repetition: it begins another group
        while not (by or name) and own.get(SEED) in [told[other].get(SEED) for other in members.get((key, turn), [])]:
            turn += 1
        members.setdefault((key, turn), []).append(run)
    differing = by or _differing([told[names[0]] for names in members.values()], known)
    found = []
    for names in members.values():
        own = {entry: told[names[0]].get(entry) for entry in differing}
        seeds = tuple(told[run].get(SEED, run) for run in names)
        label = "all runs" if len(members) == 1 < len(names) and not own else _label(own, names, by)
        found.append(Group(label, {run: runs[run] for run in names}, own, seeds))
    return _distinct(found)


def _differing(told: Sequence[Mapping[str, Any]], known: Sequence[str]) -> list[str]:
    return [entry for entry in known if _is_choice(entry) and len({_known(own.get(entry)) for own in told}) > 1]


def _known(value: Any) -> str:
    """Return what tells a setting from others: 1 is 1.0, and no truth."""
    return repr(float(value) if isinstance(value, int) and not isinstance(value, bool) else value)


def _is_choice(entry: str) -> bool:
    return entry != SEED and entry.partition(".")[0] not in _CIRCUMSTANCES


def _label(own: Mapping[str, Any], names: Sequence[str], by: Sequence[str]) -> str:
    told = [f"{entry}={plain(value)}" for entry, value in own.items() if value is not None]
    if not told and by:
        return f"without {', '.join(by)}"
    return " ".join(told) or names[0]


def _distinct(found: list[Group[_Run]]) -> list[Group[_Run]]:
    """Name the first run where labels are equal."""
    labels = [group.label for group in found]
    return [
        group
        if labels.count(group.label) == 1
        else Group(f"{group.label} ({next(iter(group.runs))})", group.runs, group.settings, group.seeds)
        for group in found
    ]


def _by_name(runs: Mapping[str, Any], pattern: str) -> dict[str, dict[str, Any]]:
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise UsageError(f"--group-name {pattern!r} is no regular expression: {error}") from None
    if not expression.groups:
        raise UsageError(f"--group-name {pattern!r} has no part in brackets: 'run-(?P<setting>.*)-s[0-9]+'")
    part: str | int = _SETTING if _SETTING in expression.groupindex else 1
    told = {}
    for run in runs:
        match = expression.search(run)
        seed = {SEED: match[SEED]} if match and SEED in expression.groupindex else {}
        told[run] = {_SETTING: match[part], **seed} if match else {}
    if runs and not any(told.values()):
        which = f"none of {len(runs)} runs, such as" if len(runs) > 1 else "not the run"
        raise UsageError(f"--group-name {pattern!r} matches {which} {next(iter(runs))!r}")
    return told


def plain(value: object) -> str:
    """Return a setting as a legend writes it."""
    return f"{value:g}" if isinstance(value, float) else str(value)
