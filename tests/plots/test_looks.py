"""Figures for a paper and for a talk: widths, sizes, words, and what tells lines apart without colours."""

from __future__ import annotations

import io
import re
from functools import cache

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.text import Text

from metalog import plots
from metalog.errors import UsageError
from metalog.runs.run_set import RunSet
from tests.plots.runs import learning_log, legend_labels, steady_run, words
from tests.plots.settings_runs import setting_runs

RUN = steady_run(4, meta_validation={2: [[0.4, 0.5]], 4: [[0.3, 0.5]]}, name="a run")
RUNS = setting_runs((0.1, 0.3, 0.5), range(3))
NARROW = {
    "curve": lambda: plots.curve(RUN),
    "curve of settings": lambda: plots.curve(RUNS.groups()),
    "differences": lambda: plots.differences(RUNS),
    "forest": lambda: plots.forest(RUNS),
    "improvement": lambda: plots.improvement(RUNS),
    "learning_curve": lambda: plots.learning_curve(learning_log()),
    "meta_validation": lambda: plots.meta_validation(RUN),
    "profile": lambda: plots.profile(RUNS),
    "train_curve": lambda: plots.train_curve(RUN),
}
WIDE = {
    "adaptation": lambda: plots.adaptation(RUN),
    "compare": lambda: plots.compare(RunSet({"a": RUN, "b": RUN})),
    "compare of settings": lambda: plots.compare(RUNS.groups()),
    "grid": lambda: plots.grid(RUN),
    "heatmap": lambda: plots.heatmap(RUN),
}


def drawn(look, draw, **options):
    with plots.styled(look, **options):
        figure = draw()
        figure.draw_without_rendering()
    return figure


def texts(figure):
    return [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]


@cache
def in_a_paper(name):
    return drawn("paper", (NARROW | WIDE)[name])


@pytest.mark.parametrize("name", [*NARROW, *WIDE])
def test_in_a_paper_a_figure_is_as_wide_as_a_column_without_title_in_8_points(name):
    figure = in_a_paper(name)
    width, height = figure.get_size_inches()
    assert width == (3.25 if name in NARROW else 6.75)
    assert height < 9
    assert {text.get_fontsize() for text in texts(figure)} == {8}
    assert not figure.texts
    assert not any(ax.get_title() for ax in figure.axes)


@pytest.mark.parametrize("name", [*NARROW, *WIDE])
def test_nothing_leaves_the_page_or_overlaps(name):
    figure = in_a_paper(name)
    boxes = [artist.get_window_extent() for artist in figure.legends]
    boxes += [ax.get_tightbbox() for ax in figure.axes if ax.get_label() != "<colorbar>"]
    for number, box in enumerate(boxes):
        assert box.x0 >= figure.bbox.x0 - 1
        assert box.x1 <= figure.bbox.x1 + 1
        assert box.y0 >= figure.bbox.y0 - 1
        assert box.y1 <= figure.bbox.y1 + 1
        for other in boxes[number + 1 :]:
            across = min(box.x1, other.x1) - max(box.x0, other.x0)
            along = min(box.y1, other.y1) - max(box.y0, other.y0)
            assert min(across, along) < 2


@pytest.mark.parametrize("name", ["curve of settings", "compare of settings", "profile", "adaptation"])
def test_without_colours_lines_differ_in_their_dashes(name):
    figure = in_a_paper(name)
    (legend,) = figure.legends
    dashes = [repr(handle._dash_pattern) for handle in legend.legend_handles]
    assert len(set(dashes)) == len(dashes) == 3


def test_lines_whose_kinds_tell_something_keep_them():
    many = RunSet({f"r{seed}": steady_run(3, seed=seed) for seed in range(12)})
    paper, screen = (drawn(look, lambda: plots.curve(many, smooth="none")) for look in ("paper", "screen"))
    kinds = [[line.get_linestyle() for line in figure.axes[0].get_lines()] for figure in (paper, screen)]
    assert kinds[0] == kinds[1]
    assert len(set(kinds[0])) > 1


def test_width_and_title_are_the_users():
    figure = drawn("paper", NARROW["curve"], width=5, title="Mine")
    assert figure.get_size_inches()[0] == 5
    assert words(figure) == "Mine"
    assert "a run:" not in words(drawn("screen", NARROW["curve"], title="Mine"))
    assert drawn("screen", NARROW["curve"], width=20).get_size_inches()[0] == 20
    for width in (1, np.nan, 1000):
        with pytest.raises(UsageError, match="inches"), plots.styled("paper", width=width):
            pass
    with pytest.raises(UsageError, match="no style is called"), plots.styled("poster"):
        pass


def test_a_talk_has_large_text_and_thick_lines():
    screen, talk = NARROW["curve"](), drawn("talk", NARROW["curve"])
    assert talk.get_size_inches()[0] == 10
    assert {text.get_fontsize() for text in texts(talk)} == {18}
    widths = [figure.axes[0].get_lines()[-1].get_linewidth() for figure in (screen, talk)]
    assert widths[1] > 1.5 * widths[0]


def test_outside_figures_are_as_before_and_so_are_the_users_axes():
    before = dict(mpl.rcParams)
    with plots.styled("paper"):
        _, ax = plt.subplots()
        assert plots.curve(RUN, ax=ax) is ax
        assert ax.get_title() == ""
    plt.close("all")
    assert dict(mpl.rcParams) == before
    assert NARROW["curve"]().get_size_inches()[0] > 7
    assert legend_labels(NARROW["curve of settings"]())


def test_small_print_is_kept_for_the_caption():
    figure = in_a_paper("curve of settings")
    assert figure.notes.startswith("Mean over 3 seeds, band: 95 % interval")
    assert figure.notes.split(".")[0] in words(NARROW["curve of settings"]())


@pytest.mark.parametrize("saved", ["by us", "by matplotlib"])
def test_text_is_text_in_svg_and_its_fonts_are_embedded_in_pdf(saved, tmp_path):
    figure = NARROW["curve"]()
    for ending in ("svg", "pdf"):
        stream = io.BytesIO()
        with mpl.rc_context({"pdf.compression": 0}):
            if saved == "by us":
                plots.save(figure, tmp_path / f"picture.{ending}")
                stream.write((tmp_path / f"picture.{ending}").read_bytes())
            else:
                figure.savefig(stream, format=ending)
        content = stream.getvalue()
        if ending == "svg":
            assert re.search(rb"<text[^>]*>meta-step</text>", content)
        else:
            assert b"/FontFile2" in content
            assert b"/CIDFontType2" in content
            assert b"/Type3" not in content
