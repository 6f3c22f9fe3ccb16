"""The runs of the trainer that the gallery shows: kept in docs/gallery-runs/, made by ``python -m docs.gallery_runs``.

Each is trained on the embedded glyphs, small enough to keep; all take some minutes on two cores.
"""

from __future__ import annotations

import gzip
import lzma
import tarfile
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "gallery-runs"
_SMALL: dict[str, Any] = {"channels": (16, 16, 16, 16), "meta_test": 0, "device": "cpu"}
#: What differs from the recipe `sound`.
RUNS: dict[str, dict[str, Any]] = {
    "run": _SMALL
    | {"inner_steps": 5, "inner_lr": 0.1, "meta_steps": 260, "validate_every": 20}
    | {"meta_validation": 80, "log_every_batch": 2},
    "short": _SMALL | {"inner_steps": 5, "meta_steps": 1, "meta_batch_size": 16, "validate_every": 0},
    "single": _SMALL | {"inner_steps": 5, "meta_steps": 12, "meta_batch_size": 1, "validate_every": 0},
}

#: Thirty seeds, in one archive.
THIRTY = _SMALL | {"meta_steps": 60, "meta_batch_size": 4, "validate_every": 0}

#: Four settings of five seeds each.
SETTINGS = _SMALL | {"inner_steps": 5, "meta_steps": 60, "meta_batch_size": 4}
SETTINGS |= {"validate_every": 20, "meta_validation": 20, "log_every_batch": 1}
VARIED = [{"order": order, "inner_lr": inner_lr} for inner_lr in (0.1, 0.01) for order in ("second", "first")]


@cache
def text(name: str) -> str:
    """Return the log of one of :data:`RUNS`."""
    return gzip.decompress((HERE / f"{name}.txt.gz").read_bytes()).decode()


def _pack(name: str, runs: Mapping[str, dict[str, Any]], folder: Path) -> None:
    """Train runs and put their logs into one archive."""
    from trainer.settings import resolve
    from trainer.train import train

    with lzma.open(HERE / f"{name}.tar.xz", "wb", preset=9) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for run, settings in runs.items():
            log = folder / f"{run}.txt"
            train(resolve(settings), log)
            info = tarfile.TarInfo(log.name)
            info.size = log.stat().st_size
            with log.open("rb") as stream:
                tar.addfile(info, stream)


def main() -> None:
    """Train them all."""
    from trainer.settings import resolve
    from trainer.train import train

    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, settings in RUNS.items():
            log = Path(folder) / f"{name}.txt"
            train(resolve(settings), log)
            (HERE / f"{name}.txt.gz").write_bytes(gzip.compress(log.read_bytes(), 9, mtime=0))
        _pack("thirty", {f"run-{seed:02}": THIRTY | {"seed": seed} for seed in range(30)}, Path(folder))
        varied = {f"run-{number}-s{seed}": (own, seed) for number, own in enumerate(VARIED, 1) for seed in range(5)}
        _pack("settings", {name: SETTINGS | own | {"seed": seed} for name, (own, seed) in varied.items()}, Path(folder))
    for path in sorted(HERE.iterdir()):
        print(path.name, f"{path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
