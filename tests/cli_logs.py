"""Small logs for the tests of the commands; no number in them is drawn, so what is printed of them never changes."""

from __future__ import annotations

import io
import math

from metalog.formats.writer import LogWriter

#: Losses in every spelling: the shortest and longest floats, a float32, and what no mean can hide.
LOSSES = (0.7337116003036499, 1e-05, math.nan, math.inf, -math.inf, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 1.0, 0.0)

LEARNING = """\
Epoch 1
Epoch 1, step     1], Loss: 0.75, Accuracy: 0.5
Epoch 1, step     2], Loss: 0.625, Accuracy: 0.625
Epoch 1, VALIDATION], Loss: 0.6875, Accuracy: 0.5
Epoch 2
Epoch 2, step     1], Loss: 0.5, Accuracy: 0.75
Epoch 2, step     2], Loss: 0.375, Accuracy: 0.875
Epoch 2, VALIDATION], Loss: 0.5625, Accuracy: 0.75
Finished Training
"""


def meta_log(meta_steps: int = 3, problems: int = 2, *, config: dict[str, object] | None = None) -> str:
    """Return a log of one meta-epoch, 2 epochs of 2 steps a problem, with a meta-validation at its end."""
    stream = io.StringIO()
    log = LogWriter(stream)
    if config:
        log.header(config)
    log.meta_epoch(1)
    for updates in range(meta_steps):
        log.meta_step(updates)
        for problem in range(1, problems + 1):
            _problem(log, problem, 0.75 - 0.0625 * updates + 0.015625 * problem)
    log.meta_validation_begin()
    log.meta_validation_batch(10)
    for problem in range(1, problems + 1):
        log.meta_validation_result(0.5 + 0.125 * problem, 0.5)
    log.meta_validation_end()
    return stream.getvalue()


def _problem(log: LogWriter, number: int, loss: float) -> None:
    log.problem(number)
    for epoch in (1, 2):
        log.epoch(epoch)
        for step in (1, 2):
            log.step(epoch, step, loss / epoch / step, 0.5)
        log.validation(epoch, loss / epoch, 0.25 * epoch)


def spellings_log() -> str:
    """Return a log of one problem with the losses :data:`LOSSES`."""
    stream = io.StringIO()
    log = LogWriter(stream)
    log.meta_epoch(1)
    log.meta_step(0)
    log.problem(1)
    log.epoch(1)
    for step, loss in enumerate(LOSSES, 1):
        log.step(1, step, loss, 0.1)
    log.validation(1, math.nan, 1 / 3)
    return stream.getvalue()


def odd_log() -> str:
    """Return a log with noise, a record cut in two, a lost header, a resume that repeats a meta-step, and a cut end."""
    lines = meta_log().splitlines(keepends=True)
    resumed = "".join(lines[lines.index("1 updates at Meta-Level\n") :])
    lines[8:8] = ["UserWarning: something\n", "  warnings.warn(message)\n"]
    torn = next(place for place, line in enumerate(lines) if line.startswith("Epoch 2, step     2"))
    lines[torn] = lines[torn][:40] + "\n"
    del lines[[place for place, line in enumerate(lines) if line == "- Problem 2 -\n"][1]]
    return ("".join(lines) + resumed)[:-60]
