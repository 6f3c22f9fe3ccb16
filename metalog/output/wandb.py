"""Runs to Weights & Biases, offline: ``wandb sync`` uploads them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metalog.errors import MissingExtraError
from metalog.output.scalars import flat, of_segment, scalars

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metalog.runs.run import Run


def write_wandb(runs: Mapping[str, Run], folder: Path, project: str = "metalog") -> None:
    """Write runs as offline runs of W&B, a segment each; each frame's metric is defined over what its steps count.

    Raises
    ------
    MissingExtraError
        If wandb is missing.
    """
    try:
        import wandb
    except ImportError:
        raise MissingExtraError("wandb", "wandb", "writing runs of W&B") from None
    folder.mkdir(parents=True, exist_ok=True)
    for name, run in runs.items():
        found = scalars(run)
        numbers = sorted({one.segment for one in found}) or [0]
        for number in numbers:
            own = f"{name} (segment {number})" if len(numbers) > 1 else name
            config = flat(of_segment(run, number))
            with (
                _quiet(),
                wandb.init(
                    mode="offline", dir=str(folder), project=project, name=own, config=config, reinit="finish_previous"
                ) as tracked,
            ):
                _log(tracked, [one for one in found if one.segment == number])


def _log(tracked: Any, found: list[Any]) -> None:
    rows: dict[tuple[str, int], dict[str, float]] = {}
    for one in found:
        counter = f"{one.tag.partition('/')[0]}/{one.level}"
        tracked.define_metric(counter, hidden=True)
        tracked.define_metric(one.tag, step_metric=counter)
        for step, value in zip(one.step.tolist(), one.value.tolist(), strict=True):
            rows.setdefault((counter, step), {})[one.tag] = value
    for (counter, step), values in rows.items():
        tracked.log({counter: step, **values})


@contextmanager
def _quiet() -> Iterator[None]:
    """Have W&B say nothing: standard output is for data."""
    before = os.environ.get("WANDB_SILENT")
    os.environ["WANDB_SILENT"] = "true"
    try:
        yield
    finally:
        if before is None:
            del os.environ["WANDB_SILENT"]
        else:
            os.environ["WANDB_SILENT"] = before
