"""Whether a checkpoint can be one that a run wrote: its hash is right, but anybody can make one.

What passes here is safe to go on with: nothing of another shape, type or size than the configuration's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from metalog.errors import SourceError, UsageError
from trainer.config import Config
from trainer.model import model_of
from trainer.optimizer import state_like
from trainer.settings import resolve

_PLAIN: Final = (str, int, float, bool, list, tuple)
#: So much is told of what a configuration holds.
_MOST_SIGNS: Final = 160
#: A convolution has at least so many weights.
_FEWEST_WEIGHTS: Final = 9


def checked(found: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return the parts of a checkpoint, which fit each other.

    Raises
    ------
    SourceError
        If they don't; it names the first that doesn't.
    """
    try:
        config = _config(found["config"])
        parameters = _parameters(config, found["theta"])
        for name in ("theta", "best"):
            _require(_are_weights(found[name], parameters), f"{name} are not the {parameters} weights")
        _require(bool(found["best"].isfinite().all()), "best has weights that are no finite numbers")
        _numbers(found, config)
        _optimizer(found, config, parameters)
    except _UnfitError as error:
        raise SourceError(f"{path} is no checkpoint of a run: {error}") from None
    return {**found, "theta": found["theta"].detach(), "best": found["best"].detach()}


def require_numbers(theta: Tensor, path: Path) -> None:
    """Refuse weights of a run that diverged.

    Raises
    ------
    SourceError
        If any is nan or infinite.
    """
    if not theta.isfinite().all():
        raise SourceError(
            f"the last weights in {path} are not all finite numbers: the run diverged, and nothing can be learnt or "
            "tested from them"
        )


class _UnfitError(Exception):
    """What is wrong with a checkpoint."""


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise _UnfitError(otherwise)


def _config(settings: Any) -> Config:
    _require(type(settings) is dict and all(type(key) is str for key in settings), "its configuration is no table")
    _require(all(type(value) in _PLAIN for value in settings.values()), "its configuration is not plain data")
    try:
        return resolve(settings)
    except UsageError as error:
        told = str(error)
        raise _UnfitError(told if len(told) <= _MOST_SIGNS else f"{told[:_MOST_SIGNS]}…") from None


def _parameters(config: Config, theta: Any) -> int:
    """Return how many weights the configuration's network has; nothing of their size is made."""
    _require(isinstance(theta, Tensor), "theta are no weights")
    _require(len(config.channels) * _FEWEST_WEIGHTS <= theta.numel(), "theta are too few for its convolutions")
    try:
        with torch.device("meta"):
            return model_of(config).parameters
    except UsageError as error:
        raise _UnfitError(str(error)) from None
    except (RuntimeError, OverflowError, TypeError):  # sizes beyond what torch can count
        raise _UnfitError("its configuration asks for a network that no machine holds") from None


def _are_weights(values: Any, parameters: int) -> bool:
    """Tell whether these are weights that take the memory that they seem to."""
    return (
        isinstance(values, Tensor)
        and (values.layout, values.dtype, values.device.type) == (torch.strided, torch.float32, "cpu")
        and values.shape == (parameters,)
        and values.is_contiguous()
    )


def _numbers(found: Mapping[str, Any], config: Config) -> None:
    """Check the counts and losses."""
    tests: list[tuple[str, Callable[[Any], bool], str]] = [
        ("step", lambda value: type(value) is int and 0 <= value <= config.meta_steps, "no number of its meta-steps"),
        ("offset", lambda value: type(value) is int and value >= 0, "no number of bytes"),
        ("log_hash", lambda value: type(value) is str, "no hash"),
        ("tested", lambda value: type(value) is bool, "neither true nor false"),
        ("best_loss", lambda value: type(value) is float, "no loss"),
        ("losses", lambda value: type(value) is list and all(type(loss) is float for loss in value), "no losses"),
    ]
    for name, holds, otherwise in tests:
        _require(holds(found[name]), f"its {name} is {otherwise}")
    _require(
        len(found["losses"]) == found["step"],
        f"it has losses of {len(found['losses'])} meta-steps after {found['step']}",
    )
    _require((found["offset"] == 0) <= (found["step"] == 0), f"it is one of {found['step']} meta-steps without a log")


def _optimizer(found: Mapping[str, Any], config: Config, parameters: int) -> None:
    """Check the meta-optimizer's state against that of one that has taken a step."""
    state = found["optimizer"]
    expected = state_like(config, parameters) if found["step"] else {}
    _require(type(state) is dict and state.keys() == expected.keys(), "its optimizer is not that of its configuration")
    for name, like in expected.items():
        fits = _is_like(state[name], like)
        _require(fits, f"its optimizer's {name} is not of the shape and type that its configuration makes")
        if isinstance(like, Tensor) and found["theta"].isfinite().all():  # else the run diverged
            _require(not state[name].isnan().any(), f"its optimizer's {name} has values that are no numbers")
    steps = state.get("step")
    _require(steps is None or float(steps) == found["step"], "its optimizer has taken another number of steps")


def _is_like(value: Any, like: Any) -> bool:
    if not isinstance(like, Tensor):
        return type(value) is type(like)
    return (
        isinstance(value, Tensor)
        and (value.layout, value.dtype, value.device) == (like.layout, like.dtype, like.device)
        and value.shape == like.shape
        and value.is_contiguous()
    )
