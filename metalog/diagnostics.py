"""Every code that a diagnostic can bear: how serious it is, what it means, an example and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Code:
    """A sort of diagnostic: see :class:`metalog.errors.Diagnostic` for the severities."""

    severity: str
    meaning: str
    example: str
    advice: str


#: Of these, a stretch of neighbouring lines is one diagnostic.
IN_STRETCHES: Final = frozenset({"noise", "text-before"})
#: Of each code so many are kept; all are counted.
MOST_KEPT: Final = 1000
#: Of damaged lines that lack the same so many are kept; all are counted.
MOST_ALIKE: Final = 10
CODES: Final[dict[str, Code]] = {
    # in the text of a line
    "malformed": Code(
        "error",
        "a line has the words of a record but not its form; its values are not used",
        "`Epoch 1, step     1], Loss: 0.5, Accur`",
        "torn or overwritten output: compare with the run's other copies",
    ),
    "noise": Code(
        "warning",
        "lines that are no part of the format, stepped over; a stretch of them is one diagnostic",
        "`UserWarning: lr_scheduler.step() was called before …`",
        "nothing, unless it should have been a record; `--rejects FILE` writes these lines",
    ),
    "text-before": Code(
        "warning",
        "a record follows other text on its line; the record is used",
        "`50%|█████     | 5/10 [00:01<00:01]Epoch 2, step     1], Loss: 0.5, Accuracy: 1.0`",
        "a progress bar without a line end: check that the text in front is no torn record",
    ),
    "cut-line": Code(
        "warning",
        "the last line has no line end, so its last number may lack digits; it is not used",
        "`Epoch 1, step     1], Loss: 0.5, Accuracy: 0.`",
        "the run was killed or is still going; read again later, or add the line end if the line is whole",
    ),
    "nul-bytes": Code(
        "warning",
        "NUL bytes stand before or in place of text",
        "`␀␀␀␀Epoch 3`",
        "a crash or a full disk left a hole here: lines before it may be lost",
    ),
    "long-line": Code(
        "warning",
        "a line of more than a mebibyte; only its beginning and end were looked at",
        "100 MB without a line end",
        "look for binary output in the log",
    ),
    "bad-comment": Code(
        "warning",
        "a comment of ours whose JSON can't be read, which is not used; or one with a name beyond the first 1,000",
        '`# config {"seed": `',
        "torn or edited: restore the line from another copy",
    ),
    "truncated-stream": Code(
        "warning",
        "the compressed file ends too early; all that could be unpacked was read",
        "a `.gz` whose download broke off",
        "fetch or compress the file again",
    ),
    "out-of-range": Code(
        "warning",
        "a value is not where its kind of value can be; it is kept as it is",
        "`Accuracy: 75.0` where accuracies are fractions from 0 to 1",
        "a percentage, or a damaged line: look at the lines around it",
    ),
    "not-finite": Code(
        "warning",
        "a value is nan or infinite: the first of its column, further ones are not listed",
        "`Epoch 1, step     1], Loss: nan, Accuracy: 0.5`",
        "too high a learning rate, a logarithm of 0 or bad data; `metalog parse` says since when it stays so",
    ),
    "traceback": Code(
        "error",
        "the program failed: a Python traceback, of which the last line is quoted; all its lines are one diagnostic",
        "`Traceback (most recent call last):`",
        "mend what it says; the records before it are whole",
    ),
    "killed": Code(
        "error",
        "the shell, the scheduler or the kernel says that the program was ended",
        "`slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT … DUE TO TIME LIMIT ***`",
        "more memory or time, perhaps; then resume from the last checkpoint",
    ),
    # in a counter
    "overflow": Code(
        "error",
        "a counter is too large for a frame; the record is kept, its counter missing",
        "`99999999999999999999 updates at Meta-Level`",
        "a damaged line: the numbers around it tell what it was",
    ),
    "gap": Code(
        "error",
        "a counter jumps forward: lines are missing",
        "`Epoch 3` after the end of epoch 1",
        "restore the lines from another copy; the meta-step does not count as complete",
    ),
    "repeated": Code(
        "error",
        "a line comes twice, or a counter stays where it was",
        "`Epoch 2` right after `Epoch 2`",
        "the records are kept twice: drop the copy, or look for two processes that write to one file",
    ),
    "order": Code(
        "error",
        "a line stands where the format doesn't allow it, or a counter goes back",
        "`Validation step 20` after `Validation step 30`",
        "lines were swapped or lost, or two processes write to one file without a prefix",
    ),
    "lost-header": Code(
        "error",
        "records come without the header they need; the counter it would have told is missing, nothing is merged",
        "`Epoch 1` again with no `- Problem 2 -` before it",
        "restore the header line; until then the records have <NA> in that column",
    ),
    "uneven": Code(
        "error",
        "a count differs from the usual: steps in an epoch, epochs in a problem, problems or results in a batch",
        "2 steps in an epoch where the others have 3",
        "lines are missing or doubled just before this one",
    ),
    "unfinished": Code(
        "warning",
        "something ends before it is complete: an epoch without its validation, a meta-step without all its problems",
        "the log ends after `Epoch 7, step     2]…`",
        "the run was killed or is still going; the meta-step does not count as complete",
    ),
    "no-finish": Code(
        "info",
        "a plain learning log does not end with `Finished Training`",
        "the log ends after `Epoch 15, VALIDATION]…`",
        "the run was killed or is still going",
    ),
    # runs in one file
    "restart": Code(
        "warning",
        "the log starts over; a new segment begins",
        "`Meta-Epoch 1` after 200 meta-steps",
        "tell the runs apart by `segment`",
    ),
    "resume": Code(
        "warning",
        "a resumed run repeats meta-steps; a new segment begins",
        "`120 updates at Meta-Level` after `133 updates at Meta-Level`",
        'choose which copy counts with `on_restart="last"` or `"first"`',
    ),
}


def markdown_table() -> str:
    """Return the table of all codes for the documentation."""
    rows = (
        f"| `{name}` | {code.severity} | {code.meaning} | {code.example} | {code.advice} |"
        for name, code in CODES.items()
    )
    return (
        "\n".join(("| code | severity | meaning | example | what to do |", "| --- | --- | --- | --- | --- |", *rows))
        + "\n"
    )
