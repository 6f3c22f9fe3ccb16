"""The texts of a block's lines: words, lists and pairs are taken out of the bytes, equal ones once."""

from __future__ import annotations

import numpy as np

from metalog.formats.template import MISSING
from metalog.scan.tokens import Block, Tokens


def take_out(tokens: Tokens, block: Block, texts: dict[str, int]) -> None:
    """Replace places in a block by numbers of texts, adding new texts to those that there are."""
    size = len(tokens.texts) // 2
    for slot in range(size):
        begins, ends = tokens.texts[slot], tokens.texts[size + slot]
        for index in np.flatnonzero(begins != MISSING).tolist():
            text = bytes(block[begins[index] : ends[index]]).strip(b" \t").decode("utf-8", "replace")
            begins[index] = texts.setdefault(text, len(texts))
