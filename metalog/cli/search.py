"""``metalog search``: good settings, found with Optuna and run again on fresh seeds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from metalog.cli.console import say
from metalog.cli.table_options import FORMS
from metalog.cli.train import config_options
from metalog.errors import MissingExtraError
from trainer.search.work import Work


def _how_much(name: str, least: int, told: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return an option that a search remembers: without it, one that goes on does as much as it was asked for."""
    default = f"[default: {getattr(Work, name)}; of a search that goes on, what it was called with]"
    return click.option(f"--{name}", type=click.IntRange(min=least), help=f"{told}  {default}")


@click.command()
@click.option("-o", "--output", default="search", show_default=True, metavar="FOLDER", help="Where logs and study go.")
@click.option(
    "--space",
    multiple=True,
    metavar="KEY=VALUES",
    help="What is searched: 'meta_lr=log:1e-5..1e-1', 'inner_steps=1..5', 'order=first,second'.",
)
@_how_much("trials", 1, "Trials in all.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Trials at a time, here.")
@_how_much("again", 0, "So many of the best are run again.")
@_how_much("seeds", 1, "Fresh seeds that each is run again on.")
@click.option("--config", "file", metavar="FILE", help="TOML file with the other settings, or a log that has them.")
@click.option("--as", "form", type=click.Choice(FORMS), default="table", show_default=True, help="Form of the table.")
@config_options
@click.pass_context
def search(
    ctx: click.Context,
    /,
    output: str,
    space: tuple[str, ...],
    trials: int | None,
    jobs: int,
    again: int | None,
    seeds: int | None,
    file: str | None,
    form: str,
    **given: Any,
) -> None:
    """Search for settings that learn best, with Optuna; then run the best again on fresh seeds.

    Trials are judged by their meta-validation loss, on the problems of one seed; one that is hopeless is given up.
    Every trial is a log in FOLDER that all other commands read. A call that was stopped goes on where it was, with
    FOLDER alone; several calls with the same FOLDER, on several machines too, share the work. The table shows both
    numbers of the best: that of the search, which flatters, and that of the fresh seeds. All options of metalog train
    are settings that trials share.
    """
    try:
        import optuna  # noqa: F401 - whether it is there
        import scipy  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("optuna and scipy", "search", "a search") from error
    try:
        from trainer.search.jobs import carry_out
    except ImportError as error:
        raise MissingExtraError("torch", "train", "training") from error
    from metalog.cli.recent import remember
    from metalog.cli.table_options import emit
    from trainer.search.study import open_search
    from trainer.search.trials import StoppedSearchError
    from trainer.settings import read_settings

    options = {key: value for key, value in given.items() if value not in (None, ())}
    asked = {"trials": trials, "again": again, "seeds": seeds}
    found = open_search(Path(output), space, [*([read_settings(file)] if file else []), options], asked)
    try:
        report = carry_out(found, found.work(), jobs, say)
    except StoppedSearchError as stopped:
        say(f"metalog: {stopped}")
        ctx.exit(130)
    remember(output)
    emit(report, form, None)
