"""Blocks of bytes to scan: log lines of every kind with hard numbers in them, damaged in many ways, and plain noise."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random

import numpy as np

from metalog.formats import native
from metalog.formats.model import Format
from metalog.formats.template import MAX_COUNTER, MISSING, Field
from metalog.scan.tokens import LONGEST_LINE, Tokens
from tests import loggen
from tests.fuzz import deep, recurring, spellings

ROOT = Path(__file__).parents[2]
_ENDS = (b"\n", b"\r\n", b"\r")
#: Pieces that a damaged line is made of: all of the format's literals, line ends, and what numbers are made of.
PIECES = sorted(
    {part.encode() for _, line in native().matched for part in line.parts if isinstance(part, str)}
    | {b"\n", b"\r", b"\r\n", b"\n\r", b"\0", b" ", b"     ", *b"e-05 E+ nan inf - . 0 ] #".split()}
)
_ALPHABET = sorted({bytes([byte]) for piece in PIECES for byte in piece} | {b"%d" % digit for digit in range(10)})


@cache
def real_lines() -> list[bytes]:
    """Return lines as logs have them: of a synthetic log, of the corpus under fixtures/ and of every kind's sample."""
    shape = loggen.Shape(meta_epochs=2, meta_steps=1, problems=2, epochs=3, meta_validate_every=1)
    text = loggen.text(shape).encode() + b"\n".join(kind.sample.encode() for kind in native().lines)
    files = [path.read_bytes() for path in sorted((ROOT / "fixtures").rglob("*")) if path.is_file()]
    return [line[:300] for data in (text, *files) for line in data.split(b"\n")[:2000]]


def block(rng: Random) -> bytes:
    """Return one block of some hundred lines, sometimes of none."""
    (recipe,) = rng.choices((_lines, _recurring, _short_lines, _noise, long_line), weights=(50, 30, 10, 10, 0.2))
    data = recipe(rng)
    choice = rng.random()
    if choice < 0.75:
        return data + rng.choice(_ENDS)
    return data if choice < 0.9 else data[: rng.randrange(len(data) + 1)]


