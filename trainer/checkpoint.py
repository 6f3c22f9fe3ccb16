"""Checkpoints: what a run needs to go on after it was stopped at any moment.

A checkpoint tells how long the log was when it was written. A resumed run cuts the log there and computes the rest
anew; since everything random is keyed by counters, the lines that come again are those that were cut (apart from the
seconds), so that nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from metalog.errors import SourceError, UsageError
from metalog.output.atomic import replacing
from trainer.config import KNOWN, Config

_FORMAT: Final = 2
#: What may change when a run is resumed, besides how it is executed.
_MAY_CHANGE: Final = frozenset({"meta_steps", "preset"})


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A run between two meta-steps.

    Attributes
    ----------
    config
        The configuration, as plain data.
    step
        Meta-steps done.
    theta
        float32, (parameters,): the initial weights, as learnt so far (`last`).
    best, best_loss
        The same when the meta-validation loss was lowest, and that loss; `theta` and nan before the first one.
    losses
        The mean query loss of each meta-step, by which the run sees whether it turns up.
    optimizer
        The state of the meta-optimizer and of its learning rate's schedule.
    offset
        Bytes of the log by then.
    tested
        Whether the meta-test is among them.
    """

    config: dict[str, Any]
    step: int
    theta: Tensor
    optimizer: dict[str, Any]
    offset: int
    tested: bool
    best: Tensor
    best_loss: float
    losses: list[float]

    @classmethod
    def first(cls, config: Config, theta: Tensor) -> Checkpoint:
        """Return the checkpoint of a run that has done nothing yet."""
        return cls(config.as_dict(), 0, theta, {}, 0, tested=False, best=theta, best_loss=nan, losses=[])


def path_of(log: Path) -> Path:
    """Return where the checkpoint of a log lies: beside it."""
    return log.parent / f"{log.name}.checkpoint"


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint whole or not at all.

    Raises
    ------
    UsageError
        If it can't be written.
    """
    content = {name: getattr(checkpoint, name) for name in Checkpoint.__slots__}
    with replacing(path) as stream:
        torch.save({"format": _FORMAT, **content}, stream)


def load(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises
    ------
    SourceError
        If it can't be read or is none of ours.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        if content.pop("format") == _FORMAT:
            return Checkpoint(**content)
    except OSError as error:
        raise SourceError(f"the checkpoint {path} can't be read: {error.strerror or error}") from error
    except Exception as error:  # torch.load can raise almost anything on what torch.save didn't write
        raise SourceError(f"{path} is no checkpoint of ours, or damaged") from error
    raise SourceError(f"{path} is a checkpoint of another version of the trainer")


def find(log: Path, config: Config, *, resume: bool, overwrite: bool) -> Checkpoint | None:
    """Return the checkpoint from which the run that writes `log` goes on; None if it starts at the beginning.

    Raises
    ------
    UsageError
        If the log exists and is neither to be resumed nor overwritten, or if it isn't the one that was checkpointed.
    SourceError
        If the checkpoint can't be read.
    """
    if log.is_dir():
        raise UsageError(f"{log} is a folder: name a file for the log with -o")
    path = path_of(log)
    length = log.stat().st_size if log.exists() else 0
    if not resume:
        if length and not overwrite:
            raise UsageError(
                f"the log {log} exists already: name another with -o, go on with --resume, or --overwrite it"
            )
        return None
    if not path.exists():
        if length:
            raise UsageError(f"{log} can't be resumed: its checkpoint {path} is missing")
        return None
    found = load(path)
    _refuse_changes(found, config, path)
    if length < found.offset:
        raise UsageError(
            f"{log} can't be resumed: it has {length} bytes, but had {found.offset} when {path} was written"
        )
    return found


def _refuse_changes(found: Checkpoint, config: Config, path: Path) -> None:
    wanted = config.as_dict()
    for key, entry in KNOWN.items():
        if not entry.metadata["execution"] and key not in _MAY_CHANGE and wanted[key] != found.config.get(key):
            raise UsageError(
                f"{path} can't be resumed with {key} = {wanted[key]!r}: it was trained with {found.config.get(key)!r}"
            )
