"""How well a format fits a piece of a log."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

from metalog.formats.line import Line
from metalog.formats.model import Format
from metalog.reading.parser import Parser
from metalog.scan.scanner import scanner

#: A word that is shorter is looked for in vain too rarely to be worth it.
_LEAST: Final = 3


def has_records(form: Format, text: bytes) -> bool:
    """Tell whether whole lines hold a row of a format, or a header that can be no part of a sentence."""
    sure = [code for code, line in enumerate(form.lines) if line.frame or (line.opens and not line.prose)]
    if form.header and f"# {form.header}\n".encode() in text:
        return True
    if not any(word in text for code in sure for word in _words(form.lines[code])):
        return False
    tally = scanner(form).scan_block(text).tokens.tally(len(form.lines))
    return any(tally[code] for code in sure)


def fit(form: Format, text: bytes) -> int:
    """Return how much of whole lines a format explains, 0 if it finds no row in them.

    Each line that it understands counts one, and one for each letter of the template: so what foresees a line to the
    letter fits better than what takes any pairs of names and numbers. What is found behind other text counts nothing.
    """
    rows = [line for line in form.lines if line.frame]
    if not any(word in text for line in rows for word in _words(line)):
        return 0
    parser = Parser(format=form)
    parser.feed(text if form.wraps else _promising(form, text))
    run = parser.close()
    weights = _weights(form)
    counts = {name: number for name, number in run.counts.items() if name in weights}
    behind_text = run.diagnostic_counts.get("text-before", 0)
    if not any(line.name in counts for line in rows) or behind_text >= sum(counts.values()):
        return 0
    weight = sum(number * weights[name] for name, number in counts.items())
    return weight * (sum(counts.values()) - behind_text) // sum(counts.values())


def _promising(form: Format, text: bytes) -> bytes:
    """Return the lines that have a word which a format asks for: to say of the others what is wrong takes long."""
    words = {word for line in form.lines if line.name in _weights(form) for word in _words(line)}
    if b"" in words:
        return text
    return b"".join(line for line in text.splitlines(keepends=True) if any(word in line for word in words))


def _literals(line: Line) -> Iterator[list[str]]:
    """Yield the texts that each template of a line asks for."""
    for parts in line.variants:
        yield [part for part in parts if isinstance(part, str)]


@cache
def _words(line: Line) -> tuple[bytes, ...]:
    """Return a word that a line of this kind must have, for each of its templates; empty where there is none."""
    longest = (max((word for text in texts for word in text.split()), key=len, default="") for texts in _literals(line))
    return tuple(word.encode() if len(word) >= _LEAST else b"" for word in longest)


@cache
def _weights(form: Format) -> dict[str, int]:
    """Return what a line of each kind counts, by the kind's name: comments, and lines that say nothing, nothing."""
    weights: dict[str, int] = {}
    for line in form.lines:
        if not line.comment and (line.frame or line.opens or line.closes or line.set):
            letters = min(sum(len("".join(text.split())) for text in texts) for texts in _literals(line))
            weights[line.name] = min(1 + letters, weights.get(line.name, 1 + letters))
    return weights
