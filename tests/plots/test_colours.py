"""All that is drawn stands out from what it is drawn on, on paper and on dark themes."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from metalog import plots
from metalog.plots import colours, style
from metalog.runs.run_set import RunSet
from tests.plots.runs import learning_log, steady_run

THEMES = {
    "usual": {},
    "dark_background": plt.style.library["dark_background"],
    # A notebook on a dark page whose user changed what is drawn on and the text, not the cycle of colours.
    "dark": {"figure.facecolor": "#111111", "axes.facecolor": "#111111", "text.color": "w", "axes.labelcolor": "w"},
    "solarized": plt.style.library["Solarize_Light2"],
    "transparent": {"figure.facecolor": (1, 1, 1, 0), "axes.facecolor": (1, 1, 1, 0)},
}
RUN = steady_run(40, meta_validation={20: [[0.4, 0.5]], 40: [[0.3, 0.4]]})
MANY = RunSet({str(seed): steady_run(40, seed=seed, config={"seed": seed}) for seed in range(11)})
FIGURES = {
    "adaptation": lambda: plots.adaptation(RUN),
    "compare": lambda: plots.compare(MANY),
    "curve": lambda: plots.curve(MANY),
    "one curve": lambda: plots.curve(RUN, smooth=["centred:3", "mean:5", "ema:0.5"]),
    "learning_curve": lambda: plots.learning_curve(learning_log()),
    "meta_validation": lambda: plots.meta_validation(RUN),
    "train_curve": lambda: plots.train_curve(RUN),
}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", FIGURES)
def test_every_line_stands_out_from_its_background(name, theme):
    with mpl.rc_context(THEMES[theme]):
        figure = FIGURES[name]()
    lines = [(line, ax) for ax in figure.axes for line in ax.get_lines()]
    assert lines
    for line, ax in lines:
        behind = np.array(colours.background(ax))
        faintness = 1.0 if line.get_alpha() is None else line.get_alpha()
        seen = faintness * np.array(to_rgba(line.get_color())[:3]) + (1 - faintness) * behind
        assert colours.contrast(seen, behind) >= (2 if faintness == 1 else 1.1)


@pytest.mark.parametrize("theme", THEMES)
def test_names_at_the_ends_of_lines_can_be_read(theme):
    with mpl.rc_context(THEMES[theme]):
        figure = plots.compare(MANY)
    for ax in figure.axes[:2]:
        assert len(ax.texts) == 11
        assert all(colours.contrast(to_rgba(text.get_color())[:3], colours.background(ax)) >= 3 for text in ax.texts)


@pytest.mark.parametrize("theme", THEMES)
def test_no_colour_of_a_heat_map_is_taken_for_what_was_not_logged(theme):
    with mpl.rc_context(THEMES[theme]):
        figure = plots.heatmap(RUN)
    for ax in figure.axes[:2]:
        every = ax.get_images()[0].get_cmap()(np.linspace(0, 1, 256))
        assert colours.contrast(every, colours.background(ax)).min() >= 1.6
        assert ax.patch.get_hatch()


def test_axes_of_the_user_are_what_is_drawn_on():
    figure = Figure(facecolor="black")
    ax = figure.subplots()
    ax.set_facecolor("black")
    plots.heatmap(RUN, ax=ax)
    every = ax.get_images()[0].get_cmap()(np.linspace(0, 1, 256))
    assert colours.contrast(every, "black").min() >= 1.6


def test_a_colour_that_stands_out_stays_what_it_is():
    assert colours.standing_out("#de8f05", "white") == "#de8f05"
    assert colours.standing_out("#ece133", "white") != "#ece133"
    assert 2 <= colours.contrast(colours.standing_out("white", "white"), "white") < 2.3


def test_contrast_is_that_of_wcag():
    assert colours.contrast("black", "white") == pytest.approx(21)
    assert colours.contrast("#777777", "white") == pytest.approx(4.48, abs=0.005)


def test_a_map_of_nothing_that_stands_out_is_left_as_it_is():
    white = mpl.colors.ListedColormap(["white", "#fefefe"], "pale")
    assert colours.standing_out_map(white, "white", 1.6) is white


@pytest.mark.parametrize("theme", ["usual", "dark_background"])
def test_the_last_of_the_shades_is_the_most_visible(theme):
    with mpl.rc_context(THEMES[theme]), mpl.rc_context(style.theme()):
        contrasts = colours.contrast(np.array(style.shades(3)), colours.background())
    assert contrasts.tolist() == sorted(contrasts)
    assert contrasts[0] >= 2
