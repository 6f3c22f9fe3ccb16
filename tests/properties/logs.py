"""Strategies: logs as bytes, sound ones and ones that were damaged, wrapped and mixed with what is no log."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from metalog.writer import format_line
from tests.loggen import Shape, text
from tests.properties.tokens import SHAPES

#: What else stands in logs: some of it is meant to be nearly a line of the format.
NOISE = (
    b"",
    b"   ",
    b"...",
    b"7",
    b">>> train()",
    b"/lib/x.py:12: UserWarning: lr_scheduler.step() came first",
    b" 50%|#####     | 5/10 [00:01<00:01,  4.2it/s]",
    "Δοκιμή ☃ 🜚".encode(),
    b"\xff\xfe\x80",
    b"\0\0\0\0",
    b"\0\0Epoch 1",
    b"Epoch 1, step     1], Loss: 0.5, Accur",
    b"Epoch 1, step     1], Loss: 0.5, Accuracy: 0.5 ",
    b"step 5 Epoch 2, step     1], Loss: 0.5, Accuracy: 0.25",
    b"Epoch 99999999999, step     1], Loss: 1e-05, Accuracy: nan",
    b"99999999999999999999999 updates at Meta-Level",
    b"2147483646 updates at Meta-Level",
    b"Validation step 0",
    b"Last epoch, VALIDATION], Loss: -inf, Accuracy: 1E400",
    b'# config {"seed": 1}',
    b'# meta-step {"meta_loss": 0.5, "note": "x", "seconds": 3}',
    b'# meta-step {"meta_loss": ',
    b'# meta-test {"accuracy": NaN}',
    b"# free text",
    b"Finished Training",
    b"\x1b[32mEpoch 1\x1b[0m",
    b"[rank1]: Epoch 1",
    b"2024-05-01 10:11:12,123 INFO - Problem 1 -",
)
PREFIXES = (
    b"[rank0]: ",
    b"[rank1]: ",
    b"2024-05-01 10:11:12,123 INFO ",
    b"\x1b[32m",
    b"(worker pid=7) ",
    b"run_a.txt:",
)
LINE_ENDS = (b"\n", b"\r\n", b"\r", b"\n\n", b"\r\r\n")


@cache
def sound(shape: Shape, *, learning: bool = False) -> tuple[bytes, ...]:
    """Return the lines of a synthetic log, or of a plain learning log."""
    lines = text(shape).encode().splitlines()
    if not learning:
        return tuple(lines)
    own = [line for line in lines if line.startswith(b"Epoch")][: shape.epochs * (shape.steps + 2)]
    return (*own, format_line("finished").encode().rstrip())


@st.composite
def lines(draw: st.DrawFn) -> list[bytes]:
    """Draw the lines of one or two logs, edited."""
    shapes = st.builds(sound, st.sampled_from(SHAPES), learning=st.booleans())
    rows = [line for log in draw(st.lists(shapes, min_size=1, max_size=2)) for line in log]
    rows = rows[: draw(st.integers(1, len(rows)))]
    for _ in range(draw(st.integers(0, 5))):
        place, other = (draw(st.integers(0, len(rows) - 1)) for _ in range(2))
        edit = draw(st.sampled_from(["delete", "repeat", "swap", "insert", "insert", "return", "prefix", "bytes"]))
        if edit == "delete" and len(rows) > 1:
            del rows[place]
        elif edit == "repeat":
            rows.insert(place, rows[place])
        elif edit == "swap":
            rows[place], rows[other] = rows[other], rows[place]
        elif edit == "insert":
            rows.insert(place, draw(st.sampled_from(NOISE)))
        elif edit == "return":
            rows = rows[: max(place, other) + 1] + rows[min(place, other) :]
        elif edit == "prefix":
            rows[place] = draw(st.sampled_from(PREFIXES)) + rows[place]
        elif edit == "bytes":
            begin = draw(st.integers(0, len(rows[place])))
            rows[place] = (
                rows[place][:begin] + draw(st.binary(max_size=3)) + rows[place][draw(st.integers(begin, 99)) :]
            )
    return rows


@st.composite
def damaged_logs(draw: st.DrawFn) -> bytes:
    """Draw a damaged log with line ends of any sort, perhaps in another encoding, perhaps cut."""
    rows = draw(lines())
    ends = draw(st.one_of(st.just([b"\n"]), st.lists(st.sampled_from(LINE_ENDS), min_size=1, max_size=4)))
    everywhere = draw(st.sampled_from([b"", b"", b"", *PREFIXES]))
    data = b"".join(everywhere + row + ends[place % len(ends)] for place, row in enumerate(rows))
    if draw(st.booleans()):
        data = data[: len(data) - draw(st.integers(0, min(len(data), 60)))]
    encoding = draw(st.sampled_from(["", "", "", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le"]))
    return data.decode("utf-8", "replace").encode(encoding) if encoding else data


LOGS = st.one_of(damaged_logs(), st.binary(max_size=200))
