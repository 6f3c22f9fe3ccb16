"""A format's levels and lines as tables: what each line turns, and what it means below another one.

A line leaves a path of open levels, outermost first. Two neighbours fit if the second one needs no level opened that
the first one's path lacks, and leaves none unclosed that has a line of its own to close it; whether its numbers are
the next ones is asked when it is read.
"""

from __future__ import annotations

from functools import cache

from metalog.formats.line import Line
from metalog.formats.model import Format, Level
from metalog.odometer.kinds import Check, Kind, Pair, Role


class Tables:
    """All that the odometer knows of a format.

    Attributes
    ----------
    kinds
        The kinds of line, in the order of the format; behind them for each line that stands around a level its twin
        below the level's opening line, and :attr:`start`, which stands before the first line.
    frames
        The names of the frames of rows.
    kept
        The levels whose turns are listed, since summaries need them.
    carried
        The levels whose turns are counted through the turns of the one around them, by that one.
    """

    def __init__(self, form: Format) -> None:
        self.format = form
        self.levels: tuple[Level, ...] = form.levels
        self.frames = tuple(form.parts)
        self.closable = {form.line_levels[code] for code, line in enumerate(form.lines) if line.closes} - {-1}
        self.framed = {form.level(line.around) for line in form.lines if line.around}
        self.optional = next((index for index, level in enumerate(self.levels) if level.optional), -1)
        self.kept = {level for one in form.summaries for level in (one.level, one.over)}
        totals = [one.level for one in form.summaries if one.total and self.levels[one.level].parent >= 0]
        self.carried = {self.levels[level].parent: level for level in totals}
        self.openers = {form.line_levels[code]: line for code, line in enumerate(form.lines) if line.opens}
        self.openers.pop(-1, None)
        self.numbered_late = form.numbered_late
        self.unprinted = {index for index, level in enumerate(self.levels) if level.unprinted}
        self.shared = self._shared()
        self.phases = [*dict.fromkeys(line.set for line in form.lines if line.set)]
        own = [self._kind(code, line) for code, line in enumerate(form.lines)]
        twins = [
            (code, Kind(own[code].name, Role.AROUND, own[code].level, form.path(own[code].level)))
            for code, line in enumerate(form.lines)
            if line.around
        ]
        self.below = {code: len(own) + place for place, (code, _) in enumerate(twins)}
        self.start = len(own) + len(twins)
        self.kinds = (*own, *(kind for _, kind in twins), Kind("", Role.NONE, -1, ()))
        self.inside = tuple(self._inside(level) for level in range(len(self.levels)))
        self._pairs: dict[tuple[int, int], Pair] = {}

    def _kind(self, code: int, line: Line) -> Kind:
        form, level = self.format, self.format.line_levels[code]
        counters = tuple(self._check(line, level, name) for name in line.counters)
        shown = min((own for own, _ in counters if own >= 0), default=-1)
        frame = self.frames.index(form.part_of[code]) if form.part_of[code] else -1
        role = self._role(line, level, shown)
        path = () if role in (Role.AROUND, Role.NONE, Role.BEGIN) else form.path(level)
        shows = role is Role.ROW and not form.exact and self._shows(level, shown)
        joins = role in (Role.OPEN, Role.ROW) and level in self.shared
        phase = self.phases.index(line.set) if line.set else -1
        return Kind(line.name, role, level, path, counters, shown, line.plus, frame, shows or joins, joins, phase)

    def _role(self, line: Line, level: int, shown: int) -> Role:
        if line.comment:
            return Role.NONE
        if line.around:
            return Role.AROUND
        if line.opens:
            return Role.BEGIN if level < 0 else Role.OPEN
        if line.closes:
            return Role.END if level < 0 else Role.CLOSE
        if line.frame:
            return Role.ROW if shown >= 0 or line.count else Role.VALUE
        return Role.NONE

    def _shows(self, level: int, shown: int) -> bool:
        """Tell whether a row shows a number that no header has announced."""
        if shown < 0:
            return False
        parent = self.parent(shown)
        return shown != level or parent < 0 or parent in self.unprinted or parent in self.numbered_late

    def _shared(self) -> frozenset[int]:
        """Return the levels whose number several kinds of line show."""
        if self.format.exact:
            return frozenset()
        lines = [line for line in self.format.lines if not (line.closes or line.around)]
        shown = [self.format.level(name) for line in lines for name in line.counters]
        return frozenset(level for level in shown if shown.count(level) > 1)

    def _check(self, line: Line, level: int, name: str) -> tuple[int, Check]:
        own = self.format.level(name)
        if line.opens and own < 0:
            own = level
        if own < 0:
            return -1, Check.FREE
        if own == level and not line.closes:
            return own, Check.GROW if self.levels[own].any_stride else Check.NEXT
        return own, Check.SAME

    def _inside(self, level: int) -> tuple[int, ...]:
        paths = [self.format.path(other) for other in range(len(self.levels))]
        return tuple(other for other, path in enumerate(paths) if level in path[:-1])

    def parent(self, level: int) -> int:
        """Return the level around a level, -1 for the outermost."""
        return self.levels[level].parent

    def is_counted(self, level: int) -> bool:
        """Tell whether the turns of a level within the one around it are compared with what is usual."""
        own = self.levels[level]
        return level in self.format.numbered and own.parent >= 0 and not (own.resumes or own.any_stride)

    def closes(self, kind: int) -> bool:
        """Tell whether the innermost level of a line's path is closed by it."""
        return self.kinds[kind].role is Role.CLOSE

    def pair(self, above: int, this: int) -> Pair:
        """Return what a line of kind `this` means below one of kind `above`."""
        key = above, this
        if key not in self._pairs:
            self._pairs[key] = self._pair(above, this)
        return self._pairs[key]

    def _pair(self, above: int, this: int) -> Pair:
        kind, upper = self.kinds[this], self.kinds[above]
        needed = self._needed(kind)
        kept, lacks = self._lacks(upper.path, needed, kind)
        if self.closes(above) and upper.level in needed and kept == len(upper.path):
            kept, lacks = kept - 1, needed[kept - 1 :]  # what was closed can't hold anything more
        ended = upper.path[kept:]
        closed = upper.path[-1:] if self.closes(above) else ()
        if kind.role in (Role.VALUE, Role.NONE):  # it leaves all as it is
            return Pair(lacks, (), (), False, not lacks and self._fits(above, this))
        stays = kind.path if kind.role in (Role.CLOSE, Role.ROW) else ()
        unclosed = tuple(level for level in ended if level in self.closable and level not in (*closed, *stays))
        counts = kind.role is not Role.END and (kind.role is not Role.CLOSE or kind.level in upper.path)
        counted = tuple(self._counted(above, kind, kept, unclosed)) if counts else ()
        last = kind.role is Role.CLOSE and any(
            kind.level in self.format.path(self.parent(level))[:-1] for level in counted
        )
        return Pair(lacks, unclosed, counted, last, not lacks and not unclosed and self._fits(above, this))

    def _needed(self, kind: Kind) -> tuple[int, ...]:
        """Return the levels that must be open for a line, those that it shows itself not among them."""
        if kind.role in (Role.AROUND, Role.END, Role.NONE, Role.BEGIN):
            return ()
        if kind.role is Role.VALUE:
            return kind.path
        if kind.role is Role.CLOSE and kind.shown < 0:
            return ()
        return self.format.path(kind.shown if kind.shown >= 0 else kind.level)[:-1]

    def _lacks(self, open_: tuple[int, ...], needed: tuple[int, ...], kind: Kind) -> tuple[int, tuple[int, ...]]:
        """Return how many of the open levels stay open, and which of the needed ones are missing.

        Inside a level the others come in the order of the format: where an earlier one follows a later one, the level
        around them has turned.
        """
        path = kind.path
        kept = 0
        while kept < min(len(open_), len(path)) and open_[kept] == path[kept]:
            kept += 1
        if kind.role is Role.CLOSE and kind.shown < 0:
            return (kept, ()) if kept == len(path) else (len(open_), ())
        if kind.role in (Role.OPEN, Role.ROW) and kept == len(path):
            kept -= 1
        kept = min(kept, len(path))
        turned = 0 < kept < min(len(open_), len(path)) and open_[kept] > path[kept]
        kept -= turned
        return kept, needed[kept:]

    def _counted(self, above: int, kind: Kind, kept: int, unclosed: tuple[int, ...]) -> list[int]:
        """Return the levels whose turns inside the level around them end with this line."""
        upper = self.kinds[above]
        children = dict(zip(upper.path, upper.path[1:], strict=False))
        if upper.role is Role.OPEN and (first := self._first_child(upper.level)) >= 0:
            children[upper.level] = first
        if self.closes(above):
            children.pop(upper.path[-1], None)
        counted = []
        for place, (parent, child) in enumerate(children.items()):
            goes_on = place < kept and len(kind.path) > place + 1 and kind.path[place + 1] == child
            stands = place < kept and kind.role is not Role.CLOSE and len(kind.path) == place + 1
            closed = kind.role is Role.CLOSE and parent == kind.level
            if (goes_on and not closed) or stands or not self.is_counted(child):
                continue
            if child in unclosed or (parent in self.closable and parent in unclosed):
                continue
            counted.append(child)
        return counted[::-1]

    def _first_child(self, level: int) -> int:
        return next((index for index, own in enumerate(self.levels) if own.parent == level), -1)

    def _fits(self, above: int, this: int) -> bool:
        kind, upper = self.kinds[this], self.kinds[above]
        if kind.role is Role.NONE:
            return True
        if above == self.start or upper.role is Role.END or kind.role in (Role.END, Role.BEGIN):
            return False
        if kind.role is Role.VALUE:
            return not (self.closes(above) and upper.level in kind.path)
        if upper.role is Role.OPEN and upper.level in self.framed and this not in self.below.values():
            return False
        if kind.role is Role.AROUND:
            return upper.role is not Role.AROUND or above in self.below.values()
        if upper.role is Role.AROUND and above not in self.below.values():
            return kind.role is Role.OPEN and kind.level == upper.level and kind.level not in self.carried
        if kind.role is Role.OPEN:
            is_again = kind.level in upper.path and kind.level not in self.format.numbered
            return kind.level not in self.carried and kind.level not in self.framed and not is_again
        if kind.role is Role.CLOSE and kind.shown < 0:
            return kind.level in upper.path and not (self.closes(above) and upper.level == kind.level)
        if kind.shown >= 0 and (kind.role is Role.CLOSE or kind.shown != kind.level):
            return kind.shown in upper.path and not (self.closes(above) and upper.level == kind.shown)
        return kind.role is Role.ROW


@cache
def tables(form: Format) -> Tables:
    """Return the tables of a format; they are made once."""
    return Tables(form)
