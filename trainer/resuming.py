"""Whether a log may be written, and from where a run goes on that is resumed; nothing is cut or written here."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from metalog.errors import SourceError, UsageError
from metalog.formats import native
from trainer.checkpoint import Checkpoint, load, load_last, path_of, previous_of, way_out
from trainer.checkpoint_checks import require_numbers
from trainer.config import KNOWN, Config
from trainer.log_file import hash_of
from trainer.settings import read_settings, resolve

#: What may change when a run is resumed, besides how it is executed.
_MAY_CHANGE: Final = frozenset({"meta_steps"})
#: How the second line of a log begins, and how long it may be.
_CONFIG: Final = b"# config {"
_MOST_BYTES: Final = 1 << 20
#: Endings of what is no plain text.
_COMPRESSED: Final = re.compile(r"\.(?:gz|bz2|xz|zst|tar|tgz|tbz2|txz|tzst|zip)$", re.IGNORECASE)


def find(log: Path, config: Config, *, resume: bool, overwrite: bool) -> Checkpoint | None:
    """Return the checkpoint from which the run that writes `log` goes on; None if it starts at the beginning.

    That the one before the last is taken, as the log has lost its end, is told on stderr.

    Raises
    ------
    UsageError
        If the log exists and is neither to be resumed nor overwritten, if it isn't the one that was checkpointed or the
        configuration is another; if no log can be written there.
    SourceError
        If the checkpoint can't be read or used.
    """
    _refuse_names(log)
    path = path_of(log)
    length = log.stat().st_size if log.exists() else 0
    if not resume:
        if not overwrite:
            _refuse_existing(log if length else path, bool(length) or path.exists())
        return None
    if not path.exists():
        if length:
            raise UsageError(f"{log} can't be resumed: its checkpoint {path} is missing{way_out(path)}")
        return None
    found = load_last(path)
    if length < found.offset:
        found, path = _before(log, length, found)
    _refuse_changes(found, config, path)
    require_numbers(found.theta, path)
    _refuse_other_log(log, found, path)
    return found


def _refuse_names(log: Path) -> None:
    if log.is_dir():
        raise UsageError(f"{log} is a folder: name a file for the log with -o")
    if str(log) == "-":
        raise UsageError(
            "a run's log can't go to standard output, as its checkpoint lies beside it: name a file with -o"
        )
    if ending := _COMPRESSED.search(log.name):
        raise UsageError(f"the log {log} would be plain text, in spite of {ending[0]}: name it otherwise with -o")


def _refuse_existing(path: Path, exists: bool) -> None:
    if exists:
        what = "checkpoint" if path.suffix == ".checkpoint" else "log"
        raise UsageError(
            f"the {what} {path} exists already: name another log with -o, go on with --resume, or --overwrite it"
        )


def _before(log: Path, length: int, last: Checkpoint) -> tuple[Checkpoint, Path]:
    """Return the checkpoint before the last, and its path: the log is too short for the last."""
    path, previous = path_of(log), previous_of(log)
    lost = f"{log} has {length} bytes, but had {last.offset} when {path} was written"
    try:
        found = load(previous)
    except SourceError:
        raise UsageError(f"{log} can't be resumed: {lost}, and there is no earlier checkpoint") from None
    if length < found.offset:
        raise UsageError(f"{log} can't be resumed: {lost}, and {found.offset} when {previous} was")
    print(f"{lost}: going on from the checkpoint before it, of {found.step} meta-steps", file=sys.stderr)
    return found, previous


def _refuse_changes(found: Checkpoint, config: Config, path: Path) -> None:
    wanted = config.as_dict()
    for key in _deciding():
        if wanted[key] != found.config.get(key):
            raise UsageError(
                f"{path} can't be resumed with {key} = {wanted[key]!r}: it was trained with {found.config.get(key)!r}"
            )
    if config.meta_steps < found.step:
        raise UsageError(f"{path} can't be resumed with meta_steps = {config.meta_steps}: {found.step} are done")


def _refuse_other_log(log: Path, found: Checkpoint, path: Path) -> None:
    """Refuse a log whose lines up to the checkpoint are not those that were there then."""
    try:
        same = hash_of(log, found.offset).hexdigest() == found.log_hash
        same &= found.offset > 0 or not log.exists() or _begins(log, found)
        ends = not found.offset or _byte_before(log, found.offset) == b"\n"
    except OSError as error:
        raise UsageError(f"the log {log} can't be read: {error.strerror or error}") from error
    if not same:
        raise UsageError(
            f"{log} can't be resumed: it was changed, or is not the log whose checkpoint {path} is; --overwrite begins "
            "it anew"
        )
    if not ends:
        raise UsageError(f"{log} can't be resumed: {path} is that of a log of which byte {found.offset} ends no line")


def _begins(log: Path, found: Checkpoint) -> bool:
    """Tell whether a log begins as that of this run, however early it was cut: none of its bytes are vouched for."""
    with log.open("rb") as stream:
        first, second = stream.readline(_MOST_BYTES), stream.readline(_MOST_BYTES)
    header = f"# {native().header}\n".encode()
    if not second.endswith(b"\n"):
        return header.startswith(first) and second[: len(_CONFIG)] == _CONFIG[: len(second)]
    try:
        config = resolve(read_settings(log))
    except UsageError:
        return False
    return first == header and all(config.as_dict()[key] == found.config.get(key) for key in _deciding())


def _deciding() -> list[str]:
    """Name the settings that must be the same in all of a run."""
    return [key for key, entry in KNOWN.items() if not entry.metadata["execution"] and key not in _MAY_CHANGE]


def _byte_before(log: Path, offset: int) -> bytes:
    with log.open("rb") as stream:
        stream.seek(offset - 1)
        return stream.read(1)
