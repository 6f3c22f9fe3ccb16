"""TensorBoard's event files: their scalars as frames, whoever wrote them.

All scalars become one frame, ``steps``: a row a step, a column a tag. A tag whose first part is a frame of metalog's
own format goes to a frame of that name, and what metalog wrote itself goes back to where it came from, with the level
that its steps count. A file is a sequence of records: the length, its checksum, the event, its checksum.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Final

import numpy as np

from metalog.columns import Columns
from metalog.errors import FormatError, MissingExtraError
from metalog.formats import native
from metalog.formats.declare import declare
from metalog.formats.model import LINE, SEGMENT, Format
from metalog.formats.template import MISSING
from metalog.reading.writers import diagnostic
from metalog.runs.run import Run, Segment
from metalog.sources.streams import Stream

#: What the first event of a file says, within so many bytes.
_MAGIC, _HEAD = b"brain.Event:", 64
#: Beside each tag metalog writes a tensor of all its values, as float64: a kind of data that is nobody else's.
EXACT: Final = "metalog"
_SCALARS, _HPARAMS = "scalars", "_hparams_/session_start_info"
_LARGEST: Final = 1 << 30
_FRAME, _LEVEL = "steps", "step"
_MOST: Final = np.iinfo(np.int32).max
_OVER: Final = re.compile(r" over ([A-Za-z_]\w*)$")
#: Where a tag goes: a frame, the level that its steps count, a column.
_Place = tuple[str, str, str]
#: What a format of such frames looks like as a declaration.
_LINE: Final = '[[line]]\ntemplate = "{frame} {{{level}}}: {{*}}"\nrow = "{frame}"\nname = "{frame}"\n'


def is_events(stream: Stream) -> bool:
    """Tell whether a stream is an event file, by its first bytes."""
    return _MAGIC in stream.peek(_HEAD)


def events_format(levels: dict[str, str] | None = None) -> Format:
    """Return the format of frames with a column a tag, whose rows number a level each."""
    frames = levels or {_FRAME: _LEVEL}
    names = dict.fromkeys(frames.values())
    text = f'name = "tensorboard"\ntitle = "scalars of event files"\nlevels = {[*names]}\n'.replace("'", '"')
    text += "".join(f"[level.{name}]\nany_stride = true\n" for name in names)
    return declare(text + "".join(_LINE.format(frame=frame, level=level) for frame, level in frames.items()))


@dataclass
class _Rows:
    """The rows of a frame: by segment, step and how often a tag came at that step."""

    level: str
    values: dict[tuple[int, int, int], dict[str, float]] = field(default_factory=dict)

    def add(self, segment: int, step: int, column: str, value: float) -> dict[str, float]:
        """Enter a value; return its row."""
        again = 0
        while column in (row := self.values.setdefault((segment, step, again), {})):
            again += 1
        row[column] = value
        return row


def read_events(stream: Stream, name: str, *, strict: bool = False) -> Run:
    """Read the scalars of an event file, or of several one after the other, which are segments where steps go back.

    Raises
    ------
    MissingExtraError
        If tensorboard is missing.
    FormatError
        With `strict`, if the file is cut or damaged.
    """
    try:
        import tensorboard  # noqa: F401 - only whether it is there
    except ImportError:
        raise MissingExtraError("tensorboard", "tensorboard", "reading event files") from None
    found = _Events()
    reader = io.BufferedReader(stream)
    failure = found.take(reader)
    reader.detach()
    run = found.run(name)
    if failure or stream.failure:
        message = f"the input ends too early: {stream.failure or failure}"
        cut = diagnostic(max(found.number, 1), "truncated-stream", message, "")
        if strict:
            raise FormatError(name, cut)
        run.diagnostic_records = [(cut, None)]
        run.diagnostic_counts = {cut.code: 1}
    return run


class _Events:
    def __init__(self) -> None:
        self.number = 0
        self._frames: dict[str, _Rows] = {}
        self._places: dict[str, _Place | None] = {}
        self._entered: dict[str, list[dict[str, float]]] = {}
        self._config: dict[str, Any] = {}
        self._ours = False
        self._segment, self._last, self._begins = 0, -1, False

    def take(self, reader: IO[bytes]) -> str:
        """Take all events; return why there may be more, ``""`` if all is well."""
        from google.protobuf.message import DecodeError
        from tensorboard.compat.proto.event_pb2 import Event

        try:
            for data in _records(reader):
                self._event(Event.FromString(data))
                self.number += 1
        except (EOFError, DecodeError) as error:
            return str(error) or "an event is damaged"
        return ""

    def _event(self, event: Any) -> None:
        if event.file_version:
            self._ours = event.source_metadata.writer == "metalog"
            self._begins, self._places, self._entered = self.number > 0, {}, {}
        for value in event.summary.value:
            if value.tag == _HPARAMS:
                self._config |= _hyperparameters(value.metadata.plugin_data.content)
                continue
            if value.metadata.plugin_data.plugin_name == EXACT:
                self._exactly(value.tag.removeprefix(f"{EXACT}/"), value.tensor.double_val)
                continue
            if value.tag not in self._places:
                self._places[value.tag] = self._place(value)
            place = self._places[value.tag]
            if place is not None:
                row = self._scalar(place, event.step, _number(value))
                if self._ours:
                    self._entered.setdefault(value.tag, []).append(row)

    def _exactly(self, tag: str, values: Sequence[float]) -> None:
        """Put float64 values in the place of what was entered of a tag in this file."""
        place, entered = self._places.get(tag), self._entered.get(tag, [])
        if place is not None and len(entered) == len(values):
            for row, value in zip(entered, values, strict=True):
                row[place[2]] = value

    def _place(self, value: Any) -> _Place | None:
        if not (value.HasField("simple_value") or value.metadata.plugin_data.plugin_name == _SCALARS):
            return None
        family, _, rest = value.tag.partition("/")
        over = _OVER.search(value.metadata.summary_description)
        if self._ours and rest and over:
            return family, over[1], rest
        return (family, _LEVEL, rest) if rest and family in native().frames else (_FRAME, _LEVEL, value.tag)

    def _scalar(self, place: _Place, step: int, value: float) -> dict[str, float]:
        frame, level, column = place
        if self._begins and step <= self._last:  # another file, which begins again
            self._segment += 1
        self._begins = False
        self._last = max(step, self._last)
        return self._frames.setdefault(frame, _Rows(level)).add(self._segment, step, column, value)

    def run(self, name: str) -> Run:
        """Return what was found."""
        levels = {frame: rows.level for frame, rows in self._frames.items()}
        form = events_format(levels)
        keys = sorted({(*key[:2], frame, key[2]) for frame, rows in self._frames.items() for key in rows.values})
        line = {key: number for number, key in enumerate(keys, 1)}
        records = {frame: _columns(frame, rows, line) for frame, rows in self._frames.items()}
        run = Run(name, form, records or {_FRAME: _columns(_FRAME, _Rows(_LEVEL), line)})
        first = {segment: number for (segment, *_), number in reversed(line.items())}
        run.segments = tuple(Segment(number, "", first[number]) for number in sorted(first)) or (Segment(0, "", 1),)
        run.configs = {"": self._config} if self._config else {}
        run.counts = {frame: len(rows.values) for frame, rows in self._frames.items()}
        return run


def _columns(frame: str, rows: _Rows, line: dict[tuple[int, int, str, int], int]) -> Columns:
    keys = sorted(rows.values)
    segment, step, _ = np.array(keys, np.int64).reshape(-1, 3).T
    names = dict.fromkeys(name for key in keys for name in rows.values[key])
    return {
        SEGMENT: segment.astype(np.int32),
        rows.level: np.where((step < 0) | (step > _MOST), MISSING, step).astype(np.int32),
        **{name: np.array([rows.values[key].get(name, np.nan) for key in keys], np.float64) for name in names},
        LINE: np.array([line[key[0], key[1], frame, key[2]] for key in keys], np.int64),
    }


def _records(reader: IO[bytes]) -> Iterator[bytes]:
    """Yield the contents of records; EOFError where the file is cut or damaged."""
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

    while head := reader.read(12):
        if len(head) < 12:
            raise EOFError("the file ends in the middle of an event")
        size, checksum = struct.unpack("<QI", head)
        if masked_crc32c(head[:8]) != checksum or size > _LARGEST:
            raise EOFError("the length of an event is damaged")
        data = reader.read(size + 4)
        if len(data) < size + 4:
            raise EOFError("the file ends in the middle of an event")
        if masked_crc32c(data[:-4]) != struct.unpack("<I", data[-4:])[0]:
            raise EOFError("an event is damaged")
        yield data[:-4]


def _number(value: Any) -> float:
    if value.HasField("simple_value"):
        return float(value.simple_value)
    from tensorboard.util.tensor_util import make_ndarray

    numbers = value.tensor.double_val or value.tensor.float_val or make_ndarray(value.tensor).reshape(-1)
    return float(numbers[0]) if len(numbers) == 1 else float("nan")


def _hyperparameters(content: bytes) -> dict[str, Any]:
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    found = {}
    for name, value in HParamsPluginData.FromString(content).session_start_info.hparams.items():
        one = getattr(value, value.WhichOneof("kind") or "string_value")
        found[name] = int(one) if isinstance(one, float) and one.is_integer() else one
    return found
