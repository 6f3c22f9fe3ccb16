"""A second format, nested three deep, whose words and rules are others than those of metalog's own."""

from __future__ import annotations

from random import Random

from metalog.formats.declare import declare
from tests.fuzz import spellings

FORM = declare(
    """
name = "deep"
exact = true
levels = ["round > client > update"]

[level.round]
first = 0

[level.update]
first = 0

[[line]]
template = "== round {round} =="
opens = "round"

[[line]]
template = "client {client}"
opens = "client"

[[line]]
template = "{update:3}/ loss <loss> norm <norm> lasted <seconds>s"
row = "updates"

[[line]]
name = "mean"
template = "client {client} mean <loss>"
row = "means"
closes = "client"

[[line]]
name = "end of round"
template = "<seconds>s for {clients} clients"
closes = "round"

[[summary]]
frame = "rounds"
level = "round"
over = "client"
count = "clients"
last = { loss = "means.loss" }
""",
    "deep",
)


def sound(rounds: int, clients: int, updates: int, *, closed: bool = True) -> list[bytes]:
    """Return the lines of a log without faults; `closed` tells whether each round has its closing line."""
    texts = []
    for number in range(rounds):
        texts.append(f"== round {number} ==")
        for client in range(1, clients + 1):
            texts.append(f"client {client}")
            texts += [f"{update:3}/ loss {0.5 + update} norm 1e-05 lasted {client}s" for update in range(updates)]
            texts.append(f"client {client} mean {client + 0.25}")
        if closed:
            texts.append(f"{number + 0.125}s for {clients} clients")
    return [text.encode() for text in texts]


def log(rng: Random) -> bytearray:
    """Return a log with hard numbers in it that lost, repeats, and swaps some lines."""
    lines = sound(rng.randint(1, 4), rng.randint(1, 4), rng.randint(0, 5), closed=rng.random() < 0.7)
    texts = spellings.floats(rng, 20)
    for _ in range(rng.choice((0, 0, 1, 5))):
        place, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        match rng.randrange(4):
            case 0 if len(lines) > 1:
                del lines[place]
            case 1:
                lines.insert(other, lines[place])
            case 2:
                lines[place], lines[other] = lines[other], lines[place]
            case _:
                lines[place] = lines[place].replace(b"0.5", rng.choice(texts)).replace(b"1", spellings.counter(rng))
    return bytearray(b"".join(line + rng.choice((b"\n", b"\n", b"\r\n")) for line in lines))
