"""The texts of a block's lines: words, lists and pairs are taken out of the bytes, equal ones once."""

from __future__ import annotations

import re

import numpy as np

from metalog.formats.model import Format
from metalog.formats.template import MISSING
from metalog.scan.block import ScannedBlock
from metalog.scan.tokens import Block, OddLines, Scanned, Tokens

_PAIR = re.compile(r"(?<![\w@./'-])[A-Za-z_][\w@./'-]*+[\"']?[ \t]*+[:=](?!//)[ \t]*[^\s:=]|(?:^|\| )\w+ [\d.]")


def take_out(tokens: Tokens, block: Block, texts: dict[str, int]) -> None:
    """Replace places in a block by numbers of texts, adding new texts to those that there are."""
    size = len(tokens.texts) // 2
    for slot in range(size):
        begins, ends = tokens.texts[slot], tokens.texts[size + slot]
        for index in np.flatnonzero(begins != MISSING).tolist():
            text = bytes(block[begins[index] : ends[index]]).strip(b" \t").decode("utf-8", "replace")
            begins[index] = texts.setdefault(text, len(texts))


def drop_without_pairs(form: Format, scanned: Scanned, into: ScannedBlock) -> None:
    """Take the lines that should hold pairs, and hold none, for lines that match nothing."""
    slots = {code: line.texts.index("*") for code, line in form.matched if "*" in line.texts}
    if not slots:
        return
    texts, tokens = [*into.texts], scanned.tokens
    bare = [code for code, text in enumerate(texts) if not _PAIR.search(text)]
    drop = np.zeros(len(tokens), bool)
    for code, slot in slots.items():
        drop |= (tokens.kind == code) & np.isin(tokens.texts[slot], bare)
    if not drop.any():
        return
    dropped = tokens.select(np.flatnonzero(drop))
    block = bytes(into.block)
    ends = [min(_ends(block, start)) for start in dropped.start.tolist()]
    columns = zip(
        (scanned.odd.line, scanned.odd.start, scanned.odd.end), (dropped.line, dropped.start, ends), strict=True
    )
    joined = [np.concatenate([one, np.array(other, np.int32)]) for one, other in columns]
    order = np.argsort(joined[0], kind="stable")
    scanned.odd = OddLines(*(np.ascontiguousarray(column[order]) for column in joined))
    scanned.tokens = into.tokens = tokens.select(np.flatnonzero(~drop))


def _ends(block: bytes, start: int) -> list[int]:
    return [place for sign in (b"\n", b"\r") if (place := block.find(sign, start)) >= 0]
