"""Whether a run's loss turns up for good, and what usually helps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from trainer.config import Config

#: Fewer meta-steps show no trend.
_LEAST: Final = 100
#: Of the slope's interval: a run is looked at many times, and each look may be a false alarm.
_CONFIDENCE: Final = 0.99


def turned_up(losses: Sequence[float], every: int) -> int | None:
    """Return the meta-step from which on the loss rises for good, or None.

    Parameters
    ----------
    losses
        The mean query loss of each meta-step so far.
    every
        Meta-steps from one look to the next; 0 stands for 100. Between looks nothing is found, and what rises must be
        seen by two looks, one after the other.
    """
    every = every or _LEAST
    last = len(losses) // every * every
    looks = (last, last - every)
    if len(losses) != last or looks[1] < _LEAST:
        return None
    found = [_rise(losses[:look]) for look in looks]
    return found[0] if all(found) else None


def _rise(losses: Sequence[float]) -> int | None:
    import pandas as pd

    from metalog.stats import divergence

    count = len(losses)
    frame = pd.DataFrame({
        "segment": 0, "meta_epoch": 1, "meta_step": range(1, count + 1), "global_meta_step": range(1, count + 1),
        "validation_loss": losses, "problems": 1, "complete": True,
    })  # fmt: skip
    step = divergence(frame, confidence=_CONFIDENCE)["turns_up"].iloc[0]
    return None if pd.isna(step) else int(step)


def advice(step: int, config: Config) -> str:
    """Say that the loss turns up, and what usually helps that the run hasn't got."""
    helps = [f"a lower --meta-lr than {config.meta_lr:g}"]
    if not config.zero_head:
        helps.insert(0, "--zero-head")
    if config.order == "first" and config.algorithm != "reptile":
        helps.insert(0, "--order second")
    stop = "" if config.stop_when_rising else "; --stop-when-rising ends such a run"
    return f"the meta-train loss turns up for good at meta-step {step}: what usually helps is {', '.join(helps)}{stop}"
