"""A data set and a configuration so small that a whole run takes a moment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.trainer.pngs import as_zip, png
from trainer.config import Config
from trainer.settings import resolve

SIDE = 16
#: 12 problems of meta-train, 6 each of meta-validation and meta-test: three meta-steps of four a meta-epoch.
ALPHABETS = {"Alpha": 4, "Beta": 4, "Gamma": 4, "Delta": 4}
SETTINGS: dict[str, Any] = {
    "side": SIDE,
    "network": "writeup",
    "channels": (2, 3),
    "zero_head": False,
    "shots": "all",
    "inner_lr": 0.01,
    "order": "first",
    "select": "last",
    "supervised_steps": 0,
    "epochs": 2,
    "meta_batch_size": 4,
    "meta_steps": 5,
    "meta_lr": 0.01,
    "validate_every": 2,
    "log_every_batch": 1,
    "meta_validation": "all",
    "meta_test": 5,
    "checkpoint_every": 2,
    "processes": 1,
    "device": "cpu",
}


def tiny_data(folder: Path) -> str:
    """Write random drawings, no two of them alike."""
    rng = np.random.default_rng(0)
    files = {
        f"{alphabet}/character{character}/{drawing:02d}.png": png(Image.fromarray(rng.random((SIDE, SIDE)) > 0.3))
        for alphabet, characters in ALPHABETS.items()
        for character in range(characters)
        for drawing in range(20)
    }
    return as_zip(folder / "tiny.zip", files)


def tiny(zipped: str, **changes: Any) -> Config:
    recipe = changes.pop("recipe", "sound")  # whose settings those here override
    return resolve({"recipe": recipe}, SETTINGS, {"data": [zipped]}, changes)


#: What of it is otherwise for the recommended network, which learns from few drawings.
FEW_SHOT: dict[str, Any] = {
    "network": "conv4-bn",
    "channels": (4, 4),
    "zero_head": True,
    "shots": 3,
    "queries": 4,
    "inner_steps": 2,
    "inner_lr": 0.4,
    "order": "second",
    "select": "best",
    "supervised_steps": 3,
}


def few_shot(zipped: str, **changes: Any) -> Config:
    return tiny(zipped, **(FEW_SHOT | changes))


def options(data: str) -> list[str]:
    """The same for the command line."""
    given = [
        f"--{name.replace('_', '-')}={value}"
        for name, value in SETTINGS.items()
        if name not in ("channels", "zero_head")
    ]
    return [*given, "--channels=2,3", "--no-zero-head", f"--data={data}"]


def timeless(log: Path) -> str:
    """A log without what differs from one run to the next: the seconds."""
    return re.sub(r'"seconds": [^}]*', "", log.read_text())
