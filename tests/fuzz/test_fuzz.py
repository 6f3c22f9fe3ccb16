"""A short fuzz of the compiled modules as installed, so that the harness can't rot, and what longer runs have found."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from random import Random

import numpy as np
import pytest

from metalog import formats
from metalog.formats.declare import declare
from metalog.odometer import portable as plain
from metalog.odometer.state import TOTAL, Output, State
from metalog.scan import portable
from metalog.scan.tokens import LONGEST_LINE, Block, Scanned
from tests.fuzz import deep, floats, inputs, recurring
from tests.fuzz.mutate import compare
from tests.fuzz.oracle import MismatchError, Scan, check, check_loops, load_engine
from tests.fuzz.spellings import FAMILIES, Family

LINE = b"Epoch 1, step     1], Loss: 0.7337116003036499, Accuracy: 0.625\n"
DIGITS = b"1234567890123456789012"


@pytest.fixture(scope="module")
def native() -> Scan:
    for room in ("scan", "odometer"):
        pytest.importorskip(f"metalog.{room}.native", reason="this install has no compiled modules")
    return load_engine()


def test_the_engines_agree_on_damaged_logs(native: Scan) -> None:
    assert sum(compare(native, 0, number)[0] for number in range(60)) > 3000


def test_the_engines_agree_on_heads_that_recur(native: Scan) -> None:
    assert sum(check(native, recurring.log(Random(seed))) for seed in range(40)) > 20_000


def test_a_guessed_head_needs_the_rest_of_its_line(native: Scan) -> None:
    head = LINE[: LINE.index(b"0.")]
    for rest in recurring.WRONG_RESTS:
        check(native, b"".join((LINE, LINE, head + rest + b"\n", LINE, LINE)))


def test_heads_are_forgotten_while_others_lead_to_them(native: Scan) -> None:
    lines = [b"Epoch %d, step %5d], Loss: 0.5, Accuracy: 0.25\n" % (epoch, 17 * (60 - epoch)) for epoch in range(60)]
    one_place, crowded = b"".join(lines * 3), b"".join(b"Epoch %d\n" % epoch for epoch in [*range(3000)] * 2)
    check(native, one_place + crowded + one_place)


@pytest.mark.parametrize("length", range(30, 35))
def test_the_engines_agree_on_the_longest_heads_that_are_kept(native: Scan, length: int) -> None:
    step = b"1".rjust(length - len("Epoch 1, step ], Loss: "))
    check(
        native, b"".join(b"Epoch 1, step %b], Loss: %.1f, Accuracy: 0.5\n" % (step, loss) for loss in (0.1, 0.2, 0.3))
    )


@pytest.mark.usefixtures("native")
def test_the_engines_agree_on_another_format() -> None:
    scan = load_engine(deep.FORM)
    lines = sum(check(scan, inputs.deep_block(Random(seed)), deep.FORM) for seed in range(200))
    assert lines > 3000


@pytest.mark.usefixtures("native")
def test_a_format_may_have_counters_behind_floats() -> None:
    late = declare('name = "late"\nexact = true\nline = [{ template = "late <loss> {count}" }]')
    block = b"".join(b"late 0.5 %d\n" % count for count in (0, 1, 0, 2, 0, 3)) + b" " * 40 + b"\n"
    scan = load_engine(late)
    check(scan, block, late)
    assert scan(block).tokens.counters[0].tolist() == [0, 1, 0, 2, 0, 3]


@pytest.mark.usefixtures("native")
@pytest.mark.parametrize("number", range(1, 9))
def test_a_line_may_have_any_number_of_fields(number: int) -> None:
    template = " ".join(f"{{c{place}}} <v{place}>" for place in range(number))
    many = declare(f'name = "many"\nexact = true\nline = [{{ template = "{template}" }}]')
    line = b" ".join(b"%d %d.5" % (place, place) for place in range(number)) + b"\n"
    assert check(load_engine(many), line * 100, many) == 100


@pytest.mark.parametrize(
    "line", [b"//           Meta-Epoch 1       //", b"Epoch " + b"1".zfill(27)], ids=["banner", "zeros"]
)
def test_the_beginning_of_a_long_line_is_not_taken_for_the_line(native: Scan, line: bytes) -> None:
    check(native, b"\n".join((line, line, line, line[:32], line[:31], line, LINE)))


def test_the_engines_agree_on_long_lines(native: Scan) -> None:
    for seed in range(6):
        check(native, inputs.long_line(Random(seed)) + b"\n")


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_floats_equal_pythons_bit_for_bit(native: Scan, family: Family) -> None:
    floats.check(native, family(Random(0), 1000))


def test_a_block_may_end_anywhere(native: Scan) -> None:
    data = b"".join(LINE.replace(b"\n", end) for end in (b"\n", b"\r\n", b"\r"))
    for length in range(len(data) + 1):
        check(native, data[:length])
    check(native, b"\r")


def test_any_byte_may_stand_behind_any_number_of_digits(native: Scan) -> None:
    for digits in range(22):
        begin = b"Last epoch, VALIDATION], Loss: 0." + DIGITS[:digits]
        check(native, b"".join(b"%b%c\n%b%c, Accuracy: 0.5\n" % (begin, byte, begin, byte) for byte in range(256)))


@pytest.mark.parametrize("digits", range(22))
def test_a_number_may_stand_anywhere_before_the_end_of_a_block(native: Scan, digits: int) -> None:
    number = b"0." + DIGITS[:digits]
    for end in (b"\n", b"\r\n", b"\r"):
        for after in (b"", b"Epoch 1\n", b"Epoch 10\nEpoch 1000\n"):
            check(native, LINE + LINE.replace(b"0.625\n", number + end) + after)


@pytest.mark.parametrize("beyond", [-1, 0, 1])
def test_the_engines_agree_on_the_longest_line_that_is_matched(native: Scan, beyond: int) -> None:
    line = b"Epoch " + b"7".zfill(LONGEST_LINE + beyond - len("Epoch ")) + b"\n"
    check(native, line)
    assert len(native(line).odd) == (beyond > 0)


def test_an_exponent_may_make_up_for_half_a_million_zeros(native: Scan) -> None:
    check(native, b"Last epoch, VALIDATION], Loss: 0." + b"0" * 500_000 + b"12e500007, Accuracy: 0.5\n")
    check(native, b"Last epoch, VALIDATION], Loss: 0." + b"0" * 500_000 + b"12e5000007, Accuracy: 0.5\n")


def test_scanning_keeps_no_memory(native: Scan) -> None:
    blocks = [inputs.block(Random(seed)) for seed in range(20)]
    kept = []
    tracemalloc.start()
    for _ in range(3):
        for block in blocks:
            native(block)
        gc.collect()
        kept.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert kept[2] - kept[1] < 500  # less than one object a block


def _next_float(scanned: Scanned) -> None:
    scanned.tokens.values[0, 0] = np.nextafter(scanned.tokens.values[0, 0], 1)


def _other_line(scanned: Scanned) -> None:
    scanned.tokens.line[0] += 1


def _lost_line(scanned: Scanned) -> None:
    scanned.tokens = scanned.tokens.select(slice(0))


def _odd_end(scanned: Scanned) -> None:
    scanned.odd.end[0] += 1


def _counter_of_no_field(scanned: Scanned) -> None:
    scanned.tokens.counters[-1, -1] = 0


def _blank_line(scanned: Scanned) -> None:
    scanned.blank += 1


def _other_count(scanned: Scanned) -> None:
    scanned.tokens.counted = [*scanned.tokens.tally(0)[:-1], 7]


@pytest.mark.parametrize(
    "spoil", [_next_float, _other_line, _lost_line, _odd_end, _counter_of_no_field, _blank_line, _other_count]
)
def test_the_oracle_sees_a_difference(spoil: Callable[[Scanned], None]) -> None:
    def spoiled(block: Block) -> Scanned:
        scanned = portable.Engine(formats.native()).scan(block)
        spoil(scanned)
        return scanned

    with pytest.raises(MismatchError):
        check(spoiled, LINE + b"Epoch 1\nnoise\n")


def _value(out: Output, _: State) -> None:
    out.columns[0]["loss"][0] = np.nextafter(out.columns[0]["loss"][0], 1)


def _number(out: Output, _: State) -> None:
    out.columns[0]["meta_step"][0] += 1


def _turn(out: Output, _: State) -> None:
    out.turns[0, TOTAL] += 1


def _segment(out: Output, _: State) -> None:
    out.segments.append(0)


def _wheel(_: Output, state: State) -> None:
    state.lost[0] += 1


@pytest.mark.usefixtures("native")
@pytest.mark.parametrize("spoil", [_value, _number, _turn, _segment, _wheel])
def test_the_oracle_sees_a_difference_in_the_rows(
    spoil: Callable[[Output, State], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Spoiled(plain.Loop):
        def run(self, at: int, judged: bool) -> int:
            at = super().run(at, judged)
            if at == len(self._kinds):
                spoil(self._out, self._state)
            return at

    monkeypatch.setattr("metalog.odometer.native.Loop", Spoiled)
    _see_a_difference()


@pytest.mark.usefixtures("native")
def test_the_oracle_sees_that_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    class Careless(plain.Loop):
        def run(self, at: int, judged: bool) -> int:
            while at < len(self._kinds):
                at = super().run(at, True)
            return at

    monkeypatch.setattr("metalog.odometer.native.Loop", Careless)
    _see_a_difference()


def _see_a_difference() -> None:
    form = formats.native()
    tokens = portable.Engine(form).scan(b"1 updates at Meta-Level\n- Problem 1 -\nEpoch 1\n" + LINE).tokens
    with pytest.raises(MismatchError):
        check_loops(tokens, form, [0, len(tokens)])
