"""A kind of line: its templates, and what it does to the levels and the frames. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from metalog.formats.template import (
    COUNTERS,
    TEXTS,
    VALUES,
    Blanks,
    Field,
    Optional,
    Part,
    cut,
    fields,
    pattern,
)


@dataclass(frozen=True)
class Line:
    """A kind of line.

    Attributes
    ----------
    name
        Its name, which messages and counts use.
    template
        Its text with fields; see :mod:`metalog.formats.template`.
    alternatives
        Other texts that lines of this kind may have, in the order in which they are tried.
    exact
        Whether blanks and numbers must be just as the template and metalog write them.
    whole
        The integers that are the number of no level.
    sample, meaning
        For the documentation.
    opens, closes, around
        The level that begins here (``"run"``: all begin anew), that ends here (``"run"``: all do), or whose opening
        line this one stands around.
    row, into
        The frame that each such line is a row of, or into whose open row its values go.
    count, within
        A column that numbers such rows, and the level within which it does; alone, `within` is the level in which a
        line stands that shows none.
    each
        The column that numbers the values of a list, which become a row each.
    plus
        Added to the number that the line shows of the level that it opens.
    names
        What the keys of free pairs are called as columns: patterns with one ``*`` at most, and names.
    set
        Columns with a constant: of this line's rows, or if it is none, of those of the lines below that take them.
    takes
        The columns that this line's rows take from what lines above have set.
    without
        The level that a log which this line ends does not have.
    comment
        Whether other readers skip such lines.
    prose
        Whether it might be part of a sentence: behind text that is no known prefix it is not believed.
    """

    name: str
    template: str
    alternatives: tuple[str, ...] = ()
    exact: bool = True
    whole: frozenset[str] = frozenset()
    sample: str = ""
    meaning: str = ""
    opens: str = ""
    closes: str = ""
    around: str = ""
    row: str = ""
    into: str = ""
    count: str = ""
    within: str = ""
    each: str = ""
    plus: int = 0
    names: tuple[tuple[str, str], ...] = ()
    set: tuple[tuple[str, str], ...] = ()
    takes: tuple[str, ...] = ()
    without: str = ""
    comment: bool = False
    prose: bool = False

    @cached_property
    def variants(self) -> tuple[tuple[Part, ...], ...]:
        """Each template cut into literal strings, blanks and fields, in order."""
        return tuple(
            tuple(self._own(part) for part in cut(template, exact=self.exact))
            for template in (self.template, *self.alternatives)
        )

    def _own(self, part: Part) -> Part:
        if isinstance(part, Optional):
            return Optional(tuple(map(self._own, part.parts)))
        if isinstance(part, Field) and part.type == "int" and part.name in self.whole:
            return replace(part, type="whole")
        if isinstance(part, Field) and part.type == "text" and not self.comment:
            return replace(part, name="_text")
        return part

    @property
    def parts(self) -> tuple[Part, ...]:
        """The first template's parts."""
        return self.variants[0]

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The first template's fields."""
        return tuple(fields(self.parts))

    @property
    def frame(self) -> str:
        """The frame that its values go to, ``""`` for none."""
        return self.row or self.into

    @property
    def literals(self) -> tuple[str, ...]:
        """The first template's literal pieces."""
        return tuple(part for part in self.parts if isinstance(part, str))

    @cached_property
    def counters(self) -> tuple[str, ...]:
        """The names of the integers that are numbers of levels."""
        return self._names(COUNTERS)

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The names of its floats, and of integers that are kept as such."""
        return self._names(VALUES)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The names of its texts: words, choices, lists, pairs."""
        return self._names(TEXTS)

    def types(self) -> dict[str, str]:
        """Return the type of each field that is kept, in the order of the templates."""
        kept = (field for parts in self.variants for field in fields(parts) if field.is_kept)
        found: dict[str, str] = {}
        for field in kept:
            found.setdefault(field.name, field.type)
        return found

    def _names(self, types: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name, own in self.types().items() if own in types)

    @property
    def ends_open(self) -> bool:
        """Whether a line of this kind that lost its line end may have lost digits too."""
        return any(not isinstance(parts[-1], str) for parts in self.variants)

    @cached_property
    def patterns(self) -> tuple[re.Pattern[bytes], ...]:
        """One for each template: matches a whole line of this kind, without its line end; one group a field."""
        return tuple(re.compile(own, re.DOTALL) for own in self._patterns())

    @cached_property
    def pattern(self) -> re.Pattern[bytes]:
        """Matches a whole line of this kind, without its line end."""
        own = list(self._patterns())
        return re.compile(own[0] if len(own) == 1 else rb"(?:" + b"|".join(own) + b")", re.DOTALL)

    def _patterns(self) -> Iterator[bytes]:
        blanks = b"" if self.exact else rb"[ \t]*+"
        for parts in self.variants:
            yield blanks + pattern(parts) + blanks

    @property
    def shape(self) -> str:
        """The template with ``…`` in place of its fields, for messages."""
        return "".join(map(_shape, self.parts))

    def render(self, *values: object) -> str:
        """Write a line of this kind, without its line end.

        A value of an optional part may be None: then that part is left out.

        Raises
        ------
        ValueError
            If the number of values is wrong or one of them can't be written in this format.
        """
        kept = [field.name for field in self.fields if field.is_kept]
        if len(values) != len(kept):
            raise ValueError(f"a {self.name} line takes {', '.join(kept) or 'nothing'}; got {len(values)} values")
        return _render(self.parts, dict(zip(kept, values, strict=True)))

    def write(self, values: Mapping[str, object]) -> str:
        """Write a line of this kind, without its line end, from values by name; see :meth:`render`.

        Raises
        ------
        ValueError
            If a value is missing, unknown, or can't be written in this format.
        """
        kept = [field.name for field in self.fields if field.is_kept]
        for name in values:
            if name not in kept:
                raise ValueError(f"a {self.name} line has no {name!r}; it takes {', '.join(kept) or 'nothing'}")
        return self.render(*(values.get(name) for name in kept))


def _shape(part: Part) -> str:
    if isinstance(part, Optional):
        return "".join(map(_shape, part.parts))
    return part if isinstance(part, str) else " " if isinstance(part, Blanks) else "…"


def _render(parts: tuple[Part, ...], values: Mapping[str, object]) -> str:
    return "".join(_render_part(part, values) for part in parts)


def _render_part(part: Part, values: Mapping[str, object]) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Blanks):
        return " "
    if isinstance(part, Field):
        if part.is_kept and not part.exact and values[part.name] is None:
            raise ValueError(f"{part.name} is missing")
        return part.render(values[part.name]) if part.is_kept else _NOT_KEPT[part.type](part)
    kept = [field.name for field in fields(part.parts) if field.is_kept]
    return "" if kept and any(values[name] is None for name in kept) else _render(part.parts, values)


_NOT_KEPT: dict[str, Callable[[Field], str]] = {
    **dict.fromkeys((*COUNTERS, *VALUES, "list"), lambda _: "0"),
    "word": lambda _: "x",
    "choice": lambda field: field.words[0],
    "text": lambda _: "",
}
