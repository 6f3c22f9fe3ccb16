"""The configuration of a run: command line options, configuration file and what the log records are this class.

The command line builds its options and help from it, so it is light: standard library only.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from math import isfinite
from pathlib import Path
from typing import Any, Final, Literal

from metalog.errors import SourceError, UsageError
from metalog.formats import native

#: As a number of problems: all there are.
ALL: Final = "all"

#: Each repeats a fault of the original write-up.
SWITCHES: Final = (
    "double_sigmoid",
    "last_sample_meta_loss",
    "pair_map",
    "misaligned_alphabets",
    "unadapted_meta_validation",
    "unstratified_split",
)
#: What a recipe sets. That of the write-up is its run 003, whose meta-optimizer is also that of its listing.
RECIPES: Final[dict[str, dict[str, Any]]] = {
    "sound": dict.fromkeys(SWITCHES, False) | {"meta_optimizer": "adam", "meta_lr": 0.001, "order": "first"},
    "blog": dict.fromkeys(SWITCHES, True) | {"meta_optimizer": "adam", "meta_lr": 0.0001, "order": "first"},
}
#: What a preset sets, over the recipe.
PRESETS: Final[dict[str, dict[str, Any]]] = {
    "full": {},
    "quick": {
        "meta_steps": 12,
        "meta_batch_size": 4,
        "meta_lr": 0.001,
        "inner_lr": 0.05,
        "epochs": 5,
        "side": 28,
        "channels": (6, 10),
        "validate_every": 4,
        "meta_validation": 24,
        "log_every_batch": 2,
        "meta_test": 60,
    },
}


def _option(
    default: Any,
    text: str,
    *,
    least: float | None = None,
    above: float | None = None,
    choices: tuple[str, ...] = (),
    execution: bool = False,
) -> Any:
    """Define a field; `execution`: it says how a run is executed, its results are the same."""
    metadata = {"help": text, "least": least, "above": above, "choices": choices, "execution": execution}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Config:
    """What a run is made of. Each field's help text is in its metadata; :func:`resolve` knows recipes and presets.

    Raises
    ------
    UsageError
        If a value is of the wrong type or impossible; the message names the key and what it can be.
    """

    recipe: str = _option("sound", "blog: the write-up, every switch on; sound: all off.", choices=tuple(RECIPES))
    preset: str = _option("full", "quick: a tiny run, done in under a minute.", choices=tuple(PRESETS))
    data: tuple[str, ...] = _option(
        ("glyphs",),
        "glyphs, omniglot, or a folder or zip with alphabet/character/drawing.png in it; several are merged.",
    )
    root: str = _option("", "Where omniglot is kept; by default the user's cache folder.")
    seed: int = _option(0, "Of everything random.", least=0)
    meta_steps: int = _option(1300, "Updates of the initial weights.", least=1)
    meta_batch_size: int = _option(8, "Problems per meta-step.", least=1)
    meta_lr: float = _option(0.001, "Meta learning rate.", above=0)
    meta_optimizer: str = _option("adam", "adam, or sgd with momentum 0.9.", choices=("adam", "sgd"))
    order: Literal["first", "second"] = _option(
        "first", "first: gradients of inner steps count as constants; second: not.", choices=("first", "second")
    )
    algorithm: Literal["maml", "anil", "reptile"] = _option(
        "maml",
        "anil adapts the linear layers alone; reptile moves towards the adapted weights.",
        choices=("maml", "anil", "reptile"),
    )
    inner_lr: float = _option(0.01, "Learning rate of the inner steps.", above=0)
    epochs: int = _option(15, "Passes over a problem's train drawings.", least=1)
    batch_size: int = _option(8, "Drawings per inner step.", least=1)
    side: int = _option(105, "Height and width of a drawing in pixels.", least=1)
    channels: tuple[int, ...] = _option((6, 10, 12, 16), "Output channels of each convolution.", least=1)
    hidden: int = _option(10, "Width of the linear layer before the output.", least=1)
    validate_every: int = _option(1000, "Meta-steps from one meta-validation to the next; 0: none.", least=0)
    meta_validation: int | str = _option(ALL, "Problems of a meta-validation, a number or all.", least=1)
    log_every_batch: int = _option(10, "Meta-validation logs every Nth meta-batch.", least=1)
    meta_test: int | str = _option(600, "Problems of the meta-test at the end, a number or all; 0: none.", least=0)
    double_sigmoid: bool = _option(False, "End the network in a sigmoid although its loss takes logits.")
    last_sample_meta_loss: bool = _option(False, "Take the last validation drawing's loss alone as meta-loss.")
    pair_map: bool = _option(False, "Pair characters as the write-up did: some with themselves, some twice.")
    misaligned_alphabets: bool = _option(False, "Find drawings as the write-up did: the splits leak.")
    unadapted_meta_validation: bool = _option(False, "Meta-validate the initial weights, not the adapted ones.")
    unstratified_split: bool = _option(False, "Split a problem's drawings without regard to their class.")
    device: str = _option("auto", "auto: a GPU if there is one.", choices=("auto", "cpu", "cuda"), execution=True)
    processes: int = _option(0, "Processes that share a meta-batch; 0: as many as pay.", least=0, execution=True)
    checkpoint_every: int = _option(10, "Meta-steps from one checkpoint to the next.", least=1, execution=True)

    def __post_init__(self) -> None:
        for entry in fields(self):
            object.__setattr__(self, entry.name, _checked(entry, getattr(self, entry.name)))

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        return asdict(self)


KNOWN: Final[dict[str, Field[Any]]] = {entry.name: entry for entry in fields(Config)}


def resolve(*layers: Mapping[str, Any]) -> Config:
    """Put a configuration together from layers, such as a file and options, each of which overrides those before it.

    A recipe or preset in a layer brings its settings with it, which the rest of that layer overrides.

    Raises
    ------
    UsageError
        If a key is unknown, or as :class:`Config` does.
    """
    settings: dict[str, Any] = {}
    for layer in layers:
        for key in layer:
            if key not in KNOWN:
                raise UsageError(f"{key} is no setting; there are {', '.join(KNOWN)}")
        for key, bundles in (("recipe", RECIPES), ("preset", PRESETS)):
            if key in layer:
                settings |= bundles[_checked(KNOWN[key], layer[key])]
        settings |= layer
    return Config(**settings)


def read_settings(path: str | Path) -> dict[str, Any]:
    """Read the settings in a TOML file, or those in the first lines of a log.

    Raises
    ------
    SourceError
        If the file can't be read.
    UsageError
        If it is neither, or a log without a configuration.
    """
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as stream:
            is_log = stream.readline().rstrip() == f"# {native().header}"
            text = stream.readline() if is_log else stream.read()  # a log can be large
    except OSError as error:
        raise SourceError(f"the configuration {path} can't be read: {error.strerror or error}") from error
    if is_log:
        return _settings_of_log(text, path)
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is neither a TOML file ({error}) nor a log of ours") from None


def _settings_of_log(line: str, path: str | Path) -> dict[str, Any]:
    try:
        told = json.loads(line.removeprefix("# config "))
    except ValueError:
        raise UsageError(f"the log {path} tells no configuration in its second line") from None
    # The rest is what the run found: versions and the like.
    return {key: value for key, value in told.items() if key in KNOWN}


def _checked(entry: Field[Any], value: Any) -> Any:
    """Return `value` as the field's type: lists of TOML and JSON as tuples, whole numbers as floats where asked for."""
    kind = str(entry.type)  # annotations are text here
    if kind.startswith("tuple"):
        kind = kind[len("tuple[") : -len(", ...]")]
        if isinstance(value, list | tuple) and value and all(_fits(kind, item, entry) for item in value):
            return tuple(value)
    elif _fits(kind, value, entry):
        return float(value) if kind == "float" else value
    raise UsageError(f"{entry.name} must be {_allowed(entry)}, not {value!r}")


def _fits(kind: str, value: Any, entry: Field[Any]) -> bool:
    if kind == "int | str" and value == ALL:
        return True
    if choices := entry.metadata["choices"]:
        return value in choices
    if kind in ("str", "bool"):
        return isinstance(value, bool if kind == "bool" else str)
    if isinstance(value, bool) or not isinstance(value, int | float if kind == "float" else int):
        return False
    least, above = entry.metadata["least"], entry.metadata["above"]
    return isfinite(value) and (least is None or value >= least) and (above is None or value > above)


def _allowed(entry: Field[Any]) -> str:
    """Say what a field can be."""
    if choices := entry.metadata["choices"]:
        return " or ".join(choices)
    least, above = entry.metadata["least"], entry.metadata["above"]
    return {
        "bool": "true or false",
        "str": "text",
        "int": f"a whole number from {least}",
        "float": f"a number above {above}",
        "int | str": f"a whole number from {least} or {ALL}",
        "tuple[int, ...]": f"a list of whole numbers from {least}",
        "tuple[str, ...]": "a list of texts",
    }[str(entry.type)]
