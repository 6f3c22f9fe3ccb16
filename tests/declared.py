"""Small logs of other programs, and the formats that declare them."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np

import metalog
from metalog.columns import Columns
from metalog.formats import declare
from metalog.runs.parts import empty_columns
from metalog.runs.run import Run, Segment

#: One counter that goes through the whole log, and evaluations that show it too.
FLAT = declare(
    """
name = "flat"
title = "One counter"
levels = ["iter", "eval_iter"]

[level.iter]
first = 0

[level.eval_iter]
any_stride = true

[[line]]
template = "iter {iter}: loss <loss>, lr <lr>"
row = "steps"

[[line]]
template = "step {eval_iter}: train loss <train_loss>, val loss <val_loss>"
row = "evaluations"
""",
    "flat.toml",
)

#: Epochs of batches, and a row an epoch.
EPOCHS_TOML = """
name = "epochs"
title = "Epochs of batches"
levels = ["epoch > batch"]

[[line]]
template = "Epoch {epoch} begins"
opens = "epoch"

[[line]]
template = "Epoch {epoch} batch {batch}: loss <loss>, acc <acc>"
row = "batches"

[[line]]
template = "Epoch {epoch} done: val_loss <val_loss>, val_acc <val_acc>, perplexity <ppl>"
row = "epochs"
closes = "epoch"
"""
EPOCHS = declare(EPOCHS_TOML, "epochs.toml")


def read(text: str, form: metalog.formats.Format, name: str = "other.log") -> Run:
    """Read a log of another program."""
    return metalog.read(io.BytesIO(text.encode()), name=name, format=form)


def flat_text(steps: int = 20, every: int = 5) -> str:
    """Return a log whose loss falls from 3, with an evaluation every so many steps."""
    lines = []
    for step in range(steps):
        lines.append(f"iter {step}: loss {3 - step / steps:.6f}, lr 0.5")
        if step % every == every - 1:
            lines.append(f"step {step}: train loss {2.5 - step / steps:.6f}, val loss {2.75 - step / steps:.6f}")
    return "\n".join(lines) + "\n"


def epochs_text(epochs: int = 3, batches: int = 4, *, first: int = 1, rate: float = 1.0) -> str:
    """Return a log whose losses fall from one batch to the next, and rise once in the last epoch."""
    lines = []
    for epoch in range(first, first + epochs):
        lines.append(f"Epoch {epoch} begins")
        for batch in range(1, batches + 1):
            done = epoch - first + batch / batches
            loss, acc = math.exp(-rate * done / 2), 1 - math.exp(-done)
            lines.append(f"Epoch {epoch} batch {batch}: loss {loss:.6f}, acc {acc:.6f}")
        val = math.exp(-rate * done / 3) + (0.25 if epoch == first + epochs - 1 else 0)
        ppl = 100 * math.exp(val)
        lines.append(f"Epoch {epoch} done: val_loss {val:.6f}, val_acc {acc / 2:.6f}, perplexity {ppl:.6f}")
    return "\n".join(lines) + "\n"


def phased(epochs: int = 3, phases: Sequence[tuple[str, int]] = (("train", 4), ("val", 2))) -> Run:
    """Return a run of one frame whose column ``phase``, which a banner tells, mixes training and validation."""
    rows = [
        (epoch, batch, phase, place / (epoch + batch / size))
        for epoch in range(1, epochs + 1)
        for place, (phase, size) in enumerate(phases, start=1)
        for batch in range(1, size + 1)
    ]
    epoch, batch, phase, loss = zip(*rows, strict=True)
    columns: Columns = {
        "segment": np.zeros(len(rows), np.int32),
        "epoch": np.array(epoch, np.int32),
        "batch": np.array(batch, np.int32),
        "loss": np.array(loss),
        "acc": np.full(len(rows), np.nan),
        "line": np.arange(1, len(rows) + 1),
        "phase": np.array(phase, object),
    }
    run = Run("phased.log", EPOCHS, {"batches": columns, "epochs": empty_columns(EPOCHS, "epochs")})
    run.segments = (Segment(0, "", 1),)
    return run
