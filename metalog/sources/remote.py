"""Logs at URLs of all kinds but the web's, through fsspec: files, folders and globs."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from metalog.errors import MissingExtraError, SourceError
from metalog.sources.folders import LOG_NAME, hidden, natural
from metalog.sources.patience import NoAnswerError, within
from metalog.sources.streams import Stream, reason

#: Seconds that a call may take. Packages fetch some megabytes at a time, which takes a while on a slow line.
TIMEOUT: Final = 120.0
#: Which of metalog's extras installs what a kind of URL needs.
_EXTRAS: Final = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs", "ssh": "ssh", "sftp": "ssh"}
_LOGIN: Final = re.compile(r"(?<=://)([^/@:]*):[^/@]*@")
#: Bytes that are fetched at least: a decompressor asks for few at a time.
_LEAST: Final = 1 << 16


def shown(url: str) -> str:
    """Return a URL without a password, for messages."""
    return _LOGIN.sub(r"\1@", url)


def find_remote(url: str) -> list[tuple[str, str, int | None]] | None:
    """Return the logs in the folder, or of the glob, that a URL names, with their sizes: URL, what messages call it.

    None if it names no folder and is no glob: then it is a file.

    Raises
    ------
    SourceError
        If there is none, or it can't be listed.
    MissingExtraError
        If a package is missing that its kind needs.
    """
    if "::" in url:  # a chain of fsspec's names a file
        return None
    system, path = _called(url, _system, url)
    pattern = glob.has_magic(url)
    if not pattern and not _called(url, system.isdir, path):
        return None
    found = _called(url, partial(system.glob if pattern else system.find, detail=True), path)
    base, kept = _base(url) if pattern else url.rstrip("/"), _base(path) if pattern else path.rstrip("/")
    names = {
        name.removeprefix(kept).lstrip("/"): info
        for name, info in found.items()
        if info.get("type") == "file" and name.startswith(kept)
    }
    logs = sorted((name for name in names if not _is_hidden(name) and (pattern or LOG_NAME.search(name))), key=natural)
    if not logs:
        what = "no log matches" if pattern else "no log in this folder (names end in .txt, .log or .out):"
        raise SourceError(f"{what} {shown(url)}; name the file itself")
    return [(f"{base}/{name}", shown(f"{base}/{name}"), names[name].get("size")) for name in logs]


def _is_hidden(name: str) -> bool:
    return any(map(hidden, name.split("/")))


def _base(pattern: str) -> str:
    """Return the part of a pattern in front of the first folder or file that has a wildcard."""
    parts: Iterator[str] = iter(pattern.split("/"))
    plain: list[str] = []
    for part in parts:
        if glob.has_magic(part):
            break
        plain.append(part)
    return "/".join(plain)


def open_remote(url: str) -> Remote:
    """Open the file that a URL names; raises like :func:`find_remote`."""
    system, path = _called(url, _system, url)
    return Remote(_called(url, system.open, path, "rb"))


def remote_stream(url: str) -> Stream:
    """Open the log that a URL names; raises like :func:`find_remote`."""
    return Stream(open_remote(url), shown(url))


def _system(url: str) -> Any:
    from fsspec.core import url_to_fs

    return url_to_fs(url)


def _called(url: str, function: Any, *arguments: Any) -> Any:
    """Call something of fsspec's; whatever goes wrong is one sentence."""
    kind = url.partition("://")[0].lower()
    try:
        import fsspec  # noqa: F401 - only whether it is there
    except ImportError:
        raise MissingExtraError("fsspec", _EXTRAS.get(kind, "url"), "reading a URL of this kind") from None
    try:
        return within(TIMEOUT, function, *arguments)
    except FileNotFoundError as error:
        raise SourceError(f"{shown(url)}: nothing found there; check the address and the connection") from error
    except NoAnswerError as error:
        text = f"{shown(url)} can't be opened: no answer within {TIMEOUT:g} seconds; try again later"
        raise SourceError(text) from error
    except ImportError as error:
        if kind in _EXTRAS:
            raise MissingExtraError(error.name or "a package", _EXTRAS[kind], f"reading {kind}:// URLs") from error
        raise SourceError(f"{shown(url)} can't be opened: {reason(error)}") from error
    except Exception as error:  # every kind of URL has a package of its own behind it, with its own error classes
        raise SourceError(f"{shown(url)} can't be opened: {reason(error)}") from error


class Remote:
    """A remote file whose failures are all OSErrors, whatever package reads it, and that isn't waited for for ever."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._ahead = b""

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes; none at the end."""
        if not self._ahead:
            try:
                self._ahead = within(TIMEOUT, self._raw.read, min(max(size, _LEAST), 1 << 20))
            except NoAnswerError as error:
                raise OSError(f"nothing came for {TIMEOUT:g} seconds") from error
            except Exception as error:  # see _called
                raise OSError(reason(error)) from error
        data, self._ahead = self._ahead[:size], self._ahead[size:]
        return data

    def close(self) -> None:
        """Close the file."""
        self._raw.close()
