"""What a study found, as text, as figures and as a page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer.ablation.design import Effect, arms, effects, half_width
from trainer.ablation.study import table_of
from trainer.config import KNOWN

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Measure -> what it is called.
_MEASURES = {"accuracy": "accuracy after adaptation", "gain": "gain over random weights"}


def overview(summary: Mapping[str, Any]) -> str:
    """Return the main effects as a table of text."""
    factors = list(summary["factors"])
    found = {measure: effects(factors, table_of(summary, measure))[0] for measure in _MEASURES}
    lines = [f"{'effect on':<28}" + "".join(f"{name:>34}" for name in _MEASURES.values())]
    for number, name in enumerate(factors):
        cells = [_signed(found[measure][number]) for measure in _MEASURES]
        lines.append(f"{name:<28}" + "".join(f"{cell:>34}" for cell in cells))
    return "\n".join(lines)


def write_page(summary: Mapping[str, Any], path: Path) -> list[Path]:
    """Write the page, and beside it, in a folder of its name, the summary and the figures; return all paths."""
    from metalog import plots

    folder = path.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "summary.json").write_text(json.dumps(summary) + "\n", encoding="utf-8")
    pictures = {"effects.png": _effects_figure(summary), "arms.png": _arms_figure(summary)}
    for name, figure in pictures.items():
        plots.save(figure, folder / name)
    path.write_text(_page(summary, folder.name), encoding="utf-8")
    return [path, folder / "summary.json", *(folder / name for name in pictures)]


def _page(summary: Mapping[str, Any], folder: str) -> str:
    factors, seeds = list(summary["factors"]), len(summary["seeds"])
    accuracy, gain = table_of(summary, "accuracy"), table_of(summary, "gain")
    main = {measure: effects(factors, table_of(summary, measure))[0] for measure in _MEASURES}
    first, last = (_mean(accuracy[:, arm]) for arm in (0, -1))
    gains = [_mean(gain[:, arm]) for arm in (0, -1)]
    return "\n".join([
        "# Why the write-up saw nothing",
        "",
        f"Written by `metalog ablate` from {accuracy.size} runs: {len(accuracy[0])} arms, {seeds} seeds each.",
        f"Every run is judged by the same {summary['problems']} sound problems of alphabets that none was trained on,",
        "adapted to as the run adapts.",
        "",
        f"Without any of the differences the accuracy after adaptation is {first} ({gains[0]} over the run's own",
        f"random weights), with all of them {last} ({gains[1]}). {_in_short(main['accuracy'])}",
        "",
        f"![Main effects]({folder}/effects.png)",
        "",
        "## What each difference does",
        "",
        "The mean over the arms with it, less the mean over those without; 95 % intervals over seeds, by Student's t.",
        "",
        *_markdown(["difference", *_MEASURES.values()], [
            [name, *(_signed(main[measure][number]) for measure in _MEASURES)] for number, name in enumerate(factors)
        ]),
        "",
        *_together(summary),
        "## The arms",
        "",
        f"![Arms]({folder}/arms.png)",
        "",
        *_markdown(
            ["arm", *factors, "accuracy", "random weights", "gain", "loss before", "loss rose"], _arm_rows(summary)
        ),
        "",
        "*Loss before*: on the query drawings, before any inner step (median over the seeds). *Loss rose*: in how many",
        "runs the last tenth of the meta-train losses was worse than the first; nan: the weights diverged.",
        "",
        *_limits(summary),
    ])  # fmt: skip


def _in_short(main: Sequence[Effect]) -> str:
    """Name the differences in the order of what they cost, and those of which nothing is seen."""
    harm = sorted((effect for effect in main if effect.high < 0), key=lambda effect: effect.mean)
    unclear = [effect.names[0] for effect in main if effect.low <= 0 <= effect.high]
    told = [f"{effect.names[0]} ({effect.mean:+.2f})" for effect in harm]
    text = f"What costs accuracy, on average over the arms, the most first: {', '.join(told) or 'nothing'}."
    return text + (f" Not told from nothing: {', '.join(unclear)}." if unclear else "")


def _together(summary: Mapping[str, Any]) -> list[str]:
    _, two_way = effects(list(summary["factors"]), table_of(summary, "accuracy"))
    return [
        "## What two of them do together",
        "",
        "Half of how much more one does where the other is there, too. The design can't tell the pairs of a row apart.",
        "",
        *_markdown(["pairs", "effect on accuracy"], [["; ".join(each.names), _signed(each)] for each in two_way]),
        "",
    ]


def _limits(summary: Mapping[str, Any]) -> list[str]:
    rate = summary["base"].get("meta_lr", KNOWN["meta_lr"].default)
    fewest = min(sum(levels) for levels in arms(len(summary["factors"])) if any(levels))
    alone = [
        f"- No arm has fewer than {fewest} differences, but for the first: what one does alone, in a run that is",
        "  otherwise sound, is not seen here.",
    ]
    return [
        "## What this can't tell",
        "",
        f"- The runs are small: {_told(summary['base'])}. The write-up's had 1,300 meta-steps, images of 105x105,",
        "  45 inner steps and meta rates down to 0.00001, which are no factors here.",
        f"- All arms have the meta rate {rate:g}, chosen for the recipe without differences. Where the loss rose, a",
        "  lower one might have learnt: then the harm is that of the difference and the rate together.",
        *(alone if fewest > 1 else []),
        "- Two-way effects are mixed with each other, four to a row; those of three and more with all others.",
        "- Effects are averages over the arms. Where most arms learn nothing, a difference that matters in the few",
        "  that do looks small: the arms' table says more than the effects'.",
        "- Arms that learn from many drawings have three times as many, so that their accuracy is higher with random",
        "  weights, too: of that difference the gain says more than the accuracy.",
        f"- {len(summary['seeds'])} seeds give wide intervals, and they share the alphabets that are judged by.",
        "- Meta-validation of unadapted weights is no factor: it chooses among weights, it changes none.",
        "",
    ]


def _arm_rows(summary: Mapping[str, Any]) -> list[list[str]]:
    measures = {name: table_of(summary, name) for name in summary["measures"]}
    rows = []
    for arm, levels in enumerate(arms(len(summary["factors"]))):
        rose = int(measures["turned_up"][:, arm].sum())
        rows.append([
            str(arm + 1), *("x" if level else "" for level in levels), _mean(measures["accuracy"][:, arm]),
            f"{measures['random'][:, arm].mean():.3f}", _mean(measures["gain"][:, arm], "+"),
            f"{np.median(measures['loss_before'][:, arm]):.2f}", f"{rose} of {len(summary['seeds'])}",
        ])  # fmt: skip
    return rows


def _effects_figure(summary: Mapping[str, Any]) -> Figure:
    from matplotlib.figure import Figure

    factors = list(summary["factors"])
    figure = Figure(figsize=(8, 0.45 * len(factors) + 1.2), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for ax, (measure, title) in zip(axes, _MEASURES.items(), strict=True):
        main, _ = effects(factors, table_of(summary, measure))
        means = np.array([each.mean for each in main])
        halves = np.array([each.high - each.mean for each in main])
        ax.errorbar(means, range(len(main)), xerr=halves, fmt="o", capsize=3)
        ax.axvline(0, color="grey", linewidth=0.8)
        ax.locator_params(axis="x", nbins=5)
        ax.set_title(f"effect on {title}", fontsize=10)
    axes[0].set_yticks(range(len(factors)), factors)
    axes[0].invert_yaxis()
    return figure


def _arms_figure(summary: Mapping[str, Any]) -> Figure:
    from matplotlib.figure import Figure

    learnt, random = table_of(summary, "accuracy"), table_of(summary, "random")
    order = np.argsort(-learnt.mean(axis=0))
    figure = Figure(figsize=(8, 4), layout="constrained")
    ax = figure.subplots()
    for values, label, marker in ((random, "random weights", "_"), (learnt, "meta-learned", "o")):
        for seed in values:
            ax.plot(
                range(len(order)), seed[order], marker, alpha=0.5, color="C0" if marker == "o" else "C1", label=label
            )
            label = "_"
    ax.set_xticks(range(len(order)), [str(arm + 1) for arm in order])
    ax.set_xlabel("arm, best first; a mark is a seed")
    ax.set_ylabel("accuracy after adaptation")
    ax.legend()
    return figure


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]


def _signed(effect: Effect) -> str:
    return f"{effect.mean:+.3f} [{effect.low:+.3f}, {effect.high:+.3f}]"


def _mean(values: Any, sign: str = "") -> str:
    return f"{values.mean():{sign}.3f} ± {half_width(values):.3f}"


def _told(base: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in base.items() if name in ("channels", "meta_steps", "ways"))
