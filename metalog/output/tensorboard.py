"""Runs to TensorBoard's event files: a folder a run, or where a log starts over a folder a segment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from metalog.errors import MissingExtraError, UsageError
from metalog.output.atomic import replacing
from metalog.output.file_names import file_stems
from metalog.output.scalars import Scalars, flat, of_segment, scalars
from metalog.reading.events import EXACT
from metalog.runs.run import Run

#: The same name each time, so that what is written again takes the place of what was there.
FILE: Final = "events.out.tfevents.0.metalog"
_VERSION: Final = "brain.Event:2"


def write_tensorboard(runs: Mapping[str, Run], folder: Path) -> None:
    """Write runs as scalars, with their configurations as hyperparameters.

    Values are written as float32, which is what TensorBoard shows, and beside them as float64, which metalog reads
    back; times are not known. A tag is ``FRAME/COLUMN``; what its steps count stands in its
    description. See :func:`metalog.output.scalars.scalars`.

    Raises
    ------
    MissingExtraError
        If tensorboard is missing.
    UsageError
        If the folder can't be written.
    """
    try:
        import tensorboard  # noqa: F401 - only whether it is there
    except ImportError:
        raise MissingExtraError("tensorboard", "tensorboard", "writing event files") from None
    for (name, run), stem in zip(runs.items(), file_stems(list(runs)), strict=True):
        found = scalars(run)
        numbers = sorted({one.segment for one in found}) or [0]
        for number in numbers:
            own = folder / stem / f"segment-{number}" if len(numbers) > 1 else folder / stem
            try:
                own.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UsageError(f"{own} can't be made a folder: {error.strerror}") from error
            with replacing(own / FILE) as stream:
                of_number = [one for one in found if one.segment == number]
                _write(stream, _events(of_number, flat(of_segment(run, number)), name))


def _write(stream: Any, events: Iterator[Any]) -> None:
    from tensorboard.summary.writer.record_writer import RecordWriter

    writer = RecordWriter(stream)
    for event in events:
        writer.write(event.SerializeToString())


def _events(found: list[Scalars], config: dict[str, Any], name: str) -> Iterator[Any]:
    from tensorboard.compat.proto.event_pb2 import Event, SourceMetadata
    from tensorboard.compat.proto.summary_pb2 import Summary

    yield Event(file_version=_VERSION, source_metadata=SourceMetadata(writer="metalog"))
    if config:
        yield Event(summary=Summary(value=[_hyperparameters(config, name)]))
    by_step: dict[int, list[Any]] = {}
    for one in found:
        values = _values(one)
        for step, value in zip(one.step.tolist(), values, strict=True):
            by_step.setdefault(step, []).append(value)
    for step in sorted(by_step):
        yield Event(step=step, summary=Summary(value=by_step[step]))
    for one in found:
        yield Event(step=int(one.step[-1]), summary=Summary(value=[_exact(one)]))


def _hyperparameters(config: dict[str, Any], name: str) -> Any:
    """Return a configuration as TensorBoard's own function does, which would import TensorFlow."""
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import metadata
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionStartInfo

    info = SessionStartInfo(group_name=name)
    for key, value in config.items():
        kind = "bool_value" if isinstance(value, bool) else "string_value" if isinstance(value, str) else "number_value"
        setattr(info.hparams[key], kind, value)
    about = metadata.create_summary_metadata(HParamsPluginData(session_start_info=info))
    return Summary.Value(tag=metadata.SESSION_START_INFO_TAG, metadata=about, tensor=metadata.NULL_TENSOR)


def _values(one: Scalars) -> Iterator[Any]:
    """Yield values as float32: TensorBoard's server shows no others."""
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata

    plugin = SummaryMetadata.PluginData(plugin_name="scalars")
    about: dict[str, Any] = {
        "metadata": SummaryMetadata(plugin_data=plugin, summary_description=f"{one.tag} over {one.level}")
    }
    for value in one.value.tolist():
        yield Summary.Value(tag=one.tag, simple_value=value, **about)
        about = {}  # the first value of a tag tells


def _exact(one: Scalars) -> Any:
    """Return all values of a tag as one tensor of float64, for metalog to read back."""
    from tensorboard.compat.proto import types_pb2
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto

    about = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=EXACT))
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=len(one.value))])
    tensor = TensorProto(dtype=types_pb2.DT_DOUBLE, double_val=one.value.tolist(), tensor_shape=shape)
    return Summary.Value(tag=f"{EXACT}/{one.tag}", tensor=tensor, metadata=about)
