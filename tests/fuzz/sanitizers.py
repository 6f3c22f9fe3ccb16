"""Builds the compiled engine with clang's sanitizers and runs Python under them; results land in build/fuzz/."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.fuzz.oracle import ENGINE_VARIABLE, Scan, load_engine

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "metalog/scan/native.pyx"
FOLDER = ROOT / "build/fuzz"
_FLAGS = ["-g", "-O1", "-fno-omit-frame-pointer", "-fno-sanitize-recover=all"]
#: Python frees little at exit and by intent: leaks are watched through the peak memory that every run prints.
_ASAN = "detect_leaks=0:allocator_may_return_null=1:malloc_context_size=1:quarantine_size_mb=16"


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that `engine` wants."""
    parser.add_argument(
        "--sanitized", action="store_true", help="build the engine with clang's sanitizers and use that"
    )


def engine(sanitized: bool, module: str, arguments: list[str]) -> Scan:
    """Return the engine as installed, or with sanitizers, for which `module` is started anew under their runtime."""
    if sanitized and ENGINE_VARIABLE not in os.environ:
        os.environ.update(environment(build_engine()), LD_PRELOAD=_runtime())
        os.execv(sys.executable, [sys.executable, "-m", module, *arguments])
    return load_engine()


def environment(built: Path) -> dict[str, str]:
    """Return the variables that a process with this build needs; each Python object gets guarded memory of its own."""
    return {
        ENGINE_VARIABLE: str(built),
        "PYTHONMALLOC": "malloc",
        "ASAN_OPTIONS": _ASAN,
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def run(*command: str | Path) -> None:
    """Run a step of a build; its messages go to the terminal."""
    subprocess.run([*map(str, command)], check=True)


def translate() -> Path:
    """Return the C source of the engine as it is now, its lines named after those of the Cython source."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    c_file = FOLDER / "native.c"
    run(
        sys.executable,
        "-m",
        "cython",
        "-3",
        "--line-directives",
        "--module-name",
        "metalog.scan.native",
        SOURCE,
        "-o",
        c_file,
    )
    return c_file


def build_engine() -> Path:
    """Build the engine with address and undefined-behaviour sanitizer and coverage counters; more flags from CFLAGS."""
    built = FOLDER / "native.sanitized.so"
    more = shlex.split(os.environ.get("CFLAGS", ""))
    sanitize = "-fsanitize=address,undefined,fuzzer-no-link"
    run(
        "clang",
        "-shared",
        "-fPIC",
        *_FLAGS,
        sanitize,
        *more,
        "-I",
        sysconfig.get_path("include"),
        translate(),
        "-o",
        built,
    )
    return built


def build_guided() -> Path:
    """Build the program that is libFuzzer, with a Python inside that it calls."""
    program, library = FOLDER / "guided", sysconfig.get_config_var("LIBDIR")
    python = [
        "-I",
        sysconfig.get_path("include"),
        "-L",
        library,
        f"-Wl,-rpath,{library}",
        f"-lpython{sysconfig.get_python_version()}",
    ]
    source = Path(__file__).with_name("guided.c")
    run("clang", *_FLAGS, "-fsanitize=address,undefined,fuzzer", "-rdynamic", source, *python, "-o", program)
    return program


def _runtime() -> str:
    """Return the sanitizers' library, which must be loaded before Python's own memory is asked for."""
    name = f"libclang_rt.asan-{os.uname().machine}.so"
    return subprocess.run(
        ["clang", f"-print-file-name={name}"], check=True, capture_output=True, text=True
    ).stdout.strip()
