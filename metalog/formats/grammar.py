"""The log format: the one place where it is defined.

Every kind of line is a :class:`Kind` in :data:`KINDS`. From this table come the lines that the writer
writes, the patterns that both scan engines match, the columns of the frames, the order that the state
machine enforces and the table in the documentation. A new kind of line is one entry here.

A template is literal text with fields in it: ``{name}`` is an unsigned decimal integer, ``{name:5}`` the
same right-aligned in five columns, ``<name>`` a float as Python's ``repr`` writes it, and ``…`` the rest
of the line. Only the standard library is used, so that a trainer can log without pandas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

FORMAT_NAME: Final = "metalog"
FORMAT_VERSION: Final = 1

#: The largest counter that a frame can hold; a line with a larger one is kept, its counter missing.
MAX_COUNTER: Final = 2**31 - 2
#: Stands for "no counter" or "a counter that could not be read" wherever counters are plain integers.
MISSING: Final = -1

_PLACEHOLDER = re.compile(r"\{(?P<int>\w+)(?::(?P<width>\d+))?\}|<(?P<float>\w+)>|(?P<text>…)")
_NOT_IN_A_LINE = re.compile("[^\t -\x7e\xa0-\u2027\u202a-\U0010ffff]")
_FLOAT = rb"-?(?:[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|inf|nan)"


@dataclass(frozen=True, slots=True)
class Field:
    """A variable part of a line: its name, ``"int"``, ``"float"`` or ``"text"``, and its least width."""

    name: str
    type: str
    width: int = 0

    @property
    def pattern(self) -> bytes:
        """The regular expression, with one group, that matches this field's bytes."""
        if self.type == "int":
            return (rb" *" if self.width else rb"") + rb"([0-9]+)"
        return rb"(" + _FLOAT + rb")" if self.type == "float" else rb"(.*)"

    def render(self, value: object) -> str:
        """Write `value` as the format demands; raise ValueError if it can't be written."""
        if self.type == "int":
            if isinstance(value, bool) or not hasattr(value, "__index__"):
                raise ValueError(f"{self.name} must be an integer, not {value!r}")
            number = int(value.__index__())
            if not 0 <= number <= MAX_COUNTER:
                raise ValueError(f"{self.name} must be from 0 to {MAX_COUNTER}, not {number}")
            return f"{number:{self.width or ''}}"
        if self.type == "float":
            return repr(float(value))  # type: ignore[arg-type]  # float() itself refuses what it can't take
        text = str(value)
        if _NOT_IN_A_LINE.search(text):
            raise ValueError(f"a comment must be a single line without control characters, not {text!r}")
        return text