def _lines(rng: Random) -> bytes:
    size = rng.choice((0, 1, 2, 10, 100, 500))
    lines = rng.choices(real_lines(), k=size // 2) + hard_lines(rng, size - size // 2)
    rng.shuffle(lines)
    if rng.random() < 0.7:
        joined = bytearray(rng.choice(_ENDS).join(lines))
    else:
        joined = bytearray(b"".join(line + rng.choice(_ENDS) for line in lines))
    for _ in range(rng.choice((0, size // 20, size // 5, size))):
        damage(rng, joined)
    return bytes(joined)


def _recurring(rng: Random) -> bytes:
    data = bytearray(recurring.log(rng))
    for _ in range(rng.choice((0, 0, 1, 20))):
        damage(rng, data)
    return bytes(data)


def deep_block(rng: Random) -> bytes:
    """Return one block of the second format."""
    data = deep.log(rng)
    lines = hard_lines(rng, rng.choice((0, 0, 10)), deep.FORM)
    data += b"".join(line + rng.choice(_ENDS) for line in lines)
    for _ in range(rng.choice((0, 0, 1, 10))):
        damage(rng, data)
    return bytes(data)


def hard_lines(rng: Random, count: int, form: Format | None = None) -> list[bytes]:
    """Return lines of random kinds, without line ends, whose numbers are hard to read or none at all."""
    form = form or native()
    templates = [line.parts for _, line in form.matched]
    texts = iter(spellings.floats(rng, form.value_slots * count))
    return [b"".join(_part(rng, part, texts) for part in parts) for parts in rng.choices(templates, k=count)]


def _part(rng: Random, part: str | Field, texts: Iterator[bytes]) -> bytes:
    if isinstance(part, str):
        return part.encode()
    return next(texts) if part.type == "float" else spellings.counter(rng).rjust(part.width)


def damage(rng: Random, data: bytearray) -> None:
    """Change one place: flip a bit, set a byte, cut something out, or put in a piece, a run or a part of the rest."""
    place = rng.randrange(len(data) + 1)
    length = rng.choice((1, 1, 2, 5, 20, 80))
    match rng.randrange(7):
        case 0 if place < len(data):
            data[place] ^= 1 << rng.randrange(8)
        case 1 if place < len(data):
            data[place] = rng.choice(b"\0\r\n 09-.eE,]/=\x80\xff")
        case 2:
            del data[place : place + length]
        case 3:
            data[place:place] = rng.choice(PIECES)
        case 4:
            data[place:place] = rng.choice((b"0", b"1", b"9", b"%d" % rng.randrange(10), b" ", b"\n", b"\r")) * length
        case 5:
            source = rng.randrange(len(data) + 1)
            data[place:place] = data[source : source + length]
        case _:
            data[place:place] = b"%d" % rng.getrandbits(4 * length)


def _short_lines(rng: Random) -> bytes:
    """Return more lines, or more odd ones, than an engine may have made room for from the number of bytes."""
    short = rng.choices([line for line in real_lines() if len(line) < 20] + [b"", b"?"], k=rng.randint(1, 6))
    return rng.choice(_ENDS).join(rng.choices(short, k=rng.choice((60, 70, 150, 3000))))


def _noise(rng: Random) -> bytes:
    size = rng.choice((0, 1, 3, 50, 5000))
    match rng.randrange(3):
        case 0:
            return rng.randbytes(size)
        case 1:
            return b"".join(rng.choices(_ALPHABET, k=size))
        case _:
            return b"".join(rng.choices(PIECES, k=size))


def long_line(rng: Random) -> bytes:
    """Return a long line, often about as long as the longest that is matched, between two short ones."""
    length = rng.choice((LONGEST_LINE + rng.randint(-1, 1), rng.randint(LONGEST_LINE // 10, LONGEST_LINE)))
    exponent = b"%d, Accuracy: 0.25" % ((length + rng.randint(-400, 400)) * rng.choice((1, 10)))
    head, filler, tail = rng.choice(
        (
            (b"Epoch ", b"0", b"7"),
            (b"Epoch 1, step ", b" ", b"7], Loss: 0.5, Accuracy: 0.25"),
            (b"Last epoch, VALIDATION], Loss: ", b"1", b", Accuracy: 0.25"),
            (b"Last epoch, VALIDATION], Loss: 0.", b"0", b"12e" + exponent),
            (b"Last epoch, VALIDATION], Loss: 1", b"0", b"e-" + exponent),
            (b"Last epoch, VALIDATION], Loss: 1e", b"0", b"5, Accuracy: 0.25"),
            (b"", b"=", b""),
            (b"", b"\0", b""),
        )
    )
    line = head + filler * (length - len(head) - len(tail)) + tail
    return b"Epoch 1\n" + line + rng.choice(_ENDS) + b"Epoch 2"


def tokens(rng: Random, form: Format) -> Tokens:
    """Return tokens in no order, some of which fit to their neighbours, some counters huge."""
    random = np.random.default_rng(rng.getrandbits(64))
    size = rng.choice((1, 2, 3, 300))
    kinds = [code for code, _ in form.matched]
    counted = [code for code, line in form.matched if line.counters]
    counters = random.choice((MISSING, 0, 1, 1, 1, 2, 2, 3, MAX_COUNTER - 1, MAX_COUNTER), (form.counter_slots, size))
    return Tokens(
        np.where(random.random(size) < 0.8, random.choice(counted, size), random.choice(kinds, size)).astype(np.uint8),
        counters.astype(np.int32),
        random.random((form.value_slots, size)),
        np.full((2 * form.text_slots, size), MISSING, np.int32),
        np.arange(size, dtype=np.int32),
        np.zeros(size, np.int32),
    )
