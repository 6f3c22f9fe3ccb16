"""What is searched: ``meta_lr=log:1e-5..1e-1``, ``inner_steps=1..5``, ``order=first,second``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import Field
from typing import Any, Final

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from metalog.errors import UsageError
from metalog.runs.words import hint
from trainer.config import KNOWN, SWITCHES, checked

#: What decides which problems a run is judged by, and how: trials that differ in it could not be compared.
_JUDGING: Final = frozenset({
    *SWITCHES, "seed", "data", "root", "ways", "shots", "queries", "side", "meta_validation", "validate_every",
    "log_every_batch", "select", "meta_test", "supervised_steps", "recipe", "preset",
})  # fmt: skip
_LOG: Final = "log:"
_DOTS: Final = ".."


def space_of(specs: Iterable[str]) -> dict[str, BaseDistribution]:
    """Return the distribution of each setting that is searched.

    Raises
    ------
    UsageError
        If a text can't be understood, names no setting or one that can't be searched, or a value is impossible.
    """
    found: dict[str, BaseDistribution] = {}
    for spec in specs:
        name, sign, text = (part.strip() for part in spec.partition("="))
        if not (name and sign and text):
            raise UsageError(
                f"--space {spec!r} can't be understood; say 'meta_lr=log:1e-5..1e-1' or 'order=first,second'"
            )
        entry = _searchable(name.replace("-", "_"))
        if entry.name in found:
            raise UsageError(f"--space gives {entry.name} twice; join its values with commas")
        found[entry.name] = _distribution(entry, text)
    return found


def _searchable(name: str) -> Field[Any]:
    known = [key for key, entry in KNOWN.items() if key not in _JUDGING and not entry.metadata["execution"]]
    if name not in KNOWN:
        raise UsageError(f"{name} is no setting{hint(name, known, 'settings')}")
    if name not in known:
        raise UsageError(
            f"{name} can't be searched: it changes what trials are judged by, or only how they are executed; "
            f"there are {', '.join(known)}"
        )
    return KNOWN[name]


def _distribution(entry: Field[Any], text: str) -> BaseDistribution:
    if _DOTS in text:
        return _range(entry, text)
    if text.startswith(_LOG):
        raise UsageError(f"{entry.name}={text}: after {_LOG} comes a range, as in {entry.name}=log:1e-5..1e-1")
    values = [_value(entry, part.strip()) for part in text.split(",")]
    if len(values) < 2 or len(set(values)) < len(values):
        raise UsageError(f"{entry.name}={text}: give two different values or more; one value is an option, not a space")
    return CategoricalDistribution(values)


def _range(entry: Field[Any], text: str) -> BaseDistribution:
    log = text.startswith(_LOG)
    ends = [_value(entry, part.strip()) for part in text.removeprefix(_LOG).split(_DOTS)]
    if str(entry.type) not in ("int", "float"):
        raise UsageError(f"{entry.name}={text}: only numbers have a range; list the values, with commas")
    if len(ends) != 2 or not ends[0] < ends[1] or (log and ends[0] <= 0):
        raise UsageError(f"{entry.name}={text}: a range goes from less to more, a logarithmic one from above 0")
    kind = IntDistribution if str(entry.type) == "int" else FloatDistribution
    return kind(ends[0], ends[1], log=log)


def _value(entry: Field[Any], text: str) -> Any:
    """Return a value as the setting's type."""
    kind = str(entry.type)
    if kind.startswith("tuple"):
        raise UsageError(f"{entry.name} can't be searched: its values are lists")
    try:
        if kind == "bool":
            return {"true": True, "false": False}[text.lower()]
        if kind in ("int", "float"):
            return checked(entry, int(text) if kind == "int" else float(text))
    except (ValueError, KeyError):
        return checked(entry, text)  # which refuses it, and says what it can be
    return checked(entry, int(text) if text.isdecimal() else text)
