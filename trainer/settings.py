"""Settings from files, recipes, presets and options, put together into a configuration. Standard library only."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from metalog.errors import SourceError, UsageError
from metalog.formats import native
from trainer.config import BLOG, KNOWN, QUICK, Config, checked

#: What a recipe or preset sets, by its name; that of `sound` and `full` are the defaults. A preset overrides a recipe.
_BUNDLES: Final[dict[str, dict[str, dict[str, Any]]]] = {
    "recipe": {"sound": {}, "blog": BLOG},
    "preset": {"full": {}, "quick": QUICK},
}


def resolve(*layers: Mapping[str, Any]) -> Config:
    """Put a configuration together from layers, such as a file and options, each of which overrides those before it.

    The last recipe and preset that a layer names bring their settings with them, which every layer overrides.

    Raises
    ------
    UsageError
        If a key is unknown, or as :class:`Config` does.
    """
    told: dict[str, Any] = {}
    for layer in layers:
        told |= layer
    for key in told:
        if key not in KNOWN:
            raise UsageError(f"{key} is no setting; there are {', '.join(KNOWN)}")
    settings: dict[str, Any] = {}
    for key, bundles in _BUNDLES.items():
        settings |= bundles[checked(KNOWN[key], told.get(key, KNOWN[key].default))]
    return Config(**settings | told)


def tells_all(settings: Mapping[str, Any]) -> bool:
    """Tell whether these are all that a run's results depend on, as in a log: no recipe or preset changes them."""
    return all(key in settings for key, entry in KNOWN.items() if not entry.metadata["execution"])


def read_settings(path: str | Path) -> dict[str, Any]:
    """Read the settings in a TOML file, or those in the first lines of a log.

    Raises
    ------
    SourceError
        If the file can't be read.
    UsageError
        If it is neither, or a log without a configuration.
    """
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as stream:
            is_log = stream.readline().rstrip() == f"# {native().header}"
            text = stream.readline() if is_log else stream.read()  # a log can be large
    except OSError as error:
        raise SourceError(f"the configuration {path} can't be read: {error.strerror or error}") from error
    if is_log:
        return _settings_of_log(text, path)
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is neither a TOML file ({error}) nor a log of ours") from None


def _settings_of_log(line: str, path: str | Path) -> dict[str, Any]:
    try:
        told = json.loads(line.removeprefix("# config "))
    except ValueError:
        raise UsageError(f"the log {path} tells no configuration in its second line") from None
    # The rest is what the run found: versions and the like.
    return {key: value for key, value in told.items() if key in KNOWN}
