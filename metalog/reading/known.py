"""The formats that are known: metalog's, a project's, a user's, other packages'.

A name that comes twice means the declaration that is nearest to the user: in the project's folder, in the user's, of
another package, bundled. Metalog's own format comes before all of them.
"""

from __future__ import annotations

import os
import sys
import tomllib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Final

from metalog import formats
from metalog.errors import FormatWarning, MetalogError, SourceError, UsageError
from metalog.formats import bundled, native
from metalog.formats.model import Format
from metalog.reading.samples import declare_proven

#: Entry points of this group, in any package, name formats.
GROUP: Final = "metalog.formats"
#: Where a project keeps its declarations: beside its logs, or in a folder above them.
PROJECT_FOLDER: Final = Path(".metalog", "formats")
_ENDING: Final = ".toml"
_FOLDER: Final = Path(formats.__file__).parent

#: What names a format wherever one can be given: itself, its name, or a file.
AnyFormat = Format | str | os.PathLike[str]
_told: set[str] = set()


@dataclass(eq=False)
class Known:
    """A declaration that was found; it is loaded when its format is asked for.

    Attributes
    ----------
    name, title
        What it is called, in a word and in a sentence.
    origin
        Where it was found: ``bundled``, a file, or a package.
    """

    name: str
    title: str
    origin: str
    _declared: Callable[[], str | Format]

    @cached_property
    def _given(self) -> str | Format:
        return self._declared()

    @property
    def text(self) -> str | None:
        """The declaration itself; None where a package gives a format that was made without one."""
        return None if isinstance(self._given, Format) else self._given

    @cached_property
    def format(self) -> Format:
        """The format.

        Raises
        ------
        UsageError
            If the declaration is broken, or does not give what its samples say.
        """
        return self._given if isinstance(self._given, Format) else declare_proven(self._given, self.origin)


class _Bundled(Known):
    @cached_property
    def format(self) -> Format:
        return bundled(self.name)


def known_formats(beside: Path | None = None) -> list[Known]:
    """Return the formats that are known, each name once, metalog's own first.

    Parameters
    ----------
    beside
        A log, or the folder that it lies in: what its project's folder has is known too. None: the current directory.
    """
    own = _own(_FOLDER / f"{native().name}{_ENDING}")
    found = {own.name: own}
    for known in _all(beside):
        if known.name == own.name and known is not own:
            tell(f"{known.origin}: the name {known.name} is that of metalog's own format; give it another one")
        else:
            found.setdefault(known.name, known)
    return list(found.values())


def usable_formats(beside: Path | None = None) -> Iterator[Format]:
    """Yield the formats that are known and sound; of a broken declaration one warning tells."""
    for known in known_formats(beside):
        try:
            form = known.format
        except MetalogError as error:
            tell(str(error))
        else:
            yield form


def tell(message: str) -> None:
    """Warn of something that is wrong with a declaration, once in this process."""
    if message not in _told:
        _told.add(message)
        warnings.warn(message, FormatWarning, stacklevel=3)


def find(name: str, beside: Path | None = None) -> Known:
    """Return what is known by a name.

    Raises
    ------
    UsageError
        If nothing is.
    """
    known = {one.name: one for one in known_formats(beside)}
    if name not in known:
        similar = get_close_matches(name, known, n=1)
        advice = f"did you mean {similar[0]}?" if similar else "metalog formats list shows those that are"
        raise UsageError(f"no format is known by the name {name}; {advice}")
    return known[name]


def find_any(given: str | os.PathLike[str], beside: Path | None = None) -> Known:
    """Return what a name, or the path of a declaration, stands for; raises like :func:`find` and :func:`read_file`."""
    return read_file(given) if is_file_name(given) else find(str(given), beside)


def resolve(given: AnyFormat, beside: Path | None = None) -> Format:
    """Return the format that is meant.

    Raises
    ------
    UsageError
        If no format is known by that name, or the declaration is broken.
    SourceError
        If the file can't be read.
    """
    return given if isinstance(given, Format) else find_any(given, beside).format


