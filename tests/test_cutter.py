r"""Bytes to blocks: line ends, encodings, long lines, of which little is held."""

from __future__ import annotations

import pickle
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metalog.scan.cutter import KEPT_HEAD, KEPT_TAIL, BlockCutter, detect_encoding, shorten
from metalog.scan.tokens import LONGEST_LINE
from tests.properties import examples


def cut(*pieces: bytes) -> tuple[bytes, bytes]:
    """Return the whole lines and the unfinished last one."""
    cutter = BlockCutter()
    blocks = b"".join(block for piece in pieces for block in cutter.feed(piece))
    rest, last = cutter.close()
    return blocks + rest, last


@pytest.mark.parametrize(
    ("pieces", "whole", "last"),
    [
        ([], b"", b""),
        ([b"", b""], b"", b""),
        ([b"a"], b"", b"a"),
        ([b"a\n"], b"a\n", b""),
        ([b"a\r"], b"a\r", b""),
        ([b"a\r", b"\n"], b"a\r\n", b""),
        ([b"a\r", b"b"], b"a\r", b"b"),
        ([b"a\nb\rc"], b"a\nb\r", b"c"),
        ([b"a\nb\r\rc\n\rd"], b"a\nb\r\rc\n\r", b"d"),
        ([b"a\n", b"b", b"c\n", b"d"], b"a\nbc\n", b"d"),
        ([b"\r", b"\r", b"\n"], b"\r\r\n", b""),
        ([b"\xef\xbb\xbfa\n"], b"a\n", b""),
        ([b"\xef", b"\xbb", b"\xbf", b"a\n"], b"a\n", b""),
        ([b"\xef\xbb\xbf"], b"", b""),
        ([b"\xff\xfe"], b"", b""),
    ],
)
def test_lines(pieces: list[bytes], whole: bytes, last: bytes) -> None:
    assert cut(*pieces) == (whole, last)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings_byte_by_byte(encoding: str) -> None:
    text = "Epoch 1\r\nÄpfel ☃ \U0001f71a\rlast"
    data = text.encode(encoding)
    assert cut(*(data[place : place + 1] for place in range(len(data)))) == (text[:-4].encode(), b"last")


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        (b"====", "utf-8"),
        (b"", "utf-8"),
        (b"=\0=\0", "utf-16-le"),
        (b"\0=\0=", "utf-16-be"),
        (b"\0\0\0\0", "utf-8"),
        (b"=\0\0\0", "utf-8"),
    ],
)
def test_encodings_without_a_mark(head: bytes, encoding: str) -> None:
    assert detect_encoding(head) == (encoding, 0)


def test_a_damaged_character_is_replaced_and_not_in_the_way() -> None:
    damaged = "a\n".encode("utf-16") + b"\x00\xd8" + "b\n".encode("utf-16-le") + b"\x31"
    whole, last = cut(damaged)
    assert (whole.decode(), last.decode()) == ("a\n\ufffdb\n", "\ufffd")


@pytest.mark.parametrize("length", [LONGEST_LINE, LONGEST_LINE + 1])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b""])
@pytest.mark.parametrize("size", [1 << 30, 65_537])
def test_a_line_is_shortened_only_beyond_the_limit(length: int, end: bytes, size: int) -> None:
    line = b"<" + b"x" * (length - 2) + b">"
    data = b"before\n" + line + end + (b"after\n" if end else b"")
    whole, last = cut(*(data[place : place + size] for place in range(0, len(data), size)))
    lines = (whole + last).splitlines()
    assert shorten(lines[1]) == shorten(line)
    assert (len(shorten(line)) < len(line)) == (length > LONGEST_LINE)
    assert lines[2:] == ([b"after"] if end else [])


def test_a_shortened_line_keeps_head_tail_and_length() -> None:
    line = b"head" + b"x" * LONGEST_LINE + b"tail"
    short = shorten(line)
    left_out = len(line) - KEPT_HEAD - KEPT_TAIL
    assert short.startswith(b"head")
    assert short.endswith(b"tail")
    assert f"[... {left_out} bytes left out ...]".encode() in short


def test_whatever_is_fed_little_is_held_back() -> None:
    cutter = BlockCutter()
    most = 0
    for _ in range(100):
        assert list(cutter.feed(b"x" * 1_000_000)) == []
        most = max(most, len(pickle.dumps(cutter)))
    assert most < 2 * LONGEST_LINE
    assert len(pickle.dumps(cutter)) < 3 * (KEPT_HEAD + KEPT_TAIL)
    assert b"[... 99995648 bytes left out ...]" in cutter.close()[1]


@examples(200)
@given(
    st.text("a☃\r\n\0", max_size=30),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"]),
    st.lists(st.integers(0, 99), max_size=6),
)
def test_the_lines_don_t_depend_on_the_pieces(text: str, code: str, cuts: list[int]) -> None:
    data = ("Epoch\n" + text).encode(code)
    bounds = [0, *sorted(min(place, len(data)) for place in cuts), len(data)]
    cutter, blocks = BlockCutter(), b""
    for begin, end in pairwise(bounds):
        for block in cutter.feed(data[begin:end]):
            assert block.endswith((b"\r", b"\n"))
            blocks += block
    rest, last = cutter.close()
    assert (blocks + rest + last).decode() == "Epoch\n" + text
    assert not last.endswith((b"\r", b"\n"))
    assert b"\n" not in last
    assert b"\r" not in last
