"""Turn the nested text logs of meta-learning runs into tidy pandas frames and figures.

>>> import metalog
>>> run = metalog.read("run.txt")  # doctest: +SKIP
>>> run.meta_steps  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metalog.errors import (
        Diagnostic,
        EmptyLogError,
        FormatError,
        MetalogError,
        MissingExtraError,
        SourceError,
        UsageError,
    )
    from metalog.writer import LogWriter

# Public name -> module that defines it; imported on first use (PEP 562) so that `import metalog` stays instant.
_HOMES = {
    "Diagnostic": "errors",
    "EmptyLogError": "errors",
    "FormatError": "errors",
    "LogWriter": "writer",
    "MetalogError": "errors",
    "MissingExtraError": "errors",
    "SourceError": "errors",
    "UsageError": "errors",
}

__version__ = "0.1.0"
__all__ = [
    "Diagnostic",
    "EmptyLogError",
    "FormatError",
    "LogWriter",
    "MetalogError",
    "MissingExtraError",
    "SourceError",
    "UsageError",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"metalog.{_HOMES[name]}"), name)
    if name in {"plots", "stats"}:
        return import_module(f"metalog.{name}")
    raise AttributeError(f"module 'metalog' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, "plots", "stats", "__version__"})
