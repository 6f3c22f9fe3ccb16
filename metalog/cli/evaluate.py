"""``metalog evaluate``: the meta-test of a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from metalog.errors import MissingExtraError
from trainer.config import ALL, KNOWN


@click.command()
@click.argument("checkpoint", metavar="CHECKPOINT")
@click.option(
    "--data", multiple=True, metavar="DATA", help="Other data than the run's; its meta-test split is taken. Repeatable."
)
@click.option("--root", help="Where omniglot is kept; by default as in training.")
@click.option("--problems", metavar=f"NUMBER|{ALL}", help="How many problems; by default as the run was told.")
@click.option("--device", type=click.Choice(KNOWN["device"].metadata["choices"]), help="Where to compute.")
@click.option("--processes", type=click.IntRange(min=0), help="Processes that share the work; 0: as many as pay.")
@click.option("--last", is_flag=True, help="Test the last weights, not those of the lowest meta-validation loss.")
def evaluate(checkpoint: str, problems: str | None, last: bool, **changes: Any) -> None:
    """Meta-test a checkpoint on held-out alphabets.

    CHECKPOINT lies beside its run's log. Accuracies before adaptation and after each inner step are printed with 95 %
    intervals over characters, beside those of the random weights that the run started from, and of features that were
    learnt by plain supervised training.
    """
    try:
        from trainer.evaluate import evaluate as meta_test
    except ImportError as error:
        raise MissingExtraError("torch", "train", "meta-testing") from error
    given = {name: value for name, value in changes.items() if value not in (None, ())}
    if problems is not None:
        given["meta_test"] = int(problems) if problems.isdecimal() else problems
    meta_test(Path(checkpoint), given, last=last, tell=click.echo)
