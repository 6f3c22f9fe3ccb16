"""``metalog demo``: the whole road, from training to figures."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from metalog.cli.figures import FIGURES
from metalog.errors import MissingExtraError

#: Of the figures, those that say something about a run of a dozen meta-steps.
_SHOWN: Final = ("curve", "grid", "meta-validation", "adaptation", "heatmap")


@click.command()
@click.option(
    "-o", "--output", default="metalog-demo", show_default=True, metavar="FOLDER", help="Where the log and figures go."
)
def demo(output: str) -> None:
    """Train a tiny run, parse its log and draw its figures.

    The run is the preset quick on the embedded glyphs, done in under a minute; nothing is downloaded. An earlier demo
    in FOLDER is written over.
    """
    try:
        from trainer.train import train
    except ImportError as error:
        raise MissingExtraError("torch and torchvision", "train", "training") from error
    import metalog
    from metalog import plots
    from metalog.cli.figures import draw
    from trainer.settings import resolve

    folder = Path(output)
    log = folder / "run.txt"
    click.echo(f"Training the preset quick on the embedded glyphs, in under a minute: {log}", err=True)
    train(resolve({"preset": "quick"}), log, overwrite=True, tell=click.echo)
    run = metalog.read(log)
    click.echo(f"\n{run!r}\n")
    click.echo(log)
    for figure in FIGURES:
        if figure.name in _SHOWN:
            path = folder / f"{figure.name}.png"
            plots.save(draw(figure, run, {}, None), path)
            click.echo(path)
