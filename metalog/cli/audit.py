"""``metalog audit``: what a training set-up would train on, and what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from trainer.tasks.audit import Audit, SplitAudit

RECIPES: Final = ("blog", "sound")

#: Label of a row -> counts of a split to add up, and what they are shares of (None: the count itself is shown).
_ROWS: Final = {
    "alphabets": ("alphabets", None),
    "characters used": ("characters", None),
    "problems": ("problems", None),
    "identical pairs": ("identical_pairs", "problems"),
    "repeated pairs": ("repeated_pairs", "problems"),
    "missing pairs": ("missing_pairs", "true_pairs"),
    "cross-alphabet pairs": ("cross_alphabet_pairs", "problems"),
    "shared characters": ("shared_characters", "characters"),
    "shared drawings": ("shared_drawings", "drawings"),
    "balanced validation": ("balanced", "sampled"),
    "one-class validation": ("one_class", "sampled"),
}
#: Split -> head of its column.
_HEADS: Final = {"meta-train": "train", "meta-validation": "valid.", "meta-test": "test"}


@click.command()
@click.option(
    "--data",
    multiple=True,
    default=("glyphs",),
    show_default=True,
    help="glyphs, omniglot, or a folder or zip with alphabet/character/drawing.png in it; several are merged.",
)
@click.option("--root", help="Where omniglot is kept.  [default: the user's cache folder]")
@click.option("--recipe", type=click.Choice(RECIPES), help="Audit this recipe alone.  [default: both, side by side]")
@click.option("--pair-map/--no-pair-map", default=None, help="Pair characters as the write-up did.")
@click.option(
    "--misaligned-alphabets/--no-misaligned-alphabets", default=None, help="Find drawings as the write-up did."
)
@click.option("--unstratified-split/--no-unstratified-split", default=None, help="Split problems as the write-up did.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the splits and problems.")
@click.option(
    "--format", "style", type=click.Choice(("table", "json")), default="table", show_default=True, help="What to print."
)
@click.pass_context
def audit(
    ctx: click.Context,
    /,
    data: tuple[str, ...],
    root: str | None,
    recipe: str | None,
    seed: int,
    style: str,
    **switches: bool | None,
) -> None:
    """Check a training set-up for leaks, repeated pairs and imbalance.

    The switches change one by one what the recipe says. The exit code is 1 where a leak or a wrong pair was found (with
    both recipes: in sound), else 0.
    """
    from trainer.tasks.audit import audit as examine
    from trainer.tasks.data import load
    from trainer.tasks.splits import make_splits
    from trainer.tasks.task import TaskOptions

    drawings = load(data, root=root, seed=seed, progress=True)
    changed: dict[str, Any] = {name: value for name, value in switches.items() if value is not None}
    audits = {}
    for name in (recipe,) if recipe else RECIPES:
        options = TaskOptions(**dict.fromkeys(switches, name == "blog") | changed)
        audits[name] = examine(drawings, make_splits(drawings, options, seed))
    click.echo(_as_json(audits) if style == "json" else _as_table(audits))
    if audits[recipe or "sound"].findings():
        ctx.exit(1)


def _as_json(audits: Mapping[str, Audit]) -> str:
    entries = {name: asdict(each) | {"leaks": each.leaks, "findings": each.findings()} for name, each in audits.items()}
    return json.dumps(entries, indent=2)


def _as_table(audits: Mapping[str, Audit]) -> str:
    from trainer.tasks.audit import SAMPLE

    first = next(iter(audits.values()))
    lines = [
        f"{first.source}: {first.characters:,} characters in {first.alphabets} alphabets; seed {first.seed}",
        "",
        *_grid(audits),
        "",
        "Shared: with another split. Balanced: as many drawings of either class. Validation sets: those of up to",
        f"{SAMPLE:,} problems a split; all else is counted over every problem.",
    ]
    for name, each in audits.items():
        found = [f"  - {finding}" for finding in each.findings()]
        lines += ["", f"{name} ({_switches(each)}):", *(found or ["  nothing wrong was found"])]
    return "\n".join(lines)


def _grid(audits: Mapping[str, Audit]) -> Iterator[str]:
    """Give the rows of counts, under a block of columns for each recipe: its splits and all of them together."""
    heads = [*(_HEADS[split.split] for split in next(iter(audits.values())).splits), "all"]
    columns = [column for each in audits.values() for column in [*([split] for split in each.splits), each.splits]]
    label, cell = max(map(len, _ROWS)), len("100.0 %") + 2
    yield " " * label + "".join(f"  {name:-^{cell * len(heads) - 2}}" for name in audits)
    yield " " * label + "".join(f"{head:>{cell}}" for head in heads) * len(audits)
    for name, (count, whole) in _ROWS.items():
        yield f"{name:<{label}}" + "".join(f"{_cell(column, count, whole):>{cell}}" for column in columns)


def _cell(splits: Sequence[SplitAudit], count: str, whole: str | None) -> str:
    number = sum(getattr(split, count) for split in splits)
    if whole is None or number == 0:
        return f"{number:,}"
    share = 100 * number / sum(getattr(split, whole) for split in splits)
    return f"{share:.1f} %" if share >= 0.05 else "<0.1 %"


def _switches(audited: Audit) -> str:
    on = [name.replace("_", " ") for name, value in asdict(audited.options).items() if value is True]
    return ", ".join(on) or "no switch on"
