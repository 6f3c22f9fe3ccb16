"""Logs at web addresses, with the standard library."""

from __future__ import annotations

import base64
import http.client
import socket
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Final

from metalog.errors import SourceError
from metalog.sources.streams import reason

#: Seconds that a server may be silent.
TIMEOUT: Final = 30.0
#: What the answers of a server mean for a reader of logs.
_MEANINGS: Final = {
    401: "the server wants a login; put it into the address (https://user:password@…) or download the file",
    403: "the server forbids it; check your rights there",
    404: "nothing found there; check the address",
    410: "nothing found there any more; check the address",
    429: "the server is asked too often; try again later",
}


def open_web(url: str) -> tuple[str, Answer]:
    """Open a web address; return what messages call it, and what is sent.

    Raises
    ------
    SourceError
        If it can't be opened.
    """
    shown, request = _request(url)
    try:
        answer = urllib.request.urlopen(request, timeout=TIMEOUT)
        return shown, Answer(answer)
    except urllib.error.HTTPError as error:
        with error:
            raise SourceError(f"{shown}: {_meaning(error)}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(f"{shown} can't be opened: {_web_reason(error)}") from error


def _request(url: str) -> tuple[str, urllib.request.Request]:
    """Return the address without its login, for messages, and the request, whose login goes to this host only."""
    from metalog import __version__

    parts = urllib.parse.urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    shown = parts._replace(netloc=host, fragment="").geturl()
    plain = urllib.parse.quote(shown, safe="%/:=&?~#+!$,;'@()*[]")  # spaces and letters beyond ASCII
    request = urllib.request.Request(plain, headers={"User-Agent": f"metalog/{__version__}"})
    if at:
        coded = base64.b64encode(urllib.parse.unquote(login).encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {coded}")
    return shown, request


def _meaning(error: urllib.error.HTTPError) -> str:
    if 300 <= error.code < 400:
        return "the server sends on in a circle, or to an address that can't be read; check the address"
    failed = "the server failed; try again later" if error.code >= 500 else "the server refuses it"
    return f"{_MEANINGS.get(error.code, failed)} ({error.code} {error.reason})"


def _web_reason(error: Exception) -> str:
    """Return why there was no answer."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return f"no answer within {TIMEOUT:g} seconds; try again later"
    if isinstance(cause, ConnectionRefusedError):
        return "the connection was refused; check the address and its port"
    if isinstance(cause, socket.gaierror):
        return "no such host is known; check the address and the connection"
    if isinstance(cause, http.client.HTTPException) and not str(cause):
        return f"the answer is no HTTP ({type(cause).__name__})"
    return reason(cause) if isinstance(cause, Exception) else str(cause)


class Answer:
    """What a web server sends; that it ends too early is an OSError, behind all that came."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, as many as come at once; none at the end."""
        try:
            data: bytes = self._answer.read1(size)
        except TimeoutError as error:
            raise OSError(f"nothing came for {TIMEOUT:g} seconds") from error
        except http.client.HTTPException as error:
            raise OSError("the connection was closed before the end") from error
        if not data and size and self._answer.length:
            raise OSError("the connection was closed before the end")
        return data

    def close(self) -> None:
        """Close the connection."""
        self._answer.close()
