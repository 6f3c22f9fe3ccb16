"""What the place of a log tells of its settings: a configuration file beside it, and what its folders are called."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from metalog.errors import MetalogError, MissingExtraError, SourceError
from metalog.runs.configs import number_in, settings_of_path
from metalog.sources import CONFIG_NAMES, Source
from metalog.sources.streams import Stream, open_file

#: No configuration is longer, has more entries or is deeper: YAML that names itself within itself is endlessly so.
_MOST_BYTES: Final = 1 << 20
_MOST_ENTRIES, _DEEPEST = 10_000, 50
_YAML_ENDINGS: Final = (".yaml", ".yml")


class Beside:
    """Tells the settings of logs by their places; reads each configuration file once.

    Attributes
    ----------
    failures
        What couldn't be read, by its path, and why; its settings are left out.
    """

    def __init__(self) -> None:
        self.failures: dict[str, MetalogError] = {}
        self._read: dict[str, dict[str, Any]] = {}

    def __call__(self, source: Source) -> dict[str, Any]:
        """Return the settings that the configuration file beside a log tells, and then those of its folders' names."""
        place = os.path.abspath(source.path) if source.path else source.name  # noqa: PTH100 - links stay
        folders = settings_of_path(f"{place}/{source.member}" if source.member else place.partition("?")[0])
        name, opener = _config_file(source)
        if opener is None:
            return folders
        if name not in self._read:
            self._read[name] = self._told(name, opener)
        return folders | self._read[name]

    def _told(self, name: str, opener: Callable[[], Stream]) -> dict[str, Any]:
        try:
            with opener() as stream:
                data = io.BufferedReader(stream).read(_MOST_BYTES + 1)
                if stream.failure:
                    raise SourceError(f"{name} can't be read: {stream.failure}")
            return _understood(name, data)
        except MetalogError as error:
            self.failures[name] = error
            return {}


def _config_file(source: Source) -> tuple[str, Callable[[], Stream] | None]:
    """Return the configuration file beside a log: what messages call it, and what opens it, None if there is none."""
    if source.member is not None:
        folder = source.name[: -len(source.member)] + source.member.rpartition("/")[0]
        found = next((name for name in CONFIG_NAMES if name in source.beside), None)
        return (f"{folder.rstrip('/')}/{found}", source.beside[found]) if found else ("", None)
    folder_of_log = source.path.parent if source.path else Path(source.name)  # event files are called as their folder
    for name in CONFIG_NAMES:
        path = folder_of_log / name
        if os.path.isfile(path):  # noqa: PTH113 - Path's own raises for a name that no file can have
            return str(path), partial(open_file, path)
    return "", None


def _understood(name: str, data: bytes) -> dict[str, Any]:
    """Return the settings in the text of a configuration file.

    Raises
    ------
    SourceError
        If they can't be understood.
    MissingExtraError
        If a package is missing for that.
    """
    if len(data) > _MOST_BYTES:
        raise SourceError(f"{name} is too long for the configuration of a run; its settings are left out")
    try:
        found = _parsed(name, data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # those of json and tomllib are ValueErrors, as is one of no UTF-8
        what = " ".join(str(error).split())
        raise SourceError(f"{name} can't be understood ({what}); its settings are left out") from None
    if found is None:  # an empty file
        return {}
    if not isinstance(found, Mapping):
        raise SourceError(f"{name} holds no settings by name, but a {type(found).__name__}; it is left out")
    _require_few(name, found)
    return dict(_with_numbers(found) if name.endswith(_YAML_ENDINGS) else found)


def _parsed(name: str, text: str) -> Any:
    """Return what a text holds; raise ValueError if it can't be understood."""
    if name.endswith(".json"):
        return json.loads(text)
    if name.endswith(".toml"):
        import tomllib

        return tomllib.loads(text)
    try:
        import yaml
    except ImportError as error:
        raise MissingExtraError("pyyaml", "yaml", f"reading the settings in {name}") from error
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def _with_numbers(value: Any) -> Any:
    """Return a value of YAML with ``1e-3`` as the number that was meant; YAML 1.1 wants it written ``1.0e-3``."""
    if isinstance(value, Mapping):
        return {key: _with_numbers(inner) for key, inner in value.items()}
    return number_in(value) if isinstance(value, str) else value


def _require_few(name: str, found: Any) -> None:
    """Refuse what has too many entries, or is too deep."""
    waiting, number = [(found, 0)], 0
    while waiting:
        value, depth = waiting.pop()
        inner = [*value.values()] if isinstance(value, Mapping) else value if isinstance(value, list) else []
        number += len(inner)
        if number > _MOST_ENTRIES or depth > _DEEPEST:
            raise SourceError(f"{name} has more entries than the configuration of a run; its settings are left out")
        waiting.extend((one, depth + 1) for one in inner)
