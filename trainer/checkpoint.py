"""Checkpoints: what a run needs to go on after it was stopped at any moment.

A checkpoint tells how long the log was when it was written, and the hash of what was in it. A resumed run cuts the log
there and computes the rest anew; since everything random is keyed by counters, the lines that come again are those that
were cut (apart from the seconds), so that nothing is lost.

A file holds a line that names the format and the SHA-256 of all that follows, and then what `torch.save` wrote. It is
read if the hash is right, and used if :mod:`trainer.checkpoint_checks` finds that it can be one of ours.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from hashlib import sha256
from math import nan
from pathlib import Path
from shlex import quote
from typing import Any, Final

import torch
from torch import Tensor

from metalog.errors import SourceError
from trainer.checkpoint_checks import checked
from trainer.config import Config

_FORMAT: Final = 3
_HEAD: Final = re.compile(rb"metalog checkpoint (\d+) ([0-9a-f]{64})\n")
#: Longer than any first line of ours.
_HEAD_BYTES: Final = 128


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
        The same when the meta-validation loss was lowest, and that loss; the weights that the run started from and nan
        before the first one.
    losses
        The mean query loss of each meta-step, by which the run sees whether it turns up.
    optimizer
        What the meta-optimizer has gathered; see :func:`trainer.optimizer.state_of`.
    offset
        Bytes of the log by then.
    log_hash
        Their SHA-256.
    tested
        Whether the meta-test is among them.
    """

    config: dict[str, Any]
    step: int
    theta: Tensor
    optimizer: dict[str, Any]
    offset: int
    log_hash: str
    tested: bool
    best: Tensor
    best_loss: float
    losses: list[float]

    @classmethod
    def first(cls, config: Config, theta: Tensor) -> Checkpoint:
        """Return the checkpoint of a run that has done nothing yet."""
        empty = sha256().hexdigest()
        return cls(config.as_dict(), 0, theta, {}, 0, empty, tested=False, best=theta, best_loss=nan, losses=[])


def path_of(log: Path) -> Path:
    """Return where the checkpoint of a log lies: beside it."""
    return log.parent / f"{log.name}.checkpoint"


def previous_of(log: Path) -> Path:
    """Return where the last but one checkpoint of a log lies."""
    return log.parent / f"{log.name}.checkpoint.previous"


def packed(checkpoint: Checkpoint) -> bytes:
    """Return the contents of a checkpoint's file."""
    stream = io.BytesIO()
    torch.save({name: getattr(checkpoint, name) for name in Checkpoint.__slots__}, stream)
    content = stream.getvalue()
    return b"metalog checkpoint %d %s\n" % (_FORMAT, sha256(content).hexdigest().encode()) + content


def load(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises
    ------
    SourceError
        If it can't be read, is none of ours or was changed since it was written, or can't be that of a run.
    """
    content = _content(path)
    try:
        found = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        return Checkpoint(**checked(found, path))
    except SourceError:
        raise
    except Exception as error:  # torch.load can raise almost anything on what torch.save didn't write
        raise SourceError(f"{path} is no checkpoint of ours") from error


def load_last(path: Path) -> Checkpoint:
    """Read the checkpoint that a run wrote last.

    Raises
    ------
    SourceError
        As :func:`load` does; if the checkpoint before it can be read, it says so, and how to go on from there.
    """
    try:
        return load(path)
    except SourceError as error:
        raise SourceError(f"{error}{way_out(path)}") from None


def way_out(path: Path) -> str:
    """Say how the checkpoint before a lost one takes its place; nothing if that can't be read either."""
    previous = path.with_name(f"{path.name}.previous")
    try:
        found = load(previous)
    except SourceError:
        return ""
    move = f"mv {quote(str(previous))} {quote(str(path))}"
    return f"; the one before it, of {found.step:,} meta-steps, is whole: `{move}` puts it in its place"


def _content(path: Path) -> bytes:
    """Return what a checkpoint's first line vouches for."""
    try:
        with path.open("rb") as stream:
            start = stream.read(_HEAD_BYTES)
            head = _HEAD.match(start)
            content = start[head.end() :] + stream.read() if head else b""  # what is none of ours may have no end
    except OSError as error:
        raise SourceError(f"the checkpoint {path} can't be read: {error.strerror or error}") from error
    if not head:
        raise SourceError(f"{path} is no checkpoint of ours, or damaged, or of an older version of the trainer")
    if int(head[1]) != _FORMAT:
        raise SourceError(f"{path} is a checkpoint of another version of the trainer, or damaged")
    if sha256(content).hexdigest().encode() != head[2]:
        raise SourceError(f"{path} is damaged: its contents are not those that its first line vouches for")
    return content
