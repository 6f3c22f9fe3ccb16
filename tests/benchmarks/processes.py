"""Runs whole processes and measures them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

#: A child's peak memory is at least what its parent held when it was started (Linux counts from before the exec), so a
#: small process does the starting.
_LAUNCHER = """
import json, os, subprocess, sys, time
start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
output = process.stdout.read().decode()
_, status, usage = os.wait4(process.pid, 0)
wall = time.perf_counter() - start
kilobytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
print(json.dumps([status, wall, usage.ru_utime + usage.ru_stime, kilobytes * 1.024e-3, output]))
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process took (seconds of the clock, seconds of the processors, most memory in MB) and printed."""

    wall: float
    cpu: float
    megabytes: float
    output: str


def run(command: Sequence[str]) -> Usage:
    """Run a command to its end.

    Raises
    ------
    RuntimeError
        If it fails.
    """
    launched = subprocess.run([sys.executable, "-S", "-c", _LAUNCHER, *command], capture_output=True, check=True)
    status, *measured = json.loads(launched.stdout)
    if status:
        raise RuntimeError(f"{' '.join(command)} failed: {launched.stderr.decode()}")
    return Usage(*measured)


def metalog(*arguments: str) -> list[str]:
    """Return the installed command with these arguments."""
    return [str(Path(sys.executable).with_name("metalog")), *arguments]


def python(code: str) -> list[str]:
    """Return the command that runs some code in this Python."""
    return [sys.executable, "-c", code]
