"""One HTML file from its parts: style, script, and data that a browser takes for nothing but text."""

from __future__ import annotations

import hashlib
import html
from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final

#: The script's files in the order in which they are joined; each uses only what stands above it when it is loaded.
SCRIPTS: Final = (
    "dom.js",
    "numbers.js",
    "data.js",
    "state.js",
    "colours.js",
    "smoothing.js",
    "table.js",
    "pieces.js",
    "plot.js",
    "overview.js",
    "runs.js",
    "curves.js",
    "settings.js",
    "grid_data.js",
    "grid_canvas.js",
    "grid.js",
    "problem.js",
    "meta_validation.js",
    "adaptation.js",
    "diagnostics.js",
    "about.js",
    "live.js",
    "main.js",
)
_LIBRARY: Final = "uplot/uPlot.iife.min.js"
STYLES: Final = ("uplot/uPlot.min.css", "page.css", "print.css")
_NO_SCRIPT: Final = "This page draws its figures with a script of its own; it makes no request. Please allow scripts."


def asset(name: str) -> str:
    """Return a file of the page's own."""
    return (files("metalog.report") / "assets" / name).read_text(encoding="utf-8")


@cache
def script() -> str:
    """Return the whole script; what its files define is seen by nobody else."""
    own = "\n".join(map(asset, SCRIPTS))
    licence = asset("uplot/LICENSE").replace("*/", "* /")
    return f'/* uPlot\n{licence}\n*/\n{asset(_LIBRARY)}\n(() => {{\n"use strict";\n{own}\n}})();\n'


@cache
def style() -> str:
    """Return the whole style sheet."""
    return "\n".join(map(asset, STYLES))


def assemble(title: str, blobs: Iterable[bytes], contents: int, *, reload: float | None = None) -> bytes:
    """Return the page.

    Parameters
    ----------
    title
        The page's title, plain text.
    blobs
        What :meth:`metalog.report.blobs.Blobs.finish` gives.
    contents
        Which of them holds the contents, as JSON.
    reload
        After how many seconds the page loads itself anew; never if not given.

    Notes
    -----
    The policy allows the script and the style that stand here, by their hashes, and nothing else: no request, no frame,
    no picture, no form. Texts of logs are within the compressed blobs, and the script shows them as text.
    """
    policy = (
        f"default-src 'none'; script-src '{_hashed(script())}'; style-src '{_hashed(style())}'; "
        "base-uri 'none'; form-action 'none'"
    )
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="generator" content="metalog">\n'
        f"<title>{html.escape(title)}</title>\n<style>{style()}</style>\n</head>\n"
        f'<body data-contents="{contents}"{_reload(reload)}>\n<noscript>{_NO_SCRIPT}</noscript>\n'
        '<main id="report"></main>\n'
    )
    data = (
        b'<script type="text/plain" id="blob-%d">%s</script>\n' % (number, blob) for number, blob in enumerate(blobs)
    )
    return b"".join([head.encode(), *data, f"<script>{script()}</script>\n</body>\n</html>\n".encode()])


def _reload(seconds: float | None) -> str:
    return "" if seconds is None else f' data-reload="{seconds:g}"'


def _hashed(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
