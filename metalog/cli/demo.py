"""``metalog demo``: the whole road, from training to figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from metalog.cli.figures import FIGURES
from metalog.errors import MetalogError, MissingExtraError, UsageError

if TYPE_CHECKING:
    from trainer.config import Config

#: Of the figures, those that say something about a run of a minute.
_SHOWN: Final = ("curve", "grid", "meta-validation", "adaptation", "heatmap")
_PAGE: Final = "report.html"
#: Where the figure's own way would show little: before its only inner step, a run's train loss is that of a guess.
_DRAWN: Final[dict[str, dict[str, Any]]] = {"grid": {"split": "validation", "rows": 12}}


@click.command()
@click.option(
    "-o",
    "--output",
    default="metalog-demo",
    show_default=True,
    metavar="FOLDER",
    help="Where the log, figures and report go.",
)
def demo(output: str) -> None:
    """Meta-learn for a minute, parse the log, draw its figures and write its report.

    The run is the preset quick on the embedded glyphs: it learns to learn to tell two letters apart from five drawings
    of each, and is tested on alphabets that it never saw. Nothing is downloaded. An earlier demo in FOLDER is written
    over, and nothing else.
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
    pictures = [(figure, folder / f"{figure.name}.png") for figure in FIGURES if figure.name in _SHOWN]
    _refuse_others(log, config, [*(path for _, path in pictures), folder / _PAGE])
    click.echo(f"{config.meta_steps} meta-steps on the embedded glyphs, about a minute on two cores: {log}", err=True)
    train(config, log, overwrite=True, tell=click.echo)
    run = metalog.read(log)
    click.echo(f"\n{run!r}\n")
    click.echo(log)
    for figure, path in pictures:
        plots.save(draw(figure, run, _DRAWN.get(figure.name, {}), None), path)
        click.echo(path)
    page = folder / _PAGE
    run.report().save(page)
    click.echo(page)
    click.echo(f"\nOpen {page} in a browser: it holds the whole run.", err=True)


def _refuse_others(log: Path, config: Config, pictures: Sequence[Path]) -> None:
    """Refuse to write over what no earlier demo has left: its log tells the demo's own configuration."""
    from trainer.checkpoint import path_of
    from trainer.settings import read_settings, resolve

    try:
        if resolve(read_settings(log)) == config:
            return
    except MetalogError:  # there is none, or it is no log of ours
        pass
    for path in (log, path_of(log), *pictures):
        if path.exists():
            raise UsageError(f"{path} is not an earlier demo's and would be lost: name another folder with -o")
