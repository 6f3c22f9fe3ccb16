"""``metalog demo``: the whole road, from training to figures."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from metalog.cli.figures import FIGURES
from metalog.errors import MissingExtraError

#: Of the figures, those that say something about a run of a minute.
_SHOWN: Final = ("curve", "grid", "meta-validation", "adaptation", "heatmap")


@click.command()
@click.option(
    "-o", "--output", default="metalog-demo", show_default=True, metavar="FOLDER", help="Where the log and figures go."
)
def demo(output: str) -> None:
    """Meta-learn for a minute, parse the log and draw its figures.

    The run is the preset quick on the embedded glyphs: it learns to learn to tell two letters apart from five drawings
    of each, and is tested on alphabets that it never saw. Nothing is downloaded. An earlier demo in FOLDER is written
    over.
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
    config = resolve({"preset": "quick"})
    click.echo(f"{config.meta_steps} meta-steps on the embedded glyphs, about a minute on two cores: {log}", err=True)
    train(config, log, overwrite=True, tell=click.echo)
    run = metalog.read(log)
    click.echo(f"\n{run!r}\n")
    click.echo(log)
    for figure in FIGURES:
        if figure.name in _SHOWN:
            path = folder / f"{figure.name}.png"
            plots.save(draw(figure, run, {}, None), path)
            click.echo(path)
