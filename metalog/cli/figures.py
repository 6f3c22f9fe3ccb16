"""Which figures ``metalog plot`` can draw, and which ones a call asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from metalog.errors import UsageError


@dataclass(frozen=True)
class FigureKind:
    """A figure: its name in options and files, its function in metalog.plots, and the options that it understands.

    ``all_runs``: one picture holds all runs; ``settings``: it shows settings, and `least` of them or more.
    """

    name: str
    function: str
    help: str
    options: tuple[str, ...]
    all_runs: bool = False
    settings: bool = False
    least: int = 1


_MEASURE: Final = ("split", "metric", "frame", "y")
FIGURES: Final = (
    FigureKind(
        "grid",
        "grid",
        "Inner-training curves, a row a meta-step and a column a problem.",
        ("split", "metric", "every", "rows", "columns", "smooth", "share_y", "robust", "log_y"),
    ),
    FigureKind(
        "curve",
        "curve",
        "Meta-train curve: validation loss after adaptation, by meta-step. Of any other log its losses and accuracies.",
        ("split", "metric", "frame", "x", "y", "smooth", "log_y", "center"),
        all_runs=True,
    ),
    FigureKind(
        "train-curve",
        "train_curve",
        "Train loss of the last inner step, by meta-step.",
        ("metric", "smooth", "log_y", "center"),
        all_runs=True,
    ),
    FigureKind(
        "meta-validation",
        "meta_validation",
        "Distribution over the problems of each meta-validation.",
        ("metric", "center"),
        all_runs=True,
    ),
    FigureKind("heatmap", "heatmap", "The whole run as colours.", ("split", "metric", "log_y")),
    FigureKind(
        "adaptation",
        "adaptation",
        "Loss and accuracy before adaptation and after each epoch, early to late.",
        ("split", "metric", "log_y"),
    ),
    FigureKind(
        "compare",
        "compare",
        "Runs or settings side by side, with a table.",
        ("metric", "smooth", "log_y"),
        all_runs=True,
        least=2,
    ),
    FigureKind(
        "forest", "forest", "What settings reached, with intervals over seeds.", (*_MEASURE, "center"), settings=True
    ),
    FigureKind(
        "differences",
        "differences",
        "Differences of settings from the first (or --baseline), seed by seed.",
        (*_MEASURE, "baseline"),
        settings=True,
        least=2,
    ),
    FigureKind(
        "improvement",
        "improvement",
        "P(A > B): how probably a seed of a setting beats one of the first (or --baseline).",
        (*_MEASURE, "baseline"),
        settings=True,
        least=2,
    ),
    FigureKind(
        "profile",
        "profile",
        "Performance profiles: the share of problems above each accuracy.",
        ("metric", "frame", "y"),
        settings=True,
    ),
)
#: The only figure of a plain learning log; of others for the problem that ``--problem`` names.
LEARNING: Final = FigureKind("learning-curve", "learning_curve", "", ("metric", "smooth", "log_y"))
#: The same of settings.
LEARNING_OF_SETTINGS: Final = replace(LEARNING, options=(*LEARNING.options, "center"), all_runs=True)
_REPEATABLE: Final = ("curve", "train-curve")
#: Where the API's word isn't the option's.
_RENAMED: Final = {("heatmap", "log_y"): "log"}


def _is_plain(run: Any) -> bool:
    """Tell whether a run is a plain learning log, without meta level."""
    from metalog.plots.inputs import is_of_another_format, is_plain

    return not is_of_another_format(run) and is_plain(run.meta_steps)


def asked_for(
    chosen: Sequence[FigureKind],
    everything: bool,
    problem: Any,
    runs: Mapping[str, Any],
    given: Mapping[str, Any],
    settings: int,
) -> list[FigureKind]:
    """Return the figures that a call's flags and the other options `given` ask for, or those that fit the runs best.

    `settings`: how many there are of several seeds, 0 where runs are shown one by one.
    """
    from metalog.plots.inputs import is_of_another_format

    of_columns = {"frame", "x", "y"} & given.keys() or any(map(is_of_another_format, runs.values()))
    if of_columns and (everything or not (chosen or problem)):
        return [figure for figure in FIGURES if figure.name == "curve"]
    plain = all(map(_is_plain, runs.values()))
    lines = settings or len(runs)
    if everything and not plain:
        return [*(one for one in FIGURES if one.least <= lines and (settings or not one.settings)), LEARNING]
    if chosen or problem:
        return [*chosen, LEARNING] if problem else list(chosen)
    if plain:
        return [LEARNING_OF_SETTINGS if settings else LEARNING]
    return [figure for figure in FIGURES if figure.name == ("curve" if lines == 1 else "compare")]


def refuse_meaningless(figures: Sequence[FigureKind], given: Mapping[str, Any]) -> None:
    """Raise UsageError if an option was given that none of the figures asked for understands."""
    for option in given:
        if not any(option in figure.options for figure in figures):
            names = ", ".join(f"--{figure.name}" for figure in FIGURES if option in figure.options)
            asked = ", ".join(f"--{figure.name}" for figure in figures)
            raise UsageError(f"--{option.replace('_', '-')} means nothing for {asked}; it goes with {names}")


def arguments(figure: FigureKind, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of the options given goes to the figure's function."""
    kept = {option: value for option, value in given.items() if option in figure.options}
    if "smooth" in kept and figure.name not in _REPEATABLE:
        if len(kept["smooth"]) > 1:
            raise UsageError(f"--smooth can be repeated for --curve and --train-curve, not for --{figure.name}")
        kept["smooth"] = kept["smooth"][0]
    return {_RENAMED.get((figure.name, option), option): value for option, value in kept.items()}


def draw(figure: FigureKind, data: Any, given: Mapping[str, Any], problem: Any) -> Any:
    """Draw one figure of a run, or of all runs if it holds them all; return matplotlib's Figure.

    Raises
    ------
    UsageError
        If it can't be drawn.
    """
    from metalog import plots

    options = arguments(figure, given)
    if figure is LEARNING and (problem or not _is_plain(data)):
        options["meta_step"], options["problem"] = problem or _last_problem(data)
    try:
        return getattr(plots, figure.function)(data, **options)
    except UsageError:
        raise
    except (ArithmeticError, MemoryError, RuntimeError, ValueError) as error:  # of matplotlib, from odd settings say
        raise UsageError(f"matplotlib can't draw the {figure.name}: {' '.join(str(error).split())}") from error


def _last_problem(run: Any) -> tuple[int, int]:
    """Return the first problem of the last meta-step: what ``--all`` draws of the many."""
    from metalog.plots.inputs import last_complete

    meta_step = last_complete(run)
    if meta_step is None:
        raise UsageError(f"{run.name} has no complete meta-step whose number is known")
    return meta_step, 1
