"""Whatever the settings are called and however wide the page is: nothing is cut, and no words lie on others."""

from __future__ import annotations

import io
from functools import cache

import pytest

import metalog
from metalog import plots
from metalog.runs.run_set import RunSet
from tests.plots.settings_runs import setting_log
from tests.plots.texts import assert_can_be_read, seen

CONFIGS = {
    "short": [{"lr": lr} for lr in (0.1, 0.01)],
    "three entries": [
        {"inner_lr": lr, "meta_optimizer": optimizer, "order": order}
        for lr in (0.1, 0.01, 0.001)
        for optimizer, order in (("adam", "first"), ("sgd", "second"))
    ],
    "four entries": [
        {"network": network, "algorithm": algorithm, "meta_optimizer": optimizer, "meta_lr": 0.01 if optimizer else 0.1}
        for network in ("conv4-bn", "writeup")
        for algorithm, optimizer in (("reptile", "adam"), ("anil", "sgd"))
    ],
    "200 characters": [{"na|me": "<b>&$x_y^%#$", "key": "a b"}, {"na|me": "new", "key": "x" * 200}],
}
FIGURES = {
    "forest": plots.forest,
    "differences": plots.differences,
    "improvement": plots.improvement,
    "profile": plots.profile,
    "curve": lambda runs: plots.curve(runs.groups()),
    "meta_validation": lambda runs: plots.meta_validation(runs.groups()),
    "compare": lambda runs: plots.compare(runs.groups()),
}
LOOKS = {"paper": {}, "paper 6.75": {"width": 6.75}, "screen": {}, "talk": {}}
#: Every figure in the narrowest look; those that lay out words in ways of their own in every look.
CASES = [
    (figure, configs, look)
    for figure in FIGURES
    for configs in CONFIGS
    for look in LOOKS
    if look == "paper"
    or (configs == "200 characters" and figure in ("forest", "curve", "meta_validation", "compare"))
    or (configs == "three entries" and figure == "forest")
]


@cache
def runs_of(configs):
    """Settings of three seeds, which end one after the other, each with its meta-validation at its end."""
    logs = {
        f"{place}-{seed}": setting_log(0.1 + place / 10, seed, config=config, meta_steps=3 + seed * (place == 1))
        for place, config in enumerate(CONFIGS[configs])
        for seed in range(3)
    }
    return RunSet({name: metalog.read(io.BytesIO(log.encode()), name=name) for name, log in logs.items()})


def drawn(figure, configs, look):
    with plots.styled(look.split()[0], **LOOKS[look]):
        return FIGURES[figure](runs_of(configs))


@pytest.mark.parametrize(("figure", "configs", "look"), CASES)
def test_nothing_is_cut_and_no_words_lie_on_others(figure, configs, look):
    assert_can_be_read(drawn(figure, configs, look))


@pytest.mark.parametrize("figure", ["forest", "differences", "improvement"])
def test_names_of_rows_leave_the_axis_its_room(figure):
    for look in ("paper", "screen", "talk"):
        page = drawn(figure, "200 characters", look)
        page.draw_without_rendering()
        (ax,) = page.axes
        assert max(label.get_window_extent().width for label in ax.get_yticklabels()) <= 0.41 * page.bbox.width
        assert ax.bbox.width >= 0.2 * page.bbox.width


def test_of_words_that_would_overlap_the_last_stay():
    ends = range(8, 14)
    logs = [setting_log(0.1, seed, config={"lr": 1}, meta_steps=end) for seed, end in enumerate(ends)]
    group = {f"s{seed}": metalog.read(io.BytesIO(log.encode()), name=f"s{seed}") for seed, log in enumerate(logs)}
    with plots.styled("paper", width=2.2):
        figure = plots.curve(RunSet(group).groups(), smooth="none")
    told = [text.get_text() for text in seen(figure) if text.get_text().startswith("n = ")]
    assert told[-1] == "n = 1"
    assert len(told) < 5
    assert_can_be_read(figure)


def test_entries_of_a_legend_keep_their_n():
    (legend,) = drawn("curve", "four entries", "paper").legends
    assert all(text.get_text().endswith("n = 3") for text in legend.get_texts())
