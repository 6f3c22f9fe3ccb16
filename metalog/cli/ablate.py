"""``metalog ablate``: which of several differences in training matters."""

from __future__ import annotations

import json
from pathlib import Path

import click

from metalog.errors import MissingExtraError


@click.command()
@click.argument("study", metavar="STUDY")
@click.option(
    "-o", "--output", default="ablation", show_default=True, metavar="FOLDER", help="Where logs and results go."
)
@click.option("--data", multiple=True, metavar="DATA", help="What to train on, for what STUDY names. Repeatable.")
@click.option("--judge", multiple=True, metavar="DATA", help="What to judge by, for what STUDY names. Repeatable.")
@click.option("--jobs", type=click.IntRange(min=0), default=0, help="Runs at a time; 0: as many as there are cores.")
@click.option(
    "--page", metavar="FILE", help="Write the analysis there, in Markdown, its figures and summary beside it."
)
def ablate(study: str, output: str, data: tuple[str, ...], judge: tuple[str, ...], jobs: int, page: str | None) -> None:
    """Find out which of several differences in training matters.

    STUDY is a TOML file that names the differences: docs/ablation/study.toml is one. Every run is judged by the same
    sound problems of alphabets that none was trained on. A call that was stopped goes on where it was; STUDY may also
    be the summary.json of an earlier one, for which only the page is written.
    """
    try:
        from trainer.ablation.study import read_study, run_study
    except ImportError as error:
        raise MissingExtraError("torch", "train", "an ablation study") from error
    from trainer.ablation.page import overview, write_page

    folder = Path(output)
    if Path(study).suffix == ".json":
        summary = json.loads(Path(study).read_text(encoding="utf-8"))
    else:
        summary = run_study(read_study(Path(study), data, judge), folder, jobs, lambda text: click.echo(text, err=True))
        (folder / "summary.json").write_text(json.dumps(summary) + "\n", encoding="utf-8")
    click.echo(overview(summary))
    if page:
        for path in write_page(summary, Path(page)):
            click.echo(path)
