"""Text that came from outside (names, comments, configurations), made harmless to show."""

from __future__ import annotations

import re
from typing import Final

#: Characters that act where they are shown: controls (ESC, BEL, line ends, C1), the separators of lines, what turns the
#: direction of text, tags that nobody sees; and halves of surrogate pairs, which stand for bytes that are not UTF-8.
ACTING: Final = re.compile(
    "[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def printable(text: str) -> str:
    r"""Return `text` on one line, with every character that would act written as Python writes it, such as ``\x1b``."""
    return ACTING.sub(lambda found: _escaped(found[0]), text)


def name_as_text(name: str) -> str:
    r"""Return a name as text that every table and file can hold: bytes that are not UTF-8 as ``\xff``.

    A file's name that is not UTF-8 comes from the system with a surrogate for each such byte.
    """
    return _SURROGATE.sub(lambda found: _escaped(found[0]), name)


def _escaped(sign: str) -> str:
    if "\udc80" <= sign <= "\udcff":  # a byte of a file name
        return f"\\x{ord(sign) - 0xDC00:02x}"
    return sign.encode("unicode_escape").decode()
