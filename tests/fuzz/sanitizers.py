"""Builds the compiled modules with clang's sanitizers and runs Python under them; results land in build/fuzz/."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.fuzz.oracle import BUILD_VARIABLE, Scan, load_engine

ROOT = Path(__file__).parents[2]
SOURCES = sorted(ROOT.glob("metalog/*/native.pyx"))
FOLDER = ROOT / "build/fuzz"
_FLAGS = "-g -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all"
_INCLUDE = f"-I{sysconfig.get_path('include')}"
#: What Python itself never frees would be called leaks; the peak memory that every run prints shows the modules'.
_ASAN = "detect_leaks=0:allocator_may_return_null=1:malloc_context_size=1:quarantine_size_mb=16"


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that `engine` wants."""
    parser.add_argument("--sanitized", action="store_true", help="build with clang's sanitizers, and use that")


def engine(sanitized: bool, module: str, arguments: list[str]) -> Scan:
    """Return the engine as installed, or with sanitizers, for which `module` is started anew under their runtime."""
    if sanitized and BUILD_VARIABLE not in os.environ:
        os.environ.update(environment(build_sanitized()), LD_PRELOAD=_runtime())
        os.execv(sys.executable, [sys.executable, "-m", module, *arguments])
    return load_engine()


def environment(built: Path) -> dict[str, str]:
    """Return the variables that a process with this build needs; each Python object gets guarded memory of its own."""
    return {
        BUILD_VARIABLE: str(built),
        "PYTHONMALLOC": "malloc",
        "ASAN_OPTIONS": _ASAN,
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def run(command: str, *more: str | Path) -> None:
    """Run a step of a build, written as for a shell; its messages go to the terminal."""
    subprocess.run([*shlex.split(command), *map(str, more)], check=True)


def build_sanitized() -> Path:
    """Build with address and undefined-behaviour sanitizer and coverage counters; more flags from CFLAGS."""
    compiler = f"clang {_FLAGS} -fsanitize=address,undefined,fuzzer-no-link"
    return _build("sanitized", f"{compiler} {os.environ.get('CFLAGS', '')}")


def build_counting() -> Path:
    """Build with gcc's counters of the lines that ran, which are written when a process ends."""
    return _build("counting", "gcc --coverage -O0")


def _build(name: str, compiler: str) -> Path:
    """Build all compiled modules into a folder, where each file has the name of its module."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for source in SOURCES:
        module = ".".join(source.relative_to(ROOT).with_suffix("").parts)
        c_file = folder / f"{module}.c"
        run(f"{sys.executable} -m cython -3 --line-directives --module-name {module}", source, "-o", c_file)
        run(f"{compiler} -shared -fPIC", _INCLUDE, c_file, "-o", c_file.with_suffix(".so"))
    return folder


def build_guided() -> Path:
    """Build the program that is libFuzzer, with a Python inside that it calls."""
    program, library = FOLDER / "guided", sysconfig.get_config_var("LIBDIR")
    python = (f"-L{library}", f"-Wl,-rpath,{library}", f"-lpython{sysconfig.get_python_version()}")
    compiler = f"clang {_FLAGS} -fsanitize=address,undefined,fuzzer -rdynamic"
    run(compiler, _INCLUDE, Path(__file__).with_name("guided.c"), *python, "-o", program)
    return program


def _runtime() -> str:
    """Return the sanitizers' library, which must be loaded before Python's own memory is asked for."""
    command = ["clang", f"-print-file-name=libclang_rt.asan-{os.uname().machine}.so"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