def load(path: str | os.PathLike[str]) -> Format:
    """Return the format that a file declares; raises like :func:`resolve`."""
    return read_file(path).format


def is_file_name(given: str | os.PathLike[str]) -> bool:
    """Tell whether a file is meant, and not a name: it ends in ``.toml`` or has a folder."""
    return not isinstance(given, str) or given.endswith(_ENDING) or os.sep in given or "/" in given


def read_file(path: str | os.PathLike[str]) -> Known:
    """Return the declaration in a file; it is read anew only when it has changed.

    Raises
    ------
    SourceError
        If it can't be read.
    UsageError
        If it is no text.
    """
    own = Path(path)
    try:
        status = own.stat()
        return _read_file(own, status.st_mtime_ns, status.st_size)
    except UnicodeDecodeError as error:
        raise UsageError(f"{own}: no TOML: it is not UTF-8") from error
    except FileNotFoundError as error:
        raise SourceError(f"{own}: no such file; check the path") from error
    except OSError as error:
        raise SourceError(f"{own} can't be read: {error.strerror or error}") from error


@cache
def _read_file(path: Path, _time: int, _size: int) -> Known:
    text = path.read_text(encoding="utf-8")
    name, title = _head(text)
    return Known(name or path.stem, title, str(path), lambda: text)


def _head(text: str) -> tuple[str, str]:
    """Return the name and the title that a declaration gives itself, as far as it can be read."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return "", ""
    return str(table.get("name", "")), str(table.get("title", ""))


def _all(beside: Path | None) -> Iterator[Known]:
    for folder in (*_project_folders(beside), user_folder()):
        yield from _in_folder(folder)
    yield from _in_packages(tuple(sys.path))
    yield from map(_own, sorted(_FOLDER.glob(f"*{_ENDING}")))


def _project_folders(beside: Path | None) -> Iterator[Path]:
    place = Path(os.path.abspath(beside or "."))  # noqa: PTH100 - resolve() would follow the links that the user named
    if beside is None or place.is_dir():
        yield place / PROJECT_FOLDER
    yield from (folder / PROJECT_FOLDER for folder in place.parents)


def _in_folder(folder: Path) -> Iterator[Known]:
    try:
        paths = sorted(folder.glob(f"*{_ENDING}"))
    except OSError:
        return
    for path in paths:
        try:
            yield read_file(path)
        except MetalogError as error:
            tell(str(error))


def user_folder() -> Path:
    """Return where a user keeps declarations: the folder ``formats`` in what click calls the application's folder."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is none
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or home)
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return base / "metalog" / "formats"


@cache
def _own(path: Path) -> Known:
    text = path.read_text(encoding="utf-8")
    return _Bundled(path.stem, _head(text)[1], "bundled", lambda: text)


@cache
def _in_packages(_path: tuple[str, ...]) -> tuple[Known, ...]:
    return tuple(map(_of_package, sorted(entry_points(group=GROUP), key=lambda point: point.name)))


def _of_package(point: EntryPoint) -> Known:
    origin = f"package {point.dist.name}" if point.dist else f"entry point {point.value}"

    def declared() -> str | Format:
        try:
            return _content(point.load())
        except Exception as error:  # of a package that nobody here knows
            raise UsageError(f"{origin}: the format {point.name} can't be loaded: {error}") from error

    return Known(point.name, "", origin, declared)


def _content(value: Any) -> str | Format:
    """Return the format or the declaration that an entry point stands for.

    It may be a format, the path of a declaration, its text (of several lines), or a function that returns one of these.
    """
    if isinstance(value, Format):
        return value
    if callable(value):
        return _content(value())
    if isinstance(value, os.PathLike) or (isinstance(value, str) and "\n" not in value):
        return Path(value).read_text(encoding="utf-8")
    if isinstance(value, str):
        return value
    raise TypeError(f"it is a {type(value).__name__}, not a format, a path, or TOML")
