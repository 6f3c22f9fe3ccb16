"""The configuration of a run: command line options, configuration file and what the log records are this class.

The command line builds its options and help from it, so it is light: standard library only. Its defaults are the recipe
`sound`; :mod:`trainer.settings` knows the others.
"""

from __future__ import annotations

from dataclasses import Field, asdict, dataclass, field, fields
from math import isfinite
from typing import Any, Final, Literal

from metalog.errors import UsageError

#: As a number of problems or of shots: all there are.
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
#: What a recipe sets; `sound` is the defaults. That of the write-up is its run 003, whose meta-optimizer is also that
#: of its listing.
BLOG: Final[dict[str, Any]] = dict.fromkeys(SWITCHES, True) | {
    "shots": ALL,
    "inner_lr": 0.01,
    "order": "first",
    "network": "writeup",
    "side": 105,
    "channels": (6, 10, 12, 16),
    "zero_head": False,
    "meta_steps": 1300,
    "meta_lr": 0.0001,
    "validate_every": 1000,
    "meta_validation": ALL,
    "log_every_batch": 10,
    "select": "last",
    "supervised_steps": 0,
}
#: What the preset `quick` sets, over the recipe.
QUICK: Final[dict[str, Any]] = {
    "meta_steps": 1000,
    "validate_every": 100,
    "meta_validation": 80,
    "log_every_batch": 2,
    "meta_test": 300,
}
RECIPES: Final = ("sound", "blog")
PRESETS: Final = ("full", "quick")


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
    """What a run is made of. Each field's help text is in its metadata.

    Recipes and presets are put in by :func:`trainer.settings.resolve`.

    Raises
    ------
    UsageError
        If a value is of the wrong type or impossible; the message names the key and what it can be.
    """

    recipe: str = _option("sound", "blog: the write-up, every switch on; sound: all off.", choices=tuple(RECIPES))
    preset: str = _option("full", "quick: the demo's run, a minute on two cores.", choices=tuple(PRESETS))
    data: tuple[str, ...] = _option(
        ("glyphs",),
        "glyphs, omniglot, or a folder or zip with alphabet/character/drawing.png in it; several are merged.",
    )
    root: str = _option("", "Where omniglot is kept; by default the user's cache folder.")
    seed: int = _option(0, "Of everything random.", least=0)
    ways: int = _option(2, "Characters to tell apart in a problem.", least=2)
    shots: int | str = _option(
        5, "Support drawings a character; all: three quarters of its drawings, as the write-up had it.", least=1
    )
    queries: int = _option(10, "Query drawings a character, which the meta-loss is taken on.", least=1)
    inner_steps: int = _option(1, "Inner steps, each on all support drawings.", least=1)
    inner_lr: float = _option(0.4, "Learning rate of the inner steps.", above=0)
    epochs: int = _option(15, "With --shots all: passes over the support drawings.", least=1)
    batch_size: int = _option(8, "With --shots all: drawings per inner step.", least=1)
    order: Literal["first", "second"] = _option(
        "second", "first: gradients of inner steps count as constants; second: not.", choices=("first", "second")
    )
    algorithm: Literal["maml", "anil", "reptile"] = _option(
        "maml",
        "anil adapts the linear layers alone; reptile moves towards the adapted weights.",
        choices=("maml", "anil", "reptile"),
    )
    network: str = _option(
        "conv4-bn",
        "conv4-bn: 3x3 convolutions of stride 2 with batch norm; conv4: without; writeup: the write-up's.",
        choices=("conv4-bn", "conv4", "writeup"),
    )
    side: int = _option(28, "Height and width of a drawing in pixels.", least=1)
    channels: tuple[int, ...] = _option((32, 32, 32, 32), "Output channels of each convolution.", least=1)
    hidden: int = _option(10, "Width of the write-up's linear layer before the output.", least=1)
    zero_head: bool = _option(True, "The output layer is zero at the start of every problem, never meta-learned.")
    norm_statistics: Literal["support", "query"] = _option(
        "support",
        "Whose statistics batch norm takes for query drawings; query: their own (transductive).",
        choices=("support", "query"),
    )
    meta_steps: int = _option(2000, "Updates of the initial weights.", least=1)
    meta_batch_size: int = _option(8, "Problems per meta-step.", least=1)
    meta_lr: float = _option(0.01, "Meta learning rate.", above=0)
    meta_optimizer: str = _option("adam", "adam, or sgd with momentum 0.9.", choices=("adam", "sgd"))
    clip: float = _option(0.0, "Greatest norm of a meta-gradient, longer ones are scaled down; 0: any.", least=0)
    validate_every: int = _option(100, "Meta-steps from one meta-validation to the next; 0: none.", least=0)
    meta_validation: int | str = _option(200, "Problems of a meta-validation, a number or all.", least=1)
    log_every_batch: int = _option(5, "Meta-validation logs every Nth meta-batch.", least=1)
    select: str = _option(
        "best", "Weights for the meta-test: of the lowest meta-validation loss, or the last.", choices=("best", "last")
    )
    stop_when_rising: bool = _option(False, "End meta-training when its loss turns up for good.")
    meta_test: int | str = _option(600, "Problems of the meta-test at the end, a number or all; 0: none.", least=0)
    supervised_steps: int = _option(
        300, "Steps of the supervised training that the meta-test compares with; 0: no such baseline.", least=0
    )
    double_sigmoid: bool = _option(False, "End the network in a sigmoid although its loss takes logits.")
    last_sample_meta_loss: bool = _option(False, "Take the last query drawing's loss alone as meta-loss.")
    pair_map: bool = _option(False, "Pair characters as the write-up did: some with themselves, some twice.")
    misaligned_alphabets: bool = _option(False, "Find drawings as the write-up did: the splits leak.")
    unadapted_meta_validation: bool = _option(False, "Meta-validate the initial weights, not the adapted ones.")
    unstratified_split: bool = _option(False, "Split a problem's drawings without regard to their class.")
    device: str = _option("auto", "auto: a GPU if there is one.", choices=("auto", "cpu", "cuda"), execution=True)
    processes: int = _option(0, "Processes that share a meta-batch; 0: as many as pay.", least=0, execution=True)
    checkpoint_every: int = _option(10, "Meta-steps from one checkpoint to the next.", least=1, execution=True)

    def __post_init__(self) -> None:
        for entry in fields(self):
            object.__setattr__(self, entry.name, checked(entry, getattr(self, entry.name)))

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        return asdict(self)


def checked(entry: Field[Any], value: Any) -> Any:
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
        "float": f"a number from {least}" if above is None else f"a number above {above}",
        "int | str": f"a whole number from {least} or {ALL}",
        "tuple[int, ...]": f"a list of whole numbers from {least}",
        "tuple[str, ...]": "a list of texts",
    }[str(entry.type)]


KNOWN: Final[dict[str, Field[Any]]] = {entry.name: entry for entry in fields(Config)}
