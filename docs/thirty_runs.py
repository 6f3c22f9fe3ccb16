"""Thirty small runs of the trainer, six settings by five seeds, which docs/seeds.md sums up and draws.

``python -m docs.thirty_runs`` trains them on the embedded glyphs, in some minutes on two cores, and packs their logs
into docs/gallery-runs/thirty-runs.tar.xz. With an inner learning rate of 0.001 one inner step hardly moves the weights,
so that first and second order are known to give nearly the same; 0.4 against 0.001 is known to differ.
``--check 10`` trains 10 other seeds of those settings instead and prints what they reached.
"""

from __future__ import annotations

import io
import lzma
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

PACKED = Path(__file__).parent / "gallery-runs" / "thirty-runs.tar.xz"
SEEDS = 5
COMMON: dict[str, Any] = {"channels": (8, 8, 8, 8), "meta_test": 0, "device": "cpu"}
COMMON |= {"meta_steps": 20, "meta_batch_size": 4, "validate_every": 20, "meta_validation": 40, "log_every_batch": 1}
SETTINGS = [{"inner_lr": inner_lr, "order": order} for inner_lr in (0.4, 0.04, 0.001) for order in ("first", "second")]
#: Of these settings it is known what they do to each other.
KNOWN = [SETTINGS[place] for place in (1, 4, 5)]


def trained(settings: dict[str, Any], seed: int) -> tuple[str, bytes]:
    """Train a run; return what its log is called, and the log."""
    from trainer.settings import resolve
    from trainer.train import train

    name = "-".join(f"{key.replace('_', '-')}{value}" for key, value in settings.items())
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "run.txt"
        train(resolve(COMMON | settings | {"seed": seed}), log)
        return f"{name}-s{seed}.txt", log.read_bytes()


def logs(settings: list[dict[str, Any]], seeds: Iterable[int]) -> Iterator[tuple[str, bytes]]:
    """Train each setting with each seed, two runs at a time."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        waiting = [pool.submit(trained, own, seed) for own in settings for seed in seeds]
        yield from (one.result() for one in waiting)


def pack(found: Iterable[tuple[str, bytes]], packed: Path) -> None:
    """Put logs into one archive."""
    with lzma.open(packed, "wb", preset=9) as stream, tarfile.open(fileobj=stream, mode="w") as archive:
        for name, log in found:
            member = tarfile.TarInfo(f"runs/{name}")
            member.size = len(log)
            archive.addfile(member, io.BytesIO(log))


def check(seeds: int) -> None:
    """Print what other seeds of the settings that are known reached."""
    import metalog
    from metalog.stats import group_reports

    found = {name: metalog.read(io.BytesIO(log), name=name) for name, log in logs(KNOWN, range(100, 100 + seeds))}
    groups = metalog.RunSet(found).groups().told
    for metric in ("accuracy", "loss"):
        table = group_reports.comparison(groups, baseline=groups[-1].label, metric=metric).frame
        print(table[["setting", "seeds", "meta_validation", "difference", "difference_low", "difference_high"]])


def main() -> None:
    """Train them."""
    if sys.argv[1:2] == ["--check"]:
        check(int(sys.argv[2]))
    else:
        pack(logs(SETTINGS, range(SEEDS)), PACKED)
        print(PACKED.name, f"{PACKED.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
