"""Logs whose lines' heads recur, as the engine guesses them, and what is to lead a guess astray.

The engine compares up to 32 bytes at once, keeps 1024 heads, and finds a head's place by a multiple of its kind, 17
times its first counter and its second. Should it ever count otherwise, these logs still test it, but are less mean.
"""

from __future__ import annotations

from random import Random

from metalog.formats import native
from tests.fuzz import spellings

_HEADS = 1024
_BEFORE_STEP, _BETWEEN, _BEFORE_LOSS, _BEFORE_ACCURACY = (part.encode() for part in native().by_name["step"].literals)
_VALIDATION = native().by_name["validation"].literals[1].encode()
_RESULT = native().by_name["meta-validation result"].literals[0].encode()
_FLOATLESS = [line.sample.encode() for _, line in native().matched if not line.values]
#: What may stand behind a head that was guessed rightly, though the line is of another kind or of none.
WRONG_RESTS = (
    *(b"", b"0", b"0.5", b"0.5, Accuracy: ", b"0.5, Accuracy: 1.", b"0.5, Accuracy: 0.5 ", b"0.5, Accuracy: 0.5, step"),
    *(b"0.5, accuracy: 0.5", b"0.5 , Accuracy: 0.5", b" 0.5, Accuracy: 0.5", b"1., Accuracy: 0.5", b", step     1]"),
    *(_VALIDATION + b"0.5, Accuracy: 0.5", _BETWEEN + b"1" + _BEFORE_LOSS + b"0.5, Accuracy: 0.5", b"\0", b"=", b"1"),
)


def log(rng: Random) -> bytes:
    """Return a log of the same heads again and again, with all that may go wrong here and there."""
    cycle = rng.choice((_run, _colliding, _long_heads, _short))(rng)
    texts = spellings.usual(rng, 100) + spellings.logged(rng, 100)
    if rng.random() < 0.3:
        texts += spellings.floats(rng, 50)
    wrong = rng.choice((0, 0, 0.01, 0.2))
    ends = rng.choice(((b"\n",), (b"\r\n",), (b"\r",), (b"\n", b"\r\n", b"\r", b"\n\r")))
    lines = []
    for _ in range(max(2, rng.choice((3, 100, 2000)) // len(cycle))):
        if rng.random() < 0.1:
            _shift(rng, cycle)
        lines += [_line(rng, head, texts, wrong) + rng.choice(ends) for head in cycle]
    data = b"".join(lines)
    return data[: len(data) - rng.choice((0, rng.randrange(70)))]


def _line(rng: Random, head: bytes, texts: list[bytes], wrong: float) -> bytes:
    if rng.random() < wrong:
        return head + rng.choice(WRONG_RESTS)
    return head + rng.choice(texts) + _BEFORE_ACCURACY + rng.choice(texts) if head.endswith(_BEFORE_LOSS) else head


def _shift(rng: Random, cycle: list[bytes]) -> None:
    """Change what follows what: leave out a line, repeat one, or begin elsewhere."""
    place = rng.randrange(len(cycle))
    match rng.randrange(3):
        case 0 if len(cycle) > 1:
            del cycle[place]
        case 1:
            cycle.insert(place, rng.choice(cycle))
        case _:
            cycle[:] = cycle[place:] + cycle[:place]


def _run(rng: Random) -> list[bytes]:
    """Return the heads of a problem, as logs have them, and sometimes of a meta-validation."""
    epochs, steps = rng.randint(1, 20), rng.randint(1, 8)
    cycle = [b"- Problem 1 -"]
    for epoch in range(1, epochs + 1):
        cycle += [b"Epoch %d" % epoch, *(_step(epoch, step) for step in range(1, steps + 1)), _validation(epoch)]
    if rng.random() < 0.3:
        cycle += [b"META-VALIDATION STEP:", b"Validation step 10", *(8 * [_RESULT]), b"END OF META-VALIDATION STEP"]
    return cycle


def _colliding(rng: Random) -> list[bytes]:
    """Return heads of which many have one place in the table: of other counters, and of other spellings of the same."""
    place, firsts = rng.randrange(_HEADS), rng.randint(1, 70)
    cycle = []
    for _ in range(rng.randint(1, 60)):
        first = rng.randrange(firsts)
        second = (place - 17 * first) % _HEADS + _HEADS * rng.choice((0, 0, 1, 5))
        cycle.append(_step(first, second, zeros=rng.choice((0, 0, 1, 2)), width=rng.choice((0, 5, 5, 6))))
    cycle += [_validation(rng.randrange(3)) for _ in range(rng.choice((0, 5)))]
    return cycle


def _long_heads(rng: Random) -> list[bytes]:
    """Return heads about as long as the longest that is kept, and thousands of heads at times."""
    cycle = []
    for _ in range(rng.choice((2, 5, 1500))):
        epoch = rng.randrange(10 ** rng.randint(1, 6))
        short = len(_step(epoch, 1, width=0))
        cycle.append(_step(epoch, 1, width=max(rng.choice((30, 31, 32, 33, 34)) - short, 0) + 1))
    whole = b"Epoch %034d" % rng.randrange(100), b"//           Meta-Epoch 1       //", b"=" * 31, b"=" * 32
    cycle += rng.choices((_RESULT, *whole, *(line[:32] for line in whole)), k=rng.randrange(6))
    return cycle


def _short(rng: Random) -> list[bytes]:
    """Return lines that are known by their head alone, more in a block than the engine has room for at first."""
    counted = [form % rng.randrange(30) for form in (b"Epoch %d", b"- Problem %d -", b"%d updates at Meta-Level")]
    return rng.choices(_FLOATLESS + counted * 5, k=rng.randint(1, 20))


def _step(epoch: int, step: int, zeros: int = 0, width: int = 5) -> bytes:
    return _BEFORE_STEP + b"%d" % epoch + _BETWEEN + (b"0" * zeros + b"%d" % step).rjust(width) + _BEFORE_LOSS


def _validation(epoch: int) -> bytes:
    return _BEFORE_STEP + b"%d" % epoch + _VALIDATION
