"""Whether an installed metalog works: its engine, all its files, a log, the formats, the command.

``python -P tests/wheel.py native`` needs nothing but what is installed, so that a wheel is tested as users have it.
"""

from __future__ import annotations

import io
import subprocess
import sys
from importlib import import_module
from pkgutil import walk_packages
from time import perf_counter

import metalog
from metalog.formats import native
from metalog.reading.known import known_formats
from metalog.scan.engines import engine_name

_MEGABYTES = 8


def log(size: int) -> bytes:
    """Return a log of about so many bytes in metalog's own format."""
    step, validation, epoch = (native().by_name[name] for name in ("step", "validation", "epoch"))
    lines = [epoch.render(1)]
    lines += [step.render(1, number, 0.7337116003036499 / number, 0.625) for number in range(1, size // 63)]
    return "\n".join([*lines, validation.render(1, 0.5, 0.75), ""]).encode()


def main(engine: str) -> None:
    """Check all of it; raise where something is wrong."""
    assert engine_name() == engine, f"the engine is {engine_name()}, not {engine}"
    for module in walk_packages(metalog.__path__, "metalog."):
        if module.name != "metalog.__main__":
            import_module(module.name)
    text = log(_MEGABYTES * 10**6)
    begun = perf_counter()
    run = metalog.read(io.BytesIO(text), name="run.txt")
    seconds = perf_counter() - begun
    assert len(run.validations) == 1, run.diagnostics
    assert len(run.steps) == text.count(b", step ")
    for known in known_formats():
        assert known.format.lines, known.name  # the declaration is there, and its samples hold
    said = subprocess.run(["metalog", "--version"], check=True, capture_output=True, text=True).stdout
    assert engine in said, said
    print(f"{said.strip()}: {len(text) / 1e6 / seconds:.0f} MB/s, {len(known_formats())} formats")


if __name__ == "__main__":
    main(sys.argv[1])