@dataclass(frozen=True)
class Kind:
    """One kind of line: its name, template, a sample line, what it means, and what may come after it."""

    name: str
    template: str
    sample: str
    meaning: str
    followers: tuple[str, ...]

    @cached_property
    def parts(self) -> tuple[str | Field, ...]:
        """The template cut into literal strings and fields, in order."""
        return tuple(_cut(self.template))

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields alone."""
        return tuple(part for part in self.parts if isinstance(part, Field))

    @property
    def literals(self) -> tuple[str, ...]:
        """The literal pieces alone."""
        return tuple(part for part in self.parts if isinstance(part, str))

    @property
    def code(self) -> int:
        """Position in :data:`KINDS`: what stands for this kind in arrays."""
        return _CODES[self.name]

    @property
    def ends_open(self) -> bool:
        """Whether a line of this kind that lost its line end may have lost digits too."""
        return isinstance(self.parts[-1], Field)

    @cached_property
    def pattern(self) -> re.Pattern[bytes]:
        """Matches a whole line of this kind, without its line end; one group a field."""
        pieces = (part.pattern if isinstance(part, Field) else re.escape(part.encode()) for part in self.parts)
        return re.compile(b"".join(pieces), re.DOTALL)

    def render(self, *values: object) -> str:
        """Write a line of this kind, without its line end.

        Raises
        ------
        ValueError
            If the number of values is wrong or one of them can't be written in this format.
        """
        if len(values) != len(self.fields):
            names = ", ".join(field.name for field in self.fields) or "nothing"
            raise ValueError(f"a {self.name} line takes {names}; got {len(values)} values")
        remaining = iter(values)
        return "".join(part if isinstance(part, str) else part.render(next(remaining)) for part in self.parts)


def _cut(template: str) -> Iterator[str | Field]:
    end = 0
    for match in _PLACEHOLDER.finditer(template):
        if match.start() > end:
            yield template[end : match.start()]
        end = match.end()
        if match["int"]:
            yield Field(match["int"], "int", int(match["width"] or 0))
        else:
            yield Field(match["float"], "float") if match["float"] else Field("text", "text")
    if end < len(template):
        yield template[end:]


_AFTER_PROBLEM = ("problem", "meta-step", "meta-validation begin", "rule")

#: Every kind of line, in the order in which a log introduces them; comments may stand anywhere.
KINDS: Final[tuple[Kind, ...]] = (
    Kind(
        "rule",
        "=" * 31,
        "=" * 31,
        "frame above and below the meta-epoch banner",
        ("meta-epoch",),
    ),
    Kind(
        "meta-epoch",
        "//           Meta-Epoch {meta_epoch}       //",
        "//           Meta-Epoch 1       //",
        "meta-epoch n begins, n = 1, 2, …",
        ("rule below",),
    ),
    Kind(
        "meta-step",
        "{updates} updates at Meta-Level",
        "0 updates at Meta-Level",
        "a meta-step begins; so many meta-updates were done before it in this meta-epoch, so its number is updates + 1",
        _AFTER_PROBLEM,
    ),
    Kind(
        "problem",
        "- Problem {problem} -",
        "- Problem 1 -",
        "the k-th problem of the meta-batch begins, k = 1, 2, …",
        ("epoch", *_AFTER_PROBLEM),
    ),
    Kind(
        "epoch",
        "Epoch {epoch}",
        "Epoch 1",
        "epoch e of the inner training on this problem begins, e = 1, 2, …",
        ("step", "validation"),
    ),
    Kind(
        "step",
        "Epoch {epoch}, step {step:5}], Loss: <loss>, Accuracy: <accuracy>",
        "Epoch 1, step     1], Loss: 0.7337116003036499, Accuracy: 0.625",
        "one inner training step, s = 1, 2, … within the epoch; the lone ] belongs to the format",
        ("step", "validation"),
    ),
    Kind(
        "validation",
        "Epoch {epoch}, VALIDATION], Loss: <loss>, Accuracy: <accuracy>",
        "Epoch 1, VALIDATION], Loss: 0.7054024835427603, Accuracy: 0.5",
        "after the epoch's last step: mean over the problem's validation samples",
        ("epoch", "finished", *_AFTER_PROBLEM),
    ),
    Kind(
        "meta-validation begin",
        "META-VALIDATION STEP:",
        "META-VALIDATION STEP:",
        "comes after a complete meta-step, and belongs to that meta-step",
        ("meta-validation batch", "meta-validation end"),
    ),
    Kind(
        "meta-validation batch",
        "Validation step {batch}",
        "Validation step 10",
        "meta-batch b of the meta-validation set; usually only every tenth is logged (10, 20, …)",
        ("meta-validation result", "meta-validation batch", "meta-validation end"),
    ),
    Kind(
        "meta-validation result",
        "Last epoch, VALIDATION], Loss: <loss>, Accuracy: <accuracy>",
        "Last epoch, VALIDATION], Loss: 0.7745423913002014, Accuracy: 0.5",
        "one per problem of that batch, in order",
        ("meta-validation result", "meta-validation batch", "meta-validation end"),
    ),
    Kind(
        "meta-validation end",
        "END OF META-VALIDATION STEP",
        "END OF META-VALIDATION STEP",
        "the meta-validation is complete",
        ("meta-step", "rule"),
    ),
    Kind(
        "finished",
        "Finished Training",
        "Finished Training",
        "closes a plain learning log",
        (),
    ),
    Kind(
        "comment",
        "# …",
        '# config {"seed": 0}',
        "ours: what the format has no room for; other readers skip it",
        (),
    ),
)

_CODES: Final = {kind.name: code for code, kind in enumerate(KINDS)}
#: The kinds by name.
BY_NAME: Final = {kind.name: kind for kind in KINDS}
#: The rule below a banner is written like the one above it but may be followed by other lines.
RULE_BELOW: Final = "rule below"
RULE_BELOW_FOLLOWERS: Final = ("meta-step", "rule")

#: Counters that a record takes from the headers above it, outermost first.
LEVELS: Final = ("meta_epoch", "meta_step", "problem")


def _record_columns(levels: tuple[str, ...], *fields: str) -> tuple[str, ...]:
    return ("segment", *levels, *fields, "line")


def _field_names(kind: str) -> tuple[str, ...]:
    return tuple(field.name for field in BY_NAME[kind].fields)


#: The columns of each frame, in order.
FRAMES: Final[dict[str, tuple[str, ...]]] = {
    "steps": _record_columns(LEVELS, *_field_names("step")),
    "validations": _record_columns(LEVELS, *_field_names("validation")),
    "meta_validation": _record_columns(
        LEVELS[:2], *_field_names("meta-validation batch"), "problem", *_field_names("meta-validation result")
    ),
    "meta_steps": (
        "segment",
        *LEVELS[:2],
        "global_meta_step",
        "problems",
        "complete",
        "train_loss",
        "train_accuracy",
        "validation_loss",
        "validation_accuracy",
    ),
    "diagnostics": ("line", "column", "code", "severity", "message", "text"),
}

#: First words of the comments that mean something to the reader; each is followed by one JSON object.
COMMENT_TAGS: Final = {
    "config": "the resolved configuration of the run, versions included",
    "meta-step": "what the format has no room for, for the meta-step just finished",
    "meta-test": "the results of a meta-test",
}
#: The first line of a log that our writer writes.
HEADER: Final = f"{FORMAT_NAME} log format {FORMAT_VERSION}"

#: Words that belong to other kinds of line, so that a comment must not contain them.
RESERVED: Final = tuple(
    sorted(
        {piece.strip(" ,]:-/") for kind in KINDS for piece in kind.literals if re.search("[A-Z]", piece)} | {"=" * 31}
    )
)


def markdown_table() -> str:
    """Return the table of all kinds of line for the documentation."""
    rows = (f"| {kind.name} | `{kind.template}` | `{kind.sample}` | {kind.meaning} |" for kind in KINDS)
    return "\n".join(("| kind | template | sample | meaning |", "| --- | --- | --- | --- |", *rows)) + "\n"
