"""Texts of logs, names and configurations in tables: one function for each format, so that none of them acts there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from metalog.printable import ACTING, printable

#: What a spreadsheet takes for the begin of a formula, in full width too.
_FORMULA: Final = tuple("=+-@＝＋－＠")
_LATEX: Final = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "–": "--",
}
_HTML: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
#: Signs of Markdown: a backslash, code, emphasis, a column, struck text, a formula; underscores but within a word; and
#: brackets that a link's target may follow.
_MARKDOWN: Final = re.compile(r"[\\`*|~$]|(?<![^\W_])_|_(?![^\W_])|\](?=[(\[:])")


def csv_text(text: str) -> str:
    """Return a text as a field of CSV: on one line, and an apostrophe in front where a spreadsheet would compute it.

    A text that is a number stays as it is.
    """
    shown = printable(text)
    return f"'{shown}" if shown.startswith(_FORMULA) and not _is_number(shown) else shown


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def markdown_text(text: str) -> str:
    """Return a text as Markdown that shows it: no HTML, no link, no emphasis, no end of its cell."""
    html = "".join(_HTML.get(sign, sign) for sign in printable(text))
    return _MARKDOWN.sub(r"\\\g<0>", html)


def latex_text(text: str) -> str:
    """Return a text as LaTeX that sets it; numbers with a sign are set as mathematics."""
    escaped = "".join(_LATEX.get(sign, sign) for sign in printable(text))
    return re.sub(r"(?<![\w.])[-+]\d[\d.]*", r"$\g<0>$", escaped)


def latex_row(cells: list[str], bold: Sequence[int] = ()) -> str:
    r"""Return a row of a tabular; a bracket or star at its begin is no argument of the ``\\`` before it."""
    texts = map(latex_text, cells)
    row = " & ".join(rf"\textbf{{{text}}}" if place in bold else text for place, text in enumerate(texts))
    return (f"{{}}{row}" if row.startswith(("[", "*")) else row) + r" \\"


def json_text(text: str) -> str:
    """Return a JSON text, with its own line ends, in which what would act on a terminal is written as JSON can."""
    return "\n".join(ACTING.sub(_json_escape, line) for line in text.split("\n"))


def _json_escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))
