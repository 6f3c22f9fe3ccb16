"""Three small logs, the same on every machine, whose tables lie under tests/golden/ as files."""

from __future__ import annotations

import io
import math

from metalog.formats.writer import LogWriter

PROBLEMS, EPOCHS, STEPS = 3, 2, 2


def write_logs(folder):
    """A steady run, one that turns up after 40 meta-steps and is cut, and one that is nan; return their paths."""
    steady = _log(60, lambda step: 0.7 - 0.001 * step, {"meta_lr": 0.0001, "meta_optimizer": "adam", "seed": 0})
    rising = _log(
        80, lambda step: 0.66 + 0.002 * abs(step - 40), {"meta_lr": 0.001, "meta_optimizer": "sgd", "seed": 0}
    )
    logs = {"steady": steady, "rising": rising[:-150], "nan": _log(9, lambda step: math.nan, None)}
    for name, text in logs.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8", newline="\n")
    return [str(folder / f"{name}.txt") for name in logs]


def _log(count, level, config):
    stream = io.StringIO()
    log = LogWriter(stream)
    if config:
        log.header(config)
    log.meta_epoch(1)
    for step in range(1, count + 1):
        log.meta_step(step - 1)
        for problem in range(1, PROBLEMS + 1):
            log.problem(problem)
            for epoch in range(1, EPOCHS + 1):
                loss = round(level(step) + 0.05 * math.sin(7.0 * step + 11.0 * problem + 13.0 * epoch), 6)
                log.epoch(epoch)
                for inner in range(1, STEPS + 1):
                    log.step(epoch, inner, loss, 0.5)
                log.validation(epoch, loss, 0.75)
        if step == 50:
            log.meta_validation_begin()
            log.meta_validation_batch(10)
            for problem in range(1, PROBLEMS + 1):
                log.meta_validation_result(0.6 + 0.05 * problem, 0.5)
            log.meta_validation_end()
    return stream.getvalue()
