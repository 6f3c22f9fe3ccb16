"""The logs that a URL names."""

from __future__ import annotations

from functools import partial
from typing import Any

from metalog.errors import MetalogError
from metalog.printable import printable
from metalog.sources.archives import members_of
from metalog.sources.incoming import archive_of, kind_of
from metalog.sources.raw_input import RawInput
from metalog.sources.remote import find_remote, open_remote, remote_stream, shown
from metalog.sources.source import Source, failing_source
from metalog.sources.streams import Stream, unreadable
from metalog.sources.web import open_web


def at_url(url: str) -> list[Source]:
    """Return the logs at a URL: a file, the members of an archive, told by its first bytes, or what is in a folder.

    What can't be opened or read is a source that tells why when it is opened.
    """
    try:
        if _is_web(url):
            name, raw = open_web(url)
            return _looked_at(url, name, raw)
        found = find_remote(url)
        if found is None:
            return _looked_at(url, shown(url), open_remote(url))
        return [Source(printable(name), None, size, partial(remote_stream, own)) for own, name, size in found]
    except MetalogError as error:
        return [failing_source(shown(url), error)]


def _looked_at(url: str, name: str, raw: Any) -> list[Source]:
    """Return what a stream holds; a log is opened anew to be read, since that may be much later."""
    try:
        incoming = RawInput(raw)
        kind = kind_of(incoming)
        if kind:
            return [*members_of(name, None, archive_of(incoming, name, kind))]
    except OSError as error:
        raise unreadable(name, error) from error
    finally:
        raw.close()
    return [Source(printable(name), None, None, partial(_open, url))]


def _open(url: str) -> Stream:
    if not _is_web(url):
        return remote_stream(url)
    name, raw = open_web(url)
    return Stream(raw, name)


def _is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))
