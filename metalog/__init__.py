"""Turn the nested text logs of meta-learning runs into tidy pandas frames and figures.

>>> import metalog
>>> run = metalog.read("run.txt")  # doctest: +SKIP
>>> run.meta_steps  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metalog import plots, stats
    from metalog.errors import (
        Diagnostic,
        EmptyLogError,
        FormatError,
        FormatWarning,
        MetalogError,
        MissingExtraError,
        NoFrameError,
        SourceError,
        UsageError,
    )
    from metalog.formats.model import Format
    from metalog.formats.writer import LogWriter
    from metalog.reading.follow import follow
    from metalog.reading.parser import Parser
    from metalog.reading.read import read
    from metalog.reading.read_many import read_many
    from metalog.runs.run import Run
    from metalog.runs.run_set import RunSet

__version__ = "0.1.0"
__all__ = [
    "Diagnostic",
    "EmptyLogError",
    "Format",
    "FormatError",
    "FormatWarning",
    "LogWriter",
    "MetalogError",
    "MissingExtraError",
    "NoFrameError",
    "Parser",
    "Run",
    "RunSet",
    "SourceError",
    "UsageError",
    "follow",
    "plots",
    "read",
    "read_many",
    "stats",
]

# Public name -> module that defines it; imported on first use (PEP 562) so that `import metalog` stays instant.
_HOMES = {
    **dict.fromkeys([name for name in __all__ if name.endswith("Error")] + ["Diagnostic", "FormatWarning"], "errors"),
    "Format": "formats.model",
    "LogWriter": "formats.writer",
    "Parser": "reading.parser",
    "Run": "runs.run",
    "RunSet": "runs.run_set",
    "follow": "reading.follow",
    "read": "reading.read",
    "read_many": "reading.read_many",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(f"metalog.{_HOMES[name]}"), name)
    elif name in __all__:
        value = import_module(f"metalog.{name}")
    else:
        raise AttributeError(f"module 'metalog' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
