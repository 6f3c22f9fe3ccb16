"""Strategies: logs as bytes, sound ones and ones that were damaged, wrapped and mixed with what is no log."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.properties.edits import SOUND, edited

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


@st.composite
def changed(draw: st.DrawFn, line: bytes) -> bytes:
    """Draw what becomes of a line: it gets a prefix, or some bytes in it are others."""
    if draw(st.booleans()):
        return draw(st.sampled_from(PREFIXES)) + line
    begin = draw(st.integers(0, len(line)))
    return line[:begin] + draw(st.binary(max_size=3)) + line[draw(st.integers(begin, max(begin, 99))) :]


LINES = edited(SOUND, st.sampled_from(NOISE), changed)


@st.composite
def damaged_logs(draw: st.DrawFn) -> bytes:
    """Draw a damaged log with line ends of any sort, perhaps in another encoding, perhaps cut."""
    rows = draw(LINES)
    ends = draw(st.one_of(st.just([b"\n"]), st.lists(st.sampled_from(LINE_ENDS), min_size=1, max_size=4)))
    everywhere = draw(st.sampled_from([b"", b"", b"", *PREFIXES]))
    data = b"".join(everywhere + row + ends[place % len(ends)] for place, row in enumerate(rows))
    if draw(st.booleans()):
        data = data[: len(data) - draw(st.integers(0, min(len(data), 60)))]
    encoding = draw(st.sampled_from(["", "", "", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le"]))
    return data.decode("utf-8", "replace").encode(encoding) if encoding else data


LOGS = st.one_of(damaged_logs(), st.binary(max_size=200))
