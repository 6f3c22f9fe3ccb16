"""What a log's first lines record: all that decides a run's results, and where it ran."""

from __future__ import annotations

import os
import platform
import subprocess
from typing import Any

import numpy as np
import torch

from metalog import __version__
from trainer.config import KNOWN, Config
from trainer.tasks.prepare import MetaDataset
from trainer.writeup import WriteUp


def header(config: Config, engine: str, purpose: str = "") -> dict[str, Any]:
    """Return the configuration without how the work is shared out, the engine's name, versions, commit and machine.

    And what the run is for, if that is said.
    """
    settings = {key: value for key, value in config.as_dict().items() if not KNOWN[key].metadata["execution"]}
    versions = {
        "metalog": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }
    # Every problem is computed by one thread, whatever the number of processes.
    machine = {"processor": processor(), "cores": os.cpu_count(), "threads": 1}
    found = {"engine": engine, "versions": versions, "machine": machine} | ({"purpose": purpose} if purpose else {})
    return settings | found | ({"commit": told} if (told := commit()) else {})


def commit() -> str:
    """Return the git commit that is checked out where the run was started, ending in ``+`` if there are changes.

    Empty if there is none.
    """
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+"],
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def processor() -> str:
    """Name the processor, and the GPU if there is one."""
    if torch.cuda.is_available():
        return f"{_cpu()}, {torch.cuda.get_device_name()}"
    return _cpu()


def _cpu() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 - the usual open reads what has no size
            names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def memory_needed(config: Config, data: MetaDataset) -> str:
    """Say what the second order will need of the write-up's network; empty for what needs little."""
    if config.network != "writeup" or config.order == "first" or config.algorithm == "reptile":
        return ""
    from trainer.engines.by_hand.memory import traces_bytes

    epochs, steps, drawings = data.splits["meta-train"].task(0, occasion=0).batches.shape
    network = WriteUp(config.side, config.channels, config.hidden)
    megabytes = traces_bytes(network, drawings, epochs * steps) / 1e6
    return f"second order: each process keeps the {epochs * steps} inner steps of a problem, up to {megabytes:,.0f} MB"
