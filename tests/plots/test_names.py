"""Names of runs in figures: one line, never equal, nothing but text."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.table import Table

from metalog import plots
from metalog.plots import fonts, names
from metalog.runs.run_set import RunSet
from tests.plots.runs import legend_labels, steady_run, words

LONG = "experiment-maml-omniglot-5way-1shot-seed-{}-inner-lr-0.01-meta-lr-0.001-first-order-glyphs-final"
ALIKE = [LONG.format(seed) for seed in (1, 2, 3)]
ODD = {
    "mathematics": "$x_$",
    "three dollars": "$a$b$",
    "escaped": r"\$x\$",
    "escape": "\x1b[31mred\x07",
    "C1": "a\x9bb",
    "lines": "two\nlines\r\tand more",
    "not UTF-8": "\udcff\udcfe",
    "half a pair": "\ud800",
    "direction": "a\u202etxt.exe",
    "begins with an underscore": "_run",
    "nothing": " ",
    "TeX": r"\input{evil} 100% a_b^c",
    "long": "y" * 300,
}


@pytest.mark.parametrize("name", ODD.values(), ids=ODD)
@pytest.mark.parametrize("draw", [plots.curve, plots.grid, plots.heatmap, plots.adaptation])
def test_any_name_is_drawn_as_text_on_one_line(name, draw):
    figure = draw(steady_run(2, name=name))
    figure.draw_without_rendering()
    for text in figure.texts:
        drawn, is_mathematics = text._preprocess_math(text.get_text())
        assert not is_mathematics
        assert drawn.replace("\n", " ").isprintable()
        assert len(drawn) < 300


@pytest.mark.parametrize("name", ODD.values(), ids=ODD)
def test_any_name_stands_in_legends_and_tables(name):
    runs = RunSet({name: steady_run(2, seed=1, name=name), "other": steady_run(2, seed=2, name="other")})
    figure = plots.compare(runs)
    figure.draw_without_rendering()
    ends = figure.axes[0].texts
    assert len({text.get_text() for text in ends}) == 2
    assert not any(text._preprocess_math(text.get_text())[1] for text in ends)
    assert len(legend_labels(plots.curve(runs))) == 2
    texts = [cell.get_text() for cell in table(figure).get_celld().values()]
    assert not any(text._preprocess_math(text.get_text())[1] for text in texts)


def table(figure):
    return next(artist for artist in figure.axes[-1].get_children() if isinstance(artist, Table))


def test_long_names_that_differ_in_the_middle_stay_different_in_legend_and_table():
    runs = RunSet({name: steady_run(2, seed=seed, name=name) for seed, name in enumerate(ALIKE)})
    figure = plots.compare(runs)
    ends = [text.get_text() for text in figure.axes[0].texts]
    assert [text for text in ends if "seed-" in text] == ends
    assert len(set(ends)) == 3
    assert len({table(figure)[row, 1].get_text().get_text() for row in (1, 2, 3)}) == 3
    assert len(set(legend_labels(plots.curve(runs)))) == 3
    validated = RunSet(
        {name: steady_run(2, name=name, meta_validation={1: [[0.4, 0.5]]}) for seed, name in enumerate(ALIKE)}
    )
    assert len(set(legend_labels(plots.meta_validation(validated)))) == 3


def test_what_long_names_share_is_left_out():
    assert all(f"seed-{seed}-" in text for seed, text in enumerate(names.distinct(ALIKE), start=1))
    assert names.distinct(["short", "y" * 61]) == ["short", "y" * 29 + "…" + "y" * 29]


@given(
    st.lists(st.text(string.ascii_lowercase[:2] + " \n", max_size=12), min_size=1, max_size=6, unique=True),
    st.integers(5, 8),
)
def test_names_are_never_equal_nor_much_too_long(given_names, longest):
    texts = names.distinct(given_names, longest)
    assert len(set(texts)) == len(texts)
    assert all(len(text) <= longest + len(" (6)") for text in texts)


def test_a_character_that_no_font_has_is_said_and_warns_of_nothing(monkeypatch):
    monkeypatch.setattr(fonts, "_fallbacks", lambda missing: ((), missing))
    figure = plots.curve(steady_run(2, name="中文学习"))
    figure.draw_without_rendering()
    assert fonts.BOXES in words(figure)
    assert fonts.BOXES not in words(plots.curve(steady_run(2, name="Größe")))


def test_a_font_that_has_the_character_is_taken_behind_the_usual_one(monkeypatch):
    entry = fonts.font_manager.fontManager.ttflist[0]
    monkeypatch.setattr(fonts, "_characters_of", lambda own: frozenset())
    fonts._fallbacks.cache_clear()
    families, all_there = fonts.families(["é"])
    assert all_there
    assert len(families) == 2
    assert families[1] in {font.name for font in fonts.font_manager.fontManager.ttflist}
    assert entry
